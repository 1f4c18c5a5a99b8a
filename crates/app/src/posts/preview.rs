//! "Who will read this": the answer before anything is written.

use super::addressing;
use crate::{Hall, Requester, Result};
use domain::audience::{Audience, Reach, Visibility};
use domain::draft::Draft;
use domain::membership::Membership;
use domain::policy;
use domain::text;
use domain::zone::Zone;
use std::sync::Arc;
use store::views::ActorView;
use store::{actors, communities, memberships};

/// Who will read a draft.
#[derive(Debug, Clone)]
pub struct AudiencePreview {
    /// As it will be reported.
    pub visibility: Visibility,
    /// The community's ceiling.
    pub zone: Option<Zone>,
    /// The community it goes into.
    pub community: Option<Arc<ActorView>>,
    /// One sentence for people.
    pub sentence: String,
    /// What the author might not expect.
    pub warnings: Vec<String>,
}

/// Says who will read a draft, by the same rules that publish it. Refused drafts are refused here with the same reason.
pub async fn preview(hall: &Hall, requester: &Requester, draft: &Draft) -> Result<AudiencePreview> {
    draft.check()?;
    let conn = hall.store().read();
    let named = addressing::named(hall, requester, &draft.text).await?;
    let place = addressing::place(conn, requester, draft, &named).await?;
    // A preview grants nothing: the permit is only asked for so that a refusal shows now.
    let _ = policy::publish(requester, &place.audience, place.parent.as_ref(), place.community.as_ref())?;
    let community = match place.community.as_ref().map(|c| c.id) {
        Some(id) => match communities::actor_of(conn, id).await? {
            Some(actor) => actors::by_id(hall.store(), actor).await?,
            None => None,
        },
        None => None,
    };
    let zone = place.community.as_ref().map(|c| c.zone);
    let sentence = sentence(hall, &place.audience, community.as_deref(), zone, place.community.as_ref().map(|c| c.id)).await?;
    let warnings = warnings(hall, draft, &place.audience).await?;
    Ok(AudiencePreview { visibility: place.audience.visibility(), zone, community, sentence, warnings })
}

async fn sentence(
    hall: &Hall,
    audience: &Audience,
    community: Option<&ActorView>,
    zone: Option<Zone>,
    id: Option<domain::id::CommunityId>,
) -> Result<String> {
    let name = community.map_or("the community", ActorView::label);
    let organisation = &hall.settings().organisation;
    Ok(match (audience.reach(), zone) {
        (Reach::World { community: Some(_), .. }, _) => {
            format!("Everybody on the web can read this. It goes to the members of {name}.")
        }
        (Reach::World { listed: true, .. }, _) => "Everybody on the web can read this, and your followers see it.".to_owned(),
        (Reach::World { .. }, _) => "Everybody with the link can read this; it is not shown in public lists.".to_owned(),
        (Reach::Members { .. }, Some(Zone::Partner)) => {
            let hosts = match id {
                Some(id) => communities::partner_hosts(hall.store().read(), id).await?,
                None => Vec::new(),
            };
            let who = if hosts.is_empty() {
                "the organisations it names".to_owned()
            } else {
                format!("{organisation}, {}", hosts.join(", "))
            };
            format!("Only members of {name} can read this, in {who}.")
        }
        (Reach::Members { .. }, _) => format!("Only members of {name} can read this. It never leaves {organisation}."),
        (Reach::Followers, _) => "Only your followers and the people you mention can read this.".to_owned(),
        (Reach::Mentioned, _) => "Only the people you mention can read this.".to_owned(),
    })
}

async fn warnings(hall: &Hall, draft: &Draft, audience: &Audience) -> Result<Vec<String>> {
    let Reach::Members { community, .. } = audience.reach() else { return Ok(Vec::new()) };
    let mut warnings = Vec::new();
    for handle in text::mentions(&draft.text).into_iter().take(domain::draft::MAX_MENTIONS) {
        let id = crate::people::id_of(hall, &handle).await?;
        let told = match id {
            Some(id) if Some(id) == communities::actor_of(hall.store().read(), community).await? => true,
            Some(id) => memberships::standing(hall.store().read(), community, id).await?.is_some_and(Membership::is_active),
            None => false,
        };
        if !told {
            warnings.push(format!("@{handle} is not a member of this community and will not be told of this."));
        }
    }
    Ok(warnings)
}
