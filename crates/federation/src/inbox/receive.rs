//! Receiving: bounded body, strict JSON, digest, signature, origin, then a durable row, then 202.

use super::forward::{forwarded, forwards};
use super::verified::UPDATE_MARK;
use crate::error::{not_found, refusal, response};
use crate::refusals::reason;
use crate::resolve::{KnownKey, ResolveError};
use crate::routes::Asked;
use crate::{Federation, host_of, short_digest};
use activitypub::json;
use activitypub::model::{ActivityKind, Delivered};
use activitypub::signature::{self, RequestParts, SignatureError, Unverified};
use app::federated::{Received, actors, deliveries, inbox};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::id::ActorId;
use std::sync::Arc;
use std::time::Duration;

/// What peers send at most (facts 25).
const MAX_BODY: usize = 1024 * 1024;
/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(20);

/// Why a delivery is not taken: the answer.
///
/// Boxed, because it is large and rare.
pub(super) type Refused = Box<Response>;

#[expect(clippy::unnecessary_box_returns, reason = "this is the error half of results")]
pub(super) fn refuse(status: StatusCode, code: &str) -> Refused {
    // The sender's administrator sees a number at most: whoever runs this hall can be asked why.
    tracing::debug!(%status, why = code, "a delivery is refused");
    Box::new(refusal(status, code, reason(code).unwrap_or(code)))
}

#[expect(clippy::unnecessary_box_returns, reason = "this is the error half of results")]
fn not_signed(error: SignatureError) -> Refused {
    tracing::debug!(why = error.code(), "a delivery is refused");
    Box::new(refusal(StatusCode::UNAUTHORIZED, error.code(), &error.to_string()))
}

/// `POST /inbox` and `POST /a/{id}/inbox`.
pub async fn receive(federation: &Federation, asked: &Asked, body: Body) -> Response {
    match take(federation, asked, body).await {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(response) => *response,
    }
}

async fn take(federation: &Federation, asked: &Asked, body: Body) -> Result<(), Refused> {
    check_form(&asked.headers)?;
    if let Some(id) = asked.param("id") {
        // Every id has the same inbox, also one that was never used: who is here is not told by a status.
        let _: ActorId = id.parse().map_err(|_| Box::new(not_found()))?;
    }
    let body = read(&asked.headers, body).await?;
    let claims = inspect(federation, asked, &body)?;
    let value = json::parse(&body, json::Limits { max_bytes: MAX_BODY, ..json::Limits::default() })
        .map_err(|error| refuse(StatusCode::BAD_REQUEST, error.code()))?;
    // What is said once more in the same words is another act; the same request again is not.
    let made = |actor: &str| {
        let signature = asked.headers.get("signature").map(HeaderValue::as_bytes).unwrap_or_default();
        format!("{actor}#{}", short_digest(&[signature, &body[..]].concat()))
    };
    let activity = Delivered::parse_delivered(value, made).map_err(|error| refuse(StatusCode::BAD_REQUEST, error.code()))?;
    let alone = claims.len() == 1;
    // Several signatures must all be the actor's: each of them is asked about it.
    let mut signed = None;
    for claim in claims {
        let stored = federation.stored_key(claim.key_id()).await.map_err(|error| unsure(&error))?;
        if let Some(forwarder) = stored.as_ref().filter(|known| alone && forwards(known, &activity)) {
            return forwarded(federation, claim, forwarder.clone(), activity, &body).await;
        }
        let Some(known) = signer(federation, &claim, &activity, stored).await? else { return Ok(()) };
        signed = Some(federation.verify(claim, known).await.map_err(|error| unsure(&error))?);
    }
    let known = signed.ok_or_else(|| not_signed(SignatureError::Missing))?;
    keep(federation, &known, activity, &body).await
}

/// What can be refused before anything is read.
fn check_form(headers: &HeaderMap) -> Result<(), Refused> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = text(header::CONTENT_TYPE).to_ascii_lowercase();
    let media = kind.split(';').next().unwrap_or_default().trim();
    if !matches!(media, "application/activity+json" | "application/ld+json") {
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "body_type"));
    }
    if !matches!(text(header::CONTENT_ENCODING), "" | "identity") {
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "body_encoding"));
    }
    if !headers.contains_key("signature") {
        return Err(not_signed(SignatureError::Missing));
    }
    Ok(())
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Refused> {
    let too_large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large");
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > MAX_BODY) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, to_bytes(body, MAX_BODY)).await {
        Ok(read) => read.map_err(|_| too_large()),
        Err(_) => Err(refuse(StatusCode::REQUEST_TIMEOUT, "body_late")),
    }
}

fn inspect(federation: &Federation, asked: &Asked, body: &Bytes) -> Result<Vec<Unverified>, Refused> {
    let headers = asked.signed_headers().ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "header_unreadable"))?;
    let parts = RequestParts { method: "POST", path_and_query: &asked.path_and_query, headers: &headers, body: Some(body) };
    let now = app::federated::now(federation.hall()).seconds();
    signature::inspect(&parts, now, federation.base()).map_err(not_signed)
}

/// The key this must be signed with; `stored`: the one that is known under the name it gives. `None`: nothing to do, and
/// nothing is fetched for it.
async fn signer(
    federation: &Federation,
    unverified: &Unverified,
    activity: &Delivered,
    stored: Option<Arc<KnownKey>>,
) -> Result<Option<Arc<KnownKey>>, Refused> {
    let failed = |error: app::Error| Box::new(response(&error));
    if let Some(known) = stored.as_ref().filter(|known| known.actor_uri == activity.actor) {
        // Whoever is known is of another hall, and of the host that was known with the key.
        let blocked = federation.is_blocked(&known.uri_host).await.map_err(failed)?;
        return if blocked { Err(refuse(StatusCode::FORBIDDEN, "blocked")) } else { Ok(stored) };
    }
    let key_id = unverified.key_id();
    // Our own keys and ids never come from outside (C039, C061).
    if federation.is_ours(key_id) || federation.is_ours(&activity.id) || federation.is_ours(&activity.actor) {
        return Err(refuse(StatusCode::UNAUTHORIZED, "our_own_id"));
    }
    for id in [key_id, activity.actor.as_str()] {
        if federation.is_blocked(&host_of(id).unwrap_or_default()).await.map_err(failed)? {
            return Err(refuse(StatusCode::FORBIDDEN, "blocked"));
        }
    }
    if stored.is_some() {
        return Err(refuse(StatusCode::FORBIDDEN, "key_of_another"));
    }
    if activity.kind == ActivityKind::Delete && activity.object_id() == Some(activity.actor.as_str()) {
        let known = actors::wire_by_uri(federation.hall(), &activity.actor).await.map_err(failed)?;
        // Somebody unknown is gone: nothing to forget, and no key that could be asked for (C029).
        if known.is_none() {
            return Ok(None);
        }
    }
    federation.key_of_actor(key_id, &activity.actor).await.map(Some).map_err(|error| unsure(&error))
}

/// 401 where the sender is wrong, 503 where we could not find out and it should come again (C030).
#[expect(clippy::unnecessary_box_returns, reason = "this is the error half of results")]
pub(super) fn unsure(error: &ResolveError) -> Refused {
    match error {
        ResolveError::Fetch(fetch) if fetch.is_temporary() => refuse(StatusCode::SERVICE_UNAVAILABLE, "key_unreachable"),
        ResolveError::Fetch(error) => {
            tracing::debug!(%error, "the key cannot be had");
            refuse(StatusCode::UNAUTHORIZED, "key_unknown")
        }
        ResolveError::Refused(code @ "asked_a_moment_ago") => refuse(StatusCode::SERVICE_UNAVAILABLE, code),
        ResolveError::Refused(code @ ("key_of_another" | "blocked")) => refuse(StatusCode::FORBIDDEN, code),
        ResolveError::Refused(code) => refuse(StatusCode::UNAUTHORIZED, code),
        ResolveError::App(error) => Box::new(response(error)),
    }
}

async fn keep(federation: &Federation, known: &KnownKey, activity: Delivered, body: &Bytes) -> Result<(), Refused> {
    keep_as(federation, known.actor_uri.clone(), known, activity, body).await
}

/// Keeps what this actor did, whoever brought it.
pub(super) async fn keep_as(
    federation: &Federation,
    actor: String,
    known: &KnownKey,
    activity: Delivered,
    body: &Bytes,
) -> Result<(), Refused> {
    let hall = federation.hall();
    let failed = |error: app::Error| Box::new(response(&error));
    // Its address was asked about before; its handle may have another host.
    if known.host != known.uri_host && federation.is_blocked(&known.host).await.map_err(failed)? {
        return Err(refuse(StatusCode::FORBIDDEN, "blocked"));
    }
    if federation.inbox_full().await.map_err(failed)? {
        return Err(refuse(StatusCode::SERVICE_UNAVAILABLE, "inbox_full"));
    }
    let body = String::from_utf8(body.to_vec()).map_err(|_| refuse(StatusCode::BAD_REQUEST, "json_encoding"))?;
    let received = Received {
        activity_uri: key(&activity, app::federated::now(hall).0),
        signer_uri: actor,
        host: known.uri_host.clone(),
        body,
    };
    inbox::push(hall, received).await.map_err(failed)?;
    federation.wake(&known.host).await;
    Ok(())
}

/// Within this time, in milliseconds, the same change under the same id is the same.
const SAME_CHANGE: i64 = 10 * domain::time::MINUTE;

/// By what an activity is known to have come before: its id. Some servers give every change of a thing the same one
/// (Mobilizon), so an `Update` is another one if what it says is; and, since a thing may be changed back, if it comes
/// later and does not say when it was changed.
fn key(activity: &Delivered, now: i64) -> String {
    if activity.kind != ActivityKind::Update {
        return activity.id.clone();
    }
    let when = if activity.object().get("updated").is_some() { 0 } else { now / SAME_CHANGE };
    format!("{}{UPDATE_MARK}{}", activity.id, short_digest(format!("{when} {}", activity.object()).as_bytes()))
}

impl Federation {
    async fn inbox_full(&self) -> app::Result<bool> {
        if let Some(known) = self.0.full.get(&()) {
            return Ok(known);
        }
        let full = inbox::full(self.hall()).await?;
        self.0.full.insert((), full);
        Ok(full)
    }

    /// A host that speaks to us can be spoken to: what waits for it goes out at once (facts 84).
    async fn wake(&self, host: &str) {
        if self.0.woken.get(host).is_some() {
            return;
        }
        self.0.woken.insert(host.to_owned(), ());
        if let Err(error) = deliveries::wake_host(self.hall(), host).await {
            tracing::warn!(%error, host, "waiting deliveries could not be woken");
        }
    }
}
