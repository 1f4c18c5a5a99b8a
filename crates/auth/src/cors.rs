//! Which web pages of other origins may talk to the APIs: all of them, with a token and never with a cookie.

use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, LINK, RETRY_AFTER};
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};

/// The layer for `/api`, `/oauth/token`, `/oauth/revoke`, discovery and media. Without credentials,
/// so no page of another origin ever acts with a person's session.
pub fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, HeaderName::from_static("idempotency-key")])
        .expose_headers([
            LINK,
            RETRY_AFTER,
            HeaderName::from_static("x-ratelimit-limit"),
            HeaderName::from_static("x-ratelimit-remaining"),
            HeaderName::from_static("x-ratelimit-reset"),
            HeaderName::from_static("x-request-id"),
            HeaderName::from_static("mastodon-async-refresh"),
            HeaderName::from_static("deprecation"),
        ])
        .max_age(Duration::from_hours(24))
}
