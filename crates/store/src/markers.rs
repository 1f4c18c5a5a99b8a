//! Reading positions of timelines.

use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::id::AccountId;
use domain::time::Timestamp;

/// How far somebody has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// `home` or `notifications`.
    pub timeline: String,
    /// The last id read.
    pub last_read_id: i64,
    /// How often it moved.
    pub version: i64,
    /// When it moved last.
    pub updated_at: Timestamp,
}

/// All markers of an account.
pub async fn list(conn: &Conn, account: AccountId) -> Result<Vec<Marker>> {
    let sql = "SELECT timeline, last_read_id, version, updated_at FROM markers WHERE account_id = $1";
    conn.all(sql, params![account.0])
        .await?
        .iter()
        .map(|row| {
            Ok(Marker {
                timeline: row.get(0)?,
                last_read_id: row.get(1)?,
                version: row.get(2)?,
                updated_at: Timestamp(row.get(3)?),
            })
        })
        .collect()
}

/// Moves a marker.
pub async fn set(tx: &Tx, account: AccountId, timeline: &str, last_read_id: i64) -> Result<()> {
    let sql = "INSERT INTO markers (account_id, timeline, last_read_id, version, updated_at) VALUES ($1, $2, $3, 1, $4) \
        ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = excluded.last_read_id, version = markers.version + 1, updated_at = excluded.updated_at";
    tx.exec(sql, params![account.0, timeline, last_read_id, tx.now().0]).await?;
    Ok(())
}
