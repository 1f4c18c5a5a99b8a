//! See a community's door; see who is in its room; see which communities there are.

use crate::{Error, Hall, Requester, Result, Visible};
use domain::handle::Handle;
use domain::id::{ActorId, CommunityId};
use domain::page::Page;
use store::communities::Directory;
use store::views::{CommunityView, MemberView};

/// One community, if the requester may see its door.
pub async fn show(hall: &Hall, requester: &Requester, id: CommunityId) -> Result<Visible<CommunityView>> {
    store::communities::by_id(hall.store(), requester, id).await?.ok_or_else(Error::not_found)
}

/// The same by its group actor; `None` also where the actor is no community.
pub async fn show_by_actor(hall: &Hall, requester: &Requester, actor: ActorId) -> Result<Option<Visible<CommunityView>>> {
    Ok(store::communities::by_actor(hall.store(), requester, actor).await?)
}

/// The same by handle, as far as it is known here.
pub async fn show_by_handle(hall: &Hall, requester: &Requester, handle: &Handle) -> Result<Visible<CommunityView>> {
    let actor = crate::people::id_of(hall, handle).await?.ok_or_else(Error::not_found)?;
    show_by_actor(hall, requester, actor).await?.ok_or_else(Error::not_found)
}

/// Whether older posts of another hall's community are on their way here, for one who may see its door.
pub async fn reads_up(hall: &Hall, requester: &Requester, id: CommunityId) -> Result<bool> {
    let community = show(hall, requester, id).await?.take(requester).map_err(Error::internal)?;
    if community.local {
        return Ok(false);
    }
    crate::federated::fetches::under_way(hall, &community.actor.uri).await
}

/// Communities whose door the requester may see.
pub async fn directory(hall: &Hall, requester: &Requester, which: Directory, page: &Page) -> Result<Vec<Visible<CommunityView>>> {
    Ok(store::communities::directory(hall.store(), requester, which, page).await?)
}

/// Members of a community whose room the requester may see; otherwise it is as if it were not there.
pub async fn members(hall: &Hall, requester: &Requester, id: CommunityId, page: &Page) -> Result<Vec<Visible<MemberView>>> {
    show(hall, requester, id).await?;
    Ok(store::memberships::members(hall.store(), requester, id, page).await?)
}
