//! The same request sent twice gives the same post.

use crate::Result;
use crate::conn::{Tx, params};
use domain::id::{AccountId, PostId};

/// What a key was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// Not yet.
    Never,
    /// For this post, by the same request.
    Same(PostId),
    /// By another request.
    Other,
}

/// Looks a key up.
pub async fn look_up(tx: &Tx, account: AccountId, key: &str, request_hash: &str) -> Result<Used> {
    let sql = "SELECT request_hash, post_id FROM idempotency_keys WHERE account_id = $1 AND idempotency_key = $2";
    let Some(row) = tx.one(sql, params![account.0, key]).await? else { return Ok(Used::Never) };
    if row.get::<String>(0)? == request_hash { Ok(Used::Same(PostId(row.get(1)?))) } else { Ok(Used::Other) }
}

/// Remembers a key, and forgets those older than a day.
pub async fn remember(tx: &Tx, account: AccountId, key: &str, request_hash: &str, post: PostId) -> Result<()> {
    let now = tx.now();
    let sql = "DELETE FROM idempotency_keys WHERE account_id = $1 AND created_at < $2";
    tx.exec(sql, params![account.0, now.plus(-domain::time::DAY).0]).await?;
    let sql = "INSERT INTO idempotency_keys (account_id, idempotency_key, request_hash, post_id, created_at) VALUES ($1, $2, $3, $4, $5)";
    tx.exec(sql, params![account.0, key, request_hash, post.0, now.0]).await?;
    Ok(())
}
