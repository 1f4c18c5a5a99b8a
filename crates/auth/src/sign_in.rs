//! Signing in and up with a password, and out again: what the pages call.

use crate::client::household;
use crate::gate::Gate;
use crate::limits::Key;
use app::accounts::register::{self, Outcome};
use app::accounts::sign_in::{self, SignedIn};
use app::accounts::sign_out;
use app::registry::RateClass;
use app::{Error, ErrorKind, Requester, Result};
use domain::id::ActorId;
use http::header::USER_AGENT;
use http::{HeaderMap, HeaderValue};
use std::net::IpAddr;

/// Somebody tries to sign in.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// Handle or e-mail address.
    pub login: &'a str,
    /// The password.
    pub password: &'a str,
    /// Where from.
    pub client: IpAddr,
    /// The request's headers: browser, and the session it had before.
    pub headers: &'a HeaderMap,
}

/// What came of it.
#[derive(Debug)]
pub enum SignInOutcome {
    /// Signed in: send this `Set-Cookie`.
    SignedIn {
        /// The header's value.
        set_cookie: HeaderValue,
        /// Who.
        actor: ActorId,
    },
    /// The account waits for an admin.
    Waiting,
    /// Wrong, or no such account; one answer for both.
    Refused,
}

impl Gate {
    /// Checks a password and begins a session with a new id. Too many attempts on one name are
    /// slowed down for everybody; the budget fills up again by itself, so nobody is locked out for good.
    pub async fn sign_in(&self, attempt: Attempt<'_>) -> Result<SignInOutcome> {
        let name: String = attempt.login.trim().to_lowercase().chars().take(254).collect();
        self.draw(&Key::Login(name))?;
        let candidate = sign_in::look_up(self.hall(), attempt.login.trim()).await?;
        let right = self.passwords().verify(attempt.password, candidate.password_hash()).await?;
        let agent = attempt.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let old = self.cookies().read(attempt.headers);
        let outcome = sign_in::complete(self.hall(), candidate, right, agent, old).await?;
        Ok(match outcome {
            SignedIn::Session(session) => {
                SignInOutcome::SignedIn { set_cookie: self.cookies().begin(&session.cookie), actor: session.actor }
            }
            SignedIn::Waiting => SignInOutcome::Waiting,
            SignedIn::Refused => {
                tracing::info!(client = %household(attempt.client), "a sign-in was refused");
                SignInOutcome::Refused
            }
        })
    }

    /// Makes an account from a filled-in form.
    pub async fn sign_up(&self, requester: &Requester, form: &register::Form) -> Result<Outcome> {
        let checked = register::check(self.hall(), requester, form)?;
        let hash = self.passwords().hash(&form.password).await?;
        register::register(self.hall(), checked, hash).await
    }

    /// Ends the session that these headers bring; send the `Set-Cookie` given back.
    pub async fn sign_out(&self, requester: &Requester, headers: &HeaderMap) -> Result<HeaderValue> {
        if let Some(cookie) = self.cookies().read(headers) {
            sign_out::sign_out(self.hall(), requester, cookie).await?;
        }
        Ok(self.cookies().end())
    }

    fn draw(&self, key: &Key) -> Result<()> {
        match self.limits().draw(RateClass::SignIn, key) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::new(ErrorKind::Limited, "too_many_attempts", "Too many attempts. Wait a few minutes.")),
        }
    }
}
