//! Collections that belong to actors elsewhere, by their addresses.

use crate::Result;
use crate::conn::{Conn, params};
use domain::id::ActorId;

/// Whose collection of pinned posts, or of moderators, this is.
pub async fn by_collection(conn: &Conn, uri: &str) -> Result<Option<(ActorId, OwnCollection)>> {
    for which in [OwnCollection::Featured, OwnCollection::Moderators] {
        let column = which.column();
        let sql = format!("SELECT id FROM actors WHERE {column} = $1 AND host IS NOT NULL AND deleted_at IS NULL");
        if let Some(row) = conn.one(&sql, params![uri]).await? {
            return Ok(Some((ActorId(row.get(0)?), which)));
        }
    }
    Ok(None)
}

/// Where an actor elsewhere has its pinned posts, or its moderators.
pub async fn collection(conn: &Conn, id: ActorId, which: OwnCollection) -> Result<Option<String>> {
    let row =
        conn.one(&format!("SELECT {} FROM actors WHERE id = $1 AND host IS NOT NULL", which.column()), params![id.0]).await?;
    row.map_or(Ok(None), |row| row.get(0))
}

/// A collection that belongs to an actor and that others may be told to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnCollection {
    /// Pinned posts.
    Featured,
    /// Who keeps order.
    Moderators,
}

impl OwnCollection {
    /// Where an actor's row has its address.
    fn column(self) -> &'static str {
        match self {
            Self::Featured => "featured_uri",
            Self::Moderators => "moderators_uri",
        }
    }
}
