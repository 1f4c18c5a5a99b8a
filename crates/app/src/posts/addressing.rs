//! Where a draft goes: which community it enters, and who may therefore ever see it.

use crate::{Error, Hall, Requester, Result};
use domain::audience::{Audience, Visibility};
use domain::draft::Draft;
use domain::handle::Handle;
use domain::id::{ActorId, CommunityId};
use domain::policy::{CommunityFacts, PostFacts, Refusal};
use domain::text;
use domain::zone::Zone;
use store::{Conn, facts};

/// A draft's place, as decided from facts of one moment.
#[derive(Debug)]
pub(crate) struct Place {
    /// Who may ever see it.
    pub audience: Audience,
    /// What it answers.
    pub parent: Option<PostFacts>,
    /// Whose room it enters.
    pub community: Option<CommunityFacts>,
}

/// The communities whose handles stand as the text's first or last token, as far as the requester may know of
/// them: a hidden one is only a word.
pub(crate) async fn named(hall: &Hall, requester: &Requester, text: &str) -> Result<Vec<CommunityId>> {
    let mut found = Vec::new();
    for handle in text::bare_at_edges(text) {
        let Some(actor) = crate::people::id_of(hall, &handle).await? else { continue };
        let facts = facts::community_of_actor(hall.store().read(), requester, actor).await?;
        let known = facts.filter(|facts| domain::policy::sees_door(requester, facts)).map(|facts| facts.id);
        found.extend(known.filter(|id| !found.contains(id)));
    }
    Ok(found)
}

/// Decides where a draft goes. Call it again inside the transaction: facts of an earlier moment prove nothing.
pub(crate) async fn place(conn: &Conn, requester: &Requester, draft: &Draft, named: &[CommunityId]) -> Result<Place> {
    let parent = match draft.in_reply_to {
        Some(id) => Some(facts::post(conn, requester, id).await?.ok_or_else(Error::not_found)?),
        None => None,
    };
    if let Some(parent) = &parent
        && !domain::policy::can_see(requester, parent)
    {
        return Err(Error::not_found());
    }
    let wanted = wanted(draft, named)?;
    let own = parent.as_ref().is_some_and(|parent| requester.actor() == Some(parent.author));
    let audience = match (&parent, wanted) {
        (Some(parent), wanted) => {
            if wanted.is_some_and(|id| parent.audience.community() != Some(id)) {
                return Err(Refusal::invalid(
                    "reply_crosses_communities",
                    "This thread is not in that community. A reply stays where its thread is; start a new post there instead.",
                )
                .into());
            }
            Audience::hanging_on(&parent.audience, draft.visibility, own)?
        }
        (None, Some(id)) => {
            let community = visible_community(conn, requester, id).await?;
            Audience::in_community(id, community.zone, draft.visibility)?
        }
        (None, None) => Audience::personal(draft.visibility),
    };
    let community = match audience.community() {
        Some(id) => Some(visible_community(conn, requester, id).await?),
        None => None,
    };
    Ok(Place { audience, parent, community })
}

/// The place of a post that the group hosting another hall's community announced. What the author may see here
/// does not count: their own hall and the community's know that. The room and the thread must be the group's own.
pub(crate) async fn announced_place(conn: &Conn, requester: &Requester, draft: &Draft, group: ActorId) -> Result<Place> {
    let community = facts::community_of_actor(conn, requester, group).await?.filter(|community| !community.local);
    let community = community.ok_or_else(Error::not_found)?;
    let parent = match draft.in_reply_to {
        Some(id) => Some(facts::post(conn, requester, id).await?.ok_or_else(Error::not_found)?),
        None => None,
    };
    if parent.as_ref().is_some_and(|parent| parent.audience.community() != Some(community.id)) {
        return Err(Error::not_found());
    }
    let audience = match &parent {
        Some(parent) => Audience::hanging_on(&parent.audience, draft.visibility, requester.actor() == Some(parent.author))?,
        None => Audience::in_community(community.id, community.zone, draft.visibility)?,
    };
    Ok(Place { audience, parent, community: Some(community) })
}

/// The one community a draft names, by the form or by its text.
fn wanted(draft: &Draft, named: &[CommunityId]) -> Result<Option<CommunityId>> {
    // A direct message to a community's handle stays a matter between people.
    let by_text = if draft.visibility == Visibility::Direct { &[] } else { named };
    let mut all: Vec<CommunityId> = draft.community.into_iter().chain(by_text.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    match all.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        _ => {
            Err(Refusal::invalid("two_communities", "This names two communities. A post goes into one; write it once for each.")
                .into())
        }
    }
}

async fn visible_community(conn: &Conn, requester: &Requester, id: CommunityId) -> Result<CommunityFacts> {
    let facts = facts::community(conn, requester, id).await?.ok_or_else(Error::not_found)?;
    if domain::policy::sees_door(requester, &facts) { Ok(facts) } else { Err(Error::not_found()) }
}

/// Whether handles that are not known here may be looked up on the network: never on behalf of what stays inside.
pub(crate) fn may_ask_network(audience: &Audience, zone: Option<Zone>) -> bool {
    !matches!(zone, Some(Zone::Internal | Zone::Partner)) && audience.outbound().is_some()
}

/// Known actors behind the handles of a text.
pub(crate) async fn mentioned(
    hall: &Hall,
    requester: &Requester,
    text: &str,
    ask_network: bool,
) -> Result<Vec<(Handle, domain::id::ActorId)>> {
    let mut found = Vec::new();
    for handle in text::mentions(text).into_iter().take(domain::draft::MAX_MENTIONS) {
        let mut id = crate::people::id_of(hall, &handle).await?;
        if id.is_none() && ask_network && handle.host.as_ref().is_some_and(|host| !hall.settings().is_here(host)) {
            // A peer that does not answer must not keep the post from being written.
            id = hall.remote().find(requester, &handle).await.unwrap_or_default();
        }
        if let Some(id) = id {
            found.push((handle, id));
        }
    }
    Ok(found)
}
