//! Approvals to quote posts of this hall (FEP-044f): one for each post that quotes, for as long as nobody takes it back.

use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::id::{ActorId, PostId};
use domain::policy::{Permit, act};

/// Approves that a post elsewhere quotes one of ours. Gives the approval's number, the same one however often it is asked
/// for.
pub async fn approve(tx: &Tx, permit: &Permit<act::Quote>, quoting_uri: &str) -> Result<i64> {
    let sql = "INSERT INTO quotes (id, post_id, quoting_uri, actor_id, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (post_id, quoting_uri) DO NOTHING";
    let (post, by) = (permit.target(), permit.actor().0);
    tx.exec(sql, params![tx.next_id(), post, quoting_uri, by, tx.now().0]).await?;
    tx.number("SELECT id FROM quotes WHERE post_id = $1 AND quoting_uri = $2", params![post, quoting_uri]).await
}

/// Which post elsewhere an approval lets quote this one.
pub async fn approved(conn: &Conn, post: PostId, id: i64) -> Result<Option<String>> {
    let row = conn.one("SELECT quoting_uri FROM quotes WHERE id = $1 AND post_id = $2", params![id, post.0]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// Somebody does not ask any more to quote a post in that one.
pub async fn withdraw(tx: &Tx, by: ActorId, post: PostId, quoting_uri: &str) -> Result<()> {
    let sql = "DELETE FROM quotes WHERE post_id = $1 AND quoting_uri = $2 AND actor_id = $3";
    tx.exec(sql, params![post.0, quoting_uri, by.0]).await?;
    Ok(())
}
