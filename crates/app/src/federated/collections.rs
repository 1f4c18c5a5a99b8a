//! What a community elsewhere keeps in its own collections, as it was read there: pinned posts, and who keeps order.

use super::orders::{Order, apply};
use crate::{Error, Hall, Requester, Result};
use domain::id::{ActorId, CommunityId, PostId};
use domain::policy;
use domain::time::Timestamp;
use store::{Tx, actors, communities, facts, memberships, posts};

/// A list as it was read elsewhere.
#[derive(Debug)]
pub struct Listed<T> {
    /// What is in it and is known here.
    pub items: Vec<T>,
    /// Nothing else is in it.
    pub whole: bool,
    /// When: what happened after that is newer than the list.
    pub read_at: Timestamp,
}

/// The address of an actor's collection, as its document names it.
pub async fn address(hall: &Hall, actor: ActorId, which: super::OwnCollection) -> Result<Option<String>> {
    Ok(actors::collection(hall.store().read(), actor, which).await?)
}

/// These posts are pinned in a community elsewhere, the last one above the others. `group` is its own actor.
pub async fn pins(hall: &Hall, group: &Requester, community: CommunityId, list: Listed<PostId>) -> Result<()> {
    let (group, Listed { items: pinned, whole, read_at }) = (group.clone(), list);
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let host = communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
                let before = posts::featured_of(tx, host).await?;
                let there = |post: &PostId| before.iter().any(|(known, _)| known == post);
                for post in pinned.iter().filter(|post| !there(post)) {
                    let facts = facts::post(tx, &group, *post).await?;
                    if facts.is_some_and(|facts| facts.audience.community() == Some(community)) {
                        say(tx, &group, community, host, Order::Feature(*post, true)).await?;
                    }
                }
                posts::order_featured(tx, host, &pinned).await?;
                // What was pinned after the list was read is not in it yet.
                let gone = |(post, since): &&(PostId, Timestamp)| whole && *since <= read_at && !pinned.contains(post);
                let gone: Vec<PostId> = before.iter().filter(gone).map(|(post, _)| *post).collect();
                for post in &gone {
                    say(tx, &group, community, host, Order::Feature(*post, false)).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
}

/// These people keep order in a community elsewhere. `group` is its own actor. Nobody of this hall becomes a member by it.
pub async fn keepers(hall: &Hall, group: &Requester, community: CommunityId, list: Listed<ActorId>) -> Result<()> {
    let (group, Listed { items: people, whole, read_at }) = (group.clone(), list);
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let host = communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
                let before = memberships::keepers(tx, community).await?;
                for who in people.iter().filter(|who| !before.contains(who)) {
                    if memberships::changed_since(tx, community, *who, read_at).await? {
                        continue;
                    }
                    match say(tx, &group, community, host, Order::Appoint(*who, true)).await {
                        Err(error) if error.code == "not_a_member" => {}
                        said => said?,
                    }
                }
                for who in before.iter().filter(|who| whole && !people.contains(who)) {
                    if memberships::changed_since(tx, community, *who, read_at).await? {
                        continue;
                    }
                    say(tx, &group, community, host, Order::Appoint(*who, false)).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
}

async fn say(tx: &Tx, group: &Requester, community: CommunityId, host: ActorId, order: Order) -> Result<()> {
    let there = facts::community(tx, group, community).await?.ok_or_else(Error::not_found)?;
    let over = match order {
        Order::Appoint(who, _) => memberships::standing(tx, community, who).await?,
        _ => None,
    };
    let permit = policy::moderate(group, &there, host, over, matches!(order, Order::Appoint(..)))?;
    apply(tx, &permit, &there, host, order, over, (host, "")).await
}
