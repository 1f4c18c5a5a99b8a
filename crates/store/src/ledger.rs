//! The release ledger: what left the hall, when, to which host and inbox.

use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::time::Timestamp;

/// One release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// What the activity was about.
    pub object_uri: String,
    /// The activity.
    pub activity_uri: String,
    /// To whom.
    pub host: String,
    /// Exactly where.
    pub inbox: String,
    /// When.
    pub released_at: Timestamp,
}

/// An object was handed out to a signed request.
pub async fn fetched(tx: &Tx, object_uri: &str, host: &str, by: &str, community: Option<i64>) -> Result<()> {
    let sql = "INSERT INTO release_ledger (object_uri, activity_uri, host, inbox, community_id, released_at) VALUES ($1, $1, $2, $3, $4, $5)";
    tx.exec(sql, params![object_uri, host, by, community, tx.now().0]).await?;
    Ok(())
}

/// What was released of one object.
pub async fn of_object(conn: &Conn, object_uri: &str) -> Result<Vec<Release>> {
    let sql = "SELECT object_uri, activity_uri, host, inbox, released_at FROM release_ledger WHERE object_uri = $1 ORDER BY id";
    let rows = conn.all(sql, params![object_uri]).await?;
    rows.iter()
        .map(|row| {
            Ok(Release {
                object_uri: row.get(0)?,
                activity_uri: row.get(1)?,
                host: row.get(2)?,
                inbox: row.get(3)?,
                released_at: Timestamp(row.get(4)?),
            })
        })
        .collect()
}
