//! Errors as peers see them: one exhaustive mapping.

use app::ErrorKind;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The status of an error.
pub fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Denied => StatusCode::FORBIDDEN,
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Limited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error as an answer. What is not there and what is not for the asker are the same bytes.
pub fn response(error: &app::Error) -> Response {
    match error.kind {
        ErrorKind::NotFound | ErrorKind::Denied => not_found(),
        kind => refusal(status(kind), error.code, &error.message),
    }
}

/// The one answer for "not there" and "not for you".
pub fn not_found() -> Response {
    refusal(StatusCode::NOT_FOUND, "not_found", "Record not found")
}

/// An answer that says why not, in a sentence and as a stable code. Not to be kept: it may depend on who asks.
pub fn refusal(status: StatusCode, code: &str, sentence: &str) -> Response {
    let mut response = (status, axum::Json(json!({ "error": sentence, "code": code }))).into_response();
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Signature"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}
