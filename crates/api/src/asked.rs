//! What handlers work with: the hall, the thing named in the path, the query, the JSON body.
//!
//! All of it is read strictly. A field or parameter that is not known is refused, because a misspelt one that
//! is passed over does something else than the client meant.

use crate::answer::Failure;
use app::Hall;
use auth::params::BODY_LIMIT;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

/// The state of every handler. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    /// The use cases' hall.
    pub hall: Hall,
}

/// The thing that the path names. What cannot be an id names nothing: it is not found, like any other.
#[derive(Debug, Clone, Copy)]
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = Path::<T>::from_request_parts(parts, state).await;
        read.map(|Path(named)| Self(named)).map_err(|_| Failure::not_found())
    }
}

/// The query, with no parameter that is not known.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(query)| Self(query))
            .map_err(|bad| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "query_invalid", bad.body_text()))
    }
}

/// The JSON body, with no field that is not known.
#[derive(Debug)]
pub struct Sent<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Sent<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        if !is_json(request.headers()) {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Failure::new(status, "content_type_unsupported", "Send the request as application/json."));
        }
        let too_large = |_| Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The request is too large.");
        let bytes = to_bytes(request.into_body(), BODY_LIMIT).await.map_err(too_large)?;
        let Json(body) = Json::<T>::from_bytes(&bytes).map_err(|bad| unreadable(&bad))?;
        if holds_nul(&bytes) {
            return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "body_invalid", "A text holds a NUL character."));
        }
        Ok(Self(body))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn unreadable(bad: &JsonRejection) -> Failure {
    match bad {
        JsonRejection::JsonDataError(_) => Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "body_invalid", bad.body_text()),
        _ => Failure::new(StatusCode::BAD_REQUEST, "body_not_json", bad.body_text()),
    }
}

/// Whether a text of this JSON holds a NUL, which databases do not keep. JSON can only write it as an escape.
fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if rest.starts_with(b"u0000") {
            return true;
        }
        // What is escaped can itself be a backslash.
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        name: String,
    }

    async fn sent(kind: &str, body: String) -> Result<String, (u16, &'static str)> {
        let request = Request::post("/x").header(CONTENT_TYPE, kind).body(Body::from(body)).unwrap();
        let read = Sent::<Thing>::from_request(request, &()).await;
        read.map(|Sent(thing)| thing.name).map_err(|failure| (failure.status.as_u16(), failure.code))
    }

    #[tokio::test]
    async fn bodies_are_read_strictly() {
        let json = "application/json";
        assert_eq!(sent("Application/JSON; charset=utf-8", r#"{"name":"a"}"#.into()).await, Ok("a".into()));
        assert_eq!(sent(json, r#"{"name":"\\u0000"}"#.into()).await, Ok("\\u0000".into()));
        for (kind, body, expected) in [
            ("text/plain", r#"{"name":"a"}"#.to_owned(), (415, "content_type_unsupported")),
            (json, String::new(), (400, "body_not_json")),
            (json, r#"{"name""#.into(), (400, "body_not_json")),
            (json, "[".repeat(10_000), (422, "body_invalid")),
            (json, "{}".into(), (422, "body_invalid")),
            (json, r#"{"name":1}"#.into(), (422, "body_invalid")),
            (json, r#"{"name":"a","nane":"b"}"#.into(), (422, "body_invalid")),
            (json, r#"{"name":"a","name":"b"}"#.into(), (422, "body_invalid")),
            (json, r#"{"name":"a\u0000"}"#.into(), (422, "body_invalid")),
            (json, r#"{"name":"\\\u0000"}"#.into(), (422, "body_invalid")),
            (json, format!(r#"{{"name":"{}"}}"#, "x".repeat(BODY_LIMIT)), (413, "body_too_large")),
        ] {
            assert_eq!(sent(kind, body.clone()).await, Err(expected), "{body:.40}");
        }
    }

    #[tokio::test]
    async fn the_sentence_names_the_field() {
        let request = Request::post("/x").header(CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(r#"{"name":"a","nane":"b"}"#)).unwrap();
        let failure = Sent::<Thing>::from_request(request, &()).await.unwrap_err();
        assert!(failure.message.contains("nane"), "{}", failure.message);
    }
}
