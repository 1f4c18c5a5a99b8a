//! Reports: what somebody asks those who keep order to look at.

mod history;
mod shown;

pub use history::history;
pub use shown::{by_ids, list, open};

use crate::conn::{Conn, Tx, params};
use crate::views::{ReportCategory, ReportState};
use crate::{Result, StoreError};
use domain::id::{ActorId, CommunityId, PostId, ReportId};
use domain::policy::{Permit, act};
use domain::time::{HOUR, Timestamp};
use std::collections::BTreeSet;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// Its activity's id on the network.
    pub uri: String,
    /// In which community.
    pub community: Option<CommunityId>,
    /// Why.
    pub reason: String,
    /// What it is about, in a word.
    pub category: ReportCategory,
    /// The other instance is told too.
    pub forwarded: bool,
    /// What it names: network ids, with who is reported by it and which post it is here.
    pub objects: Vec<(String, Option<ActorId>, Option<PostId>)>,
}

/// Keeps a report. `None`: it is here already.
pub async fn keep(tx: &Tx, permit: &Permit<act::Report>, new: &NewReport) -> Result<Option<ReportId>> {
    if tx.exists("SELECT 1 FROM reports WHERE uri = $1", params![new.uri.clone()]).await? {
        return Ok(None);
    }
    let id = tx.next_id();
    let sql = "INSERT INTO reports (id, uri, reporter_id, community_id, reason, state, created_at, category, forwarded) \
        VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8)";
    let (uri, reason, community) = (new.uri.clone(), new.reason.clone(), new.community.map(|id| id.0));
    let by = permit.actor().0;
    tx.exec(sql, params![id, uri, by, community, reason, tx.now().0, new.category.as_str(), new.forwarded]).await?;
    for (uri, actor, post) in &new.objects {
        let sql = "INSERT INTO report_objects (report_id, object_uri, actor_id, post_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        tx.exec(sql, params![id, uri.clone(), actor.map(|id| id.0), post.map(|id| id.0)]).await?;
    }
    Ok(Some(ReportId(id)))
}

/// An open report by the same person, in the same words, about exactly the same things in the same place.
pub async fn same(tx: &Tx, reporter: ActorId, new: &NewReport) -> Result<Option<ReportId>> {
    let uris: BTreeSet<&str> = new.objects.iter().map(|(uri, ..)| uri.as_str()).collect();
    let sql = format!(
        "SELECT r.id FROM reports r WHERE r.reporter_id = $1 AND r.state = 'open' AND r.reason = $2 AND COALESCE(r.community_id, 0) = $3 \
         AND (SELECT COUNT(*) FROM report_objects o WHERE o.report_id = r.id) = $4 \
         AND NOT EXISTS (SELECT 1 FROM report_objects o WHERE o.report_id = r.id AND NOT {})",
        tx.in_texts("o.object_uri", 5)
    );
    let list = serde_json::to_string(&uris).map_err(|error| StoreError::Other(error.to_string()))?;
    let number = i64::try_from(uris.len()).unwrap_or(i64::MAX);
    let values = params![reporter.0, new.reason.clone(), new.community.map_or(0, |id| id.0), number, list];
    tx.one(&sql, values).await?.map(|row| row.get(0).map(ReportId)).transpose()
}

/// Most reports that one host's people make within an hour.
const FROM_HOST: i64 = 100;

/// Whether the host of this actor elsewhere has reported too much within the hour: each report is told to every lead.
pub async fn too_many(tx: &Tx, reporter: ActorId) -> Result<bool> {
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM actors me JOIN actors a ON a.host = me.host JOIN reports r ON r.reporter_id = a.id \
         WHERE me.id = $1 AND me.host IS NOT NULL AND r.created_at > $2 LIMIT {FROM_HOST}) x"
    );
    Ok(tx.number(&sql, params![reporter.0, tx.now().plus(-HOUR).0]).await? >= FROM_HOST)
}

/// Whom a report is for: leads and moderators of the community concerned, or where it has none here those who
/// administer. Nobody is told of a report about themselves, nor about what they cannot read.
pub async fn keepers(tx: &Tx, id: ReportId) -> Result<Vec<ActorId>> {
    let leads = "SELECT m.actor_id FROM reports r JOIN memberships m ON m.community_id = r.community_id \
        JOIN communities c ON c.id = m.community_id JOIN accounts a ON a.actor_id = m.actor_id WHERE r.id = $1 AND m.state = 'active' \
        AND m.role IN ('lead', 'moderator') AND c.local AND c.deleted_at IS NULL AND a.deleted_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM report_objects o WHERE o.report_id = r.id AND o.actor_id = m.actor_id)";
    let admins = "SELECT a.actor_id FROM accounts a WHERE a.admin AND a.state = 'active' AND a.deleted_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM report_objects o WHERE o.report_id = $1 AND o.actor_id = a.actor_id) \
        AND NOT EXISTS (SELECT 1 FROM report_objects o JOIN posts p ON p.id = o.post_id WHERE o.report_id = $1 AND p.reach = 'members' \
        AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.community_id = p.community_id AND m.actor_id = a.actor_id AND m.state = 'active'))";
    let mut found = Vec::new();
    for sql in [leads, admins] {
        for row in tx.all(sql, params![id.0]).await? {
            found.push(ActorId(row.get(0)?));
        }
        if !found.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Marks a report as dealt with, or opens it again. One that was taken back stays so.
pub async fn settle(tx: &Tx, permit: Permit<act::Settle>, done: bool) -> Result<()> {
    let state = if done { ReportState::Done } else { ReportState::Open };
    let (by, at) = if done { (Some(permit.actor().0), Some(tx.now().0)) } else { (None, None) };
    let sql =
        "UPDATE reports SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND state <> 'withdrawn' AND state <> $2";
    tx.exec(sql, params![permit.target(), state.as_str(), by, at]).await?;
    Ok(())
}

/// When this person made this report, and whether the other instance is told.
pub async fn made(conn: &Conn, reporter: ActorId, id: ReportId) -> Result<Option<(Timestamp, bool)>> {
    let sql = "SELECT created_at, forwarded FROM reports WHERE id = $1 AND reporter_id = $2";
    let row = conn.one(sql, params![id.0, reporter.0]).await?;
    row.map(|row| Ok((Timestamp(row.get(0)?), row.get(1)?))).transpose()
}

/// Whether a report is here.
pub async fn is_known(conn: &Conn, uri: &str) -> Result<bool> {
    conn.exists("SELECT 1 FROM reports WHERE uri = $1", params![uri]).await
}

/// The reporter takes it back, in every room that it was about. `false`: there is none of theirs.
pub async fn withdraw(tx: &Tx, reporter: ActorId, uri: &str) -> Result<bool> {
    // A report about several rooms is one of each: see [`in_room`].
    let sql =
        "SELECT id, state FROM reports WHERE reporter_id = $1 AND (uri = $2 OR substr(uri, 1, length($2) + 6) = $2 || '#room-')";
    let rows = tx.all(sql, params![reporter.0, uri]).await?;
    for row in &rows {
        let sql = "UPDATE reports SET state = 'withdrawn' WHERE id = $1 AND state = 'open'";
        tx.exec(sql, params![row.get::<i64>(0)?]).await?;
    }
    Ok(!rows.is_empty())
}

/// The id that its reporter gave to a report, of which this may be the part about one room.
fn as_made(uri: &str) -> &str {
    uri.split_once("#room-").map_or(uri, |(uri, _)| uri)
}

/// The id of the part of a report that is about one of several rooms.
pub fn in_room(uri: &str, community: Option<CommunityId>) -> String {
    format!("{uri}#room-{}", community.map_or(0, |id| id.0))
}
