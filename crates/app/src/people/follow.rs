//! Follow somebody, or nobody any more. Following a community is joining it.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result, communities};
use domain::id::ActorId;
use domain::policy;
use store::views::NotificationKind;
use store::{Tx, actors, facts, follows};

/// Follows a person, or joins a community.
pub async fn follow(hall: &Hall, requester: &Requester, target: ActorId) -> Result<()> {
    super::show(hall, requester, target).await?;
    if let Some(community) = store::communities::of_actor(hall.store().read(), target).await? {
        communities::join(hall, requester, community).await?;
        return Ok(());
    }
    let requester = requester.clone();
    hall.store().write(move |tx| Box::pin(async move { start_following(tx, &requester, target, None).await.map(|_| ()) })).await
}

/// Follows no more, or leaves a community.
pub async fn unfollow(hall: &Hall, requester: &Requester, target: ActorId) -> Result<()> {
    super::show(hall, requester, target).await?;
    if let Some(community) = store::communities::of_actor(hall.store().read(), target).await? {
        return match communities::leave(hall, requester, community).await {
            // Not in it: that is what was wanted.
            Err(error) if error.kind == crate::ErrorKind::NotFound => Ok(()),
            other => other,
        };
    }
    let actor = requester.actor().ok_or_else(Error::not_found)?;
    hall.store().write(move |tx| Box::pin(async move { stop_following(tx, actor, target).await })).await
}

/// In a transaction: a follow, or a request where the target decides or lives elsewhere. `uri` is the id of
/// a remote follower's activity. Gives whether the follow stands.
pub(crate) async fn start_following(tx: &Tx, requester: &Requester, target: ActorId, uri: Option<&str>) -> Result<bool> {
    let follower = requester.actor().ok_or_else(Error::not_found)?;
    let permit = policy::follow(requester, target, facts::blocked(tx, follower, target).await?)?;
    let wire = actors::wire(tx, target).await?.ok_or_else(Error::not_found)?;
    let remote = wire.host.is_some();
    let active = !remote && !actors::is_locked(tx, target).await?;
    let new = follows::insert(tx, permit, active, uri).await?;
    if remote {
        actors::mark_outside(tx, follower).await?;
        if new {
            effects::outside(tx, &Wire::FollowAsked { follower, target }).await?;
        }
        return Ok(false);
    }
    if new {
        let kind = if active { NotificationKind::Follow } else { NotificationKind::FollowRequest };
        store::notifications::notify(tx, target, kind, follower, None, None).await?;
        if active && requester.is_local() {
            store::timelines::add_recent_to_home(tx, follower, target, 20).await?;
        }
    }
    Ok(active)
}

/// In a transaction: the follow or request ends, and its posts leave Home.
pub(crate) async fn stop_following(tx: &Tx, follower: ActorId, target: ActorId) -> Result<()> {
    let Some(uri) = follows::remove(tx, follower, target).await? else { return Ok(()) };
    store::timelines::remove_from_home(tx, follower, target).await?;
    store::notifications::forget_request(tx, follower, None).await?;
    let ours = actors::wire(tx, follower).await?.is_some_and(|actor| actor.host.is_none());
    if ours && actors::wire(tx, target).await?.is_some_and(|actor| actor.host.is_some()) {
        effects::outside(tx, &Wire::Unfollowed { follower, target, uri }).await?;
    }
    Ok(())
}
