//! The inbox queue: durable before 202, unique by activity id (of an `Update` with what it says), processed by a worker.

use crate::conn::{Tx, json_list, params};
use crate::dead_letters::{self, Queue};
use crate::{Result, Store, StoreError};
use domain::time::{DAY, SECOND};
use std::fmt::Write;
use tokio::sync::{mpsc, oneshot};

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
    /// The worker that has it.
    pub claimed_by: i64,
}

/// How the processing of an activity ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Processed {
    /// Processed, or refused for a reason that will not change: the id stays, the body goes.
    Done(String),
    /// To be tried again later.
    Later(String),
    /// It made the worker panic.
    Panicked(String),
    /// Given back untried.
    Untried,
}

const MAX_ATTEMPTS: i64 = 12;
/// Most activities that may wait; then peers are asked to come later.
const MAX_WAITING: i64 = 200_000;
/// Most activities taken in one look.
pub const BATCH: i64 = 128;
/// Rows of one `INSERT`; each number is one statement text.
const TOGETHER: [usize; 3] = [64, 8, 1];
/// Most that share one transaction.
const GROUP: usize = 512;

/// Somebody who waits until what was received is on disk.
pub(crate) type Arrival = (Received, oneshot::Sender<Result<()>>);

/// Stores what arrives, all that came while the last ones were written in one transaction.
pub(crate) async fn intake(store: std::sync::Weak<crate::write::Shared>, mut arriving: mpsc::Receiver<Arrival>) {
    while let Some(first) = arriving.recv().await {
        let Some(store) = Store::of(&store) else { return };
        let (mut rows, mut waiting) = (vec![first.0], vec![first.1]);
        while rows.len() < GROUP
            && let Ok((row, sender)) = arriving.try_recv()
        {
            rows.push(row);
            waiting.push(sender);
        }
        let stored = store.write(move |tx| Box::pin(async move { insert(tx, rows).await })).await;
        for sender in waiting {
            let _ = sender.send(stored.clone());
        }
    }
}

async fn insert(tx: &Tx, rows: Vec<Received>) -> Result<()> {
    let now = tx.now().0;
    let (mut rows, mut new) = (rows.into_iter().peekable(), 0);
    while rows.peek().is_some() {
        let size = TOGETHER.into_iter().find(|size| *size <= rows.len()).unwrap_or(1);
        let mut values = params![now];
        for row in rows.by_ref().take(size) {
            values.extend(params![row.activity_uri, row.signer_uri, row.host, row.body]);
        }
        let mut sql = String::with_capacity(60 * size + 200);
        sql.push_str("INSERT INTO inbox_queue (activity_uri, signer_uri, host, body, state, due_at, received_at) VALUES ");
        for row in 0..size {
            let (comma, at) = (if row > 0 { ", " } else { "" }, row * 4 + 2);
            let _ = write!(sql, "{comma}(${at}, ${}, ${}, ${}, 'waiting', $1, $1)", at + 1, at + 2, at + 3);
        }
        sql.push_str(" ON CONFLICT (activity_uri) DO NOTHING");
        new += tx.exec(&sql, values).await?;
    }
    tx.touch(|touched| touched.inbox |= new > 0);
    Ok(())
}

/// Stores an activity; it is on disk when this returns. One whose id is there already changes nothing.
pub async fn push(store: &Store, received: Received) -> Result<()> {
    let (sender, stored) = oneshot::channel();
    let busy = |_| StoreError::Unavailable("too much arrives at once".into());
    store.arriving().try_send((received, sender)).map_err(busy)?;
    stored.await.unwrap_or_else(|_| Err(StoreError::Unavailable("the store is closing".into())))
}

/// Whether an activity with this id was received before.
pub async fn seen(store: &Store, activity_uri: &str) -> Result<bool> {
    store.read().exists("SELECT 1 FROM inbox_queue WHERE activity_uri = $1", params![activity_uri]).await
}

/// A request to follow or to be let in came, whatever became of it, and is taken back now: it may come again under its id,
/// as some servers send it (Mbin). `false`: none with this id came from this signer.
pub async fn forget_request(tx: &Tx, activity_uri: &str, signer_uri: &str) -> Result<bool> {
    // No address has a space, so the old row is in nobody's way; what waits of it is over.
    let sql = "UPDATE inbox_queue SET activity_uri = activity_uri || ' ' || id, \
        state = CASE WHEN state = 'waiting' AND claimed_by = 0 THEN 'done' ELSE state END WHERE activity_uri = $1 AND signer_uri = $2";
    Ok(tx.exec(sql, params![activity_uri, signer_uri]).await? > 0)
}

/// Whether too much is waiting to take more.
pub async fn full(store: &Store) -> Result<bool> {
    let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM inbox_queue WHERE state = 'waiting' LIMIT {MAX_WAITING}) x");
    Ok(store.read().number(&sql, params![]).await? >= MAX_WAITING)
}

/// The job begins, maybe again: nothing is in its hands.
pub async fn begin(store: &Store) -> Result<()> {
    crate::workers::begin_anew(store, "inbox_queue").await
}

/// Takes due activities, oldest first. What another worker has of a signer keeps the rest of that signer waiting,
/// so that everybody's activities are processed in their order.
pub async fn claim(store: &Store) -> Result<Vec<Waiting>> {
    let now = store.clock().now().0;
    let due = "SELECT 1 FROM inbox_queue WHERE state = 'waiting' AND due_at <= $1 AND claimed_by = 0 AND crashes = 0";
    if !store.read().exists(due, params![now]).await? {
        return Ok(Vec::new());
    }
    let handle = store.clone();
    // Nothing of a signer is taken before what ended a worker in the middle of it: it was first.
    let which = "q.crashes = 0 AND q.signer_uri NOT IN (SELECT c.signer_uri FROM inbox_queue c WHERE c.state = 'waiting' AND c.crashes > 0)";
    store.write(move |tx| Box::pin(async move { take(&handle, tx, which, BATCH).await })).await
}

/// Takes one that ended a worker before. The caller has nothing else in hands, which it could pull along.
pub async fn claim_suspect(store: &Store) -> Result<Option<Waiting>> {
    let due = "SELECT 1 FROM inbox_queue WHERE state = 'waiting' AND crashes > 0 AND due_at <= $1 AND claimed_by = 0";
    if !store.read().exists(due, params![store.clock().now().0]).await? {
        return Ok(None);
    }
    let handle = store.clone();
    Ok(store.write(move |tx| Box::pin(async move { take(&handle, tx, "q.crashes > 0", 1).await })).await?.pop())
}

async fn take(store: &Store, tx: &Tx, which: &str, limit: i64) -> Result<Vec<Waiting>> {
    let me = store.me().number(tx).await?;
    let sql = format!(
        "SELECT q.id FROM inbox_queue q WHERE q.state = 'waiting' AND q.due_at <= $1 AND q.claimed_by = 0 AND {which} \
         AND q.signer_uri NOT IN (SELECT o.signer_uri FROM inbox_queue o WHERE o.claimed_by > 0 AND o.claimed_by <> $2) \
         ORDER BY q.due_at, q.id LIMIT {limit}{}",
        tx.skip_locked("q")
    );
    let mut ids: Vec<i64> = Vec::new();
    for row in tx.all(&sql, params![tx.now().0, me]).await? {
        ids.push(row.get(0)?);
    }
    let sql = format!(
        "UPDATE inbox_queue SET claimed_by = $2, attempts = attempts + 1 WHERE {} \
         RETURNING id, activity_uri, signer_uri, host, body, attempts, crashes",
        tx.in_list("id", 1)
    );
    let mut waiting = Vec::with_capacity(ids.len());
    for row in &tx.all(&sql, params![json_list(ids), me]).await? {
        let received = Received { activity_uri: row.get(1)?, signer_uri: row.get(2)?, host: row.get(3)?, body: row.get(4)? };
        let one = Waiting { id: row.get(0)?, received, attempts: row.get(5)?, claimed_by: me };
        if row.get::<i64>(6)? >= dead_letters::MAX_CRASHES {
            put_aside(tx, &one, dead_letters::ENDS_ITS_WORKER).await?;
        } else {
            waiting.push(one);
        }
    }
    waiting.sort_by_key(|waiting| waiting.id);
    Ok(waiting)
}

/// Records how these ended. What another worker has by now is left to it.
pub async fn settle(tx: &Tx, ended: &[(Waiting, Processed)]) -> Result<()> {
    let done = "UPDATE inbox_queue SET state = 'done', body = '', outcome = $2, claimed_by = 0 WHERE id = $1 AND claimed_by = $3";
    let back = "UPDATE inbox_queue SET claimed_by = 0, attempts = attempts - 1 WHERE id = $1 AND claimed_by = $2";
    for (waiting, how) in ended {
        match how {
            Processed::Done(outcome) => {
                tx.exec(done, params![waiting.id, outcome.clone(), waiting.claimed_by]).await?;
            }
            Processed::Later(reason) => failed(tx, waiting, reason, MAX_ATTEMPTS).await?,
            Processed::Panicked(reason) => failed(tx, waiting, reason, dead_letters::MAX_CRASHES).await?,
            Processed::Untried => {
                tx.exec(back, params![waiting.id, waiting.claimed_by]).await?;
            }
        }
    }
    Ok(())
}

/// Not processed: tried again later, and at last kept as a dead letter with its reason.
async fn failed(tx: &Tx, waiting: &Waiting, reason: &str, most: i64) -> Result<()> {
    if waiting.attempts >= most {
        return put_aside(tx, waiting, reason).await;
    }
    let pause = ((2 * SECOND) << waiting.attempts.clamp(0, 16)).min(DAY);
    let sql = "UPDATE inbox_queue SET due_at = $2, claimed_by = 0, outcome = $3 WHERE id = $1 AND claimed_by = $4";
    tx.exec(sql, params![waiting.id, tx.now().plus(pause).0, reason, waiting.claimed_by]).await?;
    Ok(())
}

async fn put_aside(tx: &Tx, waiting: &Waiting, reason: &str) -> Result<()> {
    let sql = "UPDATE inbox_queue SET state = 'dead', claimed_by = 0, outcome = $2 WHERE id = $1 AND claimed_by = $3";
    if tx.exec(sql, params![waiting.id, reason, waiting.claimed_by]).await? > 0 {
        dead_letters::keep(tx, Queue::Inbox, waiting.id, &waiting.received.activity_uri, reason, waiting.attempts).await?;
    }
    Ok(())
}

/// Forgets finished ids older than so many milliseconds, some at a time.
pub async fn prune(tx: &Tx, older_than: i64) -> Result<()> {
    let sql =
        "DELETE FROM inbox_queue WHERE id IN (SELECT id FROM inbox_queue WHERE state = 'done' AND received_at < $1 LIMIT 5000)";
    tx.exec(sql, params![tx.now().plus(-older_than).0]).await?;
    Ok(())
}
