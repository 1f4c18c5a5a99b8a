//! `Update`: an actor or a post changed.

use super::create::{Way, publish};
use super::{Done, Failure, addressing, content, poll};
use crate::Federation;
use crate::inbox::VerifiedActor;
use crate::resolve::proof_key;
use activitypub::model::{Activity, ActorDoc, ActorKind, ObjectDoc, same_origin};
use app::ErrorKind;
use app::federated::{ActorWire, actors};
use domain::id::ActorId;
use domain::time::MINUTE;
use serde_json::Value;

/// Whether this is news of a community of another hall, by one of its moderators.
async fn community_named(federation: &Federation, activity: &Activity) -> Result<bool, Failure> {
    let group = activity.object.get("type").and_then(Value::as_str) == Some("Group");
    let Some(id) = activity.object_id().filter(|id| group && !federation.is_ours(id)) else { return Ok(false) };
    Ok(actors::community_by_uri(federation.hall(), id).await?.is_some())
}

/// A community's own document is read again, whoever says that it is worth it; what is embedded is not believed. If it was
/// read a moment ago, then at the next occasion.
pub async fn community(federation: &Federation, uri: &str) -> Done {
    if federation.ask_again(uri).is_ok() {
        federation.fetch_actor(uri).await?;
    } else if let Some(group) = actors::wire_by_uri(federation.hall(), uri).await? {
        actors::read_again(federation.hall(), group.id, 0).await?;
    }
    Ok("community updated")
}

/// What an actor says of itself is believed as it is sent: some servers answer with a document of minutes ago when it is
/// asked for right after (Mastodon keeps one for three). Keys change only through the actor's own document (C027), which
/// is read again later anyway, in case this is not the latest word.
async fn own_document(federation: &Federation, actor: &VerifiedActor, sent: Option<&Value>) -> Done {
    let sent = sent.and_then(|value| ActorDoc::parse(value).ok()).filter(|doc| doc.id == actor.wire.uri);
    match sent.filter(|doc| has_known_keys(doc, &actor.wire)) {
        Some(doc) => {
            let wire = federation.store_doc(doc).await?;
            actors::read_again(federation.hall(), wire.id, LATER).await?;
        }
        None => {
            federation.fetch_actor(&actor.wire.uri).await?;
        }
    }
    Ok("actor updated")
}

/// After so long, in milliseconds, no cache has an old document any more.
const LATER: i64 = 10 * MINUTE;

fn has_known_keys(doc: &ActorDoc, known: &ActorWire) -> bool {
    let rsa = doc.public_key.as_ref().map(|key| (&key.id, &key.pem));
    let proof = proof_key(doc).map(|key| (&key.id, &key.multibase));
    rsa == known.key.as_ref().map(|(id, pem)| (id, pem)) && proof == known.proof_key.as_ref().map(|(id, key)| (id, key))
}

/// An `Update` by its actor, or one that the group (with its actor) announced.
pub async fn update(federation: &Federation, actor: &VerifiedActor, activity: &Activity, announced: Option<ActorId>) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?.to_owned();
    if id == activity.actor {
        return own_document(federation, actor, activity.embedded().filter(|_| announced.is_none())).await;
    }
    if community_named(federation, activity).await? {
        return community(federation, &id).await;
    }
    if !same_origin(&id, &activity.actor) {
        return Err(Failure::dropped("object_foreign"));
    }
    let value = match activity.embedded() {
        Some(value) => value.clone(),
        None => addressing::named(federation, activity, &id).await?,
    };
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    if ActorKind::from_name(kind).is_some() {
        return Err(Failure::dropped("not_the_actor"));
    }
    let object = ObjectDoc::parse(&value)?;
    if object.author()? != actor.wire.uri {
        return Err(Failure::dropped("not_the_author"));
    }
    let raw = announced.is_none().then(|| activity.raw.to_string());
    let (hall, now) = (federation.hall(), app::federated::now(federation.hall()));
    let taken = if let Some(count) = poll::count(&object, activity, now, raw.clone()) {
        app::polls::receive_count(hall, &actor.requester, &object.id, count).await
    } else {
        let edit = content::network_edit(&object, poll::told(Some(activity), now), now, raw);
        app::posts::edit_received(hall, &actor.requester, &object.id, edit).await
    };
    match taken {
        // Changed before it came: the change is the post (facts 67).
        Err(error) if error.kind == ErrorKind::NotFound && error.code == "unknown" => {
            let way = announced.map_or(Way::Direct, Way::Announced);
            publish(federation, actor, &object, Some(activity), way).await.map(|_| "created by update")
        }
        other => {
            other?;
            Ok("updated")
        }
    }
}
