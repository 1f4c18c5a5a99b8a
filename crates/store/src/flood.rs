//! How much somebody can be told within an hour by others elsewhere (C137). Beyond that nothing is lost but the note:
//! posts, favourites, follows and requests are where they always are, and counted.

use crate::Result;
use crate::conn::{Tx, params};
use domain::id::ActorId;
use domain::time::HOUR;

/// By one actor.
pub const FROM_ONE: i64 = 60;
/// By all actors of one host together.
pub const FROM_HOST: i64 = 300;
/// By anybody: who was told so much within the hour is told nothing more from outside.
pub const IN_ALL: i64 = 1_000;

/// Whether `from`, an actor elsewhere, or those around it have told `to` too much. Most people are told so little that
/// one look at an index ends this.
pub(crate) async fn too_much(tx: &Tx, to: ActorId, from: ActorId) -> Result<bool> {
    let sql = "SELECT c.id, a.host FROM accounts c JOIN actors a ON a.id = $2 WHERE c.actor_id = $1 AND a.host IS NOT NULL";
    let Some(row) = tx.one(sql, params![to.0, from.0]).await? else { return Ok(false) };
    let (account, host): (i64, String) = (row.get(0)?, row.get(1)?);
    let since = tx.now().plus(-HOUR).0;
    if !told(tx, account, FROM_ONE, since).await? {
        return Ok(false);
    }
    let sql = "SELECT COUNT(*) FROM notifications WHERE account_id = $1 \
        AND kind NOT IN ('poll', 'admin.report') AND actor_id = $2 AND created_at > $3";
    if tx.number(sql, params![account, from.0, since]).await? >= FROM_ONE {
        return Ok(true);
    }
    if !told(tx, account, FROM_HOST, since).await? {
        return Ok(false);
    }
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT actor_id, created_at FROM notifications WHERE account_id = $1 ORDER BY id DESC LIMIT {IN_ALL}) n \
         JOIN actors a ON a.id = n.actor_id WHERE n.created_at > $2 AND a.host = $3"
    );
    let by_host = tx.number(&sql, params![account, since, host]).await?;
    Ok(by_host >= FROM_HOST || told(tx, account, IN_ALL, since).await?)
}

/// Whether an account was told so much since then.
async fn told(tx: &Tx, account: i64, so_much: i64, since: i64) -> Result<bool> {
    let sql = format!(
        "SELECT created_at FROM notifications WHERE account_id = $1 AND kind <> 'admin.report' ORDER BY id DESC LIMIT 1 OFFSET {}",
        so_much - 1
    );
    Ok(tx.number(&sql, params![account]).await? > since)
}
