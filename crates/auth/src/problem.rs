//! An error answer in JSON, in the shape that Mastodon's clients read.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// `{"error": …, "error_description": …}` with a status.
#[derive(Debug, Clone)]
pub struct Problem {
    /// HTTP's number.
    pub status: StatusCode,
    /// A sentence, or OAuth's word.
    pub error: String,
    /// A sentence beside OAuth's word.
    pub description: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
}

impl Problem {
    /// An error with one sentence.
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, error: error.into(), description: None }
    }

    /// The same with a longer explanation.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The status that an error of the use cases has on every surface.
    pub fn status_of(kind: app::ErrorKind) -> StatusCode {
        use app::ErrorKind;
        match kind {
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Denied => StatusCode::FORBIDDEN,
            ErrorKind::Invalid | ErrorKind::Conflict => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Limited => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<app::Error> for Problem {
    fn from(error: app::Error) -> Self {
        Self::new(Self::status_of(error.kind), error.message)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body { error: &self.error, error_description: self.description.as_deref() };
        let body = serde_json::to_vec(&body).unwrap_or_else(|_| b"{}".to_vec());
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Guildhall\""));
        }
        response
    }
}
