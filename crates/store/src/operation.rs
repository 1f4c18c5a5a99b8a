//! For whoever runs the hall: how each host stands, and sending again.

use crate::conn::{Conn, Tx, params};
use crate::deliveries::{self, enqueue, enqueue_pairs};
use crate::outbox::STANDS;
use crate::{Result, Store, recipients};
use domain::id::{ActorId, CommunityId};
use domain::time::{DAY, Timestamp};

/// How a host stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It takes what it is sent, as far as is known.
    Well,
    /// It did not answer: one delivery at a time finds out whether it does again.
    Broken,
    /// It has not answered on seven separate days.
    Dormant,
    /// Nothing is sent there.
    Blocked,
}

impl State {
    /// As shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Well => "ok",
            Self::Broken => "broken",
            Self::Dormant => "dormant",
            Self::Blocked => "blocked",
        }
    }
}

/// A host and what waits for it.
#[derive(Debug, Clone)]
pub struct HostStatus {
    /// Its canonical name.
    pub host: String,
    /// What it says it runs.
    pub software: Option<String>,
    /// How it stands.
    pub state: State,
    /// How many deliveries wait.
    pub waiting: i64,
    /// How many were given up, and are kept for a while to be sent again.
    pub given_up: i64,
    /// How many it did not want, in the last 30 days: they are not sent again.
    pub refused: i64,
    /// What it said to the last of these.
    pub last_refusal: Option<String>,
    /// How long the oldest of those that wait has waited, in milliseconds.
    pub lag_ms: i64,
    /// When it last took something.
    pub last_success: Option<Timestamp>,
    /// When it last did not.
    pub last_failure: Option<Timestamp>,
    /// How often in a row it did not.
    pub failures: i64,
    /// Why not.
    pub last_error: Option<String>,
    /// When it is asked next.
    pub next: Option<Timestamp>,
}

/// Every known host, those for which most waits first.
pub async fn status(store: &Store) -> Result<Vec<HostStatus>> {
    let now = store.clock().now();
    let sql = "SELECT i.host, i.software, i.blocked, i.failures, i.failing_days, i.last_success, i.last_failure, i.last_error, i.due_at, \
        COALESCE(w.number, 0), w.oldest, COALESCE(g.number, 0), COALESCE(r.number, 0), \
        (SELECT d.outcome FROM deliveries d WHERE d.id = r.last) FROM instances i \
        LEFT JOIN (SELECT host, COUNT(*) AS number, MIN(created_at) AS oldest FROM deliveries WHERE state = 'waiting' GROUP BY host) w \
        ON w.host = i.host LEFT JOIN (SELECT host, COUNT(*) AS number FROM deliveries WHERE state = 'given up' GROUP BY host) g \
        ON g.host = i.host LEFT JOIN (SELECT host, COUNT(*) AS number, MAX(id) AS last FROM deliveries \
        WHERE state = 'refused' AND outcome LIKE 'status %' GROUP BY host) r ON r.host = i.host \
        ORDER BY 10 DESC, 12 DESC, i.host";
    let rows = store.read().all(sql, params![]).await?;
    let time = |at: Option<i64>| at.map(Timestamp);
    rows.iter()
        .map(|row| {
            let failures = row.get(3)?;
            Ok(HostStatus {
                host: row.get(0)?,
                software: row.get(1)?,
                state: state(row.get(2)?, failures, row.get(4)?),
                waiting: row.get(9)?,
                given_up: row.get(11)?,
                refused: row.get(12)?,
                last_refusal: row.get(13)?,
                lag_ms: row.get::<Option<i64>>(10)?.map_or(0, |oldest| now.0 - oldest),
                last_success: time(row.get(5)?),
                last_failure: time(row.get(6)?),
                failures,
                last_error: row.get(7)?,
                next: time(row.get(8)?),
            })
        })
        .collect()
}

fn state(blocked: bool, failures: i64, days: i64) -> State {
    match failures {
        _ if blocked => State::Blocked,
        0 => State::Well,
        _ if days >= deliveries::DORMANT => State::Dormant,
        _ => State::Broken,
    }
}

/// Whether a host is blocked; `None` if it is not known.
pub async fn is_blocked(conn: &Conn, host: &str) -> Result<Option<bool>> {
    let row = conn.one("SELECT blocked FROM instances WHERE host = $1", params![host]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// What waits for a host is due at once, and what was given up and still stands waits again. Gives how many.
pub async fn retry_host(tx: &Tx, host: &str) -> Result<i64> {
    let sql = format!(
        "UPDATE deliveries SET state = 'waiting', attempts = 0, created_at = $2, due_at = $2 WHERE host = $1 AND state = 'given up' \
         AND EXISTS (SELECT 1 FROM outbox_activities o WHERE o.id = activity_id AND {STANDS})"
    );
    tx.exec(&sql, params![host, tx.now().0]).await?;
    due_now(tx, host).await?;
    tx.number("SELECT COUNT(*) FROM deliveries WHERE host = $1 AND state = 'waiting'", params![host]).await
}

/// One delivery is tried again, whatever became of it. `false`: there is none with this number.
pub async fn retry_delivery(tx: &Tx, id: i64) -> Result<bool> {
    let sql = "UPDATE deliveries SET state = 'waiting', attempts = 0, created_at = $2, due_at = $2 WHERE id = $1 RETURNING host";
    let Some(row) = tx.one(sql, params![id, tx.now().0]).await? else { return Ok(false) };
    due_now(tx, &row.get::<String>(0)?).await?;
    Ok(true)
}

async fn due_now(tx: &Tx, host: &str) -> Result<()> {
    let sql = "UPDATE instances SET due_at = $2 WHERE host = $1 AND due_at IS NULL \
        AND EXISTS (SELECT 1 FROM deliveries d WHERE d.host = $1 AND d.state = 'waiting')";
    tx.exec(sql, params![host, tx.now().0]).await?;
    deliveries::wake(tx, host).await
}

/// Most activities that are sent again at once, and in one transaction.
const MOST: i64 = 1_000;
const TOGETHER: usize = 100;

/// Says of something that it is deleted.
const DELETES: &str = "(o.kind = 'Delete' OR o.uri LIKE '%/announce/d-%')";

/// Queues again what was sent to a host in these days, whatever was given up, and that what it was once sent is deleted:
/// the newest thousand, in their order, under the same ids, to the same inboxes. Gives how many.
pub async fn resync_host(store: &Store, host: &str, days: i64) -> Result<i64> {
    let sql = format!(
        "SELECT DISTINCT o.id, s.inbox, s.community_id FROM ( \
            SELECT l.activity_uri AS uri, l.inbox, l.community_id FROM release_ledger l \
            WHERE l.host = $1 AND l.released_at >= $2 AND l.activity_uri <> l.object_uri \
            UNION ALL SELECT x.uri, d.inbox, d.community_id FROM deliveries d JOIN outbox_activities x ON x.id = d.activity_id \
            WHERE d.host = $1 AND (d.state = 'given up' OR (d.state = 'refused' AND d.created_at >= $2)) \
            UNION ALL SELECT o.uri, l.inbox, l.community_id FROM outbox_activities o JOIN release_ledger l ON l.object_uri = o.object_uri \
            JOIN outbox_activities r ON r.uri = l.activity_uri AND r.actor_id = o.actor_id \
            WHERE l.host = $1 AND o.created_at >= $2 AND {DELETES}) s \
         JOIN outbox_activities o ON o.uri = s.uri WHERE {STANDS} ORDER BY o.id DESC LIMIT {MOST}"
    );
    let since = store.clock().now().plus(-days.saturating_mul(DAY));
    let rows = store.read().scan(sql, params![host, since.0]).await?;
    let mut again = Vec::with_capacity(rows.len());
    for row in rows.iter().rev() {
        again.push((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<Option<i64>>(2)?.map(CommunityId)));
    }
    let (number, host) = (again.len(), host.to_owned());
    // One that is cut off in the middle is simply done again.
    for some in again.chunks(TOGETHER) {
        let (some, host) = (some.to_vec(), host.clone());
        let queued = store.write(move |tx| {
            Box::pin(async move {
                for (activity, inbox, community) in &some {
                    enqueue_pairs(tx, *activity, &[(inbox, &host)], *community).await?;
                }
                due_now(tx, &host).await
            })
        });
        queued.await?;
    }
    // What does not stand any more was not missed.
    let sql = format!(
        "UPDATE deliveries SET state = 'refused', outcome = 'deleted since' WHERE host = $1 AND state = 'given up' \
         AND activity_id IN (SELECT o.id FROM outbox_activities o WHERE o.id = activity_id AND NOT ({STANDS}))"
    );
    store.write(move |tx| Box::pin(async move { tx.exec(&sql, params![host]).await })).await?;
    Ok(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Queues again what a community of this hall announced in these days, for everybody who is in it now: the newest
/// thousand activities, without the forms that are for some servers alone. Gives how many.
pub async fn resync_community(store: &Store, community: CommunityId, group: ActorId, days: i64) -> Result<i64> {
    let sql = format!(
        "SELECT o.id FROM outbox_activities o WHERE o.actor_id = $1 AND o.created_at >= $2 \
         AND o.kind IN ('Announce', 'Update', 'Delete', 'Undo') AND o.uri NOT LIKE '%/announce/text-%' AND {STANDS} \
         ORDER BY o.id DESC LIMIT {MOST}"
    );
    let since = store.clock().now().plus(-days.saturating_mul(DAY));
    let rows = store.read().scan(sql, params![group.0, since.0]).await?;
    for row in rows.iter().rev() {
        let activity = row.get(0)?;
        // Who is in is asked for each of them: this takes a while, and the others write meanwhile.
        let queued = store.write(move |tx| {
            Box::pin(async move {
                let members = recipients::members(tx, community, None).await?;
                enqueue(tx, activity, &members).await
            })
        });
        queued.await?;
    }
    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
}
