//! `Undo`, with the activity embedded or only named. What comes before the thing it undoes is remembered.

use super::{Done, Failure};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, same_origin};
use activitypub::vocab;
use app::federated::{actors, inbox, memberships, people, posts};
use domain::id::PostId;
use serde_json::Value;

/// An `Undo` by the actor of what it undoes.
pub async fn undo(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    if !same_origin(id, &activity.actor) {
        return Err(Failure::dropped("object_foreign"));
    }
    let inner = |name: &str| activity.object.get(name).and_then(vocab::id_of);
    if inner("actor").is_some_and(|by| by != actor.wire.uri) {
        return Err(Failure::dropped("not_the_actor"));
    }
    let kind = activity.object.get("type").and_then(Value::as_str).unwrap_or_default();
    let done = match kind {
        "Follow" | "Join" => undo_follow(federation, actor, id, inner("object")).await?,
        "Like" => undo_like(federation, actor, id, inner("object")).await?,
        "Announce" => undo_announce(federation, actor, id, inner("object")).await?,
        // Only named: whatever of this actor has that id.
        "" => {
            undo_follow(federation, actor, id, None).await?
                || undo_like(federation, actor, id, None).await?
                || undo_announce(federation, actor, id, None).await?
        }
        _ => return Err(Failure::dropped("kind_not_supported")),
    };
    // Also where it was there: it must not come back when a copy of it comes late.
    inbox::remember_undone(federation.hall(), id, &actor.wire.uri).await?;
    Ok(if done { "undone" } else { "undone before it came" })
}

async fn undo_follow(federation: &Federation, actor: &VerifiedActor, id: &str, object: Option<&str>) -> Result<bool, Failure> {
    let hall = federation.hall();
    if let Some((community, _)) = memberships::by_uri(hall, id).await?.filter(|(_, who)| *who == actor.id()) {
        memberships::receive_leave(hall, &actor.requester, community, true).await?;
        return Ok(true);
    }
    if let Some((_, target)) = people::by_uri(hall, id).await?.filter(|(who, _)| *who == actor.id()) {
        people::receive_unfollow(hall, &actor.requester, target).await?;
        return Ok(true);
    }
    let Some(object) = object else { return Ok(false) };
    if let Some(community) = actors::community_by_uri(hall, object).await?.filter(|group| group.local) {
        let there = memberships::standing(hall, community.id, actor.id()).await?;
        memberships::receive_leave(hall, &actor.requester, community.id, true).await?;
        return Ok(there.is_some());
    }
    match actors::wire_by_uri(hall, object).await?.filter(|target| target.host.is_none()) {
        Some(target) => {
            people::receive_unfollow(hall, &actor.requester, target.id).await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

async fn undo_like(federation: &Federation, actor: &VerifiedActor, id: &str, object: Option<&str>) -> Result<bool, Failure> {
    let by_id = posts::liked_by_uri(federation.hall(), &actor.requester, id).await?;
    match by_id.or(known(federation, object).await?) {
        Some(post) => posts::unliked(federation.hall(), &actor.requester, post).await.map(|()| true).map_err(Failure::from),
        None => Ok(false),
    }
}

async fn undo_announce(federation: &Federation, actor: &VerifiedActor, id: &str, object: Option<&str>) -> Result<bool, Failure> {
    let hall = federation.hall();
    let boost = posts::by_uri(hall, id).await?.filter(|boost| boost.actor == actor.id());
    let original = match boost {
        Some(boost) => posts::record(hall, boost.id).await?.and_then(|record| record.boost_of),
        None => known(federation, object).await?,
    };
    let Some(original) = original else { return Ok(false) };
    if actor.community(federation).await?.is_some() {
        app::posts::unannounced(hall, &actor.requester, original).await?;
    } else {
        posts::unboosted(hall, &actor.requester, original).await?;
    }
    Ok(true)
}

async fn known(federation: &Federation, uri: Option<&str>) -> Result<Option<PostId>, Failure> {
    let Some(uri) = uri else { return Ok(None) };
    Ok(posts::by_uri(federation.hall(), uri).await?.map(|post| post.id))
}
