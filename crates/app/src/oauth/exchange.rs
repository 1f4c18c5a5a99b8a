//! From a code, or from an application's own credentials, to an access token.

use super::{Client, Refused, authenticate};
use crate::{Error, Hall, Result};
use domain::scopes::Scopes;
use store::oauth::{self, AppRecord, CodeRecord, NewToken};
use store::sealed::{matches_hash, new_token, token_hash};
use store::{Tx, audit};

/// The token request as it came. The credential of this call is the client's secret, so there is no requester yet.
#[derive(Clone, Default)]
pub struct Request {
    /// `authorization_code` or `client_credentials`.
    pub grant_type: String,
    /// Who asks.
    pub client: Client,
    /// The code.
    pub code: String,
    /// As in the authorisation request.
    pub redirect_uri: String,
    /// PKCE.
    pub code_verifier: Option<String>,
    /// Words; may be empty.
    pub scope: String,
}

/// A token, shown this once.
#[derive(Clone)]
pub struct Issued {
    /// The token.
    pub access_token: String,
    /// What it grants.
    pub scopes: Scopes,
    /// When, in seconds since 1970.
    pub created_at: i64,
}

/// A token for this request, or why not.
pub async fn exchange(hall: &Hall, request: Request) -> Result<std::result::Result<Issued, Refused>> {
    if !matches!(request.grant_type.as_str(), "authorization_code" | "client_credentials") {
        return Ok(Err(Refused::UnsupportedGrantType));
    }
    let app = match authenticate(hall, &request.client).await? {
        Ok(app) => app,
        Err(refused) => return Ok(Err(refused)),
    };
    // A refusal is written down too (a replayed code revokes), so it is not an error of the transaction.
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                match request.grant_type.as_str() {
                    "authorization_code" => by_code(tx, &app, &request).await,
                    _ => for_app(tx, &app, &request).await,
                }
            })
        })
        .await
}

async fn by_code(tx: &Tx, app: &AppRecord, request: &Request) -> Result<std::result::Result<Issued, Refused>> {
    if request.code.is_empty() || request.redirect_uri.is_empty() {
        return Ok(Err(Refused::InvalidRequest));
    }
    let hash = token_hash(&request.code);
    let Some(code) = oauth::code(tx, &hash).await? else { return Ok(Err(Refused::InvalidGrant)) };
    if code.used {
        // Two hold this code, so it has leaked: what came of it ends.
        let ended = oauth::revoke_by_code(tx, &hash).await?;
        audit::append(tx, None, "code.replayed", &app.id.to_string(), &format!("{ended} tokens revoked")).await?;
        return Ok(Err(Refused::InvalidGrant));
    }
    let theirs = code.app == app.id && code.redirect_uri == request.redirect_uri && code.expires_at > tx.now();
    if !theirs || !verifies(&code, request.code_verifier.as_deref()) {
        return Ok(Err(Refused::InvalidGrant));
    }
    if !within(&request.scope, &code.scopes) {
        return Ok(Err(Refused::InvalidScope));
    }
    if !oauth::spend_code(tx, &hash).await? {
        return Ok(Err(Refused::InvalidGrant));
    }
    let (access_token, scopes) = (new_token(tx.random()), code.scopes);
    let token = NewToken {
        hash: &token_hash(&access_token),
        app: Some(app.id),
        account: Some(code.account),
        code_hash: Some(&hash),
        scopes: &scopes,
    };
    oauth::insert_token(tx, &token).await?;
    Ok(Ok(Issued { access_token, scopes, created_at: tx.now().seconds() }))
}

async fn for_app(tx: &Tx, app: &AppRecord, request: &Request) -> Result<std::result::Result<Issued, Refused>> {
    let words = if request.scope.trim().is_empty() { "read" } else { request.scope.as_str() };
    let Some(scopes) = Scopes::parse(words).ok().filter(|scopes| app.scopes.cover(scopes)) else {
        return Ok(Err(Refused::InvalidScope));
    };
    let access_token = new_token(tx.random());
    let hash = token_hash(&access_token);
    oauth::insert_token(tx, &NewToken { hash: &hash, app: Some(app.id), account: None, code_hash: None, scopes: &scopes })
        .await?;
    Ok::<_, Error>(Ok(Issued { access_token, scopes, created_at: tx.now().seconds() }))
}

/// RFC 7636. A verifier without a challenge means that somebody took the challenge out on the way.
fn verifies(code: &CodeRecord, verifier: Option<&str>) -> bool {
    match (code.challenge.as_deref(), verifier.filter(|verifier| !verifier.is_empty())) {
        (None, None) => true,
        // The challenge is the base64url of the verifier's SHA-256, the same form as our own hashes.
        (Some(challenge), Some(verifier)) => (43..=128).contains(&verifier.len()) && matches_hash(verifier, challenge),
        _ => false,
    }
}

/// Scopes named again here must not go beyond what was consented to.
fn within(asked: &str, granted: &Scopes) -> bool {
    Scopes::parse(asked).is_ok_and(|asked| granted.cover(&asked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::{AccountId, AppId};
    use domain::time::Timestamp;

    fn code(challenge: Option<&str>) -> CodeRecord {
        CodeRecord {
            app: AppId(1),
            account: AccountId(1),
            redirect_uri: String::new(),
            scopes: Scopes::default(),
            challenge: challenge.map(str::to_owned),
            expires_at: Timestamp(0),
            used: false,
        }
    }

    #[test]
    fn the_example_of_rfc_7636_verifies_and_nothing_else_does() {
        let code_with = code(Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(verifies(&code_with, Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
        assert!(!verifies(&code_with, Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK")));
        assert!(!verifies(&code_with, Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")), "plain");
        assert!(!verifies(&code_with, None));
        assert!(verifies(&code(None), None));
        assert!(!verifies(&code(None), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")), "challenge taken out");
    }

    #[test]
    fn scopes_named_again_do_not_grow() {
        let read = Scopes::parse("read").unwrap();
        assert!(within("", &read) && within("read:statuses", &read));
        assert!(!within("read write", &read) && !within("nonsense", &read));
    }
}
