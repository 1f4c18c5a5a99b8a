//! Answers: JSON written once, and the one place that gives every error its status, code and sentence.

use app::{Error, ErrorKind};
use auth::Problem;
use axum::body::{Body, to_bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What every handler gives back.
pub type Answer = Result<Response, Failure>;

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// An error on its way to a client.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// HTTP's number.
    pub status: StatusCode,
    /// Stable and machine-readable.
    pub code: &'static str,
    /// A sentence a person understands.
    pub message: String,
}

impl Failure {
    /// An error of the request's form.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// The one answer for what is not there and what is not for this requester.
    pub fn not_found() -> Self {
        Error::not_found().into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // Byte for byte the same whatever is not found, so that nothing can be told from it.
        let error = if error.kind == ErrorKind::NotFound { Error::not_found() } else { error };
        Self { status: Problem::status_of(error.kind), code: error.code, message: error.message }
    }
}

/// What went wrong.
///
/// Besides the codes that an operation names, every operation may answer `unauthorized` (the token is not valid),
/// `outside_scopes`, `person_required` (the token is an application's own), `not_found` (not there, or not for
/// you), `too_many_requests`, `unavailable`, `database_unavailable` and `internal`; a query can be
/// `query_invalid`, a JSON body `body_not_json`, `body_invalid` (an unknown, missing or misread field; the
/// sentence names it), `body_too_large` or `content_type_unsupported`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A sentence for people.
    pub error: String,
    /// A stable word for programs.
    #[serde(default)]
    #[schema(required = true)]
    pub code: String,
}

/// Marks an answer whose error has its code, so that [`coded`] leaves it alone.
#[derive(Debug, Clone, Copy)]
struct Coded;

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = ProblemBody { error: self.message, code: self.code.to_owned() };
        let mut response = (self.status, serde_json::to_vec(&body).unwrap_or_default()).into_response();
        response.extensions_mut().insert(Coded);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        let retry = match self.status {
            StatusCode::TOO_MANY_REQUESTS => Some(60),
            StatusCode::SERVICE_UNAVAILABLE => Some(5),
            _ => None,
        };
        if let Some(seconds) = retry {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The guard refuses with a sentence alone, in the shape that all APIs share; here every error has a code as well.
pub async fn coded(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.extensions().get::<Coded>().is_some() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, 64 * 1024).await.unwrap_or_default();
    let sentence = serde_json::from_slice::<ProblemBody>(&bytes).map(|body| body.error);
    let sentence = sentence.unwrap_or_else(|_| status.canonical_reason().unwrap_or("Error").to_owned());
    let body = ProblemBody { error: sentence, code: code_of(status).to_owned() };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, JSON);
    Response::from_parts(parts, Body::from(serde_json::to_vec(&body).unwrap_or_default()))
}

/// The code of an error that only has a status.
fn code_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "unauthorized",
        StatusCode::FORBIDDEN => "outside_scopes",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::UNPROCESSABLE_ENTITY => "person_required",
        StatusCode::TOO_MANY_REQUESTS => "too_many_requests",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        status if status.is_server_error() => "internal",
        _ => "refused",
    }
}

/// For a path of this API with a method that it does not have. The `Allow` header is the router's.
pub async fn method_not_allowed() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address does not take this method.")
}

/// One thing, or a list, as JSON.
pub fn json(value: &impl Serialize) -> Answer {
    with_status(StatusCode::OK, value)
}

/// A thing that was made, and where it can be read.
pub fn created(value: &impl Serialize, location: Option<&str>) -> Answer {
    let mut response = with_status(StatusCode::CREATED, value)?;
    if let Some(value) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
        response.headers_mut().insert(LOCATION, value);
    }
    Ok(response)
}

/// Done, with nothing to show.
pub fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn with_status(status: StatusCode, value: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(value).map_err(Error::internal)?;
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shown(response: Response) -> (u16, String) {
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_kind_of_error_has_its_status_and_keeps_its_code() {
        for (kind, status) in [
            (ErrorKind::Denied, 403),
            (ErrorKind::Invalid, 422),
            (ErrorKind::Conflict, 422),
            (ErrorKind::Limited, 429),
            (ErrorKind::Unavailable, 503),
            (ErrorKind::Internal, 500),
        ] {
            let failure = Failure::from(Error::new(kind, "word", "A sentence."));
            let expected = (status, r#"{"error":"A sentence.","code":"word"}"#.to_owned());
            assert_eq!(shown(coded(failure.into_response()).await).await, expected);
        }
    }

    #[tokio::test]
    async fn what_is_not_found_is_told_in_one_way_only() {
        let expected = (404, r#"{"error":"Record not found","code":"not_found"}"#.to_owned());
        assert_eq!(shown(Failure::not_found().into_response()).await, expected);
        let telling = Error::new(ErrorKind::NotFound, "gone", "This was deleted.");
        assert_eq!(shown(Failure::from(telling).into_response()).await, expected);
    }

    #[tokio::test]
    async fn a_refusal_of_the_guard_gets_a_code_and_keeps_its_headers() {
        let refused = coded(Problem::new(StatusCode::UNAUTHORIZED, "The access token is invalid").into_response()).await;
        assert!(refused.headers().contains_key("www-authenticate"));
        let expected = (401, r#"{"error":"The access token is invalid","code":"unauthorized"}"#.to_owned());
        assert_eq!(shown(refused).await, expected);
        let empty = coded(StatusCode::INTERNAL_SERVER_ERROR.into_response()).await;
        assert_eq!(shown(empty).await, (500, r#"{"error":"Internal Server Error","code":"internal"}"#.to_owned()));
    }

    #[tokio::test]
    async fn good_answers_pass_untouched() {
        let answer = coded(json(&["a"]).unwrap()).await;
        assert_eq!(shown(answer).await, (200, r#"["a"]"#.to_owned()));
    }
}
