//! The one place that makes a [`Requester`] from a credential.

use crate::conn::params;
use crate::sealed::token_hash;
use crate::{Conn, Result, StoreError};
use domain::id::{AccountId, ActorId, AppId, TokenId};
use domain::requester::{Principal, Requester};
use domain::scopes::Scopes;
use domain::time::Timestamp;

/// Who holds an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequester {
    /// Who asks; [`Principal::Anonymous`] with the token's scopes if the application asks for itself.
    pub requester: Requester,
    /// The token's row.
    pub token: TokenId,
    /// The application it was given to.
    pub app: Option<AppId>,
    /// Nobody is signed in: the application asks for itself.
    pub app_only: bool,
}

/// Who holds this access token. `None` for an unknown or revoked one, and for an account that is
/// not active. No token administers the instance: no scope grants that, only a session does.
pub async fn by_token(conn: &Conn, token: &str) -> Result<Option<TokenRequester>> {
    let sql = "SELECT t.id, t.app_id, t.scopes, t.account_id, c.actor_id, c.epoch \
               FROM oauth_tokens t LEFT JOIN accounts c ON c.id = t.account_id LEFT JOIN actors a ON a.id = c.actor_id \
               WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND (t.account_id IS NULL \
               OR (c.state = 'active' AND c.deleted_at IS NULL AND a.deleted_at IS NULL))";
    let Some(row) = conn.one(sql, params![token_hash(token)]).await? else { return Ok(None) };
    let scopes: String = row.get(2)?;
    let scopes = Scopes::parse(&scopes).map_err(|_| StoreError::Corrupt("a token's scopes".into()))?;
    let account: Option<i64> = row.get(3)?;
    let requester = match account {
        Some(account) => {
            let principal = Principal::Local { account: AccountId(account), actor: ActorId(row.get(4)?), admin: false };
            proven(principal, scopes, row.get(5)?)
        }
        None => proven(Principal::Anonymous, scopes, 0),
    };
    let app = row.get::<Option<i64>>(1)?.map(AppId);
    Ok(Some(TokenRequester { requester, token: TokenId(row.get(0)?), app, app_only: account.is_none() }))
}

/// Who holds this session cookie, if the session still runs.
pub async fn by_session(conn: &Conn, cookie: &str, now: Timestamp) -> Result<Option<Requester>> {
    let sql = "SELECT c.id, c.actor_id, c.admin, c.epoch \
               FROM sessions s JOIN accounts c ON c.id = s.account_id JOIN actors a ON a.id = c.actor_id \
               WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 \
               AND c.state = 'active' AND c.deleted_at IS NULL AND a.deleted_at IS NULL";
    let Some(row) = conn.one(sql, params![token_hash(cookie), now.0]).await? else { return Ok(None) };
    let principal = Principal::Local { account: AccountId(row.get(0)?), actor: ActorId(row.get(1)?), admin: row.get(2)? };
    Ok(Some(proven(principal, Scopes::all(), row.get(3)?)))
}

/// A remote actor whose signature has been verified. `None` for a local or deleted actor and for
/// a blocked instance. Only `federation::inbox` and the verified reads beside it may call this:
/// the caller vouches for the signature.
pub async fn remote(conn: &Conn, actor: ActorId) -> Result<Option<Requester>> {
    let sql = "SELECT host, epoch FROM actors WHERE id = $1 AND host IS NOT NULL AND deleted_at IS NULL";
    let Some(row) = conn.one(sql, params![actor.0]).await? else { return Ok(None) };
    let (host, epoch): (String, i64) = (row.get(0)?, row.get(1)?);
    let blocked = crate::instances::blocked(conn, &host).await?;
    Ok((!blocked).then(|| proven(Principal::Remote { actor, host }, Scopes::all(), epoch)))
}

/// An instance whose own actor's signature has been verified. `None` if it is blocked. The same
/// callers as [`remote`].
pub async fn instance(conn: &Conn, host: &str) -> Result<Option<Requester>> {
    let blocked = crate::instances::blocked(conn, host).await?;
    Ok((!blocked).then(|| proven(Principal::Instance { host: host.to_owned() }, Scopes::default(), 0)))
}

/// A background job on this person's behalf: with what they may see, never as an admin. `None`
/// for an actor that can ask for nothing any more, and for one that is no person of an account.
pub async fn for_job(conn: &Conn, purpose: &'static str, actor: ActorId) -> Result<Option<Requester>> {
    let sql = "SELECT a.host, c.id FROM actors a LEFT JOIN accounts c ON c.actor_id = a.id \
               AND c.deleted_at IS NULL AND c.state = 'active' WHERE a.id = $1 AND a.deleted_at IS NULL";
    let Some(row) = conn.one(sql, params![actor.0]).await? else { return Ok(None) };
    let (host, account): (Option<String>, Option<i64>) = (row.get(0)?, row.get(1)?);
    let principal = match (host, account) {
        (Some(host), _) => Principal::Remote { actor, host },
        (None, Some(account)) => Principal::Local { account: AccountId(account), actor, admin: false },
        (None, None) => return Ok(None),
    };
    Ok(Some(job(purpose, principal)))
}

/// Whether what the requester was made from still holds. Every revocation moves the epoch, so a
/// stream that asks this every few seconds ends soon after its token does.
pub async fn still_valid(conn: &Conn, requester: &Requester) -> Result<bool> {
    match requester.principal() {
        Principal::Anonymous => Ok(true),
        Principal::Local { account, .. } => {
            let sql = "SELECT 1 FROM accounts c JOIN actors a ON a.id = c.actor_id \
                       WHERE c.id = $1 AND c.epoch = $2 AND c.state = 'active' AND c.deleted_at IS NULL AND a.deleted_at IS NULL";
            conn.exists(sql, params![account.0, requester.epoch()]).await
        }
        Principal::Remote { actor, host } => {
            let sql = "SELECT 1 FROM actors WHERE id = $1 AND host = $2 AND epoch = $3 AND deleted_at IS NULL";
            let there = conn.exists(sql, params![actor.0, host.as_str(), requester.epoch()]).await?;
            Ok(there && !crate::instances::blocked(conn, host).await?)
        }
        #[expect(clippy::disallowed_methods, reason = "this is the module that makes requesters")]
        Principal::Instance { host } => Ok(instance(conn, host).await?.is_some()),
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is the one that makes requesters")]
fn proven(principal: Principal, scopes: Scopes, epoch: i64) -> Requester {
    Requester::proven(principal, scopes, epoch)
}

#[expect(clippy::disallowed_methods, reason = "this module is the one that makes requesters")]
fn job(purpose: &'static str, principal: Principal) -> Requester {
    Requester::for_job(purpose, principal)
}
