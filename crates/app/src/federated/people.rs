//! Follows between people, asked for, ended and answered by activities.

use super::Wire;
use crate::people::{start_following, stop_following};
use crate::{Error, Hall, Requester, Result};
use domain::id::ActorId;
use store::Tx;

/// A remote person asks to follow somebody here. Whoever is not known outside is not there.
pub async fn receive_follow(hall: &Hall, requester: &Requester, target: ActorId, uri: &str) -> Result<bool> {
    let (requester, uri) = (requester.clone(), uri.to_owned());
    let known = super::actors::view(hall, target).await?.is_some_and(|actor| actor.is_local() && actor.outside);
    if !known {
        return Err(Error::not_found());
    }
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let follower = requester.actor().ok_or_else(Error::not_found)?;
                let active = start_following(tx, &requester, target, Some(&uri)).await?;
                if active {
                    let answer = Wire::FollowAnswered { follower, target, accepted: true, uri: Some(uri) };
                    crate::effects::outside(tx, &answer).await?;
                }
                Ok(active)
            })
        })
        .await
}

/// A remote person follows somebody here no more.
pub async fn receive_unfollow(hall: &Hall, requester: &Requester, target: ActorId) -> Result<()> {
    let follower = requester.actor().ok_or_else(Error::not_found)?;
    hall.store().write(move |tx| Box::pin(async move { stop_following(tx, follower, target).await })).await
}

/// Who asked by this activity: (follower, target).
pub async fn by_uri(hall: &Hall, uri: &str) -> Result<Option<(ActorId, ActorId)>> {
    Ok(store::follows::by_uri(hall.store().read(), uri).await?)
}

/// A remote person, as the requester, answers somebody here who asked to follow them.
pub async fn receive_answer(hall: &Hall, requester: &Requester, follower: ActorId, accepted: bool) -> Result<()> {
    let target = requester.actor().ok_or_else(Error::not_found)?;
    hall.store().write(move |tx| Box::pin(async move { answered(tx, follower, target, accepted).await })).await
}

async fn answered(tx: &Tx, follower: ActorId, target: ActorId, accepted: bool) -> Result<()> {
    if store::follows::state_of(tx, follower, target).await?.is_none() {
        return Err(Error::not_found());
    }
    if accepted {
        if store::follows::accept(tx, follower, target).await? {
            store::timelines::add_recent_to_home(tx, follower, target, 20).await?;
        }
    } else {
        store::follows::remove(tx, follower, target).await?;
        store::timelines::remove_from_home(tx, follower, target).await?;
    }
    Ok(())
}

/// Whether anybody here follows this actor.
pub async fn followed_here(hall: &Hall, actor: ActorId) -> Result<bool> {
    let page = domain::page::Page::newest(200);
    Ok(store::follows::list(hall.store(), actor, false, &page).await?.iter().any(|follower| follower.is_local()))
}
