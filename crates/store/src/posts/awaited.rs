//! Posts of other servers that were found before they were delivered.

use crate::Result;
use crate::conn::{Tx, params};
use domain::id::PostId;

/// Remembers that a post was found here, and that its delivery would still be news.
pub async fn await_delivery(tx: &Tx, post: PostId) -> Result<()> {
    let sql = "INSERT INTO awaited_posts (post_id, found_at) VALUES ($1, $2) ON CONFLICT (post_id) DO NOTHING";
    tx.exec(sql, params![post.0, tx.now().0]).await?;
    Ok(())
}

/// Whether a post was found, and its delivery would be news.
pub async fn awaited(tx: &Tx, post: PostId) -> Result<bool> {
    tx.exists("SELECT 1 FROM awaited_posts WHERE post_id = $1", params![post.0]).await
}

/// A post is delivered, and its news are told.
pub async fn delivered(tx: &Tx, post: PostId) -> Result<()> {
    tx.exec("DELETE FROM awaited_posts WHERE post_id = $1", params![post.0]).await?;
    Ok(())
}

/// Waits no longer for what was found so many milliseconds ago and was not delivered, some at a time.
pub async fn prune_awaited(tx: &Tx, older_than: i64) -> Result<()> {
    let some = "SELECT post_id FROM awaited_posts WHERE found_at < $1 LIMIT 5000";
    let sql = format!("DELETE FROM awaited_posts WHERE post_id IN ({some})");
    tx.exec(&sql, params![tx.now().plus(-older_than).0]).await?;
    Ok(())
}
