//! `Update`: an actor or a post changed.

use super::create::{Way, publish};
use super::{Done, Failure, addressing, content, poll};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, ActorKind, ObjectDoc, same_origin};
use app::ErrorKind;
use app::federated::actors;
use domain::id::ActorId;
use serde_json::Value;

/// Whether this is news of a community of another hall, by one of its moderators.
async fn community_named(federation: &Federation, activity: &Activity) -> Result<bool, Failure> {
    let group = activity.object.get("type").and_then(Value::as_str) == Some("Group");
    let Some(id) = activity.object_id().filter(|id| group && !federation.is_ours(id)) else { return Ok(false) };
    Ok(actors::community_by_uri(federation.hall(), id).await?.is_some())
}

/// A community's own document is read again, whoever says that it is worth it; what is embedded is not believed.
pub async fn community(federation: &Federation, uri: &str) -> Done {
    federation.ask_again(uri)?;
    federation.fetch_actor(uri).await?;
    Ok("community updated")
}

/// An `Update` by its actor, or one that the group (with its actor) announced.
pub async fn update(federation: &Federation, actor: &VerifiedActor, activity: &Activity, announced: Option<ActorId>) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?.to_owned();
    if id == activity.actor {
        // Keys change only through the actor's own document (C027).
        federation.fetch_actor(&id).await?;
        return Ok("actor updated");
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
