//! What became of a report elsewhere.

use crate::conn::params;
use crate::views::{Elsewhere, ReportNote};
use crate::{Result, Store, StoreError, Visible, actors, scope};
use domain::id::{ActorId, ReportId};
use domain::requester::Requester;
use domain::time::Timestamp;

/// What others did about a report that is for the requester, oldest first, as far as their word counts: that of whoever
/// keeps order in its community and of the community's own group, and that of the report's own server about the report.
pub async fn history(store: &Store, requester: &Requester, id: ReportId) -> Result<Vec<Visible<ReportNote>>> {
    let conn = store.read();
    let Some(row) = conn.one("SELECT uri FROM reports WHERE id = $1", params![id.0]).await? else { return Ok(Vec::new()) };
    let uri = super::as_made(&row.get::<String>(0)?).to_owned();
    let mut about = vec![uri.clone()];
    for row in conn.all("SELECT object_uri FROM report_objects WHERE report_id = $1", params![id.0]).await? {
        about.push(row.get(0)?);
    }
    let about = serde_json::to_string(&about).map_err(|error| StoreError::Other(error.to_string()))?;
    let sql = format!(
        "SELECT t.kind, t.actor_id, t.created_at FROM received_acts t JOIN reports r ON r.id = $3 \
         JOIN actors b ON b.id = t.actor_id AND b.deleted_at IS NULL \
         WHERE {} AND t.kind IN ('Warn', 'Resolve') AND {} AND (\
           EXISTS (SELECT 1 FROM communities c WHERE c.id = r.community_id AND c.actor_id = t.actor_id) \
           OR EXISTS (SELECT 1 FROM memberships m WHERE m.community_id = r.community_id AND m.actor_id = t.actor_id \
               AND m.state = 'active' AND m.role IN ('lead', 'moderator')) \
           OR (t.kind = 'Resolve' AND t.object_uri = $5 AND EXISTS (SELECT 1 FROM actors o WHERE o.id = r.reporter_id AND o.host = b.host))) \
         ORDER BY t.created_at, t.uri LIMIT 20",
        conn.in_texts("t.object_uri", 4),
        scope::reports("r", requester.administers())
    );
    let rows = conn.all(&sql, scope::who_and(requester, params![id.0, about, uri])).await?;
    let mut who = Vec::with_capacity(rows.len());
    for row in &rows {
        who.push(ActorId(row.get(1)?));
    }
    let people = actors::load(store, conn, who).await?;
    let mut notes = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(by) = people.get(&ActorId(row.get(1)?)).cloned() else { continue };
        let did = if row.get::<String>(0)? == "Warn" { Elsewhere::Warned } else { Elsewhere::Resolved };
        notes.push(Visible::prove(requester, ReportNote { did, by, at: Timestamp(row.get(2)?) }));
    }
    Ok(notes)
}
