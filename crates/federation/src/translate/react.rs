//! `Like`, `Dislike` and `EmojiReact`: what somebody thinks of a post that is here.

use super::{Done, Failure};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, ActivityKind};
use app::federated::{Reaction, posts, reactions};

/// What the activity says.
pub fn reaction(activity: &Activity) -> Reaction {
    match activity.kind {
        ActivityKind::Dislike => Reaction::Dislike,
        _ => Reaction::Favourite(activity.reaction()),
    }
}

/// A reaction by its actor. `direct`: it came from the actor, not through a group.
pub async fn react(federation: &Federation, actor: &VerifiedActor, activity: &Activity, direct: bool) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let post = posts::by_uri(federation.hall(), id).await?.filter(|post| !post.deleted);
    let post = post.ok_or(Failure::dropped("not_found"))?;
    let reaction = reaction(activity);
    let done = match &reaction {
        Reaction::Favourite(None) => "liked",
        Reaction::Favourite(Some(_)) => "liked with an emoji",
        Reaction::Dislike => "disliked",
    };
    let relay = direct.then(|| activity.raw.to_string());
    reactions::reacted(federation.hall(), &actor.requester, post.id, reaction, &activity.id, relay).await?;
    Ok(done)
}
