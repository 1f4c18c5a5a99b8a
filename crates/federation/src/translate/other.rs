//! `Flag`, `Move`, and what is only kept.

use super::announce::Passed;
use super::order::record;
use super::{Done, Failure};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, ActorDoc};
use app::ErrorKind;
use app::federated::{ReceivedAct, actors, acts, moves, reports};
use domain::id::{ActorId, CommunityId};

/// A report: one thing or several, and why.
pub async fn report(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let about = activity.object_ids();
    if about.is_empty() {
        return Err(Failure::dropped("object_missing"));
    }
    let reason = activity.reason().unwrap_or_default();
    reports::receive(federation.hall(), &actor.requester, &activity.id, about, reason).await?;
    Ok("reported")
}

/// A person moved. The new actor's own document must say that it was the old one before (C062).
pub async fn moved(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    if activity.object_id() != Some(activity.actor.as_str()) {
        return Err(Failure::dropped("not_the_actor"));
    }
    let target = activity.target.as_deref().ok_or(Failure::dropped("object_missing"))?;
    if federation.is_ours(target) {
        return Err(Failure::dropped("no_back_link"));
    }
    let value = federation.document_by_instance(target).await?;
    let doc = ActorDoc::parse(&value)?;
    if !doc.also_known_as.contains(&actor.wire.uri) {
        return Err(Failure::dropped("no_back_link"));
    }
    let new = federation.store_doc(doc).await?;
    if actors::community_of(federation.hall(), actor.id()).await?.is_some() {
        return Err(Failure::dropped("groups_do_not_move"));
    }
    moves::moved(federation.hall(), &actor.requester, new.id).await?;
    Ok("moved")
}

/// Kept as it came, if it is about something here.
pub async fn keep(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    if activity.object_id().is_none() {
        return Err(Failure::dropped("object_missing"));
    }
    let record = to_keep(activity, actor.id(), None)?;
    kept(acts::keep(federation.hall(), &actor.requester, record).await)
}

fn kept(outcome: app::Result<()>) -> Done {
    match outcome {
        Ok(()) => Ok("kept"),
        Err(error) if error.kind == ErrorKind::NotFound => Err(Failure::dropped("nobody_here_asked_for_it")),
        Err(error) => Err(error.into()),
    }
}

/// The same of what a group passes on, by its word: only about a post in its own room, or a report that is here.
pub async fn keep_passed(federation: &Federation, passed: &Passed<'_>, activity: &Activity) -> Done {
    if activity.object_id().is_none() {
        return Err(Failure::dropped("object_missing"));
    }
    let record = to_keep(activity, passed.group.id(), Some(passed.community))?;
    kept(acts::keep_of_room(federation.hall(), &passed.group.requester, passed.community, record).await)
}

/// Most bytes of an activity that is only kept.
const MAX_KEPT: usize = 64 * 1024;

/// The row of an activity that is kept as it came, if it is not too large for that.
fn to_keep(activity: &Activity, by: ActorId, community: Option<CommunityId>) -> Result<ReceivedAct, Failure> {
    let record = record(activity, by, community);
    if record.body.len() > MAX_KEPT {
        return Err(Failure::dropped("too_large_to_keep"));
    }
    Ok(record)
}
