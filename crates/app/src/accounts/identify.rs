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
