//! Deliveries: one row per activity and inbox, sent until it is done, gone or given up.
//!
//! A worker takes a host with what waits for it, not single rows: so order per host is kept whoever sends, and a
//! host that does not answer is asked with one delivery, however many wait.

mod settle;

pub(crate) use settle::DORMANT;
pub use settle::{Ended, Outcome, settle};

use crate::conn::{Conn, Tx, json_list, params};
use crate::outbox::STANDS;
use crate::recipients::Recipients;
use crate::{Result, Store, backend};
use domain::id::{ActorId, CommunityId};
use domain::time::{DAY, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An activity as it is sent: one for all its deliveries.
#[derive(Debug)]
pub struct Sent {
    /// Its id on the network.
    pub uri: String,
    /// Who signs.
    pub actor: ActorId,
    /// The JSON.
    pub body: Arc<[u8]>,
}

/// A delivery to make.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The row.
    pub id: i64,
    /// What is sent.
    pub activity: Arc<Sent>,
    /// Where to.
    pub inbox: String,
    /// Its canonical host.
    pub host: String,
    /// The closed community whose members this is for.
    pub community: Option<CommunityId>,
    /// How often it was tried in vain.
    pub attempts: i64,
}

/// A host with the first of what waits for it.
#[derive(Debug)]
pub struct Host {
    /// Its canonical name.
    pub host: String,
    /// The worker that has it.
    pub claimed_by: i64,
    /// How often it did not answer, in a row: above zero one delivery has to arrive before the others are sent.
    pub failures: i64,
    /// In order.
    pub deliveries: Vec<Delivery>,
    /// When it was made sure that all of these may still be sent.
    pub checked_at: Timestamp,
}

/// After this long an undeliverable activity is given up, and that is recorded.
pub(crate) const GIVE_UP: i64 = 14 * DAY;
/// Most hosts of a kind taken in one look.
const HOSTS: usize = 128;
/// Most deliveries of one host taken in one look.
const EACH: usize = 32;
/// Rows of one statement.
const TOGETHER: usize = 1_000;

/// Queues an activity for these inboxes, each once.
pub async fn enqueue(tx: &Tx, activity: i64, recipients: &Recipients) -> Result<()> {
    let all: Vec<(&str, &str)> = recipients.inboxes().collect();
    for some in all.chunks(TOGETHER) {
        enqueue_pairs(tx, activity, some, recipients.community()).await?;
    }
    Ok(())
}

/// After so many tries something no longer holds up what comes after it.
pub const IN_ORDER: i64 = 3;

/// Puts (inbox, host) pairs into the queue. What was refused or given up before is tried once more. A host that only
/// waits for something that does not hold up the rest is due at once.
pub(crate) async fn enqueue_pairs(tx: &Tx, activity: i64, pairs: &[(&str, &str)], community: Option<CommunityId>) -> Result<()> {
    let now = tx.now().0;
    let list = serde_json::to_string(pairs).map_err(|error| crate::StoreError::Other(error.to_string()))?;
    let sql = format!(
        "INSERT INTO deliveries (activity_id, inbox, host, community_id, due_at, created_at) \
         SELECT $2, a, b, $3, $4, $4 FROM {} WHERE TRUE ON CONFLICT (activity_id, inbox) DO UPDATE SET state = 'waiting', \
         attempts = 0, due_at = excluded.due_at, created_at = excluded.created_at WHERE deliveries.state <> 'waiting'",
        tx.pairs(1)
    );
    tx.exec(&sql, params![list.clone(), activity, community.map(|id| id.0), now]).await?;
    let sql = format!(
        "INSERT INTO instances (host, first_seen, due_at) SELECT DISTINCT b, $2, $2 FROM {} WHERE TRUE ON CONFLICT (host) DO UPDATE SET \
         due_at = CASE WHEN instances.open_until > excluded.due_at THEN instances.open_until ELSE excluded.due_at END \
         WHERE instances.due_at IS NULL OR (instances.due_at > excluded.due_at AND instances.open_until <= excluded.due_at \
         AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.host = instances.host AND d.state = 'waiting' \
             AND d.attempts > 0 AND d.attempts < {IN_ORDER}))",
        tx.pairs(1)
    );
    tx.exec(&sql, params![list, now]).await?;
    tx.touch(|touched| touched.deliveries = true);
    Ok(())
}

/// The job begins, maybe again: nothing is in its hands.
pub async fn begin(store: &Store) -> Result<()> {
    crate::workers::begin_anew(store, "instances").await
}

/// For how many hosts there is room: those that answered last, and those that did not, which must not stand in the
/// way of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// For hosts that answered last, or were never asked.
    pub well: usize,
    /// For hosts that did not.
    pub doubtful: usize,
}

impl Room {
    fn kinds(self) -> impl Iterator<Item = (&'static str, usize)> {
        let kinds = [("failures = 0", self.well.min(HOSTS)), ("failures > 0", self.doubtful.min(HOSTS))];
        kinds.into_iter().filter(|(_, room)| *room > 0)
    }
}

/// Takes due hosts with what waits for them. What nobody may have any more is refused at once.
pub async fn claim(store: &Store, room: Room) -> Result<Vec<Host>> {
    let now = store.clock().now().0;
    for (which, _) in room.kinds() {
        let due = format!("SELECT 1 FROM instances WHERE due_at <= $1 AND claimed_by = 0 AND {which}");
        if store.read().exists(&due, params![now]).await? {
            let handle = store.clone();
            return store.write(move |tx| Box::pin(async move { take(&handle, tx, room).await })).await;
        }
    }
    Ok(Vec::new())
}

async fn take(store: &Store, tx: &Tx, room: Room) -> Result<Vec<Host>> {
    let (me, now) = (store.me().number(tx).await?, tx.now());
    let mut hosts: BTreeMap<String, Host> = BTreeMap::new();
    for (which, most) in room.kinds() {
        let sql = format!(
            "SELECT i.host, i.failures FROM instances i WHERE i.due_at <= $1 AND i.claimed_by = 0 AND i.{which} \
             ORDER BY i.due_at LIMIT {most}{}",
            tx.skip_locked("i")
        );
        for row in tx.all(&sql, params![now.0]).await? {
            let (host, failures): (String, i64) = (row.get(0)?, row.get(1)?);
            hosts.insert(host.clone(), Host { host, claimed_by: me, failures, deliveries: Vec::new(), checked_at: now });
        }
    }
    let names = serde_json::to_string(&hosts.keys().collect::<Vec<_>>()).unwrap_or_default();
    let sql = format!("UPDATE instances SET claimed_by = $2 WHERE {}", tx.in_texts("host", 1));
    tx.exec(&sql, params![names.clone(), me]).await?;
    let found = read(tx, &backend::first_of_hosts(tx.backend(), EACH), params![names, now.0]).await?;
    let due = still_due(tx, &found).await?;
    let mut refused = Vec::new();
    for delivery in found {
        let Some(host) = hosts.get_mut(&delivery.host) else { continue };
        if due.contains(&delivery.id) {
            host.deliveries.push(delivery);
        } else {
            refused.push(delivery);
        }
    }
    for delivery in refused {
        settle::refuse(tx, &delivery, settle::NOBODY).await?;
    }
    // Those for which nothing is left go back at once.
    let (full, empty): (Vec<Host>, Vec<Host>) = hosts.into_values().partition(|host| !host.deliveries.is_empty());
    for host in empty {
        settle(tx, &[Ended::nothing(host.host, me)]).await?;
    }
    Ok(full)
}

async fn read(tx: &Tx, which: &str, values: Vec<sea_orm::Value>) -> Result<Vec<Delivery>> {
    let sql = format!(
        "SELECT d.id, d.activity_id, d.inbox, d.host, d.community_id, d.attempts FROM deliveries d WHERE d.id IN ({which}) ORDER BY d.id"
    );
    let rows = tx.all(&sql, values).await?;
    let mut activities = BTreeSet::new();
    for row in &rows {
        activities.insert(row.get::<i64>(1)?);
    }
    let sent = sent(tx, &activities).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(activity) = sent.get(&row.get::<i64>(1)?) else { continue };
        found.push(Delivery {
            id: row.get(0)?,
            activity: activity.clone(),
            inbox: row.get(2)?,
            host: row.get(3)?,
            community: row.get::<Option<i64>>(4)?.map(CommunityId),
            attempts: row.get(5)?,
        });
    }
    Ok(found)
}

/// Bodies are read once, however many deliveries share them.
async fn sent(tx: &Tx, ids: &BTreeSet<i64>) -> Result<BTreeMap<i64, Arc<Sent>>> {
    let sql = format!("SELECT id, uri, actor_id, body FROM outbox_activities WHERE {}", tx.in_list("id", 1));
    let mut found = BTreeMap::new();
    for row in tx.all(&sql, params![json_list(ids)]).await? {
        let body: String = row.get(3)?;
        found.insert(
            row.get(0)?,
            Arc::new(Sent { uri: row.get(1)?, actor: ActorId(row.get(2)?), body: body.into_bytes().into() }),
        );
    }
    Ok(found)
}

/// Asked right before sending: is there still a member behind each inbox, is its organisation still named, is the
/// host one we speak with, and what is told not deleted since? Gives the rows for which this is so.
pub async fn still_due(conn: &Conn, deliveries: &[Delivery]) -> Result<BTreeSet<i64>> {
    if deliveries.is_empty() {
        return Ok(BTreeSet::new());
    }
    let sql = format!(
        "SELECT d.id FROM deliveries d JOIN outbox_activities o ON o.id = d.activity_id WHERE {} AND {STANDS} AND NOT {} \
         AND (d.community_id IS NULL OR EXISTS (SELECT 1 FROM actors a JOIN memberships m ON m.actor_id = a.id \
            JOIN communities c ON c.id = m.community_id JOIN agreements g ON g.community_id = c.id AND g.host = a.host \
            WHERE a.host = d.host AND (a.inbox = d.inbox OR a.shared_inbox = d.inbox) AND m.community_id = d.community_id \
            AND m.state = 'active' AND c.zone = 'partner' AND c.deleted_at IS NULL))",
        conn.in_list("d.id", 1),
        crate::instances::shut("d.host")
    );
    let rows = conn.all(&sql, params![json_list(deliveries.iter().map(|delivery| delivery.id))]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// The peer spoke to us: what waits for its host is due at once, and what went wrong there is forgotten.
pub async fn wake_host(store: &Store, host: &str) -> Result<()> {
    let troubled = "SELECT 1 FROM instances WHERE host = $1 AND (failures > 0 OR due_at > $2)";
    if !store.read().exists(troubled, params![host, store.clock().now().0]).await? {
        return Ok(());
    }
    let host = host.to_owned();
    store.write(move |tx| Box::pin(async move { wake(tx, &host).await })).await
}

pub(crate) async fn wake(tx: &Tx, host: &str) -> Result<()> {
    let now = tx.now().0;
    let sql = "UPDATE deliveries SET due_at = $2 WHERE host = $1 AND state = 'waiting' AND due_at > $2";
    tx.exec(sql, params![host, now]).await?;
    let sql = "UPDATE instances SET failures = 0, failing_days = 0, open_until = 0, \
        due_at = CASE WHEN due_at IS NULL THEN NULL ELSE $2 END WHERE host = $1";
    tx.exec(sql, params![host, now]).await?;
    tx.touch(|touched| touched.deliveries = true);
    Ok(())
}

/// How many deliveries wait.
pub async fn waiting(conn: &Conn) -> Result<i64> {
    conn.number("SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'", params![]).await
}

/// Forgets what was refused or given up so many milliseconds ago, some at a time.
pub async fn prune(tx: &Tx, older_than: i64) -> Result<()> {
    let sql =
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE state <> 'waiting' AND created_at < $1 LIMIT 5000)";
    tx.exec(sql, params![tx.now().plus(-older_than).0]).await?;
    Ok(())
}
