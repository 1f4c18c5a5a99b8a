//! Answers: documents with the right type, and caching that keeps what is for one asker from others.

use crate::error::{not_found, response};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// How an answer came about, or that there is none.
pub type Answer = app::Result<Response>;

/// Gives the answer; what is not there and what is not for the asker are the same.
pub fn given(answer: Answer) -> Response {
    answer.unwrap_or_else(|error| response(&error))
}

/// How long everybody may keep what is for everybody.
const OPEN: HeaderValue = HeaderValue::from_static("public, max-age=30");
const CLOSED: HeaderValue = HeaderValue::from_static("private, no-store");

/// An `ActivityPub` document (facts 18). `open`: everybody gets the same.
pub fn document(value: &Value, open: bool) -> Response {
    typed("application/activity+json", value.to_string(), open)
}

/// Anything with this type.
pub fn typed(kind: &'static str, body: String, open: bool) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Signature"));
    headers.insert(header::CACHE_CONTROL, if open { OPEN } else { CLOSED });
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// To the page for people.
pub fn page(url: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(url) else { return not_found() };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::LOCATION, location);
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Signature"));
    headers.insert(header::CACHE_CONTROL, CLOSED);
    response
}
