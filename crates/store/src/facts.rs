//! What policy needs to know, read in the transaction that uses it.

use crate::conn::{Conn, Row, params};
use crate::memberships::membership;
use crate::posts::audience;
use crate::{Result, StoreError};
use domain::id::{ActorId, CommunityId, PostId, ReportId};
use domain::policy::{CommunityFacts, PostFacts, Read, ReportFacts};
use domain::requester::Requester;
use domain::zone::{Door, JoinPolicy, Zone};

/// A community from one requester's place. `None`: there is none, or it is deleted.
pub async fn community(conn: &Conn, requester: &Requester, id: CommunityId) -> Result<Option<CommunityFacts>> {
    community_where(conn, requester, "c.id = $3", id.0).await
}

/// The same, by its group actor.
pub async fn community_of_actor(conn: &Conn, requester: &Requester, actor: ActorId) -> Result<Option<CommunityFacts>> {
    community_where(conn, requester, "c.actor_id = $3", actor.0).await
}

async fn community_where(conn: &Conn, requester: &Requester, condition: &str, id: i64) -> Result<Option<CommunityFacts>> {
    let sql = format!(
        "SELECT c.id, c.zone, c.door, c.join_policy, c.local, m.role, m.state, \
         CASE WHEN g.host IS NULL THEN FALSE ELSE TRUE END \
         FROM communities c \
         LEFT JOIN memberships m ON m.community_id = c.id AND m.actor_id = $1 \
         LEFT JOIN agreements g ON g.community_id = c.id AND g.host = $2 \
         WHERE {condition} AND c.deleted_at IS NULL"
    );
    let values = crate::scope::who_and(requester, params![id]);
    conn.one(&sql, values).await?.map(|row| read_community(&row)).transpose()
}

#[expect(clippy::disallowed_methods, reason = "this is where facts are read")]
fn read() -> Read {
    Read::just_now()
}

fn read_community(row: &Row) -> Result<CommunityFacts> {
    let word = |text: String, what: &str| StoreError::Corrupt(format!("{what} {text}"));
    let zone: String = row.get(1)?;
    let door: String = row.get(2)?;
    let join: String = row.get(3)?;
    Ok(CommunityFacts {
        id: CommunityId(row.get(0)?),
        zone: Zone::parse(&zone).ok_or_else(|| word(zone, "zone"))?,
        door: Door::parse(&door).ok_or_else(|| word(door, "door"))?,
        join: JoinPolicy::parse(&join).ok_or_else(|| word(join, "join policy"))?,
        local: row.get(4)?,
        standing: membership(row.get(5)?, row.get(6)?)?,
        partner_named: row.get(7)?,
        read: read(),
    })
}

/// A post from one requester's place. `None`: there is none, or it is deleted.
pub async fn post(conn: &Conn, requester: &Requester, id: PostId) -> Result<Option<PostFacts>> {
    let sql = "SELECT p.actor_id, p.reach, p.listed, p.zone, p.community_id, p.local, \
         CASE WHEN EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = $1 AND f.target_id = p.actor_id AND f.state = 'active') THEN TRUE ELSE FALSE END, \
         CASE WHEN EXISTS (SELECT 1 FROM post_mentions pm WHERE pm.post_id = p.id AND pm.actor_id = $1) THEN TRUE ELSE FALSE END, \
         CASE WHEN EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = p.actor_id AND b.target_id = $1) THEN TRUE ELSE FALSE END, \
         CASE WHEN p.locked_at IS NOT NULL OR EXISTS (SELECT 1 FROM posts r WHERE r.id = p.root_id AND r.locked_at IS NOT NULL) THEN TRUE ELSE FALSE END \
         FROM posts p WHERE p.id = $2 AND p.deleted_at IS NULL";
    let me = requester.actor().map_or(-1, |actor| actor.0);
    let Some(row) = conn.one(sql, params![me, id.0]).await? else { return Ok(None) };
    let community_id: Option<i64> = row.get(4)?;
    let in_community = match community_id {
        Some(community_id) => community(conn, requester, CommunityId(community_id)).await?,
        None => None,
    };
    Ok(Some(PostFacts {
        id,
        author: ActorId(row.get(0)?),
        audience: audience(&row.get::<String>(1)?, row.get(2)?, row.get::<Option<String>>(3)?.as_deref(), community_id)?,
        local: row.get(5)?,
        community: in_community,
        follows_author: row.get(6)?,
        mentioned: row.get(7)?,
        blocked: row.get(8)?,
        locked: row.get(9)?,
        read: read(),
    }))
}

/// Whether `target` has blocked `actor`.
pub async fn blocked(conn: &Conn, actor: ActorId, target: ActorId) -> Result<bool> {
    conn.exists("SELECT 1 FROM blocks WHERE actor_id = $1 AND target_id = $2", params![target.0, actor.0]).await
}

/// A report that is for this requester to deal with. `None`: there is none, or it is not.
pub async fn report(conn: &Conn, requester: &Requester, id: ReportId) -> Result<Option<ReportFacts>> {
    let scope = crate::scope::reports("r", requester.administers());
    let sql = format!("SELECT 1 FROM reports r WHERE r.id = $3 AND {scope}");
    let there = conn.exists(&sql, crate::scope::who_and(requester, params![id.0])).await?;
    Ok(there.then(|| ReportFacts { id, read: read() }))
}
