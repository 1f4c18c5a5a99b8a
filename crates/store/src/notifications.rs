//! Notifications: what somebody should look at; the post in each is checked again at every reading.

use crate::conn::{Tx, params};
use crate::posts::seen;
use crate::views::{NotificationKind, NotificationView, PostView, ReportView};
use crate::{Result, Store, Visible, actors, scope};
use domain::id::{ActorId, CommunityId, NotificationId, PostId, ReportId};
use domain::page::Page;
use domain::requester::Requester;
use domain::time::Timestamp;
use std::collections::HashMap;

/// Tells a local person something, once. Remote actors and those who blocked the doer are told nothing, and nobody is
/// told more by others elsewhere than [`crate::flood`] lets through.
pub async fn notify(
    tx: &Tx,
    to: ActorId,
    kind: NotificationKind,
    from: ActorId,
    post: Option<PostId>,
    community: Option<CommunityId>,
) -> Result<()> {
    if to == from || crate::flood::too_much(tx, to, from).await? {
        return Ok(());
    }
    tell(tx, to, kind, from, (post, community, None)).await
}

/// Tells somebody who keeps order that something was reported; once for each report.
pub async fn reported(tx: &Tx, to: ActorId, by: ActorId, report: ReportId) -> Result<()> {
    tell(tx, to, NotificationKind::AdminReport, by, (None, None, Some(report))).await
}

/// Tells a local person, its author included, that a poll has ended; once.
pub(crate) async fn poll_ended(tx: &Tx, to: ActorId, author: ActorId, post: PostId) -> Result<()> {
    tell(tx, to, NotificationKind::Poll, author, (Some(post), None, None)).await
}

async fn tell(
    tx: &Tx,
    to: ActorId,
    kind: NotificationKind,
    from: ActorId,
    (post, community, report): (Option<PostId>, Option<CommunityId>, Option<ReportId>),
) -> Result<()> {
    let sql = "INSERT INTO notifications (id, account_id, kind, actor_id, post_id, community_id, created_at, report_id) \
        SELECT $1, a.id, $3, $4, $5, $6, $7, $8 FROM accounts a WHERE a.actor_id = $2 AND a.deleted_at IS NULL \
        AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = $2 AND b.target_id = $4) ON CONFLICT DO NOTHING";
    let (post, community, report) = (post.map(|id| id.0), community.map(|id| id.0), report.map(|id| id.0));
    let values = params![tx.next_small_id(), to.0, kind.as_str(), from.0, post, community, tx.now().0, report];
    tx.exec(sql, values).await?;
    Ok(())
}

/// A request was answered or withdrawn: nobody needs to be told of it any more.
pub async fn forget_request(tx: &Tx, from: ActorId, community: Option<CommunityId>) -> Result<()> {
    let sql = "DELETE FROM notifications WHERE kind = 'follow_request' AND actor_id = $1 AND COALESCE(community_id, 0) = $2";
    tx.exec(sql, params![from.0, community.map_or(0, |id| id.0)]).await?;
    Ok(())
}

/// The requester's notifications, newest first. One whose post or community they may no longer see is not shown.
pub async fn list(
    store: &Store,
    requester: &Requester,
    kinds: &[NotificationKind],
    page: &Page,
) -> Result<Vec<Visible<NotificationView>>> {
    let Some(account) = requester.account() else { return Ok(Vec::new()) };
    let order = if page.upwards() { "ASC" } else { "DESC" };
    let conn = store.read();
    // An empty text is no JSON: without kinds there is no list to read.
    let of_kind = if kinds.is_empty() { "$6 = ''".to_owned() } else { conn.in_texts("n.kind", 6) };
    let sql = format!(
        "SELECT n.id, n.kind, n.actor_id, n.post_id, k.actor_id, n.created_at, n.report_id FROM notifications n \
         LEFT JOIN communities k ON k.id = n.community_id \
         WHERE n.account_id = $3 AND n.id < $4 AND n.id > $5 AND {of_kind} \
         AND (n.post_id IS NULL OR EXISTS (SELECT 1 FROM posts p WHERE p.id = n.post_id AND {})) \
         AND (n.community_id IS NULL OR {}) \
         AND (n.report_id IS NULL OR EXISTS (SELECT 1 FROM reports r WHERE r.id = n.report_id AND {})) ORDER BY n.id {order} LIMIT {}",
        scope::posts("p"),
        scope::doors("k", requester.is_local()),
        scope::reports("r", requester.administers()),
        page.limit
    );
    let wanted = if kinds.is_empty() {
        String::new()
    } else {
        crate::conn::json_list(kinds.iter().map(|k| format!("\"{}\"", k.as_str())))
    };
    let more = params![account.0, page.below(), page.above(), wanted];
    let rows = conn.all(&sql, scope::who_and(requester, more)).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(kind) = NotificationKind::parse(&row.get::<String>(1)?) else { continue };
        let post = row.get::<Option<i64>>(3)?.map(PostId);
        let group = row.get::<Option<i64>>(4)?.map(ActorId);
        let report = row.get::<Option<i64>>(6)?.map(ReportId);
        let (id, actor, created_at) = (NotificationId(row.get(0)?), ActorId(row.get(2)?), Timestamp(row.get(5)?));
        found.push(Found { id, kind, actor, post, group, report, created_at });
    }
    if page.upwards() {
        found.reverse();
    }
    build(store, requester, found).await
}

struct Found {
    id: NotificationId,
    kind: NotificationKind,
    actor: ActorId,
    post: Option<PostId>,
    group: Option<ActorId>,
    report: Option<ReportId>,
    created_at: Timestamp,
}

async fn build(store: &Store, requester: &Requester, found: Vec<Found>) -> Result<Vec<Visible<NotificationView>>> {
    let people = found.iter().flat_map(|one| std::iter::once(one.actor).chain(one.group));
    let people = actors::load(store, store.read(), people).await?;
    let posts = seen(store, requester, found.iter().filter_map(|one| one.post)).await?;
    let mut reports = reports(store, requester, &found).await?;
    let mut views = Vec::with_capacity(found.len());
    for Found { id, kind, actor, post, group, report, created_at } in found {
        let Some(actor) = people.get(&actor).cloned() else { continue };
        let shown = post.and_then(|id| posts.get(&id)).map(PostView::again);
        let reported = report.and_then(|id| reports.remove(&id));
        if (post.is_some() && shown.is_none()) || (report.is_some() && reported.is_none()) {
            continue;
        }
        let community = group.and_then(|id| people.get(&id).cloned());
        let view = NotificationView { id, kind, created_at, actor, post: shown, community, report: reported };
        views.push(Visible::prove(requester, view));
    }
    Ok(views)
}

async fn reports(store: &Store, requester: &Requester, found: &[Found]) -> Result<HashMap<ReportId, ReportView>> {
    let ids: Vec<ReportId> = found.iter().filter_map(|one| one.report).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let reports = crate::reports::by_ids(store, requester, &ids).await?;
    Ok(reports.into_iter().filter_map(|report| report.take(requester).ok()).map(|view| (view.id, view)).collect())
}

/// Takes one (or with `None` all) of the requester's notifications away.
pub async fn dismiss(tx: &Tx, requester: &Requester, id: Option<NotificationId>) -> Result<()> {
    let Some(account) = requester.account() else { return Ok(()) };
    let sql = "DELETE FROM notifications WHERE account_id = $1 AND ($2 = 0 OR id = $2)";
    tx.exec(sql, params![account.0, id.map_or(0, |id| id.0)]).await?;
    Ok(())
}
