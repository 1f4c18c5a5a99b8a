//! An account made by the operator on the command line, whatever the registrations setting.

use super::is_email;
use crate::{Error, Hall, Result};
use domain::handle::check_new;
use domain::id::{AccountId, ActorId};
use store::accounts::{AccountState, NewAccount};
use store::{Tx, accounts, actors, audit};

/// The account to make.
#[derive(Clone)]
pub struct Wanted {
    /// Its name in this hall.
    pub handle: String,
    /// Shown name; may be empty.
    pub name: String,
    /// Its address.
    pub email: String,
    /// In PHC form; none: it cannot sign in by password.
    pub password_hash: Option<String>,
    /// Administers the instance.
    pub admin: bool,
}

/// What was made.
#[derive(Debug, Clone, Copy)]
pub struct Created {
    /// The login.
    pub account: AccountId,
    /// The person.
    pub actor: ActorId,
}

/// Makes an account. There is no requester here: whoever can run the command holds the database.
pub async fn create(hall: &Hall, wanted: Wanted) -> Result<Created> {
    check_new(&wanted.handle).map_err(|error| Error::invalid("bad_handle", error.to_string()))?;
    if !is_email(&wanted.email) {
        return Err(Error::invalid("bad_email", "This is not an e-mail address."));
    }
    let settings = hall.settings().clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let created = insert(tx, &settings, &wanted, AccountState::Active, None).await?;
                audit::append(tx, None, "account.created", &created.actor.to_string(), "by the operator").await?;
                Ok(created)
            })
        })
        .await
}

/// The person and the login, in the caller's transaction.
pub(super) async fn insert(
    tx: &Tx,
    settings: &crate::Settings,
    wanted: &Wanted,
    state: AccountState,
    language: Option<&str>,
) -> Result<Created> {
    let url = settings.actor_url(&wanted.handle);
    let actor = actors::insert_local_person(tx, &wanted.handle, &wanted.name, |id| settings.actor_uri(id), &url).await?;
    let password_hash = wanted.password_hash.as_deref();
    let new = NewAccount { actor, email: &wanted.email, password_hash, state, admin: wanted.admin, language };
    Ok(Created { account: accounts::insert(tx, &new).await?, actor })
}
