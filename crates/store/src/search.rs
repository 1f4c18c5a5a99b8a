//! Searching: people and communities by the start of a handle or name, hashtags by their start.

use crate::conn::params;
use crate::views::ActorView;
use crate::{Result, Store, actors, scope};
use domain::id::ActorId;
use domain::requester::Requester;
use std::sync::Arc;

/// Escapes the signs that `LIKE` gives a meaning to.
fn prefix(text: &str) -> String {
    format!("{}%", text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}

/// Actors the requester may know of. Hidden communities are not among them; people who never acted outside
/// are known only to the hall; names of other halls' people only once they are known here.
pub async fn actors(
    store: &Store,
    requester: &Requester,
    query: &str,
    host: Option<&str>,
    limit: u32,
    offset: u32,
) -> Result<Vec<Arc<ActorView>>> {
    let sql = format!(
        "SELECT a.id FROM actors a LEFT JOIN communities k ON k.actor_id = a.id \
         WHERE a.deleted_at IS NULL AND a.kind <> 'Application' AND (a.host IS NOT NULL OR a.handle NOT LIKE 'instance.%') \
         AND (a.handle LIKE $3 ESCAPE '\\' OR LOWER(a.name) LIKE $3 ESCAPE '\\') \
         AND ($4 = '' OR a.host = $4) AND (k.id IS NOT NULL OR a.outside OR $5) AND (k.id IS NULL OR {}) \
         ORDER BY CASE WHEN a.handle = $6 THEN 0 ELSE 1 END, CASE WHEN a.host IS NULL THEN 0 ELSE 1 END, a.handle, a.id LIMIT $7 OFFSET $8",
        scope::doors("k", requester.is_local())
    );
    let more = params![
        prefix(query),
        host.unwrap_or_default(),
        requester.is_local(),
        query.to_lowercase(),
        i64::from(limit),
        i64::from(offset)
    ];
    let mut ids = Vec::new();
    for row in store.read().scan(sql, scope::who_and(requester, more)).await? {
        ids.push(ActorId(row.get(0)?));
    }
    let people = actors::load(store, store.read(), ids.iter().copied()).await?;
    Ok(ids.iter().filter_map(|id| people.get(id).cloned()).collect())
}

/// Whether the requester may know of this actor at all: the rule of [`actors`], for one.
pub async fn knows(store: &Store, requester: &Requester, id: ActorId) -> Result<bool> {
    let sql = format!(
        "SELECT 1 FROM actors a LEFT JOIN communities k ON k.actor_id = a.id WHERE a.id = $3 AND a.deleted_at IS NULL \
         AND (k.id IS NOT NULL OR a.outside OR $4) AND (k.id IS NULL OR {})",
        scope::doors("k", requester.is_local())
    );
    store.read().exists(&sql, scope::who_and(requester, params![id.0, requester.is_local()])).await
}

/// Hashtags that stand in posts the requester may see, with how many.
pub async fn tags(store: &Store, requester: &Requester, query: &str, limit: u32, offset: u32) -> Result<Vec<(String, i64)>> {
    let sql = format!(
        "SELECT t.tag, COUNT(*) FROM post_tags t JOIN posts p ON p.id = t.post_id WHERE t.tag LIKE $3 ESCAPE '\\' AND {} \
         GROUP BY t.tag ORDER BY COUNT(*) DESC, t.tag LIMIT $4 OFFSET $5",
        scope::posts("p")
    );
    let more = params![prefix(query.trim_start_matches('#')), i64::from(limit), i64::from(offset)];
    let rows = store.read().scan(sql, scope::who_and(requester, more)).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}
