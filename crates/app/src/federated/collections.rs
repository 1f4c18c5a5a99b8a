//! What a community elsewhere keeps in its own collections, as it was read there: pinned posts, and who keeps order.

use super::orders::{Order, apply};
use crate::{Error, Hall, Requester, Result};
use domain::id::{ActorId, CommunityId, PostId};
use domain::policy;
use store::{Tx, actors, communities, facts, memberships, posts};

/// The address of an actor's collection, as its document names it.
pub async fn address(hall: &Hall, actor: ActorId, which: super::OwnCollection) -> Result<Option<String>> {
    Ok(actors::collection(hall.store().read(), actor, which).await?)
}

/// These posts are pinned in a community elsewhere, the last one above the others, and no others if that is the `whole`
/// list. `group` is its own actor.
pub async fn pins(hall: &Hall, group: &Requester, community: CommunityId, pinned: Vec<PostId>, whole: bool) -> Result<()> {
    let group = group.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let host = communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
                let before = posts::featured_of(tx, host).await?;
                for post in pinned.iter().filter(|post| !before.contains(post)) {
                    let facts = facts::post(tx, &group, *post).await?;
                    if facts.is_some_and(|facts| facts.audience.community() == Some(community)) {
                        say(tx, &group, community, host, Order::Feature(*post, true)).await?;
                    }
                }
                posts::order_featured(tx, host, &pinned).await?;
                for post in before.iter().filter(|post| whole && !pinned.contains(post)) {
                    say(tx, &group, community, host, Order::Feature(*post, false)).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
}

/// These people keep order in a community elsewhere, and nobody else if that is the `whole` list. `group` is its own
/// actor. Nobody of this hall becomes a member by it.
pub async fn keepers(hall: &Hall, group: &Requester, community: CommunityId, people: Vec<ActorId>, whole: bool) -> Result<()> {
    let group = group.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let host = communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
                let before = memberships::keepers(tx, community).await?;
                for who in people.iter().filter(|who| !before.contains(who)) {
                    match say(tx, &group, community, host, Order::Appoint(*who, true)).await {
                        Err(error) if error.code == "not_a_member" => {}
                        said => said?,
                    }
                }
                for who in before.iter().filter(|who| whole && !people.contains(who)) {
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
