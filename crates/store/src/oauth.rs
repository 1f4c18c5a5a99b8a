//! OAuth applications, codes and tokens. Secrets, codes and tokens are kept as hashes only.

use crate::conn::{Row, params};
use crate::{Conn, Result, StoreError, Tx, accounts, audit};
use domain::id::{AccountId, AppId, TokenId};
use domain::scopes::Scopes;
use domain::time::{DAY, Timestamp};

/// An application to be registered.
#[derive(Debug)]
pub struct NewApp<'a> {
    /// Its public name for itself in requests.
    pub client_id: &'a str,
    /// Hash of its secret.
    pub secret_hash: &'a str,
    /// Shown to people.
    pub name: &'a str,
    /// Its page.
    pub website: Option<&'a str>,
    /// Compared as exact strings.
    pub redirect_uris: &'a [String],
    /// The most it may ever ask for.
    pub scopes: &'a Scopes,
}

/// A registered application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRecord {
    /// Its row.
    pub id: AppId,
    /// Its public name for itself in requests.
    pub client_id: String,
    /// Hash of its secret.
    pub secret_hash: String,
    /// Shown to people.
    pub name: String,
    /// Its page.
    pub website: Option<String>,
    /// Compared as exact strings.
    pub redirect_uris: Vec<String>,
    /// The most it may ever ask for.
    pub scopes: Scopes,
}

/// A code, as issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRecord {
    /// The application it was made for.
    pub app: AppId,
    /// Who consented.
    pub account: AccountId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// What was consented to.
    pub scopes: Scopes,
    /// The PKCE challenge (S256).
    pub challenge: Option<String>,
    /// Its end.
    pub expires_at: Timestamp,
    /// It has been exchanged already.
    pub used: bool,
}

/// A token to be kept.
#[derive(Debug)]
pub struct NewToken<'a> {
    /// Its hash.
    pub hash: &'a str,
    /// Given to this application; none for one from the command line.
    pub app: Option<AppId>,
    /// For this person; none for the application itself.
    pub account: Option<AccountId>,
    /// From this code.
    pub code_hash: Option<&'a str>,
    /// What it grants.
    pub scopes: &'a Scopes,
}

/// Registers an application.
pub async fn insert_app(tx: &Tx, app: &NewApp<'_>) -> Result<AppId> {
    let id = tx.next_id();
    let sql = "INSERT INTO oauth_apps (id, client_id, secret_hash, name, website, redirect_uris, scopes, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (uris, scopes) = (app.redirect_uris.join("\n"), app.scopes.to_string());
    tx.exec(sql, params![id, app.client_id, app.secret_hash, app.name, app.website, uris, scopes, tx.now().0]).await?;
    Ok(AppId(id))
}

const APP: &str = "SELECT id, client_id, secret_hash, name, website, redirect_uris, scopes FROM oauth_apps";

/// An application by the name it calls itself.
pub async fn app_by_client_id(conn: &Conn, client_id: &str) -> Result<Option<AppRecord>> {
    let row = conn.one(&format!("{APP} WHERE client_id = $1"), params![client_id]).await?;
    row.as_ref().map(app).transpose()
}

/// An application by its row.
pub async fn app_by_id(conn: &Conn, id: AppId) -> Result<Option<AppRecord>> {
    let row = conn.one(&format!("{APP} WHERE id = $1"), params![id.0]).await?;
    row.as_ref().map(app).transpose()
}

fn app(row: &Row) -> Result<AppRecord> {
    let uris: String = row.get(5)?;
    Ok(AppRecord {
        id: AppId(row.get(0)?),
        client_id: row.get(1)?,
        secret_hash: row.get(2)?,
        name: row.get(3)?,
        website: row.get(4)?,
        redirect_uris: uris.split('\n').map(str::to_owned).collect(),
        scopes: scopes(&row.get::<String>(6)?)?,
    })
}

fn scopes(words: &str) -> Result<Scopes> {
    Scopes::parse(words).map_err(|_| StoreError::Corrupt("scopes".into()))
}

/// Keeps a fresh code.
pub async fn insert_code(tx: &Tx, hash: &str, code: &CodeRecord) -> Result<()> {
    // Old codes are kept for a day, so that a replay is noticed, and then are of no use.
    tx.exec("DELETE FROM oauth_codes WHERE expires_at < $1", params![tx.now().plus(-DAY).0]).await?;
    let sql = "INSERT INTO oauth_codes (code_hash, app_id, account_id, redirect_uri, scopes, challenge, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let CodeRecord { app, account, redirect_uri, scopes, challenge, expires_at, .. } = code;
    let values = params![hash, app.0, account.0, redirect_uri.as_str(), scopes.to_string(), challenge.as_deref(), expires_at.0];
    tx.exec(sql, values).await.map(|_| ())
}

/// A code by its hash, used or not.
pub async fn code(conn: &Conn, hash: &str) -> Result<Option<CodeRecord>> {
    let sql = "SELECT app_id, account_id, redirect_uri, scopes, challenge, expires_at, used_at FROM oauth_codes \
               WHERE code_hash = $1";
    let Some(row) = conn.one(sql, params![hash]).await? else { return Ok(None) };
    Ok(Some(CodeRecord {
        app: AppId(row.get(0)?),
        account: AccountId(row.get(1)?),
        redirect_uri: row.get(2)?,
        scopes: scopes(&row.get::<String>(3)?)?,
        challenge: row.get(4)?,
        expires_at: Timestamp(row.get(5)?),
        used: row.get::<Option<i64>>(6)?.is_some(),
    }))
}

/// Marks a code as used; `false` if it was already.
pub async fn spend_code(tx: &Tx, hash: &str) -> Result<bool> {
    let sql = "UPDATE oauth_codes SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL";
    Ok(tx.exec(sql, params![hash, tx.now().0]).await? > 0)
}

/// Keeps a token.
pub async fn insert_token(tx: &Tx, token: &NewToken<'_>) -> Result<TokenId> {
    let id = tx.next_id();
    let sql = "INSERT INTO oauth_tokens (id, token_hash, app_id, account_id, code_hash, scopes, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (app, account) = (token.app.map(|id| id.0), token.account.map(|id| id.0));
    tx.exec(sql, params![id, token.hash, app, account, token.code_hash, token.scopes.to_string(), tx.now().0]).await?;
    Ok(TokenId(id))
}

/// The application that a token was given to; `None` for an unknown token.
pub async fn token_app(conn: &Conn, hash: &str) -> Result<Option<Option<AppId>>> {
    match conn.one("SELECT app_id FROM oauth_tokens WHERE token_hash = $1", params![hash]).await? {
        Some(row) => Ok(Some(row.get::<Option<i64>>(0)?.map(AppId))),
        None => Ok(None),
    }
}

/// Revokes one token.
pub async fn revoke_token(tx: &Tx, hash: &str) -> Result<u64> {
    revoke_where(tx, "token_hash = $2", hash.into()).await
}

/// Revokes every token that came from this code.
pub async fn revoke_by_code(tx: &Tx, code_hash: &str) -> Result<u64> {
    revoke_where(tx, "code_hash = $2", code_hash.into()).await
}

/// Revokes every token of an account.
pub async fn revoke_all(tx: &Tx, account: AccountId) -> Result<u64> {
    revoke_where(tx, "account_id = $2", account.0.into()).await
}

/// Revokes what an account has granted to one application.
pub async fn revoke_app_of(tx: &Tx, account: AccountId, app: AppId) -> Result<u64> {
    let condition = format!("app_id = {app} AND account_id = $2");
    revoke_where(tx, &condition, account.0.into()).await
}

/// Each revoked token moves its account's epoch, so that its open streams end.
async fn revoke_where(tx: &Tx, condition: &str, value: sea_orm::Value) -> Result<u64> {
    let sql = format!(
        "UPDATE oauth_tokens SET revoked_at = $1 WHERE revoked_at IS NULL AND {condition} RETURNING token_hash, account_id"
    );
    let rows = tx.all(&sql, vec![tx.now().0.into(), value]).await?;
    let mut owners = std::collections::BTreeSet::new();
    for row in &rows {
        audit::journal_revocation(tx, "token", &row.get::<String>(0)?).await?;
        owners.extend(row.get::<Option<i64>>(1)?);
    }
    for owner in owners {
        accounts::bump_epoch(tx, AccountId(owner)).await?;
    }
    Ok(rows.len() as u64)
}

/// The applications that an account has granted something, newest first.
pub async fn authorised_apps(conn: &Conn, account: AccountId) -> Result<Vec<AppRecord>> {
    let sql = format!(
        "{APP} WHERE id IN (SELECT app_id FROM oauth_tokens WHERE account_id = $1 AND revoked_at IS NULL) \
         ORDER BY id DESC LIMIT 200"
    );
    conn.all(&sql, params![account.0]).await?.iter().map(app).collect()
}
