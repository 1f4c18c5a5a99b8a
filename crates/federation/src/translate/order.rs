//! Order in communities: `Block` with a community, `Lock`, `Add` and `Remove` of pins and moderators. By whose word
//! is decided here, whether that word counts by the use case.

use super::announce::Passed;
use super::{Done, Failure, import};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, same_origin};
use activitypub::vocab;
use app::Requester;
use app::federated::orders::{self, Order};
use app::federated::{CommunityWire, OwnCollection, ReceivedAct, actors, memberships, people, posts, requesters};
use app::posts::clear;
use domain::id::{ActorId, CommunityId, PostId};
use domain::membership::Membership;
use domain::time::Timestamp;

/// Who speaks, in which community, and what is told to the members of one hosted here.
struct Voice {
    speaker: Requester,
    community: CommunityId,
    relay: Option<String>,
}

/// An activity for the record.
pub fn record(activity: &Activity, by: ActorId, community: Option<CommunityId>) -> ReceivedAct {
    ReceivedAct {
        uri: activity.id.clone(),
        actor: by,
        kind: activity.kind.as_str().to_owned(),
        object_uri: activity.object_id().unwrap_or_default().to_owned(),
        target_uri: activity.target.clone(),
        community,
        reason: activity.reason().unwrap_or_default(),
        body: activity.raw.to_string(),
    }
}

/// A community of another hall speaks through its group alone; in one hosted here its moderators speak themselves.
fn voice(
    actor: &VerifiedActor,
    activity: &Activity,
    passed: Option<&Passed>,
    community: &CommunityWire,
) -> Result<Voice, Failure> {
    if let Some(passed) = passed {
        if passed.community != community.id {
            return Err(Failure::dropped("audience_of_another_group"));
        }
        return Ok(Voice { speaker: passed.group.requester.clone(), community: community.id, relay: None });
    }
    if !community.local && community.actor != actor.id() {
        return Err(Failure::dropped("awaits_its_community"));
    }
    let relay = community.local.then(|| activity.raw.to_string());
    Ok(Voice { speaker: actor.requester.clone(), community: community.id, relay })
}

/// Hands the order over; says what was done.
async fn give(federation: &Federation, actor: &VerifiedActor, activity: &Activity, voice: Voice, order: Order) -> Done {
    let record = record(activity, actor.id(), Some(voice.community));
    orders::receive(federation.hall(), &voice.speaker, voice.community, order, record, voice.relay).await?;
    Ok(match order {
        Order::Ban(_, true, _) => "banned",
        Order::Ban(_, false, _) => "ban ended",
        Order::Lock(_, true) => "locked",
        Order::Lock(_, false) => "unlocked",
        Order::Feature(_, true) => "featured",
        Order::Feature(_, false) => "no longer featured",
        Order::Appoint(_, true) => "moderator appointed",
        Order::Appoint(_, false) => "moderator dismissed",
    })
}

/// `Block`, or its end with `undone`.
pub async fn block(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    passed: Option<&Passed<'_>>,
    undone: bool,
) -> Done {
    let object = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let target = activity.target.clone().or_else(|| passed.map(|passed| passed.group.wire.uri.clone()));
    let Some(target) = target else {
        let who = actors::wire_by_uri(federation.hall(), object).await?.ok_or(Failure::dropped("not_found"))?;
        let record = record(activity, actor.id(), None);
        orders::block_person(federation.hall(), &actor.requester, who.id, !undone, record).await?;
        return Ok(if undone { "block ended" } else { "blocked" });
    };
    // Only in a community: nobody is banned from a hall from outside (C067).
    let Some(community) = actors::community_by_uri(federation.hall(), &target).await? else {
        return banned_at_home(federation, actor, activity, &target, undone).await;
    };
    let until = ends(activity);
    if !undone && until.is_some_and(|at| at <= app::federated::now(federation.hall())) {
        return Err(Failure::dropped("ban_is_over"));
    }
    let voice = match passed {
        // Whom no member here hears of it for is told by the group's own server alone (Lemmy).
        None if !community.local
            && federation.is_ours(object)
            && speaks_for_its_server(federation, actor, &community.uri).await =>
        {
            let group = VerifiedActor::by_uri(federation, &community.uri).await?;
            Voice { speaker: group.requester, community: community.id, relay: None }
        }
        _ => voice(actor, activity, passed, &community)?,
    };
    let who = person(federation, object, actor, &community).await?;
    let (speaker, record) = (voice.speaker.clone(), record(activity, actor.id(), Some(community.id)));
    let done = give(federation, actor, activity, voice, Order::Ban(who, !undone, until)).await?;
    if !undone && removes_data(activity) {
        clear(federation.hall(), &speaker, Some(community.id), who, &record).await?;
    }
    Ok(done)
}

/// Somebody is banned from their own server with what they wrote (Lemmy's administrators): its word counts for that, since
/// it could say so of each post. Of others' people it says nothing here.
async fn banned_at_home(federation: &Federation, actor: &VerifiedActor, activity: &Activity, target: &str, undone: bool) -> Done {
    let object = activity.object_id().unwrap_or_default();
    let own = same_origin(object, target) && speaks_for_its_server(federation, actor, object).await;
    if undone || !own || !removes_data(activity) {
        return Err(Failure::dropped("not_your_community"));
    }
    actors::wire_by_uri(federation.hall(), object).await?.ok_or(Failure::dropped("not_found"))?;
    let author = VerifiedActor::by_uri(federation, object).await?;
    clear(federation.hall(), &author.requester, None, author.id(), &record(activity, author.id(), None)).await?;
    Ok("removed with their account")
}

/// Whether a ban by this actor is the word of the server that this id is on: of software that lets nobody but those who
/// keep order send one. Elsewhere people may sign what they like.
async fn speaks_for_its_server(federation: &Federation, actor: &VerifiedActor, id: &str) -> bool {
    // Nobody is asked what they run because of what they say of others.
    same_origin(&actor.wire.uri, id) && matches!(federation.software(&actor.wire.uri).await.as_deref(), Some("lemmy" | "piefed"))
}

fn removes_data(activity: &Activity) -> bool {
    activity.raw.get("removeData") == Some(&serde_json::Value::Bool(true))
}

fn ends(activity: &Activity) -> Option<Timestamp> {
    let time = |field: &str| activity.raw.get(field).and_then(|value| vocab::datetime(value.as_str()?));
    time("endTime").or_else(|| time("expires")).map(Timestamp)
}

/// Whether what an order is about is asked for elsewhere: by the word of those who keep order in a community here, or of
/// a group that somebody here is in.
async fn asks(federation: &Federation, actor: &VerifiedActor, community: &CommunityWire) -> Result<(), Failure> {
    let worth = if community.local {
        memberships::standing(federation.hall(), community.id, actor.id()).await?.is_some_and(Membership::moderates)
    } else {
        requesters::has_local_members(federation.hall(), community.id).await?
    };
    if worth { Ok(()) } else { Err(Failure::dropped("nobody_here_asked_for_it")) }
}

async fn person(
    federation: &Federation,
    uri: &str,
    actor: &VerifiedActor,
    community: &CommunityWire,
) -> Result<ActorId, Failure> {
    match actors::wire_by_uri(federation.hall(), uri).await? {
        Some(wire) => Ok(wire.id),
        None if federation.is_ours(uri) => Err(Failure::dropped("not_found")),
        None => {
            asks(federation, actor, community).await?;
            Ok(federation.actor(uri).await?.id)
        }
    }
}

/// `Lock`, or its end with `undone`.
pub async fn lock(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    passed: Option<&Passed<'_>>,
    undone: bool,
) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let post = posts::by_uri(federation.hall(), id).await?.filter(|post| !post.deleted).ok_or(Failure::dropped("not_found"))?;
    let community = community_of(federation, post.id).await?;
    let voice = voice(actor, activity, passed, &community)?;
    give(federation, actor, activity, voice, Order::Lock(post.id, !undone)).await
}

async fn community_of(federation: &Federation, post: PostId) -> Result<CommunityWire, Failure> {
    let record = posts::record(federation.hall(), post).await?;
    let community = match record.and_then(|record| record.community) {
        Some(id) => actors::community(federation.hall(), id).await?,
        None => None,
    };
    community.ok_or(Failure::dropped("not_in_this_community"))
}

/// `Add` or `Remove`.
pub async fn collect(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    passed: Option<&Passed<'_>>,
    add: bool,
) -> Done {
    let object = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let target = activity.target.as_deref().ok_or(Failure::dropped("not_found"))?;
    let (owner, which) = collection(federation, target).await?.ok_or(Failure::dropped("not_found"))?;
    let community = match actors::community_of(federation.hall(), owner).await? {
        Some(id) => actors::community(federation.hall(), id).await?,
        None => None,
    };
    match (community, which) {
        (Some(community), OwnCollection::Moderators) => {
            let voice = voice(actor, activity, passed, &community)?;
            let who = person(federation, object, actor, &community).await?;
            give(federation, actor, activity, voice, Order::Appoint(who, add)).await
        }
        (Some(community), OwnCollection::Featured) => {
            let voice = voice(actor, activity, passed, &community)?;
            let post = post(federation, object, actor, Some(&community), passed).await?;
            give(federation, actor, activity, voice, Order::Feature(post, add)).await
        }
        // What somebody pins at home is told by themselves, by no group.
        (None, OwnCollection::Featured) if passed.is_none() && owner == actor.id() => {
            let post = post(federation, object, actor, None, None).await?;
            orders::feature_own(federation.hall(), &actor.requester, post, add).await?;
            Ok(if add { "pinned" } else { "no longer pinned" })
        }
        (None, _) => Err(Failure::dropped("not_the_actor")),
    }
}

async fn post(
    federation: &Federation,
    id: &str,
    actor: &VerifiedActor,
    community: Option<&CommunityWire>,
    passed: Option<&Passed<'_>>,
) -> Result<PostId, Failure> {
    match posts::by_uri(federation.hall(), id).await? {
        Some(post) if post.deleted => Err(Failure::dropped("gone")),
        Some(post) => Ok(post.id),
        None if federation.is_ours(id) => Err(Failure::dropped("not_found")),
        None => {
            match community {
                Some(community) => asks(federation, actor, community).await?,
                None if !people::followed_here(federation.hall(), actor.id()).await? => {
                    return Err(Failure::dropped("nobody_here_asked_for_it"));
                }
                None => {}
            }
            let value = federation.document_by_instance(id).await?;
            match passed {
                Some(passed) => import::announced(federation, &value, passed.group.id()).await,
                None => import::object(federation, &value).await?.ok_or(Failure::dropped("not_taken")),
            }
        }
    }
}

/// Whose collection an address is: of a remote actor as its document says; of a community here by its form.
async fn collection(federation: &Federation, target: &str) -> Result<Option<(ActorId, OwnCollection)>, Failure> {
    if !federation.is_ours(target) {
        return Ok(actors::by_collection(federation.hall(), target).await?);
    }
    for (end, which) in [("/featured", OwnCollection::Featured), ("/moderators", OwnCollection::Moderators)] {
        if let Some(group) = target.strip_suffix(end) {
            let community = actors::community_by_uri(federation.hall(), group).await?.filter(|group| group.local);
            return Ok(community.map(|community| (community.actor, which)));
        }
    }
    Ok(None)
}
