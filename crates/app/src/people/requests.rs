//! Requests to follow oneself, and to join communities one moderates: one list, as apps know it.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result, communities};
use domain::id::ActorId;
use domain::page::Page;
use std::sync::Arc;
use store::views::{ActorView, NotificationKind};
use store::{actors, follows};

/// Who asks, each once.
pub async fn follow_requests(hall: &Hall, requester: &Requester, page: &Page) -> Result<Vec<Arc<ActorView>>> {
    Ok(follows::requests(hall.store(), requester, page).await?)
}

/// Answers everything this actor asks of the requester.
pub async fn decide_follow(hall: &Hall, requester: &Requester, who: ActorId, accept: bool) -> Result<()> {
    let me = requester.actor().ok_or_else(Error::not_found)?;
    let asked_to_follow = follows::state_of(hall.store().read(), who, me).await?.as_deref() == Some("pending");
    let asked_to_join = store::memberships::asked_by(hall.store().read(), requester, who).await?;
    if !asked_to_follow && asked_to_join.is_empty() {
        return Err(Error::not_found());
    }
    for community in asked_to_join {
        communities::decide(hall, requester, community, who, accept).await?;
    }
    if asked_to_follow {
        hall.store().write(move |tx| Box::pin(async move { answer(tx, who, me, accept).await })).await?;
    }
    Ok(())
}

async fn answer(tx: &store::Tx, follower: ActorId, target: ActorId, accept: bool) -> Result<()> {
    let uri = follows::uri_of(tx, follower, target).await?;
    if accept {
        follows::accept(tx, follower, target).await?;
        store::notifications::notify(tx, target, NotificationKind::Follow, follower, None, None).await?;
        store::timelines::add_recent_to_home(tx, follower, target, 20).await?;
    } else {
        follows::remove(tx, follower, target).await?;
    }
    store::notifications::forget_request(tx, follower, None).await?;
    if actors::wire(tx, follower).await?.is_some_and(|actor| actor.host.is_some()) {
        actors::mark_outside(tx, target).await?;
        effects::outside(tx, &Wire::FollowAnswered { follower, target, accepted: accept, uri }).await?;
    }
    Ok(())
}
