//! `Like`: somebody favourited a post that is here.

use super::{Done, Failure};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::Activity;
use app::federated::{inbox, posts};

/// A `Like` by its actor.
pub async fn like(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    if inbox::undone(federation.hall(), &activity.id, &actor.wire.uri).await? {
        return Err(Failure::dropped("undone_before_it_came"));
    }
    let post = posts::by_uri(federation.hall(), id).await?.filter(|post| !post.deleted);
    let post = post.ok_or(Failure::dropped("not_found"))?;
    posts::liked(federation.hall(), &actor.requester, post.id, &activity.id).await?;
    Ok("liked")
}
