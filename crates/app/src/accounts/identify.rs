//! Who asks: from a credential to a requester.

use crate::{Hall, Requester, Result};
pub use store::requesters::TokenRequester;

/// Who holds this access token, if it is valid.
pub async fn by_token(hall: &Hall, token: &str) -> Result<Option<TokenRequester>> {
    Ok(store::requesters::by_token(hall.store().read(), token).await?)
}

/// Who holds this session cookie, if the session still runs.
pub async fn by_session(hall: &Hall, cookie: &str) -> Result<Option<Requester>> {
    let store = hall.store();
    Ok(store::requesters::by_session(store.read(), cookie, store.clock().now()).await?)
}

/// Whether the credential that this requester was made from still holds. Streams ask it every few seconds.
pub async fn still_valid(hall: &Hall, requester: &Requester) -> Result<bool> {
    Ok(store::requesters::still_valid(hall.store().read(), requester).await?)
}

/// The person behind an account's name, for the operator's commands: whoever can run them holds the
/// database, and acts with that person's rights and no more.
#[expect(clippy::disallowed_methods, reason = "the operator acts with a person's rights")]
pub async fn by_name(hall: &Hall, name: &str) -> Result<Option<Requester>> {
    let handle = domain::handle::Handle { name: name.to_ascii_lowercase(), host: None };
    let conn = hall.store().read();
    match store::actors::id_by_handle(conn, &handle).await? {
        Some(actor) => Ok(store::requesters::for_job(conn, "command line", actor).await?.filter(Requester::is_local)),
        None => Ok(None),
    }
}

/// The administrator made first, for the operator's commands.
#[expect(clippy::disallowed_methods, reason = "the operator acts with a person's rights")]
pub async fn first_admin(hall: &Hall) -> Result<Option<Requester>> {
    let conn = hall.store().read();
    match store::accounts::first_admin(conn).await? {
        Some(actor) => Ok(store::requesters::for_job(conn, "command line", actor).await?),
        None => Ok(None),
    }
}
