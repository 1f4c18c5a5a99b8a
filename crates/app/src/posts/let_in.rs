//! A post that is here already turns out to belong to a community: it enters that community's room.

use super::addressing::{self, Place};
use super::origin::NetworkPost;
use crate::{Requester, Result};
use domain::audience::Reach;
use domain::draft::Draft;
use domain::id::PostId;
use domain::policy::{self, Permit, act};
use store::{Tx, facts, posts};

/// A post that came some other way before the community of another hall announced it is in its room from now on.
pub(super) async fn announced(
    tx: &Tx,
    requester: &Requester,
    draft: &Draft,
    received: &NetworkPost,
    there: PostId,
) -> Result<()> {
    let Some(group) = received.announced_by else { return Ok(()) };
    if !in_no_room(tx, requester, there).await? {
        return Ok(());
    }
    let place = addressing::announced_place(tx, requester, draft, group).await?;
    if !place.audience.is_world() {
        return Ok(());
    }
    let permit = policy::publish_announced(requester, &place.audience, place.community.as_ref())?;
    Ok(posts::enter_room(tx, permit, there).await?)
}

/// A public post that is in no room enters the one that its author has a permit for, if that is open. What others wrote
/// in its thread does not: each of them may write there, or not, by themselves.
pub(super) async fn alone(
    tx: &Tx,
    permit: Permit<act::Publish>,
    requester: &Requester,
    place: &Place,
    there: PostId,
) -> Result<()> {
    let open = place.community.is_some() && place.audience.is_world();
    if open && nowhere(tx, requester, there).await? {
        posts::enter_room_alone(tx, permit, there).await?;
    }
    Ok(())
}

/// Whether this is the first post of a public thread that is in no room.
async fn in_no_room(tx: &Tx, requester: &Requester, post: PostId) -> Result<bool> {
    let first = posts::handle(tx, post).await?.is_some_and(|handle| handle.root == post);
    Ok(first && nowhere(tx, requester, post).await?)
}

/// Whether this is a public post in no room.
async fn nowhere(tx: &Tx, requester: &Requester, post: PostId) -> Result<bool> {
    let facts = facts::post(tx, requester, post).await?;
    Ok(facts.is_some_and(|facts| matches!(facts.audience.reach(), Reach::World { community: None, .. })))
}
