//! Local logins, and what their owners set about themselves.

use crate::conn::{Row, params};
use crate::{Conn, Result, StoreError, Tx};
use domain::audience::Visibility;
use domain::id::{AccountId, ActorId};
use domain::text::Html;
use domain::time::Timestamp;

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// May sign in.
    Active,
    /// Waits for an admin.
    Pending,
    /// Closed by an admin.
    Suspended,
}

impl AccountState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Suspended => "suspended",
        }
    }

    fn read(word: &str) -> Result<Self> {
        match word {
            "active" => Ok(Self::Active),
            "pending" => Ok(Self::Pending),
            "suspended" => Ok(Self::Suspended),
            _ => Err(StoreError::Corrupt("an account's state".into())),
        }
    }
}

/// A login to be made.
#[derive(Debug)]
pub struct NewAccount<'a> {
    /// The person, already inserted.
    pub actor: ActorId,
    /// In any case; kept in lower case.
    pub email: &'a str,
    /// In PHC form; none for an account that signs in another way.
    pub password_hash: Option<&'a str>,
    /// How it starts.
    pub state: AccountState,
    /// Administers the instance.
    pub admin: bool,
    /// Two or three letters.
    pub language: Option<&'a str>,
}

/// What signing in needs. Shows nothing of the hash when printed.
#[derive(Clone)]
pub struct AccountLogin {
    /// The login.
    pub account: AccountId,
    /// The person.
    pub actor: ActorId,
    /// In PHC form.
    pub password_hash: Option<String>,
    /// How it stands.
    pub state: AccountState,
    /// Moves with every revocation.
    pub epoch: i64,
}

impl std::fmt::Debug for AccountLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountLogin").field("account", &self.account).field("state", &self.state).finish_non_exhaustive()
    }
}

/// A login as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// The login.
    pub id: AccountId,
    /// The person.
    pub actor: ActorId,
    /// In lower case.
    pub email: String,
    /// How it stands.
    pub state: AccountState,
    /// Administers the instance.
    pub admin: bool,
    /// What its owner prefers.
    pub preferences: Preferences,
    /// Since when.
    pub created_at: Timestamp,
    /// What they wrote about themselves, as they wrote it; `None` where only what is shown of it is known.
    pub note: Option<String>,
}

/// What new posts start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Two or three letters.
    pub language: Option<String>,
    /// Visibility of new posts.
    pub visibility: Visibility,
    /// Whether new media are marked as sensitive.
    pub sensitive: bool,
}

/// What to change about a person; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct ProfileChange {
    /// Shown name.
    pub name: Option<String>,
    /// About themselves.
    pub summary: Option<Html>,
    /// Followers must ask.
    pub locked: Option<bool>,
    /// May be suggested and found.
    pub discoverable: Option<bool>,
}

/// The one spelling of an e-mail address.
pub fn canonical_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Makes a login. [`StoreError::Taken`] if the address or the person has one.
pub async fn insert(tx: &Tx, new: &NewAccount<'_>) -> Result<AccountId> {
    let id = tx.next_id();
    let sql = "INSERT INTO accounts (id, actor_id, email, password_hash, state, admin, language, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let email = canonical_email(new.email);
    let values = params![id, new.actor.0, email, new.password_hash, new.state.as_str(), new.admin, new.language, tx.now().0];
    tx.exec(sql, values).await?;
    Ok(AccountId(id))
}

/// The login of this e-mail address or local handle.
pub async fn find_login(conn: &Conn, login: &str) -> Result<Option<AccountLogin>> {
    let login = canonical_email(login);
    let login = login.strip_prefix('@').unwrap_or(&login);
    // A handle never holds an @, an address always does, so the two cannot be mistaken for each other.
    let sql = if login.contains('@') {
        "SELECT c.id, c.actor_id, c.password_hash, c.state, c.epoch FROM accounts c JOIN actors a ON a.id = c.actor_id \
         WHERE c.email = $1 AND c.deleted_at IS NULL AND a.deleted_at IS NULL"
    } else {
        "SELECT c.id, c.actor_id, c.password_hash, c.state, c.epoch FROM actors a JOIN accounts c ON c.actor_id = a.id \
         WHERE a.handle = $1 AND a.host IS NULL AND c.deleted_at IS NULL AND a.deleted_at IS NULL"
    };
    let Some(row) = conn.one(sql, params![login]).await? else { return Ok(None) };
    Ok(Some(AccountLogin {
        account: AccountId(row.get(0)?),
        actor: ActorId(row.get(1)?),
        password_hash: row.get(2)?,
        state: AccountState::read(&row.get::<String>(3)?)?,
        epoch: row.get(4)?,
    }))
}

/// Whether an address has a login, deleted ones included.
pub async fn email_taken(conn: &Conn, email: &str) -> Result<bool> {
    conn.exists("SELECT 1 FROM accounts WHERE email = $1", params![canonical_email(email)]).await
}

const RECORD: &str = "SELECT id, actor_id, email, state, admin, language, default_visibility, default_sensitive, created_at, \
                      note FROM accounts";

/// A login by its id.
pub async fn by_id(conn: &Conn, id: AccountId) -> Result<Option<AccountRecord>> {
    let row = conn.one(&format!("{RECORD} WHERE id = $1 AND deleted_at IS NULL"), params![id.0]).await?;
    row.as_ref().map(record).transpose()
}

/// The login of a local person.
pub async fn by_actor(conn: &Conn, actor: ActorId) -> Result<Option<AccountRecord>> {
    let row = conn.one(&format!("{RECORD} WHERE actor_id = $1 AND deleted_at IS NULL"), params![actor.0]).await?;
    row.as_ref().map(record).transpose()
}

/// Accounts that wait for an admin, oldest first.
pub async fn pending(conn: &Conn) -> Result<Vec<AccountRecord>> {
    let sql = format!("{RECORD} WHERE state = 'pending' AND deleted_at IS NULL ORDER BY id LIMIT 200");
    conn.all(&sql, params![]).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<AccountRecord> {
    let visibility: String = row.get(6)?;
    Ok(AccountRecord {
        id: AccountId(row.get(0)?),
        actor: ActorId(row.get(1)?),
        email: row.get(2)?,
        state: AccountState::read(&row.get::<String>(3)?)?,
        admin: row.get(4)?,
        preferences: Preferences {
            language: row.get(5)?,
            visibility: Visibility::parse(&visibility).ok_or_else(|| StoreError::Corrupt("a visibility".into()))?,
            sensitive: row.get(7)?,
        },
        created_at: Timestamp(row.get(8)?),
        note: row.get(9)?,
    })
}

/// Keeps what a person wrote about themselves, as they wrote it.
pub async fn set_note(tx: &Tx, account: AccountId, note: &str) -> Result<()> {
    tx.exec("UPDATE accounts SET note = $2 WHERE id = $1", params![account.0, note]).await.map(|_| ())
}

/// Changes what new posts start with.
pub async fn set_preferences(tx: &Tx, account: AccountId, preferences: &Preferences) -> Result<()> {
    let sql = "UPDATE accounts SET language = $2, default_visibility = $3, default_sensitive = $4 WHERE id = $1";
    let Preferences { language, visibility, sensitive } = preferences;
    tx.exec(sql, params![account.0, language.clone(), visibility.as_str(), *sensitive]).await.map(|_| ())
}

/// Changes what a person says about themselves; columns stay where the change is silent. Gives
/// whether the network knows this person, and so has to be told.
pub async fn set_profile(tx: &Tx, actor: ActorId, change: &ProfileChange) -> Result<bool> {
    let sql = "UPDATE actors SET name = COALESCE($2, name), summary = COALESCE($3, summary), \
               locked = COALESCE($4, locked), discoverable = COALESCE($5, discoverable) WHERE id = $1 AND host IS NULL \
               RETURNING outside";
    let summary = change.summary.as_ref().map(Html::as_str);
    let row = tx.one(sql, params![actor.0, change.name.as_deref(), summary, change.locked, change.discoverable]).await?;
    tx.touch(|touched| touched.actors.push(actor));
    row.map_or(Ok(false), |row| row.get(0))
}

/// Lets a waiting account in, or closes one; what it holds ends by the epoch.
pub async fn set_state(tx: &Tx, account: AccountId, state: AccountState) -> Result<()> {
    let sql = "UPDATE accounts SET state = $2, epoch = epoch + 1 WHERE id = $1";
    tx.exec(sql, params![account.0, state.as_str()]).await.map(|_| ())
}

/// A new password.
pub async fn set_password(tx: &Tx, account: AccountId, hash: &str) -> Result<()> {
    tx.exec("UPDATE accounts SET password_hash = $2 WHERE id = $1", params![account.0, hash]).await.map(|_| ())
}

/// Moves the epoch: whatever was made from an earlier one is not valid any more.
pub async fn bump_epoch(tx: &Tx, account: AccountId) -> Result<()> {
    tx.exec("UPDATE accounts SET epoch = epoch + 1 WHERE id = $1", params![account.0]).await.map(|_| ())
}

/// How many people have an account.
pub async fn count(conn: &Conn) -> Result<i64> {
    conn.number("SELECT COUNT(*) FROM accounts WHERE state = 'active' AND deleted_at IS NULL", params![]).await
}

/// How many of them wrote something since then.
pub async fn count_active_since(conn: &Conn, since: Timestamp) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM accounts c JOIN actors a ON a.id = c.actor_id \
               WHERE c.state = 'active' AND c.deleted_at IS NULL AND a.last_post_at >= $1";
    conn.number(sql, params![since.0]).await
}

/// The administrator made first.
pub async fn first_admin(conn: &Conn) -> Result<Option<ActorId>> {
    let sql = "SELECT actor_id FROM accounts WHERE admin AND state = 'active' AND deleted_at IS NULL ORDER BY id LIMIT 1";
    conn.one(sql, params![]).await?.map(|row| row.get(0).map(ActorId)).transpose()
}
