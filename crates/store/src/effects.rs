//! The queue of consequences: a row written in the transaction of the act, carried out by a worker.
//!
//! `hall` effects stay inside (Homes, notifications); `wire` effects become activities.

use crate::conn::{Tx, json_list, params};
use crate::dead_letters::{self, Queue};
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
    /// What it is about.
    pub subject: String,
    /// The worker that has it.
    pub claimed_by: i64,
    /// How far it is carried out, where that is done in steps.
    pub progress: String,
}

/// Most tries before a consequence is put aside with its reason.
const MAX_ATTEMPTS: i64 = 20;
/// Most consequences taken in one look.
const BATCH: i64 = 64;

/// Writes a consequence down. Consequences of one `subject` are carried out in the order of their writing,
/// whoever carries them out; an empty one stands for itself.
pub async fn enqueue(tx: &Tx, lane: Lane, subject: &str, payload: &str) -> Result<()> {
    let now = tx.now().0;
    let sql = "INSERT INTO effects (kind, subject, payload, due_at, created_at) VALUES ($1, $2, $3, $4, $4)";
    tx.exec(sql, params![lane.as_str(), subject, payload, now]).await?;
    tx.touch(|touched| touched.effects = true);
    Ok(())
}

/// Whether anything of a lane is due. Looking costs no write lock, and most looks find nothing.
pub async fn any_due(store: &Store, lane: Lane) -> Result<bool> {
    let due = "SELECT 1 FROM effects WHERE state = 'waiting' AND kind = $1 AND due_at <= $2 AND claimed_by = 0";
    store.read().exists(due, params![lane.as_str(), store.clock().now().0]).await
}

/// What of a lane is due, oldest first: to be carried out in this very transaction, by nobody else therefore.
pub async fn due(tx: &Tx, lane: Lane) -> Result<Vec<Effect>> {
    let ids = due_ids(tx, lane, "e.crashes = 0", BATCH).await?;
    let sql = format!("SELECT id, payload, attempts, subject, progress FROM effects WHERE {} ORDER BY id", tx.in_list("id", 1));
    let rows = tx.all(&sql, params![json_list(ids)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Effect {
                id: row.get(0)?,
                payload: row.get(1)?,
                attempts: row.get(2)?,
                subject: row.get(3)?,
                claimed_by: 0,
                progress: row.get(4)?,
            })
        })
        .collect()
}

/// Takes due consequences of a lane, in order. What ended a worker before is taken alone.
pub async fn claim(store: &Store, lane: Lane) -> Result<Vec<Effect>> {
    if !any_due(store, lane).await? {
        return Ok(Vec::new());
    }
    let handle = store.clone();
    store.write(move |tx| Box::pin(async move { take(&handle, tx, lane).await })).await
}

async fn take(store: &Store, tx: &Tx, lane: Lane) -> Result<Vec<Effect>> {
    let me = store.me().number(tx).await?;
    let mut ids = due_ids(tx, lane, "e.crashes > 0", 1).await?;
    if ids.is_empty() {
        ids = due_ids(tx, lane, "e.crashes = 0", BATCH).await?;
    }
    let sql = format!(
        "UPDATE effects SET claimed_by = $2, attempts = attempts + 1 WHERE {} RETURNING id, payload, attempts, crashes, subject, progress",
        tx.in_list("id", 1)
    );
    let mut effects = Vec::with_capacity(ids.len());
    for row in &tx.all(&sql, params![json_list(ids), me]).await? {
        let effect = Effect {
            id: row.get(0)?,
            payload: row.get(1)?,
            attempts: row.get(2)?,
            subject: row.get(4)?,
            claimed_by: me,
            progress: row.get(5)?,
        };
        if row.get::<i64>(3)? >= dead_letters::MAX_CRASHES {
            put_aside(tx, &effect, dead_letters::ENDS_ITS_WORKER).await?;
        } else {
            effects.push(effect);
        }
    }
    effects.sort_by_key(|effect| effect.id);
    Ok(effects)
}

/// Due ones that are nobody's; nothing is taken before an earlier one of its subject.
async fn due_ids(tx: &Tx, lane: Lane, which: &str, limit: i64) -> Result<Vec<i64>> {
    let sql = format!(
        "SELECT e.id FROM effects e WHERE e.state = 'waiting' AND e.kind = $1 AND e.due_at <= $2 AND e.claimed_by = 0 AND {which} \
         AND (e.subject = '' OR NOT EXISTS (SELECT 1 FROM effects f WHERE f.subject = e.subject AND f.subject <> '' \
            AND f.state = 'waiting' AND f.id < e.id AND (f.due_at > $2 OR f.claimed_by > 0 OR f.crashes > 0))) \
         ORDER BY e.id LIMIT {limit}{}",
        tx.skip_locked("e")
    );
    let rows = tx.all(&sql, params![lane.as_str(), tx.now().0]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// Carried out: the row goes, in the transaction that carried it out. Fails, and so takes the transaction back,
/// where another worker has it by now.
pub async fn done(tx: &Tx, id: i64, claimed_by: i64) -> Result<()> {
    match tx.exec("DELETE FROM effects WHERE id = $1 AND claimed_by = $2", params![id, claimed_by]).await? {
        0 => Err(StoreError::Unavailable("another worker has this task by now".into())),
        _ => Ok(()),
    }
}

/// Carried out so far: whoever goes on begins there. Fails where another worker has it by now, and so takes the
/// transaction of this step back.
pub async fn went_on(tx: &Tx, id: i64, claimed_by: i64, progress: &str) -> Result<()> {
    let sql = "UPDATE effects SET progress = $3 WHERE id = $1 AND claimed_by = $2";
    match tx.exec(sql, params![id, claimed_by, progress]).await? {
        0 => Err(StoreError::Unavailable("another worker has this task by now".into())),
        _ => Ok(()),
    }
}

/// Not done: tried again later with growing pauses, and at last put aside with its reason. A panic will not
/// go away by waiting, so it counts for more.
pub async fn failed(tx: &Tx, effect: &Effect, reason: &str, panicked: bool) -> Result<()> {
    if effect.attempts >= if panicked { dead_letters::MAX_CRASHES } else { MAX_ATTEMPTS } {
        return put_aside(tx, effect, reason).await;
    }
    let pause = (SECOND << effect.attempts.clamp(0, 17)).min(DAY);
    let sql = "UPDATE effects SET due_at = $2, claimed_by = 0, outcome = $3 WHERE id = $1 AND claimed_by = $4";
    tx.exec(sql, params![effect.id, tx.now().plus(pause).0, reason, effect.claimed_by]).await?;
    Ok(())
}

/// Given back untried.
pub async fn give_back(tx: &Tx, effect: &Effect) -> Result<()> {
    let sql = "UPDATE effects SET claimed_by = 0, attempts = attempts - 1 WHERE id = $1 AND claimed_by = $2";
    tx.exec(sql, params![effect.id, effect.claimed_by]).await?;
    Ok(())
}

async fn put_aside(tx: &Tx, effect: &Effect, reason: &str) -> Result<()> {
    let sql = "UPDATE effects SET state = 'dead', claimed_by = 0, outcome = $2 WHERE id = $1 AND claimed_by = $3";
    if tx.exec(sql, params![effect.id, reason, effect.claimed_by]).await? > 0 {
        let about = effect.payload.chars().take(200).collect::<String>();
        dead_letters::keep(tx, Queue::Effects, effect.id, &about, reason, effect.attempts).await?;
    }
    Ok(())
}
