//! Another hall's community announced a post: its boost here, in its members' Homes.

use crate::effects;
use crate::{Error, Hall, Result};
use domain::id::{CommunityId, PostId};
use domain::policy::PostFacts;
use domain::requester::Requester;
use domain::time::Timestamp;
use store::{communities, facts, posts, timelines};

/// Stores the community's boost of a starter, once. `uri` is the announcement's id. The group itself
/// is the requester: it must be that very community's actor, and the post must be in its room.
pub async fn announced(
    hall: &Hall,
    group: &Requester,
    community: CommunityId,
    post: PostId,
    uri: Option<String>,
    at: Timestamp,
) -> Result<()> {
    let group = group.clone();
    let fallback = format!("{}/p/{post}/announced/{community}", hall.settings().base());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let actor = communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
                if group.actor() != Some(actor) {
                    return Err(Error::not_found());
                }
                let facts: PostFacts = facts::post(tx, &group, post).await?.ok_or_else(Error::not_found)?;
                let handle = posts::handle(tx, post).await?.ok_or_else(Error::not_found)?;
                if facts.audience.community() != Some(community) || handle.root != post {
                    return Err(Error::denied("not_in_this_community", "This post is not a starter in this community."));
                }
                let uri = uri.unwrap_or(fallback);
                let boost =
                    posts::boost(tx, actor, post, &facts.audience, |_| uri.clone(), false, Timestamp(at.0.min(tx.now().0)))
                        .await?;
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
