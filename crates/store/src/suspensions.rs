//! Actors of other instances that this hall will have nothing to do with: for it they are gone, as if they had said so
//! themselves. The hall's own actor stands in the tombstone, so that the two can be told apart.

use crate::conn::{Conn, Tx, params};
use crate::posts::{tombstone, tombstoned};
use crate::{Result, actors};
use domain::id::ActorId;

/// Suspends an actor, known or not: it and what it wrote are hidden, its ties end, and it is not fetched again.
/// Gives who it was.
pub async fn suspend(tx: &Tx, uri: &str, hall: &str) -> Result<Option<ActorId>> {
    tombstone(tx, uri, hall).await?;
    actors::delete_remote(tx, uri).await
}

/// Ends a suspension. The actor can come again; what it wrote before does not. `false`: it was not suspended.
pub async fn end(tx: &Tx, uri: &str, hall: &str) -> Result<bool> {
    if tx.exec("DELETE FROM tombstones WHERE uri = $1 AND actor_uri = $2", params![uri, hall]).await? == 0 {
        return Ok(false);
    }
    if !tombstoned(tx, uri, uri).await? {
        let sql = "UPDATE actors SET deleted_at = NULL, epoch = epoch + 1 WHERE uri = $1 AND host IS NOT NULL RETURNING id";
        if let Some(row) = tx.one(sql, params![uri]).await? {
            let id = ActorId(row.get(0)?);
            tx.touch(|touched| touched.actors.push(id));
        }
    }
    Ok(true)
}

/// Who is suspended, in the order of it.
pub async fn list(conn: &Conn, hall: &str) -> Result<Vec<String>> {
    let sql = "SELECT uri FROM tombstones WHERE actor_uri = $1 ORDER BY deleted_at, uri";
    conn.all(sql, params![hall]).await?.iter().map(|row| row.get(0)).collect()
}
