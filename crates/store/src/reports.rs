//! Reports: what somebody asks those who keep order to look at.

use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::id::{ActorId, CommunityId, PostId};

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReport {
    /// Its activity's id on the network.
    pub uri: String,
    /// Who reports.
    pub reporter: ActorId,
    /// In which community.
    pub community: Option<CommunityId>,
    /// Why.
    pub reason: String,
    /// What it is about: network ids, with what they are here.
    pub objects: Vec<(String, Option<ActorId>, Option<PostId>)>,
}

/// Keeps a report. `false`: it is here already.
pub async fn keep(tx: &Tx, new: &NewReport) -> Result<bool> {
    if tx.exists("SELECT 1 FROM reports WHERE uri = $1", params![new.uri.clone()]).await? {
        return Ok(false);
    }
    let id = tx.next_id();
    let sql = "INSERT INTO reports (id, uri, reporter_id, community_id, reason, state, created_at) VALUES ($1, $2, $3, $4, $5, 'open', $6)";
    let values = params![id, new.uri.clone(), new.reporter.0, new.community.map(|id| id.0), new.reason.clone(), tx.now().0];
    tx.exec(sql, values).await?;
    for (uri, actor, post) in &new.objects {
        let sql = "INSERT INTO report_objects (report_id, object_uri, actor_id, post_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        tx.exec(sql, params![id, uri.clone(), actor.map(|id| id.0), post.map(|id| id.0)]).await?;
    }
    Ok(true)
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
