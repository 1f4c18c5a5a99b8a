//! Actors and communities as the network knows them; keys of local ones; what peers run.

use super::{ActorKeys, ActorWire, CommunityWire, RemoteActor};
use crate::{Error, Hall, Result, effects};
use domain::handle::Handle;
use domain::id::{ActorId, CommunityId};
use domain::zone::{JoinPolicy, Zone};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::communities::RemoteCommunity;
use store::views::{ActorKind, ActorView};

/// The handle of the instance's own actor: with a dot, so that nobody can register it.
pub const INSTANCE_HANDLE: &str = "instance.actor";
/// The handle of the actor that passes reports on; no account can have it.
pub const REPORTS_HANDLE: &str = "instance.reports";

/// A stored document of an actor elsewhere is read again after so long, in milliseconds.
pub const STALE: i64 = domain::time::DAY;

/// What is stored of an actor elsewhere is read again at the first occasion after so many milliseconds.
pub async fn read_again(hall: &Hall, id: ActorId, after: i64) -> Result<()> {
    hall.store()
        .write(move |tx| Box::pin(async move { Ok::<_, Error>(store::actors::set_fetched(tx, id, after - STALE).await?) }))
        .await
}

/// Whether this is somebody of this hall whom the network may know, at this moment.
pub async fn is_outside(hall: &Hall, id: ActorId) -> Result<bool> {
    Ok(store::actors::outside_here(hall.store().read(), id).await?)
}

/// What a remote `Group` says of the community it is.
#[derive(Debug, Clone)]
pub struct CommunityNote {
    /// Its ceiling.
    pub zone: Zone,
    /// How one gets in.
    pub join: JoinPolicy,
    /// What it is for.
    pub purpose: String,
    /// Takes `Join`.
    pub accepts_joins: bool,
    /// How many it says are in, if it says so.
    pub members: Option<i64>,
}

/// Stores a remote actor, or brings it up to date.
pub async fn store_actor(hall: &Hall, actor: RemoteActor, community: Option<CommunityNote>) -> Result<ActorId> {
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                store::instances::meet(tx, &actor.host).await?;
                let before = store::actors::wire_by_uri(tx, &actor.uri).await?;
                let id = store::actors::upsert_remote(tx, &actor).await?;
                let after = store::actors::wire(tx, id).await?;
                if before.zip(after).is_some_and(|(before, after)| has_another_key(&before, &after)) {
                    crate::communities::hold_back(tx, id, actor.kind, &actor.host).await?;
                }
                if let Some(note) = community {
                    let CommunityNote { zone, join, purpose, accepts_joins, members } = note;
                    let new = RemoteCommunity { actor: id, zone, join, purpose, accepts_joins, members };
                    store::communities::upsert_remote(tx, &new).await?;
                }
                Ok::<_, Error>(id)
            })
        })
        .await
}

/// Whether an actor signs with another key than before: so does whoever took over its host. A first key is no other one.
fn has_another_key(before: &ActorWire, after: &ActorWire) -> bool {
    let changed = |old: &Option<(String, String)>, new: &Option<(String, String)>| {
        old.as_ref().is_some_and(|(_, old)| new.as_ref().is_none_or(|(_, new)| old.trim() != new.trim()))
    };
    changed(&before.key, &after.key) || changed(&before.proof_key, &after.proof_key)
}

/// A remote actor says that it is gone.
pub async fn delete_actor(hall: &Hall, uri: &str) -> Result<()> {
    let uri = uri.to_owned();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                store::posts::tombstone(tx, &uri, &uri).await?;
                let who = store::actors::delete_remote(tx, &uri).await?;
                if let Some(actor) = who
                    && let Some(community) = store::communities::of_actor(tx, actor).await?
                {
                    store::communities::end_remote(tx, community).await?;
                }
                effects::cleared(tx, who).await
            })
        })
        .await
}

/// A community elsewhere is no more, as its own server says.
pub async fn end_community(hall: &Hall, id: CommunityId) -> Result<()> {
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::communities::end_remote(tx, id).await?) })).await
}

/// What is needed to talk to an actor.
pub async fn wire(hall: &Hall, id: ActorId) -> Result<Option<ActorWire>> {
    Ok(store::actors::wire(hall.store().read(), id).await?)
}

/// The same, by the network's id.
pub async fn wire_by_uri(hall: &Hall, uri: &str) -> Result<Option<ActorWire>> {
    Ok(store::actors::wire_by_uri(hall.store().read(), uri).await?)
}

/// The same, by the id of a key.
pub async fn wire_by_key(hall: &Hall, key_id: &str) -> Result<Option<ActorWire>> {
    Ok(store::actors::wire_by_key(hall.store().read(), key_id).await?)
}

/// Whether this actor is gone, by its own word or by this hall's.
pub async fn gone(hall: &Hall, uri: &str) -> Result<bool> {
    let conn = hall.store().read();
    let suspended = store::posts::tombstoned(conn, uri, &super::suspensions::own_uri(hall)).await?;
    Ok(suspended || store::posts::tombstoned(conn, uri, uri).await?)
}

/// An actor as shown; `None` where it is deleted.
pub async fn view(hall: &Hall, id: ActorId) -> Result<Option<Arc<ActorView>>> {
    if wire(hall, id).await?.is_none() {
        return Ok(None);
    }
    Ok(store::actors::by_id(hall.store(), id).await?)
}

/// A local actor by handle, or a known remote one.
pub async fn id_by_handle(hall: &Hall, handle: &Handle) -> Result<Option<ActorId>> {
    Ok(store::actors::id_by_handle(hall.store().read(), handle).await?)
}

/// The community a group actor is.
pub async fn community_of(hall: &Hall, actor: ActorId) -> Result<Option<CommunityId>> {
    Ok(store::communities::of_actor(hall.store().read(), actor).await?)
}

/// The community whose group actor has this id on the network.
pub async fn community_by_uri(hall: &Hall, uri: &str) -> Result<Option<CommunityWire>> {
    let conn = hall.store().read();
    let Some(actor) = store::actors::id_by_uri(conn, uri).await? else { return Ok(None) };
    match store::communities::of_actor(conn, actor).await? {
        Some(id) => Ok(store::communities::wire(conn, id).await?),
        None => Ok(None),
    }
}

/// What delivery must know of a community.
pub async fn community(hall: &Hall, id: CommunityId) -> Result<Option<CommunityWire>> {
    Ok(store::communities::wire(hall.store().read(), id).await?)
}

/// The hosts a community names as partners.
pub async fn partner_hosts(hall: &Hall, id: CommunityId) -> Result<Vec<String>> {
    Ok(store::communities::partner_hosts(hall.store().read(), id).await?)
}

/// The instance's own actor, made the first time.
pub async fn ensure_instance_actor(hall: &Hall) -> Result<ActorId> {
    let uri = super::suspensions::own_uri(hall);
    let name = hall.settings().organisation.clone();
    ensure_own(hall, ActorKind::Application, INSTANCE_HANDLE, name, move |_| uri.clone()).await
}

/// Who passes on what members report, made the first time. It is a `Service` because Lemmy and `PieFed` hear no reports
/// by an `Application`; others can look it up, as they can everybody who speaks with them.
pub async fn ensure_reports_actor(hall: &Hall) -> Result<ActorId> {
    let name = format!("Reports from {}", hall.settings().organisation);
    let here = hall.clone();
    ensure_own(hall, ActorKind::Service, REPORTS_HANDLE, name, move |id| here.settings().actor_uri(id)).await
}

/// An actor that stands for the hall and for nobody in it: nobody signs in as it, and it decides about no followers.
async fn ensure_own(
    hall: &Hall,
    kind: ActorKind,
    handle: &'static str,
    name: String,
    uri: impl Fn(ActorId) -> String + Send + 'static,
) -> Result<ActorId> {
    let whose = Handle { name: handle.to_owned(), host: None };
    if let Some(id) = store::actors::id_by_handle(hall.store().read(), &whose).await? {
        return Ok(id);
    }
    let url = format!("{}/", hall.settings().base());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                if let Some(id) = store::actors::id_by_handle(tx, &whose).await? {
                    return Ok::<_, Error>(id);
                }
                let id = store::actors::insert_local(tx, kind, handle, &name, uri, &url).await?;
                if kind == ActorKind::Service {
                    store::actors::mark_outside(tx, id).await?;
                }
                Ok(id)
            })
        })
        .await
}

/// A local actor's keys.
pub async fn keys(hall: &Hall, actor: ActorId) -> Result<Option<ActorKeys>> {
    Ok(store::keys::load(hall.store().read(), hall.store().sealer(), actor).await?)
}

/// Keeps a local actor's first keys; if another process was faster, those stay.
pub async fn keep_keys(hall: &Hall, actor: ActorId, keys: ActorKeys) -> Result<()> {
    let sealer = hall.store().sealer().clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                store::keys::insert_if_absent(tx, &sealer, actor, &keys).await?;
                Ok::<_, Error>(())
            })
        })
        .await
}

/// Whose collection of pinned posts, or of moderators, this is, as their documents say.
pub async fn by_collection(hall: &Hall, uri: &str) -> Result<Option<(ActorId, super::OwnCollection)>> {
    Ok(store::actors::by_collection(hall.store().read(), uri).await?)
}

/// What software a host says it runs, if it was asked.
pub async fn software(hall: &Hall, host: &str) -> Result<Option<String>> {
    Ok(store::instances::software(hall.store().read(), host).await?)
}

/// Notes what software a host says it runs.
pub async fn set_software(hall: &Hall, host: &str, name: &str, version: &str) -> Result<()> {
    let (host, name, version) = (host.to_owned(), name.to_owned(), version.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move { Ok::<_, Error>(store::instances::set_software(tx, &host, &name, &version).await?) })
        })
        .await
}

/// With which of these hosts nothing is exchanged: blocked, themselves or by a domain above them, or none of those we
/// speak with.
pub async fn blocked_among<'a>(hall: &Hall, hosts: &[&'a str]) -> Result<BTreeSet<&'a str>> {
    Ok(store::instances::blocked_among(hall.store().read(), hosts).await?)
}
