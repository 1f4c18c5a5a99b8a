//! A person lets an application in: the request is checked, consent is asked, a code is given.

use super::{AppView, OUT_OF_BAND};
use crate::{Error, Hall, Requester, Result};
use domain::scopes::Scopes;
use domain::time::MINUTE;
use store::audit;
use store::oauth::{self, CodeRecord};
use store::sealed::{new_token, token_hash};

/// How long a code can be exchanged.
const CODE_LIFE: i64 = MINUTE;

/// The authorisation request as it came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `code`.
    pub response_type: String,
    /// Which application.
    pub client_id: String,
    /// Where the code shall go.
    pub redirect_uri: String,
    /// Words; empty means `read`.
    pub scope: String,
    /// Given back as it came.
    pub state: Option<String>,
    /// PKCE.
    pub code_challenge: Option<String>,
    /// PKCE: `S256`.
    pub code_challenge_method: Option<String>,
}

/// A request that may be shown for consent; only [`check`] makes one.
#[derive(Debug, Clone)]
pub struct Consent {
    app: AppView,
    scopes: Scopes,
    redirect_uri: String,
    state: Option<String>,
    challenge: Option<String>,
}

/// Why a request is not shown for consent.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// Say so on a page of our own: the address to send people back to is not to be trusted.
    Page(Error),
    /// Send the browser here: the application asked wrongly and is told so.
    Redirect(String),
}

/// Where the browser goes after consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Granted {
    /// To this address.
    Redirect(String),
    /// Nowhere: the page shows this code, to be typed into the application.
    ShowCode(String),
}

impl Consent {
    /// Who asks.
    pub fn app(&self) -> &AppView {
        &self.app
    }

    /// For what.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Where the answer will go.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Where the browser goes when the person says no; `None` where there is nowhere to go.
    pub fn denied(&self) -> Option<String> {
        let description = "The resource owner or authorization server denied the request.";
        let parts = [("error", "access_denied"), ("error_description", description)];
        (self.redirect_uri != OUT_OF_BAND).then(|| with_query(&self.redirect_uri, &parts, self.state.as_deref()))
    }
}

/// Checks a request before anybody is asked. Unknown application and unknown address first,
/// since nothing may be sent to an address that was not registered.
pub async fn check(hall: &Hall, request: &Request) -> std::result::Result<Consent, Refusal> {
    let page = |code, message: &str| Refusal::Page(Error::invalid(code, message));
    let app = oauth::app_by_client_id(hall.store().read(), &request.client_id)
        .await
        .map_err(|error| Refusal::Page(error.into()))?
        .ok_or_else(|| page("invalid_client", "This application is not known here. It may have to be set up again."))?;
    if !app.redirect_uris.contains(&request.redirect_uri) {
        return Err(page("invalid_redirect_uri", "The redirect uri included is not valid."));
    }
    let words = if request.scope.trim().is_empty() { "read" } else { request.scope.as_str() };
    let scopes = Scopes::parse(words).ok().filter(|scopes| !scopes.is_empty() && app.scopes.cover(scopes));
    let error = match (&scopes, challenge(request)) {
        _ if request.response_type != "code" => "unsupported_response_type",
        (None, _) => "invalid_scope",
        (_, Err(())) => "invalid_request",
        (Some(_), Ok(challenge)) => {
            return Ok(Consent {
                scopes: scopes.unwrap_or_default(),
                redirect_uri: request.redirect_uri.clone(),
                state: request.state.clone(),
                challenge,
                app: app.into(),
            });
        }
    };
    if request.redirect_uri == OUT_OF_BAND {
        return Err(page(error, "This application asks for something that cannot be granted."));
    }
    Err(Refusal::Redirect(with_query(&request.redirect_uri, &[("error", error)], request.state.as_deref())))
}

/// The PKCE challenge: none, or 43 characters of base64url for `S256`. `plain` protects nobody.
fn challenge(request: &Request) -> std::result::Result<Option<String>, ()> {
    match (request.code_challenge.as_deref(), request.code_challenge_method.as_deref()) {
        (None | Some(""), None | Some("")) => Ok(None),
        (Some(challenge), Some("S256")) => {
            let fits = challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
            if fits { Ok(Some(challenge.to_owned())) } else { Err(()) }
        }
        _ => Err(()),
    }
}

/// The person has said yes: gives the code.
pub async fn approve(hall: &Hall, requester: &Requester, consent: Consent) -> Result<Granted> {
    let (Some(account), Some(actor)) = (requester.account(), requester.actor()) else {
        return Err(Error::denied("sign_in_first", "Sign in first."));
    };
    let Consent { app, scopes, redirect_uri, state, challenge } = consent;
    let code = new_token(hall.store().random());
    let (hash, kept_uri) = (token_hash(&code), redirect_uri.clone());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let (detail, expires_at) = (scopes.to_string(), tx.now().plus(CODE_LIFE));
                let redirect_uri = kept_uri;
                let record = CodeRecord { app: app.id, account, redirect_uri, scopes, challenge, expires_at, used: false };
                oauth::insert_code(tx, &hash, &record).await?;
                Ok::<_, Error>(audit::append(tx, Some(actor), "app.authorised", &app.id.to_string(), &detail).await?)
            })
        })
        .await?;
    if redirect_uri == OUT_OF_BAND {
        return Ok(Granted::ShowCode(code));
    }
    Ok(Granted::Redirect(with_query(&redirect_uri, &[("code", &code)], state.as_deref())))
}

/// The registered address as it is, with a query added.
fn with_query(uri: &str, parts: &[(&str, &str)], state: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parts);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    let joint = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{joint}{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_stays_as_registered_and_gets_the_code() {
        assert_eq!(with_query("icecubesapp://", &[("code", "a b")], None), "icecubesapp://?code=a+b");
        assert_eq!(with_query("https://a.test/?x=1", &[("code", "c")], Some("s&t")), "https://a.test/?x=1&code=c&state=s%26t");
    }

    #[test]
    fn only_s256_is_a_challenge() {
        let ask = |challenge: Option<&str>, method: Option<&str>| {
            let (code_challenge, code_challenge_method) = (challenge.map(str::to_owned), method.map(str::to_owned));
            super::challenge(&Request { code_challenge, code_challenge_method, ..Request::default() })
        };
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert_eq!(ask(None, None), Ok(None));
        assert_eq!(ask(Some(good), Some("S256")), Ok(Some(good.to_owned())));
        for (challenge, method) in
            [(Some(good), Some("plain")), (Some(good), None), (Some("short"), Some("S256")), (None, Some("S256"))]
        {
            assert_eq!(ask(challenge, method), Err(()));
        }
    }
}
