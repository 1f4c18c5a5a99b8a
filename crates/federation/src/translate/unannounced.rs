//! Groups that pass on only what people of other servers do (Mbin): what their own people do in them comes from those
//! people alone, and is taken as if the group had announced it. Both speak for one origin, so nobody is believed more
//! than the group would be.

use super::announce::{self, Passed};
use super::{Failure, content, create};
use crate::Federation;
use crate::inbox::VerifiedActor;
use crate::understood::Verb;
use activitypub::model::{Activity, ObjectDoc, same_origin};
use activitypub::vocab;
use app::federated::{CommunityWire, actors, posts, requesters};
use app::posts::Arrival;
use domain::time::Timestamp;
use domain::zone::Zone;
use serde_json::Value;

/// Most of whom an activity names that are looked up for being a group.
const NAMED: usize = 10;

/// Takes it, if it is such an activity.
pub async fn take(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    verb: Verb,
) -> Result<Option<&'static str>, Failure> {
    if !concerns(verb, activity) {
        return Ok(None);
    }
    let Some(community) = community(federation, actor, activity, verb).await? else { return Ok(None) };
    if !requesters::has_local_members(federation.hall(), community.id).await?
        || federation.announces_its_own(&community.uri).await?
    {
        return Ok(None);
    }
    let group = VerifiedActor::by_uri(federation, &community.uri).await?;
    let passed = Passed { group: &group, community: community.id };
    if verb != Verb::Create {
        return announce::order_kept(federation, &passed, verb, activity).await;
    }
    let Some(value) = activity.embedded() else { return Ok(None) };
    let object = ObjectDoc::parse(value)?;
    if content::is_vote(&object) {
        return Ok(None);
    }
    let post = create::publish(federation, actor, &object, Some(activity), create::Way::Announced(group.id())).await?;
    if object.in_reply_to.is_none() {
        let at = activity.published_ms.map_or_else(|| app::federated::now(federation.hall()), Timestamp);
        app::posts::announced(federation.hall(), &group.requester, community.id, post, None, at, Arrival::Delivered).await?;
    }
    Ok(Some("created in the group of its own server"))
}

/// What else they do there, its authors change and take back themselves.
fn concerns(verb: Verb, activity: &Activity) -> bool {
    let undone = activity.object.get("type").and_then(Value::as_str);
    match verb {
        Verb::Delete | Verb::Lock | Verb::Collect(_) => true,
        // What is not for everybody is between people.
        Verb::Create => activity.addressing.is_public() || activity.addressing.is_unlisted(),
        // Without a target somebody blocks somebody for themselves.
        Verb::Block => activity.target.is_some(),
        Verb::Undo => undone == Some("Lock") || (undone == Some("Block") && activity.object.get("target").is_some()),
        _ => false,
    }
}

/// The open community of the actor's own server that it happens in: the one it names, or that the post it is about is in.
async fn community(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    verb: Verb,
) -> Result<Option<CommunityWire>, Failure> {
    let hall = federation.hall();
    let own = |group: &CommunityWire| !group.local && group.zone == Zone::Open && same_origin(&group.uri, &actor.wire.uri);
    if verb == Verb::Delete {
        let Some(id) = activity.object_id() else { return Ok(None) };
        let Some(there) = posts::by_uri(hall, id).await? else { return Ok(None) };
        // Whoever takes back their own words needs no group for it.
        let record = posts::record(hall, there.id).await?.filter(|record| record.actor != actor.id());
        let Some(community) = record.and_then(|record| record.community) else { return Ok(None) };
        return Ok(actors::community(hall, community).await?.filter(own));
    }
    let object = &activity.object;
    let mut named = activity.audience.clone();
    named.extend(vocab::ids(object, "audience"));
    named.extend(activity.addressing.all().chain(vocab::Addressing::of(object).all()).map(str::to_owned));
    let other = |id: &&String| **id != actor.wire.uri && Some(*id) != actor.wire.followers_uri.as_ref();
    for id in named.iter().filter(|id| other(id) && same_origin(id, &actor.wire.uri)).take(NAMED) {
        if let Some(group) = actors::community_by_uri(hall, id).await?.filter(own) {
            return Ok(Some(group));
        }
    }
    Ok(None)
}
