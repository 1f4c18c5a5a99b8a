//! `Accept` and `Reject` of what people here asked for: only by the one who was asked (C059).

use super::{Done, Failure};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::Activity;
use activitypub::vocab;
use app::federated::{actors, memberships, outgoing, people};
use domain::id::ActorId;
use serde_json::Value;

/// An answer by the one who was asked.
pub async fn answer(federation: &Federation, actor: &VerifiedActor, activity: &Activity, accepted: bool) -> Done {
    let hall = federation.hall();
    if let Some(community) = actor.community(federation).await? {
        let who = asker(federation, actor, activity, Some(community)).await?;
        memberships::receive_answer(hall, &actor.requester, community, who, accepted).await?;
        return Ok(if accepted { "let in" } else { "not let in" });
    }
    let who = asker(federation, actor, activity, None).await?;
    people::receive_answer(hall, &actor.requester, who, accepted).await?;
    Ok(if accepted { "follow accepted" } else { "follow rejected" })
}

/// Who here asked this actor: by the id of the asking activity, else by what is embedded (facts 55).
async fn asker(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    community: Option<domain::id::CommunityId>,
) -> Result<ActorId, Failure> {
    let hall = federation.hall();
    if let Some(id) = activity.object_id() {
        match community {
            Some(community) => {
                if let Some((asked, who)) = memberships::by_uri(hall, id).await? {
                    return if asked == community { Ok(who) } else { Err(Failure::dropped("asked_of_another")) };
                }
            }
            None => {
                if let Some((who, asked)) = people::by_uri(hall, id).await? {
                    return if asked == actor.id() { Ok(who) } else { Err(Failure::dropped("asked_of_another")) };
                }
            }
        }
        if let Some(kept) = outgoing::activity(hall, id).await? {
            let asked = kept.activity.object_uri.as_deref() == Some(actor.wire.uri.as_str());
            let asks = matches!(kept.activity.kind.as_str(), "Follow" | "Join");
            return if asked && asks { Ok(kept.activity.actor) } else { Err(Failure::dropped("asked_of_another")) };
        }
    }
    let field = |name: &str| activity.object.get(name).and_then(vocab::id_of);
    let asks = matches!(activity.object.get("type").and_then(Value::as_str), Some("Follow" | "Join"));
    let who = field("actor").filter(|_| asks && field("object") == Some(actor.wire.uri.as_str()));
    let who = actors::wire_by_uri(hall, who.ok_or(Failure::dropped("never_asked"))?).await?;
    who.filter(|who| who.host.is_none()).map(|who| who.id).ok_or(Failure::dropped("never_asked"))
}
