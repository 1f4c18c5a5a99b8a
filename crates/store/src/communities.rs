//! Communities: making them, finding them, and seeing their doors.

use crate::conn::{Conn, Row, Tx, json_list, params};
use crate::memberships::membership;
use crate::views::CommunityView;
use crate::{Result, Store, StoreError, Visible, actors, scope};
use domain::id::{ActorId, CommunityId};
use domain::membership::{MembershipState, Role};
use domain::page::Page;
use domain::policy::{Permit, act};
use domain::requester::Requester;
use domain::zone::{Door, JoinPolicy, Zone};

/// A community to be made.
#[derive(Debug, Clone)]
pub struct NewCommunity {
    /// The group actor, already stored.
    pub actor: ActorId,
    /// Its ceiling.
    pub zone: Zone,
    /// Who sees its door.
    pub door: Door,
    /// How one gets in.
    pub join: JoinPolicy,
    /// What it is for.
    pub purpose: String,
    /// Partner hosts, canonical.
    pub partners: Vec<String>,
}

/// Stores a community of this hall; its founder becomes its lead.
pub async fn found(tx: &Tx, permit: Permit<act::Found>, new: &NewCommunity) -> Result<CommunityId> {
    let id = CommunityId(tx.next_id());
    let now = tx.now().0;
    let sql = "INSERT INTO communities (id, actor_id, zone, door, join_policy, purpose, local, created_by, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, TRUE, $7, $8)";
    let values = params![
        id.0,
        new.actor.0,
        new.zone.as_str(),
        new.door.as_str(),
        new.join.as_str(),
        new.purpose.clone(),
        permit.actor().0,
        now
    ];
    tx.exec(sql, values).await?;
    for host in &new.partners {
        let sql = "INSERT INTO agreements (community_id, host, created_at) VALUES ($1, $2, $3) ON CONFLICT (community_id, host) DO NOTHING";
        tx.exec(sql, params![id.0, host.clone(), now]).await?;
    }
    if new.zone != Zone::Internal {
        actors::mark_outside(tx, new.actor).await?;
    }
    crate::memberships::appoint(tx, id, permit.actor(), Role::Lead).await?;
    Ok(id)
}

/// What another hall says of its community.
#[derive(Debug, Clone)]
pub struct RemoteCommunity {
    /// The group actor, already stored.
    pub actor: ActorId,
    /// `Open` or `Partner`; a peer's word for its own community.
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

/// Stores or updates a community of another hall. Its zone can be narrowed by an update, never widened:
/// what was written under a narrower ceiling stays there.
pub async fn upsert_remote(tx: &Tx, new: &RemoteCommunity) -> Result<CommunityId> {
    let sql = "INSERT INTO communities (id, actor_id, zone, door, join_policy, purpose, local, accepts_joins, members_count, created_at) \
        VALUES ($1, $2, $3, 'hall', $4, $5, FALSE, $6, COALESCE($7, 0), $8) ON CONFLICT (actor_id) DO UPDATE SET \
        zone = CASE WHEN communities.zone = 'partner' THEN 'partner' ELSE excluded.zone END, join_policy = excluded.join_policy, \
        purpose = excluded.purpose, accepts_joins = excluded.accepts_joins, members_count = COALESCE($7, communities.members_count), \
        deleted_at = NULL WHERE communities.local = FALSE";
    let values = params![
        tx.next_id(),
        new.actor.0,
        new.zone.as_str(),
        new.join.as_str(),
        new.purpose.clone(),
        new.accepts_joins,
        new.members,
        tx.now().0
    ];
    tx.exec(sql, values).await?;
    tx.touch(|touched| touched.actors.push(new.actor));
    let row = tx.one("SELECT id FROM communities WHERE actor_id = $1", params![new.actor.0]).await?;
    row.ok_or_else(|| StoreError::Other("the community was not stored".into()))?.get(0).map(CommunityId)
}

/// A community elsewhere is no more: nobody of this hall is in it. Whoever finds it again at its address finds it anew.
pub async fn end_remote(tx: &Tx, id: CommunityId) -> Result<()> {
    let sql = "SELECT m.actor_id FROM memberships m JOIN accounts a ON a.actor_id = m.actor_id \
        WHERE m.community_id = $1 AND m.state IN ('active', 'pending')";
    for row in tx.all(sql, params![id.0]).await? {
        crate::memberships::set_state(tx, id, ActorId(row.get(0)?), MembershipState::Left).await?;
    }
    touch(tx, id).await?;
    tx.exec("UPDATE communities SET deleted_at = $2 WHERE id = $1 AND local = FALSE", params![id.0, tx.now().0]).await?;
    Ok(())
}

pub(crate) async fn touch(tx: &Tx, id: CommunityId) -> Result<()> {
    if let Some(actor) = actor_of(tx, id).await? {
        tx.touch(|touched| touched.actors.push(actor));
    }
    Ok(())
}

/// The group actor of a community.
pub async fn actor_of(conn: &Conn, id: CommunityId) -> Result<Option<ActorId>> {
    let row = conn.one("SELECT actor_id FROM communities WHERE id = $1", params![id.0]).await?;
    row.map(|row| row.get(0).map(ActorId)).transpose()
}

/// The community that a group actor is.
pub async fn of_actor(conn: &Conn, actor: ActorId) -> Result<Option<CommunityId>> {
    let row = conn.one("SELECT id FROM communities WHERE actor_id = $1 AND deleted_at IS NULL", params![actor.0]).await?;
    row.map(|row| row.get(0).map(CommunityId)).transpose()
}

const COLUMNS: &str = "k.id, k.actor_id, k.zone, k.door, k.join_policy, k.purpose, k.local, k.accepts_joins, k.members_count, \
    me.role, me.state, COALESCE(me.exclusive, FALSE), COALESCE(me.replies, 'list')";
const FROM: &str = "communities k LEFT JOIN memberships me ON me.community_id = k.id AND me.actor_id = $1";

/// Which communities to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directory {
    /// Those the requester is in.
    Mine,
    /// Those hosted here.
    Here,
    /// Those of other halls that are known here.
    Elsewhere,
}

/// One community, if the requester may see its door.
pub async fn by_id(store: &Store, requester: &Requester, id: CommunityId) -> Result<Option<Visible<CommunityView>>> {
    let rows = query(store, requester, "k.id = $3", params![id.0], "k.id").await?;
    Ok(rows.into_iter().next())
}

/// The same, by its group actor.
pub async fn by_actor(store: &Store, requester: &Requester, actor: ActorId) -> Result<Option<Visible<CommunityView>>> {
    let rows = query(store, requester, "k.actor_id = $3", params![actor.0], "k.id").await?;
    Ok(rows.into_iter().next())
}

/// Communities whose door the requester may see, in the order of their ids.
pub async fn directory(
    store: &Store,
    requester: &Requester,
    which: Directory,
    page: &Page,
) -> Result<Vec<Visible<CommunityView>>> {
    let condition = match which {
        Directory::Mine => "me.state = 'active'",
        Directory::Here => "k.local = TRUE",
        Directory::Elsewhere => "k.local = FALSE",
    };
    let condition = format!("{condition} AND k.archived_at IS NULL AND k.id > $3 AND k.id < $4");
    query(store, requester, &condition, params![page.above(), page.below(), i64::from(page.limit)], "k.id LIMIT $5").await
}

async fn query(
    store: &Store,
    requester: &Requester,
    condition: &str,
    more: Vec<sea_orm::Value>,
    order: &str,
) -> Result<Vec<Visible<CommunityView>>> {
    let sql = format!(
        "SELECT {COLUMNS}, CASE WHEN {} THEN TRUE ELSE FALSE END FROM {FROM} WHERE {condition} AND {} ORDER BY {order}",
        scope::rooms("k"),
        scope::doors("k", requester.is_local())
    );
    let rows = store.read().all(&sql, scope::who_and(requester, more)).await?;
    let mut ids = Vec::with_capacity(rows.len());
    for row in &rows {
        ids.push(ActorId(row.get(1)?));
    }
    let groups = actors::load(store, store.read(), ids.iter().copied()).await?;
    let partners = partners(store.read(), &rows).await?;
    let mut views = Vec::with_capacity(rows.len());
    for (row, actor) in rows.iter().zip(ids) {
        let Some(actor) = groups.get(&actor) else { continue };
        let mut view = read(row, actor.clone())?;
        if view.room {
            view.partners = partners.iter().filter(|(id, _)| *id == view.id.0).map(|(_, host)| host.clone()).collect();
        }
        views.push(Visible::prove(requester, view));
    }
    Ok(views)
}

async fn partners(conn: &Conn, rows: &[Row]) -> Result<Vec<(i64, String)>> {
    let mut ids = Vec::new();
    for row in rows {
        if row.get::<String>(2)? == "partner" {
            ids.push(row.get::<i64>(0)?);
        }
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT community_id, host FROM agreements WHERE {} ORDER BY host", conn.in_list("community_id", 1));
    conn.all(&sql, params![json_list(ids)]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

fn read(row: &Row, actor: std::sync::Arc<crate::views::ActorView>) -> Result<CommunityView> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("community {what}"));
    let room: bool = row.get(13)?;
    let members: i64 = row.get(8)?;
    Ok(CommunityView {
        id: CommunityId(row.get(0)?),
        actor,
        zone: Zone::parse(&row.get::<String>(2)?).ok_or_else(|| corrupt("zone"))?,
        door: Door::parse(&row.get::<String>(3)?).ok_or_else(|| corrupt("door"))?,
        join: JoinPolicy::parse(&row.get::<String>(4)?).ok_or_else(|| corrupt("join policy"))?,
        purpose: row.get(5)?,
        local: row.get(6)?,
        accepts_joins: row.get(7)?,
        members: room.then_some(members),
        partners: Vec::new(),
        standing: membership(row.get(9)?, row.get(10)?)?,
        exclusive: row.get(11)?,
        replies: row.get(12)?,
        room,
    })
}

/// What delivery must know of a community.
#[derive(Debug, Clone)]
pub struct CommunityWire {
    /// Ours.
    pub id: CommunityId,
    /// The group actor.
    pub actor: ActorId,
    /// The network's id of it.
    pub uri: String,
    /// Its ceiling.
    pub zone: Zone,
    /// How one gets in.
    pub join: JoinPolicy,
    /// What it is for.
    pub purpose: String,
    /// Hosted here.
    pub local: bool,
    /// Takes `Join` (else `Follow`).
    pub accepts_joins: bool,
    /// Where the group receives, if it lives elsewhere.
    pub inbox: Option<String>,
}

/// What delivery must know of a community.
pub async fn wire(conn: &Conn, id: CommunityId) -> Result<Option<CommunityWire>> {
    let sql = "SELECT c.id, c.actor_id, a.uri, c.zone, c.join_policy, c.purpose, c.local, c.accepts_joins, a.inbox \
        FROM communities c JOIN actors a ON a.id = c.actor_id WHERE c.id = $1 AND c.deleted_at IS NULL";
    let Some(row) = conn.one(sql, params![id.0]).await? else { return Ok(None) };
    Ok(Some(CommunityWire {
        id: CommunityId(row.get(0)?),
        actor: ActorId(row.get(1)?),
        uri: row.get(2)?,
        zone: Zone::parse(&row.get::<String>(3)?).ok_or_else(|| StoreError::Corrupt("community zone".into()))?,
        join: JoinPolicy::parse(&row.get::<String>(4)?).ok_or_else(|| StoreError::Corrupt("community join policy".into()))?,
        purpose: row.get(5)?,
        local: row.get(6)?,
        accepts_joins: row.get(7)?,
        inbox: row.get(8)?,
    }))
}

/// The hosts a community names as partners.
pub async fn partner_hosts(conn: &Conn, id: CommunityId) -> Result<Vec<String>> {
    let rows = conn.all("SELECT host FROM agreements WHERE community_id = $1 ORDER BY host", params![id.0]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}
