//! Which organisations a partner community names, and what ends when one is taken off the list.

use crate::conn::{Conn, Tx, params};
use crate::{Result, memberships};
use domain::id::{ActorId, CommunityId};
use domain::membership::MembershipState;
use domain::policy::{Permit, act};

/// An organisation that a community names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its canonical host.
    pub host: String,
    /// Its instance reads for its members, because its software signs reads as an instance (Lemmy).
    pub per_instance: bool,
}

/// The organisations that a community names.
pub async fn of(conn: &Conn, community: CommunityId) -> Result<Vec<Agreement>> {
    let sql = "SELECT host, per_instance FROM agreements WHERE community_id = $1 ORDER BY host";
    let rows = conn.all(sql, params![community.0]).await?;
    rows.iter().map(|row| Ok(Agreement { host: row.get(0)?, per_instance: row.get(1)? })).collect()
}

/// Names an organisation. Its members who were in when it was last taken off are in again: gives who.
pub async fn name(tx: &Tx, permit: Permit<act::Agree>, new: &Agreement) -> Result<Vec<ActorId>> {
    let community = CommunityId(permit.target());
    let sql = "INSERT INTO agreements (community_id, host, per_instance, created_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (community_id, host) DO UPDATE SET per_instance = excluded.per_instance, epoch = agreements.epoch + 1";
    tx.exec(sql, params![community.0, new.host.clone(), new.per_instance, tx.now().0]).await?;
    let again = of_host(tx, community, &new.host, &[MembershipState::Suspended]).await?;
    for actor in &again {
        memberships::set_state(tx, community, *actor, MembershipState::Active).await?;
    }
    Ok(again)
}

/// Takes an organisation off the list: its members are out, what waits to be sent to it is dropped, and from the
/// end of this transaction no read by it or its members is answered. Gives who was in or had asked.
pub async fn end(tx: &Tx, permit: Permit<act::Agree>, host: &str) -> Result<Vec<ActorId>> {
    let community = CommunityId(permit.target());
    tx.exec("DELETE FROM agreements WHERE community_id = $1 AND host = $2", params![community.0, host]).await?;
    let inside = of_host(tx, community, host, &[MembershipState::Active, MembershipState::Pending]).await?;
    for actor in &inside {
        let waited = memberships::standing(tx, community, *actor).await?.is_some_and(|m| m.state == MembershipState::Pending);
        let state = if waited { MembershipState::Rejected } else { MembershipState::Suspended };
        memberships::set_state(tx, community, *actor, state).await?;
    }
    let sql = "UPDATE deliveries SET state = 'refused', outcome = 'no partner any more' \
        WHERE community_id = $1 AND host = $2 AND state = 'waiting'";
    tx.exec(sql, params![community.0, host]).await?;
    Ok(inside)
}

async fn of_host(conn: &Conn, community: CommunityId, host: &str, states: &[MembershipState]) -> Result<Vec<ActorId>> {
    let sql = "SELECT m.actor_id, m.state FROM memberships m JOIN actors a ON a.id = m.actor_id \
        WHERE m.community_id = $1 AND a.host = $2 ORDER BY m.actor_id";
    let mut found = Vec::new();
    for row in conn.all(sql, params![community.0, host]).await? {
        if MembershipState::parse(&row.get::<String>(1)?).is_some_and(|state| states.contains(&state)) {
            found.push(ActorId(row.get(0)?));
        }
    }
    Ok(found)
}

/// Whether an instance may read for its members: the agreement says so, and there are some.
pub async fn reads_as_instance(conn: &Conn, community: CommunityId, host: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM agreements g JOIN communities c ON c.id = g.community_id WHERE g.community_id = $1 AND g.host = $2 \
        AND g.per_instance AND c.zone = 'partner' AND c.deleted_at IS NULL \
        AND EXISTS (SELECT 1 FROM memberships m JOIN actors a ON a.id = m.actor_id \
            WHERE m.community_id = g.community_id AND m.state = 'active' AND a.host = g.host AND a.deleted_at IS NULL)";
    conn.exists(sql, params![community.0, host]).await
}

/// A person of this hall who is in a community of another and known there: whom reads in it are signed by.
pub async fn local_reader(conn: &Conn, community: CommunityId) -> Result<Option<ActorId>> {
    let sql = "SELECT m.actor_id FROM memberships m JOIN accounts u ON u.actor_id = m.actor_id \
        JOIN actors a ON a.id = m.actor_id WHERE m.community_id = $1 AND m.state = 'active' AND u.state = 'active' \
        AND u.deleted_at IS NULL AND a.outside AND a.deleted_at IS NULL ORDER BY m.actor_id LIMIT 1";
    conn.one(sql, params![community.0]).await?.map(|row| row.get(0).map(ActorId)).transpose()
}
