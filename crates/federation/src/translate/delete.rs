//! `Delete`: a post is gone, by its author or by a moderator of the community it is in; or a whole community is.

use super::{Done, Failure, order};
use crate::Federation;
use crate::inbox::VerifiedActor;
use crate::resolve::ResolveError;
use activitypub::model::{Activity, same_origin};
use activitypub::vocab;
use app::federated::{CommunityWire, actors, posts};

/// A `Delete` by its actor.
pub async fn delete(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let known = posts::by_uri(federation.hall(), id).await?;
    if known.is_none()
        && let Some(group) = actors::community_by_uri(federation.hall(), id).await?.filter(|group| !group.local)
    {
        return group_gone(federation, &group, &activity.actor).await;
    }
    // Of what is not here, only its own origin may say that it is gone; of what is, the use case knows who may.
    if known.is_none() && !same_origin(id, &activity.actor) {
        return Err(Failure::dropped("object_foreign"));
    }
    if known.is_none() && federation.is_ours(id) {
        return Err(Failure::dropped("our_own_id"));
    }
    let record = order::record(activity, actor.id(), None);
    app::posts::delete_received(federation.hall(), &actor.requester, record, Some(activity.raw.to_string())).await?;
    Ok("deleted")
}

/// Somebody of a group's own server says that it is no more (Mobilizon's administrators, Lemmy's moderators): so it is, if
/// there is none at its address either.
pub async fn group_gone(federation: &Federation, group: &CommunityWire, by: &str) -> Done {
    if !same_origin(&group.uri, by) {
        return Err(Failure::dropped("object_foreign"));
    }
    match federation.document_by_instance(&group.uri).await {
        Err(ResolveError::Fetch(error)) if error.is_gone() => {}
        Ok(value) if vocab::types(&value) == ["Tombstone"] => {}
        // Some say so while it is still there (Mobilizon).
        Ok(_) => return Err(Failure::patient("nobody_vouches_for_it")),
        Err(error) => return Err(error.into()),
    }
    actors::end_community(federation.hall(), group.id).await?;
    Ok("community ended")
}
