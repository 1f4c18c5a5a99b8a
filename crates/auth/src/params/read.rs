//! Reading parameters from the encodings that clients use.

use super::{BODY_LIMIT, Params, bad};
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use bytes::BytesMut;
use futures_util::StreamExt;
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::Value;

/// Deepest nesting of JSON that is a parameter of anything.
const DEPTH: usize = 8;

pub(super) async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Params, Problem> {
    let mut params = Params::default();
    if let Some(query) = request.uri().query() {
        form(&mut params, query.as_bytes())?;
    }
    match encoding(&request) {
        Encoding::Multipart => multipart(&mut params, request, state).await?,
        Encoding::Form => form(&mut params, &body(request).await?)?,
        Encoding::Json => json(&mut params, &body(request).await?)?,
        Encoding::Other => {
            if !body(request).await?.is_empty() {
                return Err(Problem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "Send application/json, application/x-www-form-urlencoded or multipart/form-data",
                ));
            }
        }
    }
    Ok(params)
}

enum Encoding {
    Form,
    Json,
    Multipart,
    Other,
}

fn encoding(request: &Request) -> Encoding {
    let named = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = named.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Encoding::Json
    } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Encoding::Form
    } else if essence.eq_ignore_ascii_case("multipart/form-data") {
        Encoding::Multipart
    } else {
        Encoding::Other
    }
}

/// How much of a body over the limit is still read and thrown away: a client that is cut off while it sends
/// never reads why.
const DRAIN_LIMIT: usize = 16 * BODY_LIMIT;

async fn body(request: Request) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large");
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let mut body = request.into_body().into_data_stream();
    let mut read = BytesMut::with_capacity(announced.unwrap_or_default().min(BODY_LIMIT));
    let mut total = 0_usize;
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "The request broke off"))?;
        total = total.saturating_add(part.len());
        if total > DRAIN_LIMIT {
            return Err(too_large());
        }
        if total <= BODY_LIMIT {
            read.extend_from_slice(&part);
        }
    }
    if total > BODY_LIMIT { Err(too_large()) } else { Ok(read.freeze()) }
}

fn form(params: &mut Params, bytes: &[u8]) -> Result<(), Problem> {
    for (key, value) in url::form_urlencoded::parse(bytes) {
        params.push(key.into_owned(), value.into_owned())?;
    }
    Ok(())
}

fn json(params: &mut Params, bytes: &[u8]) -> Result<(), Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|_| bad("The request is not valid JSON"))?;
    let Value::Object(fields) = value else { return Err(bad("The request is not a JSON object")) };
    for (key, value) in fields {
        flatten(params, key, value, DEPTH)?;
    }
    Ok(())
}

/// `{"a": {"b": [1, 2]}}` → `a[b][]=1`, `a[b][]=2`; records in a list get their index.
fn flatten(params: &mut Params, name: String, value: Value, depth: usize) -> Result<(), Problem> {
    let deeper = depth.checked_sub(1).ok_or_else(|| bad("The request is nested too deeply"))?;
    match value {
        Value::Null => params.nulls.push(name),
        Value::Bool(flag) => params.push(name, flag.to_string())?,
        Value::Number(number) => params.push(name, number.to_string())?,
        Value::String(text) => params.push(name, text)?,
        Value::Array(items) => {
            for (index, item) in items.into_iter().enumerate() {
                let inner = if item.is_object() || item.is_array() { format!("{name}[{index}]") } else { format!("{name}[]") };
                flatten(params, inner, item, deeper)?;
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                flatten(params, format!("{name}[{key}]"), field, deeper)?;
            }
        }
    }
    Ok(())
}

/// Text fields only; uploaded files are read by the routes that want them.
async fn multipart<S: Send + Sync>(params: &mut Params, request: Request, state: &S) -> Result<(), Problem> {
    let unreadable = || bad("The multipart form cannot be read");
    let mut parts = Multipart::from_request(request, state).await.map_err(|_| unreadable())?;
    let mut room = BODY_LIMIT;
    while let Some(part) = parts.next_field().await.map_err(|error| multipart_problem(&error))? {
        let Some(name) = part.name().map(str::to_owned) else { continue };
        if part.file_name().is_some() {
            // The rest of an unread part is skipped when the next one is asked for.
            continue;
        }
        let text = part.bytes().await.map_err(|error| multipart_problem(&error))?;
        room = room
            .checked_sub(text.len())
            .ok_or_else(|| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large"))?;
        params.push(name, String::from_utf8_lossy(&text).into_owned())?;
    }
    Ok(())
}

fn multipart_problem(error: &axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large");
    }
    bad("The multipart form cannot be read")
}
