//! The queue of consequences: a row written in the transaction of the act, carried out by a worker.
//!
//! `hall` effects stay inside (Homes, notifications); `wire` effects become activities.

use crate::conn::{Row, Tx, params};
use crate::{Result, Store, StoreError};
use domain::time::{DAY, SECOND};

/// Which worker carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Inside the hall.
    Hall,
    /// Towards other instances.
    Wire,
}

impl Lane {
    fn as_str(self) -> &'static str {
        match self {
            Self::Hall => "hall",
            Self::Wire => "wire",
        }
    }
}

/// A consequence to carry out.
#[derive(Debug, Clone)]
pub struct Effect {
    /// The row.
    pub id: i64,
    /// JSON as enqueued.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
}

/// Most tries before a consequence is put aside with its reason.
const MAX_ATTEMPTS: i64 = 20;
/// How long a worker may take before others take over.
const LEASE: i64 = 20 * SECOND;

/// Writes a consequence down.
pub async fn enqueue(tx: &Tx, lane: Lane, payload: &str) -> Result<()> {
    let now = tx.now().0;
    let sql = "INSERT INTO effects (kind, payload, due_at, created_at) VALUES ($1, $2, $3, $3)";
    tx.exec(sql, params![lane.as_str(), payload, now]).await?;
    tx.touch(|touched| touched.effects = true);
    Ok(())
}

/// Whether anything of a lane is due. Looking costs no write lock, and most looks find nothing.
pub async fn any_due(store: &Store, lane: Lane) -> Result<bool> {
    let due = "SELECT 1 FROM effects WHERE state = 'waiting' AND kind = $1 AND due_at <= $2 AND leased_until < $2";
    store.read().exists(due, params![lane.as_str(), store.clock().now().0]).await
}

/// What of a lane is due, oldest first: to be carried out in this very transaction.
pub async fn due(tx: &Tx, lane: Lane, limit: i64) -> Result<Vec<Effect>> {
    let sql = "SELECT id, payload, attempts FROM effects WHERE state = 'waiting' AND kind = $1 AND due_at <= $2 \
        AND leased_until < $2 ORDER BY id LIMIT $3";
    read(&tx.all(sql, params![lane.as_str(), tx.now().0, limit]).await?)
}

fn read(rows: &[Row]) -> Result<Vec<Effect>> {
    rows.iter().map(|row| Ok(Effect { id: row.get(0)?, payload: row.get(1)?, attempts: row.get(2)? })).collect()
}

/// Takes up to `limit` due consequences of a lane, in order, for as long as a lease lasts.
pub async fn claim(store: &Store, lane: Lane, limit: i64) -> Result<Vec<Effect>> {
    if !any_due(store, lane).await? {
        return Ok(Vec::new());
    }
    let now = store.clock().now().0;
    store
        .write(move |tx| {
            Box::pin(async move {
                let sql = "UPDATE effects SET leased_until = $3, attempts = attempts + 1 WHERE id IN (SELECT id FROM effects \
                    WHERE state = 'waiting' AND kind = $1 AND due_at <= $2 AND leased_until < $2 ORDER BY id LIMIT $4) \
                    RETURNING id, payload, attempts";
                let rows = tx.all(sql, params![lane.as_str(), now, now + LEASE, limit]).await?;
                let mut effects = read(&rows)?;
                effects.sort_by_key(|effect| effect.id);
                Ok::<_, StoreError>(effects)
            })
        })
        .await
}

/// Carried out: the row goes, in the transaction that carried it out.
pub async fn done(tx: &Tx, id: i64) -> Result<()> {
    tx.exec("DELETE FROM effects WHERE id = $1", params![id]).await?;
    Ok(())
}

/// Not done: tried again later with growing pauses, and at last put aside with its reason.
pub async fn failed(tx: &Tx, effect: &Effect, reason: &str) -> Result<()> {
    let pause = (SECOND << effect.attempts.clamp(0, 17)).min(DAY);
    let state = if effect.attempts >= MAX_ATTEMPTS { "dead" } else { "waiting" };
    let sql = "UPDATE effects SET state = $2, due_at = $3, leased_until = 0, outcome = $4 WHERE id = $1";
    tx.exec(sql, params![effect.id, state, tx.now().plus(pause).0, reason]).await?;
    Ok(())
}
