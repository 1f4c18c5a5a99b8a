//! Applications and what people let them do.

pub mod authorize;
pub mod exchange;
pub mod issue;
pub mod register_app;
pub mod revoke;
pub mod verify_app;

use crate::{Hall, Result};
use domain::id::AppId;
use domain::scopes::Scopes;
use store::oauth::AppRecord;

/// Where an application without a page of its own asks for the code to be shown.
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

/// An application as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppView {
    /// Its row.
    pub id: AppId,
    /// What it calls itself.
    pub name: String,
    /// Its page.
    pub website: Option<String>,
    /// Where codes may be sent.
    pub redirect_uris: Vec<String>,
    /// The most it may ask for.
    pub scopes: Scopes,
}

impl From<AppRecord> for AppView {
    fn from(app: AppRecord) -> Self {
        Self { id: app.id, name: app.name, website: app.website, redirect_uris: app.redirect_uris, scopes: app.scopes }
    }
}

/// What the OAuth endpoints answer when they refuse (RFC 6749, section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Unknown application or wrong secret.
    InvalidClient,
    /// The code is wrong, spent, late, or not for this request.
    InvalidGrant,
    /// More than was granted or registered.
    InvalidScope,
    /// Something is missing.
    InvalidRequest,
    /// The application may not do this.
    UnauthorizedClient,
    /// A grant this server does not have.
    UnsupportedGrantType,
}

impl Refused {
    /// RFC 6749's word.
    pub fn code(self) -> &'static str {
        match self {
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
        }
    }

    /// A sentence for people; the same words as Mastodon's where clients show them.
    pub fn description(self) -> &'static str {
        match self {
            Self::InvalidClient => {
                "Client authentication failed due to unknown client, no client authentication included, or unsupported \
                 authentication method."
            }
            Self::InvalidGrant => {
                "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in \
                 the authorization request, or was issued to another client."
            }
            Self::InvalidScope => "The requested scope is invalid, unknown, or malformed.",
            Self::InvalidRequest => "The request is missing a required parameter or is otherwise malformed.",
            Self::UnauthorizedClient => "You are not authorized to revoke this token.",
            Self::UnsupportedGrantType => "The authorization grant type is not supported by the authorization server.",
        }
    }
}

/// An application's credentials as sent.
#[derive(Clone, Default)]
pub struct Client {
    /// Its public name for itself.
    pub id: String,
    /// Its secret.
    pub secret: String,
}

/// The application with these credentials.
async fn authenticate(hall: &Hall, client: &Client) -> Result<std::result::Result<AppRecord, Refused>> {
    let app = store::oauth::app_by_client_id(hall.store().read(), &client.id).await?;
    Ok(match app {
        Some(app) if store::sealed::matches_hash(&client.secret, &app.secret_hash) => Ok(app),
        _ => Err(Refused::InvalidClient),
    })
}
