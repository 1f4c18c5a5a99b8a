//! Taking a token back: by its application, or by the person who let the application in.

use super::{Client, Refused, authenticate};
use crate::{Error, Hall, Requester, Result};
use domain::id::AppId;
use store::sealed::token_hash;
use store::{audit, oauth};

/// An application gives its token back. An unknown token is no error (RFC 7009).
pub async fn by_client(hall: &Hall, client: &Client, token: &str) -> Result<std::result::Result<(), Refused>> {
    let Ok(app) = authenticate(hall, client).await? else { return Ok(Err(Refused::UnauthorizedClient)) };
    let hash = token_hash(token);
    match oauth::token_app(hall.store().read(), &hash).await? {
        None => return Ok(Ok(())),
        Some(holder) if holder == Some(app.id) => {}
        Some(_) => return Ok(Err(Refused::UnauthorizedClient)),
    }
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                oauth::revoke_token(tx, &hash).await?;
                Ok::<_, Error>(Ok(()))
            })
        })
        .await
}

/// The requester shows an application the door.
pub async fn app_of(hall: &Hall, requester: &Requester, app: AppId) -> Result<()> {
    let account = requester.account().ok_or_else(Error::not_found)?;
    let actor = requester.actor();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                if oauth::revoke_app_of(tx, account, app).await? == 0 {
                    return Err(Error::not_found());
                }
                Ok(audit::append(tx, actor, "app.revoked", &app.to_string(), "").await?)
            })
        })
        .await
}
