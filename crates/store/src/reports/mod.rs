//! Reports: what somebody asks those who keep order to look at.

mod shown;

pub use shown::{by_ids, list, open};

use crate::Result;
use crate::conn::{Conn, Tx, params};
use crate::views::{ReportCategory, ReportState};
use domain::id::{ActorId, CommunityId, PostId, ReportId};
use domain::policy::{Permit, act};

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

/// An open report by the same person, in the same words, about the same first thing.
pub async fn same(tx: &Tx, reporter: ActorId, reason: &str, object_uri: &str) -> Result<Option<ReportId>> {
    let sql = "SELECT r.id FROM reports r JOIN report_objects o ON o.report_id = r.id WHERE r.reporter_id = $1 AND r.state = 'open' \
        AND r.reason = $2 AND o.object_uri = $3";
    let row = tx.one(sql, params![reporter.0, reason, object_uri]).await?;
    row.map(|row| row.get(0).map(ReportId)).transpose()
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

/// Whether a report is here, and who made it.
pub async fn reporter(conn: &Conn, uri: &str) -> Result<Option<ActorId>> {
    let row = conn.one("SELECT reporter_id FROM reports WHERE uri = $1", params![uri]).await?;
    row.map(|row| row.get(0).map(ActorId)).transpose()
}

/// The reporter takes it back.
pub async fn withdraw(tx: &Tx, uri: &str) -> Result<()> {
    tx.exec("UPDATE reports SET state = 'withdrawn' WHERE uri = $1 AND state = 'open'", params![uri]).await?;
    Ok(())
}
