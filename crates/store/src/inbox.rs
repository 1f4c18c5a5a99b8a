//! The inbox queue: durable before 202, unique by activity id, processed by a worker.

use crate::conn::{Tx, params};
use crate::{Result, Store, StoreError};
use domain::time::{DAY, SECOND};

/// A received activity, signature already verified.
#[derive(Debug, Clone)]
pub struct Received {
    /// The activity's id.
    pub activity_uri: String,
    /// Whose key signed the request.
    pub signer_uri: String,
    /// The signer's canonical host.
    pub host: String,
    /// The JSON as received.
    pub body: String,
}

/// A received activity to be processed.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The row.
    pub id: i64,
    /// What came.
    pub received: Received,
    /// How often it was tried.
    pub attempts: i64,
}

const MAX_ATTEMPTS: i64 = 12;
const LEASE: i64 = 20 * SECOND;
/// Most activities that may wait; then peers are asked to come later.
const MAX_WAITING: i64 = 200_000;

/// Stores an activity. `false`: one with this id is there already.
pub async fn push(store: &Store, received: Received) -> Result<bool> {
    store
        .write(move |tx| {
            Box::pin(async move {
                let sql = "INSERT INTO inbox_queue (activity_uri, signer_uri, host, body, state, due_at, received_at) \
                    VALUES ($1, $2, $3, $4, 'waiting', $5, $5) ON CONFLICT (activity_uri) DO NOTHING";
                let r = received;
                let new = tx.exec(sql, params![r.activity_uri, r.signer_uri, r.host, r.body, tx.now().0]).await? > 0;
                tx.touch(|touched| touched.inbox = new);
                Ok::<_, StoreError>(new)
            })
        })
        .await
}

/// Whether an activity with this id was received before.
pub async fn seen(store: &Store, activity_uri: &str) -> Result<bool> {
    store.read().exists("SELECT 1 FROM inbox_queue WHERE activity_uri = $1", params![activity_uri]).await
}

/// Whether too much is waiting to take more.
pub async fn full(store: &Store) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM inbox_queue WHERE state = 'waiting' LIMIT $1) x";
    Ok(store.read().number(sql, params![MAX_WAITING]).await? >= MAX_WAITING)
}

/// Takes up to `limit` due activities, oldest first.
pub async fn claim(store: &Store, limit: i64) -> Result<Vec<Waiting>> {
    let now = store.clock().now().0;
    let due = "SELECT 1 FROM inbox_queue WHERE state = 'waiting' AND due_at <= $1 AND leased_until < $1";
    if !store.read().exists(due, params![now]).await? {
        return Ok(Vec::new());
    }
    store
        .write(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE inbox_queue SET leased_until = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM inbox_queue \
                    WHERE state = 'waiting' AND due_at <= $1 AND leased_until < $1 ORDER BY due_at, id LIMIT $3) \
                    RETURNING id, activity_uri, signer_uri, host, body, attempts";
                let rows = tx.all(sql, params![now, now + LEASE, limit]).await?;
                let mut waiting = Vec::with_capacity(rows.len());
                for row in &rows {
                    let received = Received { activity_uri: row.get(1)?, signer_uri: row.get(2)?, host: row.get(3)?, body: row.get(4)? };
                    waiting.push(Waiting { id: row.get(0)?, received, attempts: row.get(5)? });
                }
                waiting.sort_by_key(|waiting| waiting.id);
                Ok::<_, StoreError>(waiting)
            })
        })
        .await
}

/// Processed, or refused for a reason that will not change: the id stays, the body goes.
pub async fn done(tx: &Tx, id: i64, outcome: &str) -> Result<()> {
    let sql = "UPDATE inbox_queue SET state = 'done', body = '', outcome = $2 WHERE id = $1";
    tx.exec(sql, params![id, outcome]).await?;
    Ok(())
}

/// Not processed: tried again later, and at last kept as a dead letter with its reason.
pub async fn failed(tx: &Tx, waiting: &Waiting, reason: &str) -> Result<()> {
    let pause = ((2 * SECOND) << waiting.attempts.clamp(0, 16)).min(DAY);
    let state = if waiting.attempts >= MAX_ATTEMPTS { "dead" } else { "waiting" };
    let sql = "UPDATE inbox_queue SET state = $2, due_at = $3, leased_until = 0, outcome = $4 WHERE id = $1";
    tx.exec(sql, params![waiting.id, state, tx.now().plus(pause).0, reason]).await?;
    Ok(())
}

/// Forgets finished ids older than so many milliseconds.
pub async fn prune(tx: &Tx, older_than: i64) -> Result<()> {
    let sql = "DELETE FROM inbox_queue WHERE state = 'done' AND received_at < $1";
    tx.exec(sql, params![tx.now().plus(-older_than).0]).await?;
    Ok(())
}
