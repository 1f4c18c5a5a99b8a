//! What handlers take: who asks, with which grant, from where.

use crate::guard::Admitted;
use crate::problem::Problem;
use app::Requester;
use axum::extract::FromRequestParts;
use domain::id::{AppId, TokenId};
use http::StatusCode;
use http::request::Parts;
use std::net::IpAddr;

/// Who asks. Every handler of a mounted route can take it.
#[derive(Debug, Clone)]
pub struct Asker(pub Requester);

/// The access token a request came with, if it came with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grant {
    /// The token's row.
    pub token: Option<TokenId>,
    /// The application it was given to.
    pub app: Option<AppId>,
}

/// The address a request comes from, proxies looked through.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        admitted(parts).map(|admitted| Self(admitted.requester.clone()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Grant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        admitted(parts).map(|admitted| admitted.grant)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        admitted(parts).map(|admitted| Self(admitted.client))
    }
}

/// What the guard left behind; a route that was mounted past it answers with an error, never with data.
fn admitted(parts: &Parts) -> Result<&Admitted, Problem> {
    parts.extensions.get::<Admitted>().ok_or_else(|| {
        tracing::error!(path = parts.uri.path(), "a route was mounted without its guard");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
    })
}
