//! Sign-in sessions of the web pages. The cookie's value is kept as a hash only.

use crate::conn::params;
use crate::sealed::token_hash;
use crate::{Conn, Result, Tx, accounts, audit};
use domain::id::{AccountId, SessionId};
use domain::time::Timestamp;

/// One session, as shown to its owner.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    /// Its row.
    pub id: SessionId,
    /// The browser as it named itself.
    pub agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Begins a session for the holder of this cookie.
pub async fn create(tx: &Tx, account: AccountId, cookie: &str, agent: &str, expires_at: Timestamp) -> Result<SessionId> {
    let id = tx.next_id();
    let agent: String = agent.chars().take(200).collect();
    let sql = "INSERT INTO sessions (id, token_hash, account_id, agent, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.exec(sql, params![id, token_hash(cookie), account.0, agent, tx.now().0, expires_at.0]).await?;
    // What ended a day ago is of no use to anybody.
    let old = tx.now().plus(-domain::time::DAY).0;
    tx.exec("DELETE FROM sessions WHERE account_id = $1 AND expires_at < $2", params![account.0, old]).await?;
    Ok(SessionId(id))
}

/// Ends the session of this cookie; open streams of its account notice by the epoch.
pub async fn revoke(tx: &Tx, cookie: &str) -> Result<bool> {
    let hash = token_hash(cookie);
    let sql = "UPDATE sessions SET revoked_at = $2 WHERE token_hash = $1 AND revoked_at IS NULL RETURNING account_id";
    let Some(row) = tx.one(sql, params![hash.as_str(), tx.now().0]).await? else { return Ok(false) };
    audit::journal_revocation(tx, "session", &hash).await?;
    accounts::bump_epoch(tx, AccountId(row.get(0)?)).await?;
    Ok(true)
}

/// Ends every session of an account.
pub async fn revoke_all(tx: &Tx, account: AccountId) -> Result<u64> {
    let sql = "UPDATE sessions SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL";
    let ended = tx.exec(sql, params![account.0, tx.now().0]).await?;
    audit::journal_revocation(tx, "sessions of account", &account.to_string()).await?;
    accounts::bump_epoch(tx, account).await?;
    Ok(ended)
}

/// The running sessions of an account, newest first.
pub async fn of_account(conn: &Conn, account: AccountId, now: Timestamp) -> Result<Vec<SessionRecord>> {
    let sql = "SELECT id, agent, created_at, expires_at FROM sessions \
               WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY id DESC LIMIT 100";
    let rows = conn.all(sql, params![account.0, now.0]).await?;
    rows.iter()
        .map(|row| {
            Ok(SessionRecord {
                id: SessionId(row.get(0)?),
                agent: row.get(1)?,
                created_at: Timestamp(row.get(2)?),
                expires_at: Timestamp(row.get(3)?),
            })
        })
        .collect()
}
