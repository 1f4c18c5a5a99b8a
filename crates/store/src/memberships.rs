//! Who is in which community, as what: the same rows for people of this hall and of others.

use crate::conn::{Conn, Tx, params};
use crate::views::{BannedView, MemberView, OwnBan};
use crate::{Result, Store, StoreError, Visible, actors, scope};
use domain::id::{ActorId, CommunityId};
use domain::membership::{Membership, MembershipState, Role};
use domain::page::Page;
use domain::policy::{Permit, act};
use domain::requester::Requester;
use domain::time::Timestamp;

/// By which activity somebody came in, so that the answer and the way out use the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// `Join`, or a page.
    Join,
    /// `Follow`.
    Follow,
}

impl Via {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Follow => "follow",
        }
    }
}

/// Reads a stored membership.
pub(crate) fn membership(role: Option<String>, state: Option<String>) -> Result<Option<Membership>> {
    let Some((role, state)) = role.zip(state) else { return Ok(None) };
    match (Role::parse(&role), MembershipState::parse(&state)) {
        (Some(role), Some(state)) => Ok(Some(Membership { role, state })),
        _ => Err(StoreError::Corrupt(format!("membership {role} {state}"))),
    }
}

/// Enters somebody. The permit says who and where.
pub async fn enter(
    tx: &Tx,
    permit: Permit<act::Join>,
    role: Role,
    state: MembershipState,
    via: Via,
    uri: Option<&str>,
) -> Result<()> {
    let (community, actor) = (CommunityId(permit.target()), permit.actor());
    put(tx, community, actor, Membership { role, state }, via, uri).await
}

/// Makes somebody the first lead of a community just founded, or a lead named on the command line.
pub async fn appoint(tx: &Tx, community: CommunityId, actor: ActorId, role: Role) -> Result<()> {
    put(tx, community, actor, Membership { role, state: MembershipState::Active }, Via::Join, None).await
}

async fn put(tx: &Tx, community: CommunityId, actor: ActorId, new: Membership, via: Via, uri: Option<&str>) -> Result<()> {
    let old = standing(tx, community, actor).await?;
    let now = tx.now().0;
    let decided = (new.state != MembershipState::Pending).then_some(now);
    let sql = "INSERT INTO memberships (community_id, actor_id, role, state, via, uri, asked_at, decided_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (community_id, actor_id) DO UPDATE SET role = excluded.role, \
        state = excluded.state, via = excluded.via, uri = COALESCE(excluded.uri, memberships.uri), asked_at = excluded.asked_at, \
        decided_at = excluded.decided_at, epoch = memberships.epoch + 1";
    let values =
        params![community.0, actor.0, new.role.as_str(), new.state.as_str(), via.as_str(), uri.map(str::to_owned), now, decided];
    tx.exec(sql, values).await?;
    count(tx, community, old, Some(new)).await
}

/// A member has another role; how they came in stays.
pub async fn set_role(tx: &Tx, community: CommunityId, actor: ActorId, role: Role) -> Result<()> {
    let sql = "UPDATE memberships SET role = $3, decided_at = $4, epoch = epoch + 1 WHERE community_id = $1 AND actor_id = $2";
    let old = standing(tx, community, actor).await?;
    tx.exec(sql, params![community.0, actor.0, role.as_str(), tx.now().0]).await?;
    count(tx, community, old, old.map(|there| Membership { role, ..there })).await
}

/// Moves a membership to another state; the role stays.
pub async fn set_state(tx: &Tx, community: CommunityId, actor: ActorId, state: MembershipState) -> Result<()> {
    let old = standing(tx, community, actor).await?;
    let sql = "UPDATE memberships SET state = $3, decided_at = $4, epoch = epoch + 1 WHERE community_id = $1 AND actor_id = $2";
    tx.exec(sql, params![community.0, actor.0, state.as_str(), tx.now().0]).await?;
    count(tx, community, old, old.map(|m| Membership { state, ..m })).await
}

/// What is kept of a ban beside who and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// It ends by itself at this time, or not.
    pub until: Option<Timestamp>,
    /// Who banned.
    pub by: ActorId,
    /// Why; may be empty.
    pub reason: String,
}

/// Keeps how somebody is banned, or forgets it.
pub async fn set_ban(tx: &Tx, community: CommunityId, actor: ActorId, ban: Option<Ban>) -> Result<()> {
    let sql =
        "UPDATE memberships SET banned_until = $3, banned_by = $4, ban_reason = $5 WHERE community_id = $1 AND actor_id = $2";
    let (until, by) = (ban.as_ref().and_then(|ban| ban.until).map(|at| at.0), ban.as_ref().map(|ban| ban.by.0));
    tx.exec(sql, params![community.0, actor.0, until, by, ban.map(|ban| ban.reason)]).await?;
    Ok(())
}

/// Whoever is banned from communities hosted here is banned as the person they moved to, as well: once, for a lead may let
/// them in again. Not shorter than they are already, and nobody who keeps order. Gives where, and how.
pub async fn bans_follow(tx: &Tx, from: ActorId, to: ActorId) -> Result<Vec<(CommunityId, Ban)>> {
    let sql = "SELECT m.community_id, m.banned_until, COALESCE(m.banned_by, c.actor_id), COALESCE(m.ban_reason, ''), \
        t.banned_until, CASE WHEN t.state = 'banned' THEN TRUE ELSE FALSE END FROM memberships m \
        JOIN communities c ON c.id = m.community_id LEFT JOIN memberships t ON t.community_id = m.community_id AND t.actor_id = $2 \
        WHERE m.actor_id = $1 AND m.state = 'banned' AND c.local AND c.deleted_at IS NULL \
        AND (m.banned_until IS NULL OR m.banned_until > $3) AND COALESCE(t.role, '') NOT IN ('lead', 'moderator')";
    let mut banned = Vec::new();
    for row in tx.all(sql, params![from.0, to.0, tx.now().0]).await? {
        let community = CommunityId(row.get(0)?);
        let (until, already): (Option<i64>, bool) = (row.get(1)?, row.get(5)?);
        let theirs: Option<i64> = row.get(4)?;
        let longer = theirs.is_some_and(|theirs| until.is_none_or(|until| until > theirs));
        let (target, detail) = (community.to_string(), from.to_string());
        if already && !longer || crate::audit::has(tx, to, FOLLOWED, &target, &detail).await? {
            continue;
        }
        if standing(tx, community, to).await?.is_none() {
            appoint(tx, community, to, Role::Observer).await?;
        }
        set_state(tx, community, to, MembershipState::Banned).await?;
        let ban = Ban { until: until.map(Timestamp), by: ActorId(row.get(2)?), reason: row.get(3)? };
        set_ban(tx, community, to, Some(ban.clone())).await?;
        forget_home(tx, community, to).await?;
        crate::audit::append(tx, Some(to), FOLLOWED, &target, &detail).await?;
        banned.push((community, ban));
    }
    Ok(banned)
}

/// In the audit log: a ban came along with somebody who moved.
const FOLLOWED: &str = "community.ban_followed";

/// Since when somebody is banned, if they are.
pub async fn banned_since(conn: &Conn, community: CommunityId, actor: ActorId) -> Result<Option<Timestamp>> {
    let sql = "SELECT decided_at FROM memberships WHERE community_id = $1 AND actor_id = $2 AND state = 'banned'";
    let row = conn.one(sql, params![community.0, actor.0]).await?;
    Ok(row.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten().map(Timestamp))
}

/// Who is banned from a community that the requester moderates, the latest first.
pub async fn banned(store: &Store, requester: &Requester, community: CommunityId) -> Result<Vec<Visible<BannedView>>> {
    let sql = "SELECT x.actor_id, COALESCE(x.decided_at, x.asked_at), x.banned_until, x.banned_by, COALESCE(x.ban_reason, '') \
        FROM memberships x \
        JOIN communities k ON k.id = x.community_id \
        JOIN memberships mine ON mine.community_id = x.community_id AND mine.actor_id = $1 \
        WHERE x.community_id = $2 AND x.state = 'banned' AND k.local AND k.deleted_at IS NULL AND mine.state = 'active' \
        AND mine.role IN ('lead', 'moderator') ORDER BY 2 DESC, x.actor_id LIMIT 200";
    let me = requester.actor().map_or(-1, |actor| actor.0);
    let rows = store.read().all(sql, params![me, community.0]).await?;
    let mut ids = Vec::with_capacity(rows.len() * 2);
    for row in &rows {
        ids.push(ActorId(row.get(0)?));
        ids.extend(row.get::<Option<i64>>(3)?.map(ActorId));
    }
    let people = actors::load(store, store.read(), ids).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(actor) = people.get(&ActorId(row.get(0)?)).cloned() else { continue };
        let by = row.get::<Option<i64>>(3)?.and_then(|by| people.get(&ActorId(by)).cloned());
        let (since, until) = (Timestamp(row.get(1)?), row.get::<Option<i64>>(2)?.map(Timestamp));
        found.push(Visible::prove(requester, BannedView { actor, since, until, by, reason: row.get(4)? }));
    }
    Ok(found)
}

/// Why and until when the requester may not come back to a community, here or elsewhere; until they ask again.
pub async fn own_ban(store: &Store, requester: &Requester, community: CommunityId) -> Result<Option<Visible<OwnBan>>> {
    let Some(me) = requester.actor() else { return Ok(None) };
    let sql = "SELECT banned_until, COALESCE(ban_reason, '') FROM memberships WHERE community_id = $1 AND actor_id = $2 \
        AND state IN ('banned', 'rejected') AND banned_by IS NOT NULL AND (banned_until IS NULL OR banned_until > $3)";
    let row = store.read().one(sql, params![community.0, me.0, store.clock().now().0]).await?;
    let Some(row) = row else { return Ok(None) };
    let (until, reason) = (row.get::<Option<i64>>(0)?.map(Timestamp), row.get(1)?);
    Ok(Some(Visible::prove(requester, OwnBan { until, reason })))
}

/// Bans whose end has come.
pub async fn bans_over(conn: &Conn, now: Timestamp) -> Result<Vec<(CommunityId, ActorId)>> {
    let sql = "SELECT community_id, actor_id FROM memberships WHERE banned_until <= $1 AND state = 'banned' ORDER BY banned_until LIMIT 200";
    let rows = conn.all(sql, params![now.0]).await?;
    rows.iter().map(|row| Ok((CommunityId(row.get(0)?), ActorId(row.get(1)?)))).collect()
}

/// Somebody leaves: out of lists and timelines in the same transaction.
pub async fn leave(tx: &Tx, permit: Permit<act::Leave>) -> Result<()> {
    let (community, actor) = (CommunityId(permit.target()), permit.actor());
    set_state(tx, community, actor, MembershipState::Left).await?;
    forget_home(tx, community, actor).await
}

/// Takes a community's boosts out of somebody's Home.
pub async fn forget_home(tx: &Tx, community: CommunityId, actor: ActorId) -> Result<()> {
    let sql = "DELETE FROM home_entries WHERE account_id = (SELECT id FROM accounts WHERE actor_id = $1) \
        AND actor_id = (SELECT actor_id FROM communities WHERE id = $2)";
    tx.exec(sql, params![actor.0, community.0]).await?;
    Ok(())
}

async fn count(tx: &Tx, community: CommunityId, old: Option<Membership>, new: Option<Membership>) -> Result<()> {
    let one = |m: Option<Membership>| i64::from(m.is_some_and(Membership::is_member));
    let step = one(new) - one(old);
    if step != 0 {
        let sql = "UPDATE communities SET members_count = members_count + $2 WHERE id = $1 AND local = TRUE";
        tx.exec(sql, params![community.0, step]).await?;
        crate::communities::touch(tx, community).await?;
    }
    Ok(())
}

/// Somebody's standing.
pub async fn standing(conn: &Conn, community: CommunityId, actor: ActorId) -> Result<Option<Membership>> {
    let sql = "SELECT role, state FROM memberships WHERE community_id = $1 AND actor_id = $2";
    match conn.one(sql, params![community.0, actor.0]).await? {
        Some(row) => membership(row.get(0)?, row.get(1)?),
        None => Ok(None),
    }
}

/// How a membership came about, for the answer on the network: (via, the asking activity's id).
pub async fn origin(conn: &Conn, community: CommunityId, actor: ActorId) -> Result<Option<(Via, Option<String>)>> {
    let sql = "SELECT via, uri FROM memberships WHERE community_id = $1 AND actor_id = $2";
    let Some(row) = conn.one(sql, params![community.0, actor.0]).await? else { return Ok(None) };
    let via = if row.get::<String>(0)? == "follow" { Via::Follow } else { Via::Join };
    Ok(Some((via, row.get(1)?)))
}

/// The membership that this activity asked for.
pub async fn by_uri(conn: &Conn, uri: &str) -> Result<Option<(CommunityId, ActorId)>> {
    let row = conn.one("SELECT community_id, actor_id FROM memberships WHERE uri = $1", params![uri]).await?;
    row.map(|row| Ok((CommunityId(row.get(0)?), ActorId(row.get(1)?)))).transpose()
}

/// Remembers by which activity somebody asked another hall to be let in.
pub async fn set_uri(tx: &Tx, community: CommunityId, actor: ActorId, via: Via, uri: &str) -> Result<()> {
    let sql = "UPDATE memberships SET uri = $3, via = $4 WHERE community_id = $1 AND actor_id = $2";
    tx.exec(sql, params![community.0, actor.0, uri, via.as_str()]).await?;
    Ok(())
}

/// How the list shows replies and whether Home leaves its starters out.
pub async fn set_list_options(
    tx: &Tx,
    community: CommunityId,
    actor: ActorId,
    exclusive: Option<bool>,
    replies: Option<&str>,
) -> Result<()> {
    let sql = "UPDATE memberships SET exclusive = COALESCE($3, exclusive), replies = COALESCE($4, replies) \
        WHERE community_id = $1 AND actor_id = $2 AND state = 'active'";
    tx.exec(sql, params![community.0, actor.0, exclusive, replies.map(str::to_owned)]).await?;
    if exclusive == Some(true) {
        forget_home(tx, community, actor).await?;
    }
    Ok(())
}

/// Whether anybody with an account here is in this community.
pub async fn any_local(conn: &Conn, community: CommunityId) -> Result<bool> {
    let sql = "SELECT 1 FROM memberships m JOIN actors a ON a.id = m.actor_id \
        WHERE m.community_id = $1 AND m.state = 'active' AND a.host IS NULL AND a.deleted_at IS NULL LIMIT 1";
    conn.exists(sql, params![community.0]).await
}

/// Active members of a community whose room the requester may see, oldest first.
pub async fn members(
    store: &Store,
    requester: &Requester,
    community: CommunityId,
    page: &Page,
) -> Result<Vec<Visible<MemberView>>> {
    let sql = format!(
        "SELECT x.actor_id, x.role, x.state, COALESCE(x.decided_at, x.asked_at) FROM memberships x JOIN communities k ON k.id = x.community_id \
         WHERE x.community_id = $3 AND x.state = 'active' AND x.role <> 'observer' AND x.actor_id > $4 AND x.actor_id < $5 AND {} \
         ORDER BY x.actor_id LIMIT $6",
        scope::rooms("k")
    );
    let values = params![community.0, page.above(), page.below(), i64::from(page.limit)];
    listed(store, requester, &sql, scope::who_and(requester, values)).await
}

/// The network's ids of a community's leads and moderators, as far as the network may know them, for whoever sees the room.
pub async fn moderators(store: &Store, requester: &Requester, community: CommunityId) -> Result<Vec<Visible<String>>> {
    let sql = format!(
        "SELECT a.uri FROM memberships x JOIN communities k ON k.id = x.community_id JOIN actors a ON a.id = x.actor_id \
         WHERE x.community_id = $3 AND x.state = 'active' AND x.role IN ('lead', 'moderator') AND a.outside AND a.deleted_at IS NULL \
         AND {} ORDER BY x.asked_at, a.id LIMIT 200",
        scope::rooms("k")
    );
    let rows = store.read().all(&sql, scope::who_and(requester, params![community.0])).await?;
    rows.iter().map(|row| Ok(Visible::prove(requester, row.get(0)?))).collect()
}

/// Who asked to be let into a community that `$1` moderates.
pub(crate) const ASKED: &str = "memberships x JOIN communities k ON k.id = x.community_id \
    JOIN memberships mine ON mine.community_id = x.community_id AND mine.actor_id = $1 \
    WHERE x.state = 'pending' AND k.local AND k.deleted_at IS NULL AND mine.state = 'active' AND mine.role IN ('lead', 'moderator')";

/// The first requests to join that the requester may answer, oldest first; of one community or of all.
pub async fn requests(
    store: &Store,
    requester: &Requester,
    community: Option<CommunityId>,
    limit: u32,
) -> Result<Vec<(CommunityId, Visible<MemberView>)>> {
    let sql = format!(
        "SELECT x.actor_id, x.role, x.state, x.asked_at, x.community_id FROM {ASKED} AND $2 = '' AND ($3 = 0 OR x.community_id = $3) \
         ORDER BY x.asked_at, x.actor_id LIMIT {limit}"
    );
    let values = params![community.map_or(0, |id| id.0)];
    let rows = store.read().all(&sql, scope::who_and(requester, values)).await?;
    let mut communities = Vec::with_capacity(rows.len());
    for row in &rows {
        communities.push(CommunityId(row.get(4)?));
    }
    Ok(communities.into_iter().zip(assemble(store, requester, &rows).await?).collect())
}

/// Which communities that the requester moderates this actor asked to be let into.
pub async fn asked_by(conn: &Conn, requester: &Requester, who: ActorId) -> Result<Vec<CommunityId>> {
    let sql = format!("SELECT x.community_id FROM {ASKED} AND x.actor_id = $2 ORDER BY x.asked_at, x.community_id");
    let me = requester.actor().map_or(-1, |actor| actor.0);
    conn.all(&sql, params![me, who.0]).await?.iter().map(|row| row.get(0).map(CommunityId)).collect()
}

async fn listed(
    store: &Store,
    requester: &Requester,
    sql: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<Visible<MemberView>>> {
    let rows = store.read().all(sql, values).await?;
    assemble(store, requester, &rows).await
}

async fn assemble(store: &Store, requester: &Requester, rows: &[crate::conn::Row]) -> Result<Vec<Visible<MemberView>>> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(membership) = membership(row.get(1)?, row.get(2)?)? else { continue };
        found.push((ActorId(row.get(0)?), membership, Timestamp(row.get(3)?)));
    }
    let people = actors::load(store, store.read(), found.iter().map(|(id, ..)| *id)).await?;
    Ok(found
        .into_iter()
        .filter_map(|(id, membership, since)| {
            let actor = people.get(&id)?.clone();
            Some(Visible::prove(requester, MemberView { actor, membership, since }))
        })
        .collect())
}

/// Who of another hall is in which closed community of this one: this actor, or everybody of a host.
pub async fn in_closed_communities(conn: &Conn, who: ActorId, host: Option<&str>) -> Result<Vec<(CommunityId, ActorId)>> {
    let (of, value) = match host {
        Some(host) => ("a.host = $1", sea_orm::Value::from(host)),
        None => ("a.id = $1 AND a.host IS NOT NULL", sea_orm::Value::from(who.0)),
    };
    let sql = format!(
        "SELECT m.community_id, m.actor_id FROM actors a JOIN memberships m ON m.actor_id = a.id JOIN communities c ON c.id = m.community_id \
         WHERE {of} AND m.state = 'active' AND c.local AND c.zone <> 'open' ORDER BY m.community_id, m.actor_id"
    );
    let rows = conn.all(&sql, vec![value]).await?;
    rows.iter().map(|row| Ok((CommunityId(row.get(0)?), ActorId(row.get(1)?)))).collect()
}

/// Whether somebody's standing in a community has changed since.
pub async fn changed_since(conn: &Conn, community: CommunityId, actor: ActorId, at: Timestamp) -> Result<bool> {
    let sql = "SELECT 1 FROM memberships WHERE community_id = $1 AND actor_id = $2 AND decided_at > $3";
    conn.exists(sql, params![community.0, actor.0, at.0]).await
}

/// Who keeps order in a community beside its leads.
pub async fn keepers(conn: &Conn, community: CommunityId) -> Result<Vec<ActorId>> {
    let sql = "SELECT actor_id FROM memberships WHERE community_id = $1 AND state = 'active' AND role = 'moderator'";
    conn.all(sql, params![community.0]).await?.iter().map(|row| row.get(0).map(ActorId)).collect()
}

/// Leads and moderators with an account here: who is told of a request to join.
pub async fn local_moderators(conn: &Conn, community: CommunityId) -> Result<Vec<ActorId>> {
    let sql = "SELECT m.actor_id FROM memberships m JOIN accounts a ON a.actor_id = m.actor_id \
        WHERE m.community_id = $1 AND m.state = 'active' AND m.role IN ('lead', 'moderator')";
    conn.all(sql, params![community.0]).await?.iter().map(|row| row.get(0).map(ActorId)).collect()
}
