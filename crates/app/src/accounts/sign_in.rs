//! Signing in. The password itself is checked in `auth`, between [`look_up`] and [`complete`].

use crate::{Hall, Result};
use domain::id::ActorId;
use domain::time::DAY;
use store::accounts::{AccountLogin, AccountState};
use store::sealed::new_token;
use store::{accounts, audit, sessions};

/// How long a session lasts.
pub const SESSION_DAYS: i64 = 30;

/// Whoever this sign-in may be for: perhaps nobody. Made only by [`look_up`].
#[derive(Debug)]
pub struct Candidate(Option<AccountLogin>);

impl Candidate {
    /// The hash to check the password against. Where there is none, check against a dummy, so
    /// that the time taken does not tell who has an account.
    pub fn password_hash(&self) -> Option<&str> {
        self.0.as_ref().and_then(|login| login.password_hash.as_deref())
    }
}

/// A session that has begun.
#[derive(Clone)]
pub struct NewSession {
    /// The cookie's value; it is nowhere kept in plain.
    pub cookie: String,
    /// Who signed in.
    pub actor: ActorId,
}

/// What the right password leads to.
pub enum SignedIn {
    /// Signed in.
    Session(NewSession),
    /// The account waits for an admin.
    Waiting,
    /// No such account, wrong password, or closed: one answer.
    Refused,
}

/// Finds the login of an address or handle; gives a candidate whether or not there is one.
pub async fn look_up(hall: &Hall, login: &str) -> Result<Candidate> {
    if login.len() > 254 {
        return Ok(Candidate(None));
    }
    Ok(Candidate(accounts::find_login(hall.store().read(), login).await?))
}

/// Begins a new session if the password was right; the session that the browser brought along ends.
pub async fn complete(
    hall: &Hall,
    candidate: Candidate,
    password_right: bool,
    agent: &str,
    old_cookie: Option<&str>,
) -> Result<SignedIn> {
    let login = match candidate.0 {
        Some(login) if password_right => login,
        _ => return Ok(SignedIn::Refused),
    };
    match login.state {
        AccountState::Active => {}
        AccountState::Pending => return Ok(SignedIn::Waiting),
        AccountState::Suspended => return Ok(SignedIn::Refused),
    }
    let (agent, old, actor) = (agent.to_owned(), old_cookie.map(str::to_owned), login.actor);
    let cookie = hall
        .store()
        .write(move |tx| {
            Box::pin(async move {
                if let Some(old) = old {
                    sessions::revoke(tx, &old).await?;
                }
                let cookie = new_token(tx.random());
                let ends = tx.now().plus(SESSION_DAYS * DAY);
                let session = sessions::create(tx, login.account, &cookie, &agent, ends).await?;
                audit::append(tx, Some(actor), "session.began", &session.to_string(), "").await?;
                Ok::<_, crate::Error>(cookie)
            })
        })
        .await?;
    Ok(SignedIn::Session(NewSession { cookie, actor }))
}
