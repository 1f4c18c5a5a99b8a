//! Figures of the instance that everybody may know.

use crate::conn::params;
use crate::{Result, Store};
use domain::time::Timestamp;

/// Milliseconds for which figures are told again as they were counted.
const LIFE: i64 = 30_000;

/// Public figures: what happens only inside does not move them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// People who have acted outside internal communities.
    pub people: i64,
    /// Public posts.
    pub posts: i64,
    /// Instances that have been reached.
    pub instances: i64,
}

/// Public figures, counted at most every 30 seconds: every app asks for them at every start.
pub async fn public(store: &Store) -> Result<Figures> {
    let now = store.clock().now();
    let known = store.caches().figures.lock().ok().and_then(|known| *known);
    if let Some((at, figures)) = known
        && (0..LIFE).contains(&(now.0 - at.0))
    {
        return Ok(figures);
    }
    let figures = counted(store).await?;
    if let Ok(mut known) = store.caches().figures.lock() {
        *known = Some((now, figures));
    }
    Ok(figures)
}

/// What [`public`] remembers, and since when.
pub(crate) type Known = Option<(Timestamp, Figures)>;

/// Public figures as they are at this moment.
pub async fn counted(store: &Store) -> Result<Figures> {
    let sql = "SELECT (SELECT COUNT(*) FROM accounts a JOIN actors x ON x.id = a.actor_id WHERE a.deleted_at IS NULL AND x.outside), \
        (SELECT COUNT(*) FROM posts WHERE reach = 'world' AND local AND boost_of IS NULL AND deleted_at IS NULL), \
        (SELECT COUNT(*) FROM instances WHERE last_success IS NOT NULL)";
    let rows = store.read().scan(sql.to_owned(), params![]).await?;
    let Some(row) = rows.first() else { return Ok(Figures { people: 0, posts: 0, instances: 0 }) };
    Ok(Figures { people: row.get(0)?, posts: row.get(1)?, instances: row.get(2)? })
}
