//! Follows between people (being in a community is a membership, not a follow).

use crate::conn::{Conn, Tx, json_list, params};
use crate::views::{ActorView, RelationshipView};
use crate::{Result, Store, actors, memberships};
use domain::id::ActorId;
use domain::page::Page;
use domain::policy::{Permit, act};
use domain::requester::Requester;
use std::collections::HashMap;
use std::sync::Arc;

/// Stores a follow or a request to follow. `false`: it was there already, in this state.
pub async fn insert(tx: &Tx, permit: Permit<act::Follow>, active: bool, uri: Option<&str>) -> Result<bool> {
    let (follower, target) = (permit.actor(), ActorId(permit.target()));
    let state = if active { "active" } else { "pending" };
    let there = state_of(tx, follower, target).await?;
    if there.as_deref() == Some("active") || there.as_deref() == Some(state) {
        return Ok(false);
    }
    let sql = "INSERT INTO follows (follower_id, target_id, state, uri, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (follower_id, target_id) DO UPDATE SET state = excluded.state, uri = COALESCE(excluded.uri, follows.uri)";
    tx.exec(sql, params![follower.0, target.0, state, uri.map(str::to_owned), tx.now().0]).await?;
    if active {
        count(tx, follower, target, 1).await?;
    }
    Ok(true)
}

/// `active`, `pending` or nothing.
pub async fn state_of(conn: &Conn, follower: ActorId, target: ActorId) -> Result<Option<String>> {
    let sql = "SELECT state FROM follows WHERE follower_id = $1 AND target_id = $2";
    conn.one(sql, params![follower.0, target.0]).await?.map(|row| row.get(0)).transpose()
}

/// A pending request is granted. `false`: there was none.
pub async fn accept(tx: &Tx, follower: ActorId, target: ActorId) -> Result<bool> {
    let sql = "UPDATE follows SET state = 'active' WHERE follower_id = $1 AND target_id = $2 AND state = 'pending'";
    let done = tx.exec(sql, params![follower.0, target.0]).await? > 0;
    if done {
        count(tx, follower, target, 1).await?;
    }
    Ok(done)
}

/// A follow or request ends. Gives the asking activity's id if there was one.
pub async fn remove(tx: &Tx, follower: ActorId, target: ActorId) -> Result<Option<Option<String>>> {
    let sql = "SELECT state, uri FROM follows WHERE follower_id = $1 AND target_id = $2";
    let Some(row) = tx.one(sql, params![follower.0, target.0]).await? else { return Ok(None) };
    tx.exec("DELETE FROM follows WHERE follower_id = $1 AND target_id = $2", params![follower.0, target.0]).await?;
    if row.get::<String>(0)? == "active" {
        count(tx, follower, target, -1).await?;
    }
    Ok(Some(row.get(1)?))
}

/// Who asked by this activity: (follower, target).
pub async fn by_uri(conn: &Conn, uri: &str) -> Result<Option<(ActorId, ActorId)>> {
    let row = conn.one("SELECT follower_id, target_id FROM follows WHERE uri = $1", params![uri]).await?;
    row.map(|row| Ok((ActorId(row.get(0)?), ActorId(row.get(1)?)))).transpose()
}

/// The id of the asking activity.
pub async fn uri_of(conn: &Conn, follower: ActorId, target: ActorId) -> Result<Option<String>> {
    let row =
        conn.one("SELECT uri FROM follows WHERE follower_id = $1 AND target_id = $2", params![follower.0, target.0]).await?;
    Ok(row.map(|row| row.get::<Option<String>>(0)).transpose()?.flatten())
}

async fn count(tx: &Tx, follower: ActorId, target: ActorId, step: i64) -> Result<()> {
    tx.exec("UPDATE actors SET following_count = following_count + $2 WHERE id = $1", params![follower.0, step]).await?;
    tx.exec("UPDATE actors SET followers_count = followers_count + $2 WHERE id = $1", params![target.0, step]).await?;
    tx.touch(|touched| touched.actors.extend([follower, target]));
    Ok(())
}

/// Somebody wants nothing to do with somebody.
pub async fn block(tx: &Tx, who: ActorId, whom: ActorId) -> Result<()> {
    let sql =
        "INSERT INTO blocks (actor_id, target_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (actor_id, target_id) DO NOTHING";
    tx.exec(sql, params![who.0, whom.0, tx.now().0]).await?;
    Ok(())
}

/// That is over.
pub async fn unblock(tx: &Tx, who: ActorId, whom: ActorId) -> Result<()> {
    tx.exec("DELETE FROM blocks WHERE actor_id = $1 AND target_id = $2", params![who.0, whom.0]).await?;
    Ok(())
}

/// Followers (or, with `following`, the followed) of an actor, newest first. Memberships are not among them.
pub async fn list(store: &Store, actor: ActorId, following: bool, page: &Page) -> Result<Vec<Arc<ActorView>>> {
    let (mine, other) = if following { ("follower_id", "target_id") } else { ("target_id", "follower_id") };
    let sql = format!(
        "SELECT {other} FROM follows WHERE {mine} = $1 AND state = 'active' AND {other} < $2 AND {other} > $3 ORDER BY {other} DESC LIMIT $4"
    );
    let values = params![actor.0, page.below(), page.above(), i64::from(page.limit)];
    ordered(store, &sql, values).await
}

/// People who asked to follow the requester, or to join a community that the requester moderates: each once, in the
/// order of their ids, as lists are paged.
pub async fn requests(store: &Store, requester: &Requester, page: &Page) -> Result<Vec<Arc<ActorView>>> {
    let me = requester.actor().map_or(-1, |actor| actor.0);
    let order = if page.upwards() { "ASC" } else { "DESC" };
    let sql = format!(
        "SELECT id FROM (SELECT follower_id AS id FROM follows WHERE target_id = $1 AND state = 'pending' \
         UNION SELECT x.actor_id FROM {}) r WHERE id < $2 AND id > $3 ORDER BY id {order} LIMIT {}",
        memberships::ASKED,
        page.limit
    );
    let mut found = ordered(store, &sql, params![me, page.below(), page.above()]).await?;
    if page.upwards() {
        found.reverse();
    }
    Ok(found)
}

async fn ordered(store: &Store, sql: &str, values: Vec<sea_orm::Value>) -> Result<Vec<Arc<ActorView>>> {
    let mut ids = Vec::new();
    for row in store.read().all(sql, values).await? {
        ids.push(ActorId(row.get(0)?));
    }
    let people = actors::load(store, store.read(), ids.iter().copied()).await?;
    Ok(ids.iter().filter_map(|id| people.get(id).cloned()).collect())
}

/// How the requester and others stand to each other. For a community, being in is following.
pub async fn relationships(store: &Store, requester: &Requester, ids: &[ActorId]) -> Result<Vec<RelationshipView>> {
    let me = requester.actor().map_or(-1, |actor| actor.0);
    let conn = store.read();
    let list = |column: &str| conn.in_list(column, 2);
    let sql = format!(
        "SELECT target_id, CASE WHEN state = 'active' THEN 1 ELSE 2 END FROM follows WHERE follower_id = $1 AND {} \
         UNION ALL SELECT follower_id, CASE WHEN state = 'active' THEN 3 ELSE 4 END FROM follows WHERE target_id = $1 AND {} \
         UNION ALL SELECT target_id, 5 FROM blocks WHERE actor_id = $1 AND {} \
         UNION ALL SELECT actor_id, 6 FROM blocks WHERE target_id = $1 AND {} \
         UNION ALL SELECT c.actor_id, CASE WHEN m.state = 'active' THEN 1 ELSE 2 END FROM memberships m JOIN communities c ON c.id = m.community_id \
           WHERE m.actor_id = $1 AND m.state IN ('active', 'pending') AND {} \
         UNION ALL SELECT m.actor_id, 4 FROM memberships m JOIN communities c ON c.id = m.community_id \
           JOIN memberships mine ON mine.community_id = m.community_id AND mine.actor_id = $1 \
           WHERE m.state = 'pending' AND c.local = TRUE AND mine.state = 'active' AND mine.role IN ('lead', 'moderator') AND {}",
        list("target_id"),
        list("follower_id"),
        list("target_id"),
        list("actor_id"),
        list("c.actor_id"),
        list("m.actor_id")
    );
    let mut found: HashMap<i64, RelationshipView> = HashMap::new();
    for row in conn.all(&sql, params![me, json_list(ids.iter().map(|id| id.0))]).await? {
        let id: i64 = row.get(0)?;
        let entry = found.entry(id).or_insert_with(|| RelationshipView { id, ..RelationshipView::default() });
        match row.get::<i32>(1)? {
            1 => entry.following = true,
            2 => entry.requested = true,
            3 => entry.followed_by = true,
            4 => entry.requested_by = true,
            5 => entry.blocking = true,
            _ => entry.blocked_by = true,
        }
    }
    Ok(ids
        .iter()
        .map(|id| found.get(&id.0).copied().unwrap_or(RelationshipView { id: id.0, ..RelationshipView::default() }))
        .collect())
}
