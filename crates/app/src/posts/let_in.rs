//! A post that is here already is announced by the community it belongs to: it enters that community's room.

use super::addressing;
use super::origin::NetworkPost;
use crate::{Requester, Result};
use domain::audience::Reach;
use domain::draft::Draft;
use domain::id::PostId;
use domain::policy;
use store::{Tx, facts, posts};

/// A post that came some other way before the community of another hall announced it is in its room from now on.
pub(super) async fn let_in(tx: &Tx, requester: &Requester, draft: &Draft, received: &NetworkPost, there: PostId) -> Result<()> {
    let Some(group) = received.announced_by else { return Ok(()) };
    let Some(facts) = facts::post(tx, requester, there).await? else { return Ok(()) };
    let Reach::World { community: None, .. } = facts.audience.reach() else { return Ok(()) };
    let Some(handle) = posts::handle(tx, there).await?.filter(|handle| handle.root == there) else { return Ok(()) };
    let place = addressing::announced_place(tx, requester, draft, group).await?;
    if place.audience.is_world() {
        let permit = policy::publish_announced(requester, &place.audience, place.community.as_ref())?;
        posts::enter_room(tx, permit, handle.root).await?;
    }
    Ok(())
}
