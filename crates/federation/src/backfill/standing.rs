//! How things stand in a community elsewhere: what is pinned there, and who keeps order (FEP-1b12, facts 57 and 58).

use super::collection;
use super::community::{Group, take};
use super::reading::{Reading, Stop};
use activitypub::model::same_origin;
use activitypub::vocab::id_of;
use app::federated::collections::{self, Listed};
use app::federated::{OwnCollection, posts};

/// Most pinned posts and most people that are looked at; the budget is for what was said, too.
const PINS: usize = 10;
const KEEPERS: usize = 10;

/// Reads both lists, where the group has them on its own server. One that is not to be had changes nothing.
pub(super) async fn read(reading: &mut Reading<'_>, group: &Group) {
    for read in [keepers(reading, group).await, pins(reading, group).await] {
        if let Err(Stop::Failed(error)) = read {
            tracing::debug!(%error, "a list of a community was not read");
        }
    }
}

async fn listed(reading: &mut Reading<'_>, group: &Group, which: OwnCollection) -> Result<Option<Vec<serde_json::Value>>, Stop> {
    let address = collections::address(reading.federation.hall(), group.actor.id(), which).await?;
    match address.filter(|address| same_origin(address, &group.actor.wire.uri)) {
        Some(address) => Ok(Some(collection::items(reading, &address).await?)),
        None => Ok(None),
    }
}

async fn keepers(reading: &mut Reading<'_>, group: &Group) -> Result<(), Stop> {
    let read_at = app::federated::now(reading.federation.hall());
    let Some(items) = listed(reading, group, OwnCollection::Moderators).await? else { return Ok(()) };
    let (mut people, mut whole) = (Vec::new(), items.len() <= KEEPERS);
    for uri in items.iter().take(KEEPERS).filter_map(id_of) {
        reading.author(uri).await?;
        match reading.federation.actor(uri).await {
            Ok(who) => people.push(who.id),
            Err(_) => whole = false,
        }
    }
    let (federation, by) = (reading.federation, &group.actor.requester);
    Ok(collections::keepers(federation.hall(), by, group.community, Listed { items: people, whole, read_at }).await?)
}

async fn pins(reading: &mut Reading<'_>, group: &Group) -> Result<(), Stop> {
    let read_at = app::federated::now(reading.federation.hall());
    let Some(items) = listed(reading, group, OwnCollection::Featured).await? else { return Ok(()) };
    let (mut pinned, mut whole) = (Vec::new(), items.len() <= PINS);
    // The first stands above the others, so it is pinned last.
    for item in items.iter().take(PINS).rev() {
        let ours = match id_of(item).filter(|id| reading.federation.is_ours(id)) {
            Some(id) => posts::by_uri(reading.federation.hall(), id).await?.filter(|post| !post.deleted),
            None => None,
        };
        let post = match ours {
            Some(post) => Ok(Some(post.id)),
            None => take(reading, group, item).await.map(|taken| taken.map(|taken| taken.post)),
        };
        match post {
            Ok(Some(post)) => pinned.push(post),
            Err(Stop::Spent) => return Err(Stop::Spent),
            Ok(None) | Err(Stop::Failed(_)) => whole = false,
        }
    }
    let (federation, by) = (reading.federation, &group.actor.requester);
    Ok(collections::pins(federation.hall(), by, group.community, Listed { items: pinned, whole, read_at }).await?)
}
