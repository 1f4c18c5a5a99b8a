//! Signing out: the session is dead, wherever its cookie went.

use crate::{Error, Hall, Requester, Result};
use store::{audit, oauth, sessions};

/// Ends the session of this cookie.
pub async fn sign_out(hall: &Hall, requester: &Requester, cookie: &str) -> Result<()> {
    let (actor, cookie) = (requester.actor(), cookie.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                if sessions::revoke(tx, &cookie).await? {
                    audit::append(tx, actor, "session.ended", "", "").await?;
                }
                Ok(())
            })
        })
        .await
}

/// Ends every session and every token of the requester.
pub async fn everywhere(hall: &Hall, requester: &Requester) -> Result<()> {
    let account = requester.account().ok_or_else(|| Error::denied("sign_in_first", "Sign in first."))?;
    let actor = requester.actor();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                sessions::revoke_all(tx, account).await?;
                oauth::revoke_all(tx, account).await?;
                Ok(audit::append(tx, actor, "session.ended", &account.to_string(), "everywhere").await?)
            })
        })
        .await
}
