//! Answers: JSON written once, and the one place that turns an error of the use cases into Mastodon's shape.

use app::{Error, ErrorKind};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// What every handler gives back.
pub type Answer = Result<Response, Failure>;

/// About what a status takes, so that a page is written without growing its buffer much.
pub const STATUS_BYTES: usize = 3_072;

/// An error of the use cases, on its way to a client.
#[derive(Debug)]
pub struct Failure(pub Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl Failure {
    /// The one answer for what is not there, not for this requester, or not in this server.
    pub fn not_found() -> Self {
        Self(Error::not_found())
    }

    /// The request cannot be done as it stands; the sentence says why.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self(Error::invalid(code, message))
    }
}

/// Mastodon API: Error entity, with a stable word beside the sentence.
#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Error { kind, code, message } = &self.0;
        let (status, retry) = match kind {
            ErrorKind::NotFound => (StatusCode::NOT_FOUND, None),
            ErrorKind::Denied => (StatusCode::FORBIDDEN, None),
            // Mastodon knows no 409: what collides is a request that cannot be processed.
            ErrorKind::Invalid | ErrorKind::Conflict => (StatusCode::UNPROCESSABLE_ENTITY, None),
            ErrorKind::Limited => (StatusCode::TOO_MANY_REQUESTS, Some(60)),
            ErrorKind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, Some(5)),
            ErrorKind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, None),
        };
        // Byte for byte the same whatever is not found, so that nothing can be told from it.
        let body = match kind {
            ErrorKind::NotFound => Body { error: "Record not found", code: None },
            _ => Body { error: message, code: Some(code) },
        };
        let mut response = (status, serde_json::to_vec(&body).unwrap_or_else(|_| b"{}".to_vec())).into_response();
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        if let Some(seconds) = retry {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// One thing, or a list, as JSON.
pub fn json(value: &impl Serialize) -> Answer {
    sized(value, 1_024)
}

/// The same, where it is known about how long it gets.
pub fn sized(value: &impl Serialize, bytes: usize) -> Answer {
    let mut body = Vec::with_capacity(bytes);
    serde_json::to_writer(&mut body, value).map_err(Error::internal)?;
    let mut response = body.into_response();
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    Ok(response)
}

/// An answer without content: some clients fail on an empty body, so it is an empty object.
pub fn done() -> Answer {
    #[derive(Serialize)]
    struct Empty {}
    json(&Empty {})
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shown(error: Error) -> (u16, Option<String>, String) {
        let response = Failure(error).into_response();
        let retry = response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, retry, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_kind_of_error_has_its_status_and_shape() {
        let not_found = (404, None, r#"{"error":"Record not found"}"#.to_owned());
        assert_eq!(shown(Error::not_found()).await, not_found);
        assert_eq!(shown(Error::new(ErrorKind::NotFound, "secret", "of another kind")).await, not_found);
        for (kind, status, retry) in [
            (ErrorKind::Denied, 403, None),
            (ErrorKind::Invalid, 422, None),
            (ErrorKind::Conflict, 422, None),
            (ErrorKind::Limited, 429, Some("60")),
            (ErrorKind::Unavailable, 503, Some("5")),
            (ErrorKind::Internal, 500, None),
        ] {
            let expected = (status, retry.map(str::to_owned), r#"{"error":"A sentence.","code":"word"}"#.to_owned());
            assert_eq!(shown(Error::new(kind, "word", "A sentence.")).await, expected);
        }
    }
}
