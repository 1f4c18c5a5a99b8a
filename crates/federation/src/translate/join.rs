//! `Follow` and `Join` of people and communities here, and `Leave`.

use super::{Done, Failure, other};
use crate::Federation;
use crate::inbox::VerifiedActor;
use crate::outbox::answers;
use crate::refusals::partner_refusal;
use activitypub::model::{Activity, ActivityKind};
use app::ErrorKind;
use app::federated::{CommunityWire, Via, actors, memberships, people, posts};
use domain::zone::Zone;

/// A `Follow` (of a person or community) or `Join` (of a community).
pub async fn join(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let object = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    if let Some(community) = actors::community_by_uri(federation.hall(), object).await?.filter(|group| group.local) {
        return join_community(federation, actor, activity, &community).await;
    }
    if activity.kind == ActivityKind::Join && posts::by_uri(federation.hall(), object).await?.is_some() {
        return other::keep(federation, actor, activity).await;
    }
    let target = actors::wire_by_uri(federation.hall(), object).await?.filter(|target| target.host.is_none());
    let target = target.ok_or(Failure::dropped("not_found"))?;
    if activity.kind != ActivityKind::Follow {
        return Err(Failure::dropped("not_a_community"));
    }
    people::receive_follow(federation.hall(), &actor.requester, target.id, &activity.id).await?;
    Ok("follow received")
}

async fn join_community(federation: &Federation, actor: &VerifiedActor, activity: &Activity, community: &CommunityWire) -> Done {
    let via = if activity.kind == ActivityKind::Join { Via::Join } else { Via::Follow };
    if community.zone == Zone::Partner {
        let named = actors::partner_hosts(federation.hall(), community.id).await?;
        let host = actor.wire.host.clone().unwrap_or_default();
        // To others it is not there: no answer, not even a refusal (C066).
        if !named.contains(&host) {
            return Err(Failure::dropped("not_found"));
        }
        if let Some(reason) = federation.software(&actor.wire.uri).await.as_deref().and_then(partner_refusal) {
            tracing::info!(actor = %actor.wire.uri, reason, "not let into a partner community");
            answers::refuse(federation, community, &actor.wire, activity).await?;
            return Ok("refused: software");
        }
    }
    match memberships::receive_join(federation.hall(), &actor.requester, community.id, via, &activity.id).await {
        Ok(_) => {
            // What its server reads of a group depends on what runs there.
            federation.software(&actor.wire.uri).await;
            Ok("join received")
        }
        Err(error) if error.kind == ErrorKind::Denied => {
            answers::refuse(federation, community, &actor.wire, activity).await?;
            Ok("join refused")
        }
        Err(error) => Err(error.into()),
    }
}

/// A `Leave` of a community here.
pub async fn leave(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let object = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    if posts::by_uri(federation.hall(), object).await?.is_some() {
        return other::keep(federation, actor, activity).await;
    }
    let community = actors::community_by_uri(federation.hall(), object).await?.filter(|group| group.local);
    let community = community.ok_or(Failure::dropped("not_found"))?;
    memberships::receive_leave(federation.hall(), &actor.requester, community.id, false).await?;
    Ok("left")
}
