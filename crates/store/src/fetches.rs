//! What is to be read from other instances in the background, once per thing and interval, one thing per host at a time.

use crate::conn::{Conn, Tx, params};
use crate::{Result, Store};
use domain::id::{ActorId, CommunityId};
use domain::time::{DAY, HOUR, MINUTE, SECOND};

/// What kind of thing is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A community's older posts; the target is its group actor.
    Community,
    /// The missing parts of a thread; the target is a post in it.
    Thread,
    /// The count of a poll; the target is the post it is in.
    Poll,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Community => "community",
            Self::Thread => "thread",
            Self::Poll => "poll",
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "community" => Self::Community,
            "poll" => Self::Poll,
            _ => Self::Thread,
        }
    }

    /// How long it waits before it is read, so that several causes are one.
    fn wait(self) -> i64 {
        match self {
            Self::Community | Self::Thread => 0,
            Self::Poll => MINUTE,
        }
    }

    /// How long the same thing is not read again.
    fn rest(self) -> i64 {
        match self {
            Self::Community => DAY,
            Self::Thread => 15 * MINUTE,
            // Whatever asks after a reading is news.
            Self::Poll => 0,
        }
    }
}

/// Something to read.
#[derive(Debug, Clone)]
pub struct Job {
    /// The row.
    pub id: i64,
    /// What kind.
    pub kind: Kind,
    /// The network's id of it.
    pub target: String,
    /// The person here on whose behalf, for what is not for everybody.
    pub actor: Option<ActorId>,
    /// The closed community whose room it is in.
    pub community: Option<CommunityId>,
    /// How often it could not be read.
    pub attempts: i64,
    /// In whose hands it is.
    pub claimed_by: i64,
}

/// How long one may take before others take over, also from a worker that lives; longer than any is allowed to last.
const LEASE: i64 = 3 * MINUTE;
const MAX_ATTEMPTS: i64 = 6;
/// In the hands of how many workers that ended it may have been.
const MAX_CRASHES: i64 = 7;
/// Most things of one host that may wait: a host that names ever more of them is not followed.
const MAX_WAITING: i64 = 200;
/// The same of the threads and polls of all hosts together: they are asked for again when somebody looks or votes, which a
/// community is not.
const MAX_IN_ALL: i64 = 5_000;
/// How long finished ones are remembered; longer than any rest.
const KEEP: i64 = 3 * DAY;

/// Asks for something to be read, unless it waits already or was read a moment ago. `true`: it will be.
pub async fn ask(tx: &Tx, kind: Kind, target: &str, host: &str, actor: Option<ActorId>) -> Result<bool> {
    ask_in(tx, kind, target, host, actor, None).await
}

/// The same of something in the room of a closed community.
pub async fn ask_in(
    tx: &Tx,
    kind: Kind,
    target: &str,
    host: &str,
    actor: Option<ActorId>,
    community: Option<CommunityId>,
) -> Result<bool> {
    if !wanted(tx, kind, target).await? {
        return Ok(false);
    }
    let waiting =
        format!("SELECT COUNT(*) FROM (SELECT 1 FROM fetch_jobs WHERE state = 'waiting' AND host = $1 LIMIT {MAX_WAITING}) x");
    if tx.number(&waiting, params![host]).await? >= MAX_WAITING {
        return Ok(false);
    }
    let in_all = format!("SELECT COUNT(*) FROM (SELECT 1 FROM fetch_jobs WHERE state = 'waiting' LIMIT {MAX_IN_ALL}) x");
    if kind != Kind::Community && tx.number(&in_all, params![]).await? >= MAX_IN_ALL {
        return Ok(false);
    }
    let now = tx.now().0;
    let sql = "INSERT INTO fetch_jobs (kind, target, host, actor_id, community_id, due_at, created_at) VALUES ($1, $2, $3, $4, $6, $7, $5) \
        ON CONFLICT (kind, target) DO UPDATE SET state = 'waiting', actor_id = excluded.actor_id, community_id = excluded.community_id, attempts = 0, due_at = excluded.due_at, \
        crashes = 0, leased_until = 0, claimed_by = 0, created_at = excluded.created_at";
    let (actor, community) = (actor.map(|id| id.0), community.map(|id| id.0));
    tx.exec(sql, params![kind.as_str(), target, host, actor, now, community, now + kind.wait()]).await?;
    tx.exec("DELETE FROM fetch_jobs WHERE state = 'done' AND finished_at < $1", params![now - KEEP]).await?;
    Ok(true)
}

/// Whether asking would do anything: costs no write.
pub async fn would_ask(store: &Store, kind: Kind, target: &str) -> Result<bool> {
    let rested = store.clock().now().plus(-kind.rest()).0;
    not_known(store.read(), kind, target, rested).await
}

async fn wanted(tx: &Tx, kind: Kind, target: &str) -> Result<bool> {
    not_known(tx, kind, target, tx.now().plus(-kind.rest()).0).await
}

async fn not_known(conn: &Conn, kind: Kind, target: &str, rested: i64) -> Result<bool> {
    // A poll that is just being read may have been counted before what asks now: it is read once more.
    let waits = if kind == Kind::Poll { "state = 'waiting' AND claimed_by = 0" } else { "state = 'waiting'" };
    let sql = format!("SELECT 1 FROM fetch_jobs WHERE kind = $1 AND target = $2 AND ({waits} OR finished_at > $3)");
    Ok(!conn.exists(&sql, params![kind.as_str(), target, rested]).await?)
}

/// Whether something waits or is being read.
pub async fn under_way(conn: &Conn, kind: Kind, target: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM fetch_jobs WHERE kind = $1 AND target = $2 AND state = 'waiting'";
    conn.exists(sql, params![kind.as_str(), target]).await
}

/// A reader begins, maybe again after a panic: what this worker was reading is in nobody's hands.
pub async fn begin(store: &Store) -> Result<()> {
    crate::workers::begin_anew(store, "fetch_jobs").await
}

/// Takes due ones, at most one of each host, and none of a host that is being read from. What was in the hands of a
/// worker that ended is taken when nothing else is due, and alone: it may be what ends them, and is given up at last.
pub async fn claim(store: &Store) -> Result<Vec<Job>> {
    let now = store.clock().now().0;
    let due = format!("SELECT 1 FROM fetch_jobs j WHERE {FREE}");
    if !store.read().exists(&due, params![now]).await? {
        return Ok(Vec::new());
    }
    let handle = store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let me = handle.me().number(tx).await?;
                let given_up = format!(
                    "UPDATE fetch_jobs AS j SET state = 'done', outcome = 'it ended its readers', finished_at = $1, claimed_by = 0 \
                     WHERE {FREE} AND j.crashes >= {MAX_CRASHES}"
                );
                tx.exec(&given_up, params![now]).await?;
                let some = take(tx, me, "j.crashes = 0", 4).await?;
                if some.is_empty() { take(tx, me, "j.crashes > 0", 1).await } else { Ok(some) }
            })
        })
        .await
}

/// Due at $1, and in nobody's hands.
const FREE: &str = "j.state = 'waiting' AND j.due_at <= $1 AND (j.claimed_by = 0 OR j.leased_until < $1)";

async fn take(tx: &Tx, me: i64, which: &str, most: i64) -> Result<Vec<Job>> {
    let now = tx.now().0;
    let sql = format!(
        "UPDATE fetch_jobs SET leased_until = $2, claimed_by = $3 WHERE id IN (SELECT MIN(j.id) FROM fetch_jobs j \
         WHERE {FREE} AND {which} \
         AND NOT EXISTS (SELECT 1 FROM fetch_jobs o WHERE o.host = j.host AND o.state = 'waiting' AND o.claimed_by > 0 AND o.leased_until >= $1) \
         GROUP BY j.host ORDER BY MIN(j.id) LIMIT {most}) RETURNING id, kind, target, actor_id, attempts, community_id"
    );
    let rows = tx.all(&sql, params![now, now + LEASE, me]).await?;
    rows.iter()
        .map(|row| {
            let kind = Kind::from_word(&row.get::<String>(1)?);
            let actor = row.get::<Option<i64>>(3)?.map(ActorId);
            let community = row.get::<Option<i64>>(5)?.map(CommunityId);
            let (id, target, attempts) = (row.get(0)?, row.get(2)?, row.get(4)?);
            Ok(Job { id, kind, target, actor, community, attempts, claimed_by: me })
        })
        .collect()
}

/// Read, as far as its bounds allow, or there is nothing to read. What another has in hands by now is left to them.
pub async fn done(tx: &Tx, job: &Job, outcome: &str) -> Result<()> {
    let sql = "UPDATE fetch_jobs SET state = 'done', outcome = $2, finished_at = $3, leased_until = 0, claimed_by = 0 \
        WHERE id = $1 AND claimed_by = $4";
    tx.exec(sql, params![job.id, outcome, tx.now().0, job.claimed_by]).await?;
    Ok(())
}

/// It could not be read: tried again later with growing pauses, and at last given up until somebody asks again.
pub async fn failed(tx: &Tx, job: &Job, reason: &str) -> Result<()> {
    let attempts = job.attempts + 1;
    if attempts >= MAX_ATTEMPTS {
        return done(tx, job, reason).await;
    }
    let pause = ((30 * SECOND) << (2 * attempts.clamp(0, 6))).min(6 * HOUR);
    let sql = "UPDATE fetch_jobs SET due_at = $2, leased_until = 0, claimed_by = 0, attempts = $3, outcome = $4 \
        WHERE id = $1 AND claimed_by = $5";
    tx.exec(sql, params![job.id, tx.now().plus(pause).0, attempts, reason, job.claimed_by]).await?;
    Ok(())
}
