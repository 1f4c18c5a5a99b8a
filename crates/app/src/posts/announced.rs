//! Another hall's community announced a post: its boost here, in its members' Homes.

use super::origin::Arrival;
use crate::effects;
use crate::{Error, Hall, Result};
use domain::id::{ActorId, CommunityId, PostId};
use domain::policy::PostFacts;
use domain::requester::Requester;
use domain::time::Timestamp;
use store::{Tx, communities, facts, posts, timelines};

/// Stores the community's boost of a starter, once. `uri` is the announcement's id. The group itself
/// is the requester: it must be that very community's actor, and the post must be in its room. One that was found
/// later, among the community's older ones, stands at its own time and comes to nobody's Home.
pub async fn announced(
    hall: &Hall,
    group: &Requester,
    community: CommunityId,
    post: PostId,
    uri: Option<String>,
    at: Timestamp,
    arrival: Arrival,
) -> Result<()> {
    let group = group.clone();
    let uri = uri.unwrap_or_else(|| id_here(hall, community, post));
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let (actor, facts) = starter(tx, &group, community, post).await?;
                let at = Timestamp(at.0.min(tx.now().0));
                if !arrival.is_news() {
                    posts::boost_of_old(tx, actor, post, &facts.audience, uri, at).await?;
                    return Ok(());
                }
                let boost = match posts::boost(tx, actor, post, &facts.audience, |_| uri.clone(), false, at).await? {
                    Some(boost) => Some(boost),
                    // It was read among the older ones before the news of it came.
                    None => unread(tx, actor, post).await?,
                };
                if let Some(boost) = boost {
                    timelines::add_boost_to_home(tx, facts.author, actor, boost).await?;
                    let spread = effects::Hall::SpreadInCommunity { community, boost, after: "0".to_owned() };
                    effects::inside(tx, &spread).await?;
                }
                Ok(())
            })
        })
        .await
}

/// The boost, if it is in nobody's Home yet.
async fn unread(tx: &Tx, group: ActorId, post: PostId) -> Result<Option<PostId>> {
    let Some(boost) = posts::boost_by(tx, group, post).await? else { return Ok(None) };
    Ok((!timelines::in_any_home(tx, boost).await?).then_some(boost))
}

/// The id of a boost whose announcement has none of its own.
fn id_here(hall: &Hall, community: CommunityId, post: PostId) -> String {
    format!("{}/p/{post}/announced/{community}", hall.settings().base())
}

/// The group's own actor and a starter in its room.
async fn starter(tx: &Tx, group: &Requester, community: CommunityId, post: PostId) -> Result<(ActorId, PostFacts)> {
    let actor = communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
    if group.actor() != Some(actor) {
        return Err(Error::not_found());
    }
    let facts: PostFacts = facts::post(tx, group, post).await?.ok_or_else(Error::not_found)?;
    let handle = posts::handle(tx, post).await?.ok_or_else(Error::not_found)?;
    if facts.audience.community() != Some(community) || handle.root != post {
        return Err(Error::denied("not_in_this_community", "This post is not a starter in this community."));
    }
    Ok((actor, facts))
}

/// The community took its announcement back.
pub async fn unannounced(hall: &Hall, group: &Requester, post: PostId) -> Result<()> {
    let group = group.actor().ok_or_else(Error::not_found)?;
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                posts::remove_boost(tx, group, post).await?;
                Ok(())
            })
        })
        .await
}
