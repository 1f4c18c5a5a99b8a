//! What could not be carried out however often it was tried: kept with its reason, to be looked at and replayed.
//! The row itself stays in its queue, so that a replay has the same id.

use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::time::Timestamp;

/// How often something may end the process that works on it, or panic.
pub(crate) const MAX_CRASHES: i64 = 3;
pub(crate) const ENDS_ITS_WORKER: &str = "the process that works on it ends each time";

/// A queue that letters come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// What was received.
    Inbox,
    /// What follows from acts.
    Effects,
}

impl Queue {
    /// As shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Effects => "effects",
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Inbox => "inbox_queue",
            Self::Effects => "effects",
        }
    }
}

/// Something that could not be carried out.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// Its number, for [`replay`].
    pub id: i64,
    /// Where it comes from.
    pub queue: Queue,
    /// The activity's id, or what should have followed.
    pub about: String,
    /// Why not.
    pub reason: String,
    /// How often it was tried.
    pub attempts: i64,
    /// Since when it is not tried any more.
    pub died_at: Timestamp,
}

pub(crate) async fn keep(tx: &Tx, queue: Queue, row: i64, about: &str, reason: &str, attempts: i64) -> Result<()> {
    let sql = "INSERT INTO dead_letters (queue, row_id, about, reason, attempts, died_at) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (queue, row_id) DO UPDATE SET reason = excluded.reason, attempts = excluded.attempts, died_at = excluded.died_at";
    tx.exec(sql, params![queue.as_str(), row, about, reason, attempts, tx.now().0]).await?;
    Ok(())
}

/// The newest thousand, newest first.
pub async fn list(conn: &Conn) -> Result<Vec<DeadLetter>> {
    let sql = "SELECT id, queue, about, reason, attempts, died_at FROM dead_letters ORDER BY id DESC LIMIT 1000";
    let rows = conn.all(sql, params![]).await?;
    rows.iter()
        .map(|row| {
            Ok(DeadLetter {
                id: row.get(0)?,
                queue: queue(&row.get::<String>(1)?),
                about: row.get(2)?,
                reason: row.get(3)?,
                attempts: row.get(4)?,
                died_at: Timestamp(row.get(5)?),
            })
        })
        .collect()
}

fn queue(word: &str) -> Queue {
    if word == "inbox" { Queue::Inbox } else { Queue::Effects }
}

/// Puts one back into its queue, as if it had never been tried. `false`: there is none with this number.
pub async fn replay(tx: &Tx, id: i64) -> Result<bool> {
    let Some(row) = tx.one("SELECT queue, row_id FROM dead_letters WHERE id = $1", params![id]).await? else { return Ok(false) };
    let (queue, row): (Queue, i64) = (queue(&row.get::<String>(0)?), row.get(1)?);
    let sql = format!(
        "UPDATE {} SET state = 'waiting', attempts = 0, crashes = 0, claimed_by = 0, due_at = $2 WHERE id = $1 AND state = 'dead'",
        queue.table()
    );
    tx.exec(&sql, params![row, tx.now().0]).await?;
    tx.exec("DELETE FROM dead_letters WHERE id = $1", params![id]).await?;
    tx.touch(|touched| (touched.inbox, touched.effects) = (true, true));
    Ok(true)
}
