//! `Delete`: a post is gone, by its author or by a moderator of the community it is in.

use super::{Done, Failure, order};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, same_origin};
use app::federated::posts;

/// A `Delete` by its actor.
pub async fn delete(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let known = posts::by_uri(federation.hall(), id).await?;
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
