//! What the guard in front of every route works with.

use crate::client::TrustedProxies;
use crate::cookies::Cookies;
use crate::limits::RateLimits;
use crate::password::Passwords;
use app::accounts::identify::{self, TokenRequester};
use app::{Hall, Requester};
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use std::sync::Arc;

/// Makes the page that says what went wrong: status and a sentence. Given by the web surface.
pub type ErrorPage = fn(StatusCode, &str) -> Response;

/// How the gate is set up.
#[derive(Debug, Clone)]
pub struct GateOptions {
    /// Whether budgets are kept.
    pub rate_limits: bool,
    /// Addresses and networks of reverse proxies, such as `10.0.0.0/8`.
    pub trusted_proxies: Vec<String>,
    /// The page for errors on the web surface.
    pub error_page: ErrorPage,
}

impl Default for GateOptions {
    fn default() -> Self {
        Self { rate_limits: true, trusted_proxies: Vec::new(), error_page: plain_page }
    }
}

/// The hall's gate. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hall: Hall,
    limits: RateLimits,
    cookies: Cookies,
    proxies: TrustedProxies,
    passwords: Passwords,
    origin: String,
    error_page: ErrorPage,
}

impl Gate {
    /// A gate in front of this hall; gives back a trusted proxy that is no address.
    pub fn new(hall: Hall, options: &GateOptions) -> Result<Self, String> {
        let inner = Inner {
            limits: RateLimits::new(options.rate_limits),
            cookies: Cookies::of(hall.settings()),
            proxies: TrustedProxies::parse(&options.trusted_proxies)?,
            passwords: Passwords::new(),
            origin: hall.settings().base_url.origin().ascii_serialization(),
            error_page: options.error_page,
            hall,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The hall behind it.
    pub fn hall(&self) -> &Hall {
        &self.0.hall
    }

    /// The session cookie's form.
    pub fn cookies(&self) -> &Cookies {
        &self.0.cookies
    }

    /// Password hashing.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Scheme, host and port that pages of this hall come from.
    pub fn origin(&self) -> &str {
        &self.0.origin
    }

    /// Who holds this access token: for streams, whose token comes as a WebSocket subprotocol or
    /// parameter. Everywhere else the guard does this.
    pub async fn token_holder(&self, token: &str) -> app::Result<Option<TokenRequester>> {
        if !plausible(token) {
            return Ok(None);
        }
        identify::by_token(self.hall(), token).await
    }

    /// Who holds this session cookie.
    pub(crate) async fn session_holder(&self, cookie: &str) -> app::Result<Option<Requester>> {
        if !plausible(cookie) {
            return Ok(None);
        }
        identify::by_session(self.hall(), cookie).await
    }

    pub(crate) fn limits(&self) -> &RateLimits {
        &self.0.limits
    }

    pub(crate) fn proxies(&self) -> &TrustedProxies {
        &self.0.proxies
    }

    pub(crate) fn error_page(&self, status: StatusCode, message: &str) -> Response {
        (self.0.error_page)(status, message)
    }
}

/// Whether a secret can be one of ours, before the database is asked.
fn plausible(secret: &str) -> bool {
    (32..=128).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// The page where the web surface has given none.
fn plain_page(status: StatusCode, message: &str) -> Response {
    let escaped = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let page = format!("<!DOCTYPE html><html lang=\"en\"><title>{status}</title><h1>{status}</h1><p>{escaped}</p></html>");
    (status, Html(page)).into_response()
}
