//! Deliveries: one row per activity and inbox, sent until it is done, gone or given up.

use crate::conn::{Conn, Tx, params};
use crate::recipients::Recipients;
use crate::{Result, Store, StoreError};
use domain::id::{ActorId, CommunityId};
use domain::time::{DAY, HOUR, SECOND};

/// A delivery to make.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The row.
    pub id: i64,
    /// The activity's row.
    pub activity: i64,
    /// The activity's id on the network.
    pub activity_uri: String,
    /// Who signs.
    pub actor: ActorId,
    /// Where to.
    pub inbox: String,
    /// Its canonical host.
    pub host: String,
    /// The closed community whose members this is for.
    pub community: Option<CommunityId>,
    /// The JSON.
    pub body: String,
    /// The object, for the ledger.
    pub object_uri: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
}

const LEASE: i64 = 20 * SECOND;
/// After this long an undeliverable activity is given up, and that is recorded.
const GIVE_UP: i64 = 14 * DAY;

/// Queues an activity for these inboxes, each once.
pub async fn enqueue(tx: &Tx, activity: i64, recipients: &Recipients) -> Result<()> {
    let now = tx.now().0;
    for (inbox, host) in recipients.inboxes() {
        let sql = "INSERT INTO deliveries (activity_id, inbox, host, community_id, due_at, created_at) VALUES ($1, $2, $3, $4, $5, $5) \
            ON CONFLICT (activity_id, inbox) DO NOTHING";
        tx.exec(sql, params![activity, inbox, host, recipients.community().map(|id| id.0), now]).await?;
    }
    tx.touch(|touched| touched.deliveries = true);
    Ok(())
}

/// Takes up to `limit` due deliveries, at most one chain per host at a time: what is queued for a host that
/// failed a moment ago waits behind the failed one, so that order per host is kept.
pub async fn claim(store: &Store, limit: i64) -> Result<Vec<Delivery>> {
    let now = store.clock().now().0;
    let due = "SELECT 1 FROM deliveries WHERE state = 'waiting' AND due_at <= $1 AND leased_until < $1";
    if !store.read().exists(due, params![now]).await? {
        return Ok(Vec::new());
    }
    store
        .write(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE deliveries SET leased_until = $2, attempts = attempts + 1 WHERE id IN (SELECT d.id FROM deliveries d \
                    WHERE d.state = 'waiting' AND d.due_at <= $1 AND d.leased_until < $1 \
                    AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.host = d.host AND e.state = 'waiting' AND e.id < d.id \
                        AND (e.due_at > $1 OR e.leased_until >= $1)) \
                    ORDER BY d.id LIMIT $3) RETURNING id";
                let mut ids = Vec::new();
                for row in tx.all(sql, params![now, now + LEASE, limit]).await? {
                    ids.push(row.get::<i64>(0)?);
                }
                read(tx, &ids).await
            })
        })
        .await
}

async fn read(conn: &Conn, ids: &[i64]) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT d.id, d.activity_id, o.uri, o.actor_id, d.inbox, d.host, d.community_id, o.body, o.object_uri, d.attempts FROM deliveries d \
         JOIN outbox_activities o ON o.id = d.activity_id WHERE {} ORDER BY d.id",
        conn.in_list("d.id", 1)
    );
    let rows = conn.all(&sql, params![crate::conn::json_list(ids)]).await?;
    rows.iter()
        .map(|row| {
            Ok::<_, StoreError>(Delivery {
                id: row.get(0)?,
                activity: row.get(1)?,
                activity_uri: row.get(2)?,
                actor: ActorId(row.get(3)?),
                inbox: row.get(4)?,
                host: row.get(5)?,
                community: row.get::<Option<i64>>(6)?.map(CommunityId),
                body: row.get(7)?,
                object_uri: row.get(8)?,
                attempts: row.get(9)?,
            })
        })
        .collect()
}

/// Asked right before sending: is there still a member behind this inbox, and is its organisation still named?
pub async fn still_due(conn: &Conn, delivery: &Delivery) -> Result<bool> {
    let Some(community) = delivery.community else {
        let blocked = "SELECT 1 FROM instances WHERE host = $1 AND blocked";
        return Ok(!conn.exists(blocked, params![delivery.host.clone()]).await?);
    };
    let sql = "SELECT 1 FROM memberships m JOIN actors a ON a.id = m.actor_id JOIN communities c ON c.id = m.community_id \
        JOIN agreements g ON g.community_id = c.id AND g.host = a.host \
        WHERE m.community_id = $1 AND m.state = 'active' AND c.zone = 'partner' AND c.deleted_at IS NULL AND a.host = $2 \
        AND (a.inbox = $3 OR a.shared_inbox = $3)";
    conn.exists(sql, params![community.0, delivery.host.clone(), delivery.inbox.clone()]).await
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken.
    Delivered,
    /// Refused for good, or the audience is gone.
    Refused(String),
    /// To be tried again; the peer may have said when (milliseconds).
    Later(String, Option<i64>),
}

/// Records how an attempt ended; what was released is written to the ledger.
pub async fn record(tx: &Tx, delivery: &Delivery, outcome: &Outcome) -> Result<()> {
    let now = tx.now();
    match outcome {
        Outcome::Delivered => {
            tx.exec("DELETE FROM deliveries WHERE id = $1", params![delivery.id]).await?;
            crate::ledger::released(tx, delivery).await?;
            crate::instances::succeeded(tx, &delivery.host).await
        }
        Outcome::Refused(reason) => {
            let sql = "UPDATE deliveries SET state = 'refused', outcome = $2 WHERE id = $1";
            tx.exec(sql, params![delivery.id, reason.clone()]).await?;
            Ok(())
        }
        Outcome::Later(reason, wait) => {
            let mut jitter = [0_u8; 1];
            tx.random().fill(&mut jitter);
            let [jitter] = jitter;
            let base = ((4 * SECOND) << (delivery.attempts - 1).clamp(0, 14)).min(6 * HOUR);
            let pause = wait.unwrap_or(base + base * i64::from(jitter) / 1_024);
            let sql = "UPDATE deliveries SET due_at = $2, leased_until = 0, outcome = $3, \
                state = CASE WHEN created_at < $4 THEN 'given up' ELSE state END WHERE id = $1";
            tx.exec(sql, params![delivery.id, now.plus(pause).0, reason.clone(), now.plus(-GIVE_UP).0]).await?;
            crate::instances::failed(tx, &delivery.host).await
        }
    }
}

/// Gives a claimed delivery back untried.
pub async fn give_back(tx: &Tx, id: i64) -> Result<()> {
    tx.exec("UPDATE deliveries SET leased_until = 0, attempts = attempts - 1 WHERE id = $1", params![id]).await?;
    Ok(())
}

/// The peer spoke to us: what waits for its host is due at once.
pub async fn wake_host(tx: &Tx, host: &str) -> Result<()> {
    let sql = "UPDATE deliveries SET due_at = $2 WHERE host = $1 AND state = 'waiting' AND due_at > $2";
    tx.exec(sql, params![host, tx.now().0]).await?;
    tx.touch(|touched| touched.deliveries = true);
    Ok(())
}

/// How many deliveries wait.
pub async fn waiting(conn: &Conn) -> Result<i64> {
    conn.number("SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'", params![]).await
}
