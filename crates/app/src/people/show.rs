//! See an actor, its followers, and how one stands to it.

use crate::{Error, Hall, Requester, Result};
use domain::handle::Handle;
use domain::id::ActorId;
use domain::page::Page;
use std::sync::Arc;
use store::views::{ActorView, RelationshipView};

/// An actor the requester may know of.
pub async fn show(hall: &Hall, requester: &Requester, id: ActorId) -> Result<Arc<ActorView>> {
    if !store::search::knows(hall.store(), requester, id).await? {
        return Err(Error::not_found());
    }
    store::actors::by_id(hall.store(), id).await?.ok_or_else(Error::not_found)
}

/// The same by handle, as far as it is known here; does not ask the network.
pub async fn lookup(hall: &Hall, requester: &Requester, handle: &Handle) -> Result<Arc<ActorView>> {
    let id = id_of(hall, handle).await?.ok_or_else(Error::not_found)?;
    show(hall, requester, id).await
}

/// The id behind a handle, unchecked: whoever shows it asks [`show`].
pub(crate) async fn id_of(hall: &Hall, handle: &Handle) -> Result<Option<ActorId>> {
    let local = Handle { name: handle.name.clone(), host: handle.host.clone().filter(|host| !hall.settings().is_here(host)) };
    Ok(store::actors::id_by_handle(hall.store().read(), &local).await?)
}

/// Who follows an actor. A community's members are not followers: they are seen in its room.
pub async fn followers(hall: &Hall, requester: &Requester, id: ActorId, page: &Page) -> Result<Vec<Arc<ActorView>>> {
    list(hall, requester, id, false, page).await
}

/// Whom an actor follows.
pub async fn following(hall: &Hall, requester: &Requester, id: ActorId, page: &Page) -> Result<Vec<Arc<ActorView>>> {
    list(hall, requester, id, true, page).await
}

async fn list(hall: &Hall, requester: &Requester, id: ActorId, following: bool, page: &Page) -> Result<Vec<Arc<ActorView>>> {
    show(hall, requester, id).await?;
    let mut people = store::follows::list(hall.store(), id, following, page).await?;
    if !requester.is_local() {
        // Whoever acted only inside is not in anything an outsider can list.
        people.retain(|actor| actor.outside);
    }
    Ok(people)
}

/// How the requester and others stand to each other.
pub async fn relationships(hall: &Hall, requester: &Requester, ids: &[ActorId]) -> Result<Vec<RelationshipView>> {
    let mut known = Vec::new();
    for id in ids {
        if store::search::knows(hall.store(), requester, *id).await? {
            known.push(*id);
        }
    }
    Ok(store::follows::relationships(hall.store(), requester, &known).await?)
}
