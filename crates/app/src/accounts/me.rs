//! The requester's own account, as only they see it.

use crate::{Error, Hall, Requester, Result};
use std::sync::Arc;
use store::accounts::AccountRecord;
pub use store::accounts::Preferences;
use store::views::ActorView;
use store::{accounts, actors, oauth, sessions};

/// An account and its person.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// The login: address, preferences, whether it administers.
    pub account: AccountRecord,
    /// The person.
    pub actor: Arc<ActorView>,
}

impl AccountView {
    /// What they wrote about themselves, to be changed.
    pub fn note(&self) -> String {
        self.account.note.clone().unwrap_or_else(|| domain::text::plain(&self.actor.summary))
    }
}

/// The requester's own account.
pub async fn me(hall: &Hall, requester: &Requester) -> Result<AccountView> {
    let store = hall.store();
    let id = requester.account().ok_or_else(Error::not_found)?;
    let account = accounts::by_id(store.read(), id).await?.ok_or_else(Error::not_found)?;
    let actor = actors::by_id(store, account.actor).await?.ok_or_else(Error::not_found)?;
    Ok(AccountView { account, actor })
}

/// The browsers the requester is signed in with.
pub async fn sessions(hall: &Hall, requester: &Requester) -> Result<Vec<sessions::SessionRecord>> {
    let id = requester.account().ok_or_else(Error::not_found)?;
    Ok(sessions::of_account(hall.store().read(), id, hall.store().clock().now()).await?)
}

/// The applications the requester has let in.
pub async fn apps(hall: &Hall, requester: &Requester) -> Result<Vec<oauth::AppRecord>> {
    let id = requester.account().ok_or_else(Error::not_found)?;
    Ok(oauth::authorised_apps(hall.store().read(), id).await?)
}
