//! How deliveries ended, written down for many hosts in one transaction.

use super::{Delivery, GIVE_UP, IN_ORDER};
use crate::conn::{Tx, json_list, params};
use crate::{Result, actors, asking};
use domain::time::{DAY, HOUR, SECOND};
use std::collections::BTreeMap;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken.
    Delivered,
    /// Refused for good.
    Refused(String),
    /// Not sent: nobody there may have it any more.
    Withdrawn,
    /// There is nobody behind this inbox any more.
    Gone,
    /// The host did not answer, or not now: nothing else is tried there meanwhile. It may have said when
    /// (milliseconds).
    Unreachable(String, Option<i64>),
    /// The host answers, but does not take this one now.
    Later(String, Option<i64>),
}

/// How the sending to one host ended, or goes on; what is not named was not tried.
#[derive(Debug, Default)]
pub struct Ended {
    /// The host.
    pub host: String,
    /// The worker that had it.
    pub claimed_by: i64,
    /// What was tried, and is not written down yet.
    pub tried: Vec<(Delivery, Outcome)>,
    /// Something was taken that is written down already.
    pub answered: bool,
    /// The host stays in hands: more is being sent. Only what was delivered is told meanwhile.
    pub more: bool,
}

impl Ended {
    pub(super) fn nothing(host: String, claimed_by: i64) -> Self {
        Self { host, claimed_by, ..Self::default() }
    }

    fn answered(&self) -> bool {
        self.answered || self.tried.iter().any(|(_, outcome)| answers(outcome))
    }
}

pub(super) const NOBODY: &str = "nobody there may have it any more";
/// A host that took nothing of so many tries in a row is treated as one that does not answer.
const TROUBLED: i64 = 5;
/// Failing on so many separate days makes a host dormant.
pub(crate) const DORMANT: i64 = 7;
const LONGEST: i64 = 6 * HOUR;
const LONGEST_DORMANT: i64 = 12 * HOUR;

/// Records how these ended, writes the ledger, and lets go of the hosts.
pub async fn settle(tx: &Tx, ended: &[Ended]) -> Result<()> {
    let is = |wanted: &Outcome| {
        let tried = ended.iter().flat_map(|ended| &ended.tried);
        tried.filter(|(_, outcome)| outcome == wanted).map(|(delivery, _)| delivery.id).collect::<Vec<_>>()
    };
    let delivered = json_list(is(&Outcome::Delivered));
    let sql = format!(
        "INSERT INTO release_ledger (object_uri, activity_uri, host, inbox, community_id, released_at) \
         SELECT COALESCE(o.object_uri, o.uri), o.uri, d.host, d.inbox, d.community_id, $2 \
         FROM deliveries d JOIN outbox_activities o ON o.id = d.activity_id WHERE {} ORDER BY d.id",
        tx.in_list("d.id", 1)
    );
    tx.exec(&sql, params![delivered.clone(), tx.now().0]).await?;
    tx.exec(&format!("DELETE FROM deliveries WHERE {}", tx.in_list("id", 1)), params![delivered]).await?;
    let mut well = Vec::new();
    for ended in ended.iter().filter(|ended| !ended.more) {
        if !not_taken(tx, ended).await? {
            well.push(ended);
        }
    }
    released(tx, &well).await
}

/// Hosts with which nothing is wrong: due again when something waits for them.
async fn released(tx: &Tx, ended: &[&Ended]) -> Result<()> {
    let now = tx.now().0;
    let next = "COALESCE((SELECT $3 FROM deliveries d WHERE d.host = instances.host AND d.state = 'waiting' AND d.due_at <= $3 LIMIT 1), \
        (SELECT MIN(d.due_at) FROM deliveries d WHERE d.host = instances.host AND d.state = 'waiting'))";
    for (answered, set) in
        [(true, "last_success = $3, failures = 0, failing_days = 0, open_until = 0, last_error = NULL, "), (false, "")]
    {
        let some = ended.iter().filter(|ended| ended.answered() == answered);
        let mut by_worker: BTreeMap<i64, Vec<&str>> = BTreeMap::new();
        for ended in some {
            by_worker.entry(ended.claimed_by).or_default().push(&ended.host);
        }
        for (worker, hosts) in by_worker {
            let sql = format!(
                "UPDATE instances SET {set}claimed_by = 0, due_at = {next} WHERE claimed_by = $2 AND {}",
                tx.in_texts("host", 1)
            );
            let list = serde_json::to_string(&hosts).unwrap_or_default();
            tx.exec(&sql, params![list, worker, now]).await?;
        }
    }
    Ok(())
}

/// Whether the host is well, as this outcome shows.
fn answers(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Delivered | Outcome::Refused(_) | Outcome::Gone)
}

/// What was not taken. Gives whether the host has to wait because of it, and is let go of already.
async fn not_taken(tx: &Tx, ended: &Ended) -> Result<bool> {
    let mut waits = Vec::new();
    let mut away = false;
    for (delivery, outcome) in &ended.tried {
        match outcome {
            Outcome::Delivered => {}
            Outcome::Refused(reason) => {
                refuse(tx, delivery, reason).await?;
                asking::turned_away(tx, &delivery.activity.uri).await?;
            }
            Outcome::Withdrawn => refuse(tx, delivery, NOBODY).await?,
            Outcome::Gone => {
                refuse(tx, delivery, "gone").await?;
                nobody_there(tx, delivery).await?;
            }
            Outcome::Unreachable(reason, wait) => {
                away = true;
                waits.push((delivery, reason, *wait));
            }
            Outcome::Later(reason, wait) => waits.push((delivery, reason, *wait)),
        }
    }
    if waits.is_empty() {
        return Ok(false);
    }
    let answered = ended.answered();
    let Some(mut health) = health(tx, ended, answered).await? else { return Ok(true) };
    // What is never taken says nothing of the host any more, however often it is tried.
    if !away && !answered && waits.iter().all(|(delivery, ..)| delivery.attempts >= IN_ORDER) {
        health.failures = (health.failures - 1).max(1);
    }
    let away = away || health.failures >= TROUBLED;
    let longest = if health.days >= DORMANT { LONGEST_DORMANT } else { LONGEST };
    let (mut until, mut passed, mut why) = (0, !away, "");
    for (delivery, reason, wait) in waits {
        let tries = if away { health.failures } else { delivery.attempts + 1 };
        let at = tx.now().plus(pause(tx, tries, longest, wait)).0;
        later(tx, delivery, if away { tx.now().0 } else { at }, reason).await?;
        // Something that is refused again and again must not hold up the rest for ever.
        passed &= delivery.attempts + 1 >= IN_ORDER;
        (until, why) = (until.max(at), reason);
    }
    let sql = "UPDATE instances SET claimed_by = 0, failures = $2, failing_days = $3, failed_day = $4, last_failure = $5, last_error = $6, \
        open_until = $7, due_at = $8, last_success = CASE WHEN $9 THEN $5 ELSE last_success END WHERE host = $1";
    let (now, open) = (tx.now().0, if away { until } else { 0 });
    let values = params![ended.host.clone(), health.failures, health.days, now / DAY, now, why, open, until, answered];
    tx.exec(sql, values).await?;
    if passed {
        due_with_the_first(tx, &ended.host).await?;
    }
    give_up(tx, &ended.host).await?;
    Ok(true)
}

struct Health {
    failures: i64,
    days: i64,
}

/// How a host stands after one more failure. `None`: another worker has it by now.
async fn health(tx: &Tx, ended: &Ended, answered: bool) -> Result<Option<Health>> {
    let sql = "SELECT failures, failing_days, failed_day FROM instances WHERE host = $1 AND claimed_by = $2";
    let Some(row) = tx.one(sql, params![ended.host.clone(), ended.claimed_by]).await? else { return Ok(None) };
    if answered {
        return Ok(Some(Health { failures: 1, days: 1 }));
    }
    let days = row.get::<i64>(1)? + i64::from(row.get::<i64>(2)? != tx.now().0 / DAY);
    Ok(Some(Health { failures: row.get::<i64>(0)? + 1, days: days.max(1) }))
}

/// Due when the first of what waits is.
async fn due_with_the_first(tx: &Tx, host: &str) -> Result<()> {
    let sql = "UPDATE instances SET due_at = (SELECT MIN(d.due_at) FROM deliveries d WHERE d.host = $1 AND d.state = 'waiting') WHERE host = $1";
    tx.exec(sql, params![host]).await?;
    Ok(())
}

/// Twice as long at each try, up to the longest, and up to a quarter more by chance.
fn pause(tx: &Tx, tries: i64, longest: i64, asked: Option<i64>) -> i64 {
    let mut jitter = [0_u8; 1];
    tx.random().fill(&mut jitter);
    let [jitter] = jitter;
    let base = ((4 * SECOND) << (tries - 1).clamp(0, 14)).min(longest);
    asked.unwrap_or(base + base * i64::from(jitter) / 1_024)
}

async fn later(tx: &Tx, delivery: &Delivery, at: i64, reason: &str) -> Result<()> {
    let sql = "UPDATE deliveries SET attempts = attempts + 1, due_at = $2, outcome = $3 WHERE id = $1 AND state = 'waiting'";
    tx.exec(sql, params![delivery.id, at, reason]).await?;
    Ok(())
}

/// What has waited too long for a host is given up, all of it at once.
async fn give_up(tx: &Tx, host: &str) -> Result<()> {
    let sql = "UPDATE deliveries SET state = 'given up', outcome = COALESCE(outcome, 'the host did not answer') \
        WHERE host = $1 AND state = 'waiting' AND created_at < $2";
    tx.exec(sql, params![host, tx.now().plus(-GIVE_UP).0]).await?;
    let sql = "UPDATE instances SET due_at = NULL WHERE host = $1 \
        AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.host = $1 AND d.state = 'waiting')";
    tx.exec(sql, params![host]).await?;
    Ok(())
}

pub(super) async fn refuse(tx: &Tx, delivery: &Delivery, reason: &str) -> Result<()> {
    let sql =
        "UPDATE deliveries SET state = 'refused', attempts = attempts + 1, outcome = $2 WHERE id = $1 AND state = 'waiting'";
    tx.exec(sql, params![delivery.id, reason]).await?;
    Ok(())
}

/// 410: whoever has this inbox follows nobody here any more. A shared inbox that is gone is only not used any more:
/// the people behind it answer for themselves.
async fn nobody_there(tx: &Tx, delivery: &Delivery) -> Result<()> {
    let (host, inbox) = (delivery.host.clone(), delivery.inbox.clone());
    let sql = "UPDATE actors SET shared_inbox = NULL WHERE host = $1 AND shared_inbox = $2 AND inbox <> $2";
    tx.exec(sql, params![host.clone(), inbox.clone()]).await?;
    for row in tx.all("SELECT id FROM actors WHERE host = $1 AND inbox = $2", params![host, inbox]).await? {
        actors::forget_ties(tx, domain::id::ActorId(row.get(0)?)).await?;
    }
    Ok(())
}
