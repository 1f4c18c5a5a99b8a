//! Reports as those see them whom they are for.

use crate::conn::{Row, json_list, params};
use crate::posts;
use crate::views::{PostView, ReportCategory, ReportState, ReportView};
use crate::{Result, Store, Visible, actors, scope};
use domain::id::{ActorId, CommunityId, PostId, ReportId};
use domain::page::Page;
use domain::requester::Requester;
use domain::time::Timestamp;
use std::collections::HashMap;

const COLUMNS: &str =
    "r.id, r.reporter_id, k.actor_id, r.reason, r.category, r.forwarded, r.state, r.created_at, r.decided_by, r.decided_at";
const FROM: &str = "FROM reports r LEFT JOIN communities k ON k.id = r.community_id";

/// Reports that are for the requester, newest first: open ones or all others; of one community or of all.
pub async fn list(
    store: &Store,
    requester: &Requester,
    community: Option<CommunityId>,
    open: bool,
    page: &Page,
) -> Result<Vec<Visible<ReportView>>> {
    let state = if open { "r.state = 'open'" } else { "r.state IN ('done', 'withdrawn')" };
    let sql = format!(
        "SELECT {COLUMNS} {FROM} WHERE {state} AND r.id < $3 AND r.id > $4 AND ($5 = 0 OR r.community_id = $5) AND {} \
         ORDER BY r.id DESC LIMIT {}",
        scope::reports("r", requester.administers()),
        page.limit
    );
    let values = params![page.below(), page.above(), community.map_or(0, |id| id.0)];
    let rows = store.read().all(&sql, scope::who_and(requester, values)).await?;
    build(store, requester, &rows).await
}

/// How many are open and for the requester, of one community or of all; counted up to 100.
pub async fn open(store: &Store, requester: &Requester, community: Option<CommunityId>) -> Result<i64> {
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT r.id FROM reports r WHERE r.state = 'open' AND ($3 = 0 OR r.community_id = $3) AND {} LIMIT 100) x",
        scope::reports("r", requester.administers())
    );
    store.read().number(&sql, scope::who_and(requester, params![community.map_or(0, |id| id.0)])).await
}

/// Those of these reports that are for the requester.
pub async fn by_ids(store: &Store, requester: &Requester, ids: &[ReportId]) -> Result<Vec<Visible<ReportView>>> {
    let conn = store.read();
    let scope = scope::reports("r", requester.administers());
    let sql = format!("SELECT {COLUMNS} {FROM} WHERE {} AND {scope} ORDER BY r.id", conn.in_list("r.id", 3));
    let rows = conn.all(&sql, scope::who_and(requester, params![json_list(ids.iter().map(|id| id.0))])).await?;
    build(store, requester, &rows).await
}

/// What a report names.
type Named = (Option<ActorId>, Option<PostId>);

async fn build(store: &Store, requester: &Requester, rows: &[Row]) -> Result<Vec<Visible<ReportView>>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids = Vec::with_capacity(rows.len());
    let mut who = Vec::new();
    for row in rows {
        ids.push(row.get::<i64>(0)?);
        who.push(ActorId(row.get(1)?));
        who.extend(row.get::<Option<i64>>(2)?.map(ActorId));
        who.extend(row.get::<Option<i64>>(8)?.map(ActorId));
    }
    let named = named(store, &ids).await?;
    who.extend(named.values().flatten().filter_map(|(actor, _)| *actor));
    let people = actors::load(store, store.read(), who).await?;
    let mut posts = posts::seen(store, requester, named.values().flatten().filter_map(|(_, post)| *post)).await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(reporter) = people.get(&ActorId(row.get(1)?)).cloned() else { continue };
        let named = named.get(&row.get::<i64>(0)?).map(Vec::as_slice).unwrap_or_default();
        let mut accused: Vec<ActorId> = named.iter().filter_map(|(actor, _)| *actor).collect();
        accused.sort_unstable();
        accused.dedup();
        let shown: Vec<PostView> =
            named.iter().filter_map(|(_, post)| posts.get_mut(&(*post)?).map(|view| view.again())).collect();
        let decider = row.get::<Option<i64>>(8)?.and_then(|id| people.get(&ActorId(id)).cloned());
        let view = ReportView {
            id: ReportId(row.get(0)?),
            reporter,
            community: row.get::<Option<i64>>(2)?.and_then(|id| people.get(&ActorId(id)).cloned()),
            reason: row.get(3)?,
            category: ReportCategory::parse(&row.get::<String>(4)?).unwrap_or_default(),
            forwarded: row.get(5)?,
            state: ReportState::parse(&row.get::<String>(6)?).unwrap_or(ReportState::Open),
            created_at: Timestamp(row.get(7)?),
            decided: decider.zip(row.get::<Option<i64>>(9)?.map(Timestamp)),
            people: accused.iter().filter_map(|id| people.get(id).cloned()).collect(),
            unseen: named.iter().filter(|(actor, post)| actor.is_none() || post.is_some()).count().saturating_sub(shown.len()),
            posts: shown,
        };
        views.push(Visible::prove(requester, view));
    }
    Ok(views)
}

async fn named(store: &Store, ids: &[i64]) -> Result<HashMap<i64, Vec<Named>>> {
    let conn = store.read();
    let sql = format!(
        "SELECT report_id, actor_id, post_id FROM report_objects WHERE {} ORDER BY report_id, post_id",
        conn.in_list("report_id", 1)
    );
    let mut found: HashMap<i64, Vec<Named>> = HashMap::new();
    for row in conn.all(&sql, params![json_list(ids.iter().copied())]).await? {
        let one = (row.get::<Option<i64>>(1)?.map(ActorId), row.get::<Option<i64>>(2)?.map(PostId));
        found.entry(row.get(0)?).or_default().push(one);
    }
    Ok(found)
}
