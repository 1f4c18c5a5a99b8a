//! A token made by the operator on the command line.

use crate::{Error, Hall, Result};
use domain::scopes::Scopes;
use store::oauth::{self, NewToken};
use store::sealed::{new_token, token_hash};
use store::{accounts, audit};

/// A token for this account (handle or address). There is no requester here: whoever can run the
/// command holds the database.
pub async fn issue(hall: &Hall, login: &str, scopes: &str) -> Result<String> {
    let scopes = Scopes::parse(scopes)
        .ok()
        .filter(|scopes| !scopes.is_empty())
        .ok_or_else(|| Error::invalid("bad_scopes", "These scopes are not known."))?;
    let login = login.to_owned();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let account = accounts::find_login(tx, &login)
                    .await?
                    .ok_or_else(|| Error::invalid("no_account", "There is no account of this name."))?;
                let token = new_token(tx.random());
                let hash = token_hash(&token);
                let new = NewToken { hash: &hash, app: None, account: Some(account.account), code_hash: None, scopes: &scopes };
                oauth::insert_token(tx, &new).await?;
                audit::append(tx, None, "token.issued", &account.actor.to_string(), &scopes.to_string()).await?;
                Ok(token)
            })
        })
        .await
}
