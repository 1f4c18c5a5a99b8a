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
    enter(tx, permit, requester, &place, there).await
}

/// A public thread that is in no room enters the one it has a permit for, if that is open.
pub(super) async fn enter(
    tx: &Tx,
    permit: Permit<act::Publish>,
    requester: &Requester,
    place: &Place,
    there: PostId,
) -> Result<()> {
    let open = place.community.is_some() && place.audience.is_world();
    if open && in_no_room(tx, requester, there).await? {
        posts::enter_room(tx, permit, there).await?;
    }
    Ok(())
}

/// Whether this is the first post of a public thread that is in no room.
async fn in_no_room(tx: &Tx, requester: &Requester, post: PostId) -> Result<bool> {
    let Some(facts) = facts::post(tx, requester, post).await? else { return Ok(false) };
    let nowhere = matches!(facts.audience.reach(), Reach::World { community: None, .. });
    Ok(nowhere && posts::handle(tx, post).await?.is_some_and(|handle| handle.root == post))
}
