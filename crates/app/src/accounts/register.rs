//! Signing up on the web.

use super::create::{Wanted, insert};
use super::{PASSWORD_MAX, PASSWORD_MIN, is_email, is_language};
use crate::{Error, ErrorKind, Hall, Registrations, Requester, Result};
use domain::handle::{BadHandle, check_new};
use store::accounts::AccountState;
use store::audit;

/// What somebody filled in.
#[derive(Clone, Default)]
pub struct Form {
    /// The name they want.
    pub handle: String,
    /// Shown name; may be empty.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their password, in plain; it goes no further than the hash.
    pub password: String,
    /// The language of their pages.
    pub language: Option<String>,
}

/// A form that has been checked; only [`check`] makes one.
pub struct Checked {
    wanted: Wanted,
    language: Option<String>,
    state: AccountState,
}

/// What a registration led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The account is there; they can sign in.
    Ready,
    /// An admin decides. Also the answer where the address already has an account, so that
    /// nobody learns who is here.
    Waiting,
}

/// Checks the form against the rules, without asking whether the name or address is taken.
pub fn check(hall: &Hall, requester: &Requester, form: &Form) -> Result<Checked> {
    if requester.account().is_some() {
        return Err(Error::invalid("signed_in", "You already have an account here."));
    }
    let state = match hall.settings().registrations {
        Registrations::Open => AccountState::Active,
        Registrations::Approval => AccountState::Pending,
        Registrations::Invite => return Err(Error::denied("invite_only", "Accounts here are made by invitation.")),
        Registrations::Closed => return Err(Error::denied("closed", "Accounts here are made by the organisation.")),
    };
    let handle = form.handle.trim().to_ascii_lowercase();
    match check_new(&handle) {
        Err(BadHandle::Shape) => return Err(Error::invalid("bad_handle", BadHandle::Shape.to_string())),
        Err(BadHandle::Reserved) => return Err(refused()),
        Ok(()) => {}
    }
    if !is_email(form.email.trim()) {
        return Err(Error::invalid("bad_email", "This is not an e-mail address."));
    }
    check_password(&form.password)?;
    if form.name.chars().count() > 60 {
        return Err(Error::invalid("name_too_long", "A name has at most 60 characters."));
    }
    let language = form.language.as_deref().filter(|language| is_language(language)).map(str::to_owned);
    let (name, email) = (form.name.trim().to_owned(), form.email.trim().to_owned());
    Ok(Checked { wanted: Wanted { handle, name, email, password_hash: None, admin: false }, language, state })
}

/// Whether a password has an allowed length.
pub fn check_password(password: &str) -> Result<()> {
    if (PASSWORD_MIN..=PASSWORD_MAX).contains(&password.len()) {
        return Ok(());
    }
    Err(Error::invalid("bad_password", format!("A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters.")))
}

/// Makes the account. A taken name and a taken address get the same answer.
pub async fn register(hall: &Hall, checked: Checked, password_hash: String) -> Result<Outcome> {
    let Checked { mut wanted, language, state } = checked;
    wanted.password_hash = Some(password_hash);
    let settings = hall.settings().clone();
    let written = hall.store().write(move |tx| {
        Box::pin(async move {
            let created = insert(tx, &settings, &wanted, state, language.as_deref()).await?;
            audit::append(tx, Some(created.actor), "account.registered", &created.actor.to_string(), "").await?;
            Ok(())
        })
    });
    match written.await {
        Ok(()) if state == AccountState::Active => Ok(Outcome::Ready),
        Ok(()) => Ok(Outcome::Waiting),
        Err(Error { kind: ErrorKind::Conflict, .. }) if state == AccountState::Pending => Ok(Outcome::Waiting),
        Err(Error { kind: ErrorKind::Conflict, .. }) => Err(refused()),
        Err(error) => Err(error),
    }
}

/// One sentence for reserved and taken names and for taken addresses.
fn refused() -> Error {
    Error::new(ErrorKind::Conflict, "not_available", "This name or address cannot be used. Choose another one.")
}
