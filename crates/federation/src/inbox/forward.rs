//! Forwarding (ActivityPub section 7.1.2): what a server passes on of somebody on another.

use super::VerifiedActor;
use super::receive::{Refused, keep_as, refuse, unsure};
use crate::error::response;
use crate::resolve::KnownKey;
use crate::translate::announce;
use crate::{Federation, host_of};
use activitypub::model::{ActivityKind, Delivered, same_origin};
use activitypub::signature::Unverified;
use activitypub::{proof, vocab};
use app::Requester;
use app::federated::{actors, fetches, posts};
use axum::http::StatusCode;
use bytes::Bytes;
use std::sync::Arc;

/// Whether a known actor passes on what another one did.
pub fn forwards(known: &KnownKey, activity: &Delivered) -> bool {
    let passed_on = matches!(activity.kind, ActivityKind::Create | ActivityKind::Update | ActivityKind::Delete);
    passed_on && known.actor_uri != activity.actor
}

/// What is passed on is its actor's if it carries the actor's own proof (FEP-8b32): then it is taken like any other. Else
/// what answers a post that is here is asked for at its own origin, and everything else dropped (facts 90).
pub async fn forwarded(
    federation: &Federation,
    claim: Unverified,
    forwarder: Arc<KnownKey>,
    activity: Delivered,
    body: &Bytes,
) -> Result<(), Refused> {
    let failed = |error: app::Error| Box::new(response(&error));
    let of_another = || refuse(StatusCode::FORBIDDEN, "key_of_another");
    for id in [&activity.id, &activity.actor, &forwarder.actor_uri] {
        if federation.is_ours(id) || federation.is_blocked(&host_of(id).unwrap_or_default()).await.map_err(failed)? {
            return Err(of_another());
        }
    }
    let known = federation.verify(claim, forwarder).await.map_err(|error| unsure(&error))?;
    if proof::verification_method(&activity.raw).is_some() {
        let actor = VerifiedActor::by_uri(federation, &activity.actor).await.map_err(|error| unsure(&error))?;
        let own = announce::proved(federation, &actor, &activity.raw).await.unwrap_or(false);
        if own && activity.object_id() == Some(activity.actor.as_str()) && activity.kind == ActivityKind::Update {
            // It may be an old one, passed on again: what they say now is read from themselves.
            return actors::read_again(federation.hall(), actor.id(), 0).await.map_err(failed);
        }
        return if own { keep_as(federation, actor.wire.uri, &known, activity, body).await } else { Err(of_another()) };
    }
    let object = activity.object_id().filter(|id| same_origin(id, &activity.actor));
    let answered = activity.object().get("inReplyTo").and_then(vocab::id_of);
    let (Some(object), Some(answered)) = (object, answered) else { return Err(of_another()) };
    let Some(parent) = posts::by_uri(federation.hall(), answered).await.map_err(failed)? else { return Err(of_another()) };
    // What is not for everybody is answered like what is not there (C075).
    if app::posts::show(federation.hall(), &Requester::anonymous(), parent.id).await.is_err() {
        return Err(of_another());
    }
    fetches::ask_thread(federation.hall(), object, None).await.map_err(failed)
}
