//! Actors: people, communities and instances, local and remote.

mod collections;

pub use collections::{OwnCollection, by_collection, collection};

use crate::conn::{Conn, Row, Tx, json_list, params};
use crate::posts::BLANK;
use crate::views::{ActorKind, ActorView};
use crate::{Result, Store, StoreError};
use domain::handle::Handle;
use domain::id::{ActorId, CommunityId};
use domain::membership::MembershipState;
use domain::text::Html;
use domain::time::Timestamp;
use domain::zone::Zone;
use std::collections::HashMap;
use std::sync::Arc;

const COLUMNS: &str = "a.id, a.uri, a.kind, a.handle, a.host, a.name, a.summary, a.url, a.icon, a.locked, a.discoverable, \
    a.outside, a.posts_count, a.followers_count, a.following_count, a.last_post_at, a.created_at, c.id, c.zone, c.members_count";
const FROM: &str = "actors a LEFT JOIN communities c ON c.actor_id = a.id";

/// What is known of a remote actor from its document.
#[derive(Debug, Clone)]
pub struct RemoteActor {
    /// The network's id.
    pub uri: String,
    /// What it is.
    pub kind: ActorKind,
    /// Name without host, lower case.
    pub handle: String,
    /// Canonical host.
    pub host: String,
    /// Display name.
    pub name: String,
    /// About, cleaned.
    pub summary: Html,
    /// The page for people.
    pub url: Option<String>,
    /// Picture.
    pub icon: Option<String>,
    /// Where it receives.
    pub inbox: String,
    /// Where its instance receives.
    pub shared_inbox: Option<String>,
    /// What it published.
    pub outbox: Option<String>,
    /// Its followers.
    pub followers_uri: Option<String>,
    /// Id of its RSA key.
    pub key_id: Option<String>,
    /// That key.
    pub key_pem: Option<String>,
    /// Id of its Ed25519 key.
    pub proof_key_id: Option<String>,
    /// That key, multibase.
    pub proof_key: Option<String>,
    /// Decides about followers.
    pub locked: bool,
    /// Wants to be found.
    pub discoverable: bool,
    /// What it pins.
    pub featured_uri: Option<String>,
    /// Who keeps order in it, for a group.
    pub moderators_uri: Option<String>,
    /// Where it says it moved.
    pub moved_to: Option<String>,
    /// When it says it began.
    pub published: Option<Timestamp>,
}

/// What is needed to talk to an actor on the network.
#[derive(Debug, Clone)]
pub struct ActorWire {
    /// Ours.
    pub id: ActorId,
    /// The network's.
    pub uri: String,
    /// What it is.
    pub kind: ActorKind,
    /// Canonical host, `None` for local actors.
    pub host: Option<String>,
    /// Where it receives.
    pub inbox: Option<String>,
    /// Where its instance receives.
    pub shared_inbox: Option<String>,
    /// What it published.
    pub outbox: Option<String>,
    /// Its followers.
    pub followers_uri: Option<String>,
    /// Id and PEM of its RSA key.
    pub key: Option<(String, String)>,
    /// Id and multibase of its Ed25519 key.
    pub proof_key: Option<(String, String)>,
    /// When its document was last read.
    pub fetched_at: Option<Timestamp>,
}

/// Adds a person of this hall. `Taken` if the handle is in use, also by a community or by somebody deleted.
pub async fn insert_local_person(
    tx: &Tx,
    handle: &str,
    name: &str,
    uri_of: impl Fn(ActorId) -> String + Send,
    url: &str,
) -> Result<ActorId> {
    insert_local(tx, ActorKind::Person, handle, name, uri_of, url).await
}

/// Adds a local actor of any kind.
pub async fn insert_local(
    tx: &Tx,
    kind: ActorKind,
    handle: &str,
    name: &str,
    uri_of: impl Fn(ActorId) -> String + Send,
    url: &str,
) -> Result<ActorId> {
    let id = ActorId(tx.next_id());
    let sql = "INSERT INTO actors (id, uri, kind, handle, name, url, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.exec(sql, params![id.0, uri_of(id), kind.as_str(), handle, name, url, tx.now().0]).await?;
    Ok(id)
}

/// Adds a remote actor, or brings what is known of it up to date.
pub async fn upsert_remote(tx: &Tx, actor: &RemoteActor) -> Result<ActorId> {
    let created = actor.published.map_or(tx.now().0, |at| at.0.min(tx.now().0));
    let sql = "INSERT INTO actors (id, uri, kind, handle, host, name, summary, url, icon, inbox, shared_inbox, outbox, \
        followers_uri, key_id, key_pem, proof_key_id, proof_key, locked, discoverable, outside, created_at, fetched_at, \
        featured_uri, moderators_uri, moved_to) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, TRUE, $20, $21, $22, $23, $24) \
        ON CONFLICT (uri) DO UPDATE SET name = excluded.name, summary = excluded.summary, url = excluded.url, icon = excluded.icon, \
        inbox = excluded.inbox, shared_inbox = excluded.shared_inbox, outbox = excluded.outbox, followers_uri = excluded.followers_uri, \
        key_id = excluded.key_id, key_pem = excluded.key_pem, proof_key_id = excluded.proof_key_id, proof_key = excluded.proof_key, \
        locked = excluded.locked, discoverable = excluded.discoverable, fetched_at = excluded.fetched_at, \
        featured_uri = excluded.featured_uri, moderators_uri = excluded.moderators_uri, moved_to = excluded.moved_to \
        WHERE actors.host IS NOT NULL";
    let a = actor;
    tx.exec(
        sql,
        params![
            tx.next_id(),
            a.uri.clone(),
            a.kind.as_str(),
            a.handle.clone(),
            a.host.clone(),
            a.name.clone(),
            a.summary.as_str(),
            a.url.clone(),
            a.icon.clone(),
            a.inbox.clone(),
            a.shared_inbox.clone(),
            a.outbox.clone(),
            a.followers_uri.clone(),
            a.key_id.clone(),
            a.key_pem.clone(),
            a.proof_key_id.clone(),
            a.proof_key.clone(),
            a.locked,
            a.discoverable,
            created,
            tx.now().0,
            a.featured_uri.clone(),
            a.moderators_uri.clone(),
            a.moved_to.clone()
        ],
    )
    .await?;
    let id = id_by_uri(tx, &actor.uri).await?.ok_or_else(|| StoreError::Other("the actor was not stored".into()))?;
    tx.touch(|touched| touched.actors.push(id));
    Ok(id)
}

/// The id of a known actor that is not deleted.
pub async fn id_by_uri(conn: &Conn, uri: &str) -> Result<Option<ActorId>> {
    let row = conn.one("SELECT id FROM actors WHERE uri = $1 AND deleted_at IS NULL", params![uri]).await?;
    row.map(|row| row.get(0).map(ActorId)).transpose()
}

/// Whether this is somebody of this hall whom the network may know.
pub async fn outside_here(conn: &Conn, id: ActorId) -> Result<bool> {
    conn.exists("SELECT 1 FROM actors WHERE id = $1 AND host IS NULL AND outside AND deleted_at IS NULL", params![id.0]).await
}

/// As if an actor's document had been read so many milliseconds from now, or (negative) ago.
pub async fn set_fetched(tx: &Tx, id: ActorId, from_now: i64) -> Result<()> {
    tx.exec("UPDATE actors SET fetched_at = $2 WHERE id = $1", params![id.0, tx.now().0 + from_now]).await?;
    tx.touch(|touched| touched.actors.push(id));
    Ok(())
}

/// Notes where an actor moved. `false`: that is known already.
pub async fn set_moved(tx: &Tx, id: ActorId, to: &str) -> Result<bool> {
    let sql = "UPDATE actors SET moved_to = $2 WHERE id = $1 AND COALESCE(moved_to, '') <> $2";
    Ok(tx.exec(sql, params![id.0, to]).await? > 0)
}

/// The id of a known actor by handle; a handle without a host is a local one.
pub async fn id_by_handle(conn: &Conn, handle: &Handle) -> Result<Option<ActorId>> {
    let row = match &handle.host {
        None => {
            let sql = "SELECT id FROM actors WHERE handle = $1 AND host IS NULL AND deleted_at IS NULL";
            conn.one(sql, params![handle.name.clone()]).await?
        }
        Some(host) => {
            // Who was known by it first keeps it: a second id that claims the same handle takes nothing over.
            let sql = "SELECT id FROM actors WHERE handle = $1 AND host = $2 AND deleted_at IS NULL ORDER BY id";
            conn.one(sql, params![handle.name.clone(), host.clone()]).await?
        }
    };
    row.map(|row| row.get(0).map(ActorId)).transpose()
}

/// What is needed to talk to an actor.
pub async fn wire(conn: &Conn, id: ActorId) -> Result<Option<ActorWire>> {
    wire_where(conn, "id = $1", params![id.0]).await
}

/// The same, by the network's id.
pub async fn wire_by_uri(conn: &Conn, uri: &str) -> Result<Option<ActorWire>> {
    wire_where(conn, "uri = $1", params![uri]).await
}

/// The same, by the id of the actor's RSA or Ed25519 key.
pub async fn wire_by_key(conn: &Conn, key_id: &str) -> Result<Option<ActorWire>> {
    wire_where(conn, "(key_id = $1 OR proof_key_id = $1)", params![key_id]).await
}

async fn wire_where(conn: &Conn, condition: &str, values: Vec<sea_orm::Value>) -> Result<Option<ActorWire>> {
    let sql = format!(
        "SELECT id, uri, kind, host, inbox, shared_inbox, outbox, followers_uri, key_id, key_pem, proof_key_id, proof_key, fetched_at \
         FROM actors WHERE {condition} AND deleted_at IS NULL"
    );
    let Some(row) = conn.one(&sql, values).await? else { return Ok(None) };
    let pair = |a: Option<String>, b: Option<String>| a.zip(b);
    Ok(Some(ActorWire {
        id: ActorId(row.get(0)?),
        uri: row.get(1)?,
        kind: kind(&row.get::<String>(2)?)?,
        host: row.get(3)?,
        inbox: row.get(4)?,
        shared_inbox: row.get(5)?,
        outbox: row.get(6)?,
        followers_uri: row.get(7)?,
        key: pair(row.get(8)?, row.get(9)?),
        proof_key: pair(row.get(10)?, row.get(11)?),
        fetched_at: row.get::<Option<i64>>(12)?.map(Timestamp),
    }))
}

/// Actors by id, from the cache where possible, in no particular order.
pub async fn load(
    store: &Store,
    conn: &Conn,
    ids: impl IntoIterator<Item = ActorId>,
) -> Result<HashMap<ActorId, Arc<ActorView>>> {
    let mut found = HashMap::new();
    let mut missing = Vec::new();
    for id in ids {
        if found.contains_key(&id) || missing.contains(&id) {
            continue;
        }
        match store.caches().actors.get(&id) {
            Some(actor) => {
                found.insert(id, actor);
            }
            None => missing.push(id),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let sql = format!("SELECT {COLUMNS} FROM {FROM} WHERE {}", conn.in_list("a.id", 1));
    for row in conn.all(&sql, params![json_list(missing.iter().map(|id| id.0))]).await? {
        let actor = Arc::new(view(&row)?);
        store.caches().actors.insert(actor.id, actor.clone());
        found.insert(actor.id, actor);
    }
    Ok(found)
}

/// One actor by id.
pub async fn by_id(store: &Store, id: ActorId) -> Result<Option<Arc<ActorView>>> {
    Ok(load(store, store.read(), [id]).await?.remove(&id))
}

fn kind(word: &str) -> Result<ActorKind> {
    ActorKind::parse(word).ok_or_else(|| StoreError::Corrupt(format!("actor kind {word}")))
}

#[expect(clippy::disallowed_methods, reason = "the summary was cleaned before it was stored")]
fn view(row: &Row) -> Result<ActorView> {
    let community: Option<i64> = row.get(17)?;
    let followers: i64 = row.get(13)?;
    let members: Option<i64> = row.get(19)?;
    let uri: String = row.get(1)?;
    let zone = row.get::<Option<String>>(18)?.as_deref().and_then(Zone::parse);
    // How many are in a closed community is told only inside it.
    let members = members.map(|count| if zone == Some(Zone::Open) { count } else { 0 });
    Ok(ActorView {
        id: ActorId(row.get(0)?),
        kind: kind(&row.get::<String>(2)?)?,
        handle: row.get(3)?,
        host: row.get(4)?,
        name: row.get(5)?,
        summary: Html::stored(row.get(6)?),
        url: row.get::<Option<String>>(7)?.unwrap_or_else(|| uri.clone()),
        icon: row.get(8)?,
        locked: row.get(9)?,
        discoverable: row.get(10)?,
        outside: row.get(11)?,
        posts_count: row.get(12)?,
        followers_count: members.unwrap_or(followers),
        following_count: row.get(14)?,
        last_post_at: row.get::<Option<i64>>(15)?.map(Timestamp),
        created_at: Timestamp(row.get(16)?),
        community: community.map(CommunityId),
        zone,
        uri,
    })
}

/// The id on the network of whom this page is of, on another server. There is no index for it: people type it.
pub async fn uri_by_page(conn: &Conn, url: &str) -> Result<Option<String>> {
    let row = conn.one("SELECT uri FROM actors WHERE url = $1 AND host IS NOT NULL ORDER BY id LIMIT 1", params![url]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Somebody of this hall of whom the network knows, by the address of their page.
pub async fn id_by_page_here(conn: &Conn, base: &str, url: &str) -> Result<Option<ActorId>> {
    let Some(handle) = url.strip_prefix(base).and_then(|path| path.strip_prefix("/@")) else { return Ok(None) };
    let sql = "SELECT id FROM actors WHERE handle = $1 AND host IS NULL AND deleted_at IS NULL AND outside AND kind <> 'Group'";
    let row = conn.one(sql, params![handle.to_lowercase()]).await?;
    row.map(|row| row.get(0).map(ActorId)).transpose()
}

/// From now on the network may know this person: the first act outside an internal community.
pub async fn mark_outside(tx: &Tx, id: ActorId) -> Result<()> {
    if tx.exec("UPDATE actors SET outside = TRUE WHERE id = $1 AND outside = FALSE", params![id.0]).await? > 0 {
        tx.touch(|touched| touched.actors.push(id));
    }
    Ok(())
}

/// A remote actor is gone: it and what it wrote are hidden at once, and their words are gone. What stands beside each
/// post is for [`crate::posts::clear_some`]. Gives who it was.
pub async fn delete_remote(tx: &Tx, uri: &str) -> Result<Option<ActorId>> {
    let Some(id) = id_by_uri(tx, uri).await? else { return Ok(None) };
    let now = tx.now().0;
    tx.exec("UPDATE actors SET deleted_at = $2, epoch = epoch + 1 WHERE id = $1 AND host IS NOT NULL", params![id.0, now])
        .await?;
    let sql = format!("UPDATE posts SET {BLANK} WHERE actor_id = $1 AND deleted_at IS NULL AND local = FALSE");
    tx.exec(&sql, params![id.0, now]).await?;
    forget_ties(tx, id).await?;
    tx.touch(|touched| touched.actors.push(id));
    Ok(Some(id))
}

/// Somebody elsewhere is gone: in no community, following nobody, followed by nobody, and counted nowhere.
pub(crate) async fn forget_ties(tx: &Tx, id: ActorId) -> Result<()> {
    let sql = "SELECT community_id FROM memberships WHERE actor_id = $1 AND state IN ('active', 'pending', 'suspended')";
    for row in tx.all(sql, params![id.0]).await? {
        crate::memberships::set_state(tx, CommunityId(row.get(0)?), id, MembershipState::Left).await?;
    }
    let sql = "SELECT follower_id, target_id FROM follows WHERE follower_id = $1 OR target_id = $1";
    for row in tx.all(sql, params![id.0]).await? {
        crate::follows::remove(tx, ActorId(row.get(0)?), ActorId(row.get(1)?)).await?;
    }
    Ok(())
}

/// Whether an actor decides about followers itself.
pub async fn is_locked(conn: &Conn, id: ActorId) -> Result<bool> {
    conn.exists("SELECT 1 FROM actors WHERE id = $1 AND locked", params![id.0]).await
}
