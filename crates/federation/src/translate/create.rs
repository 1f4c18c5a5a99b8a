//! `Create`: a post by its own author.

use super::addressing::{self, Place};
use super::{Done, Failure, content, poll};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, ObjectDoc, same_origin};
use app::federated::{actors, people, posts, requesters};
use app::posts::{Arrival, Origin};
use domain::audience::Visibility;
use domain::id::{ActorId, PostId};
use domain::zone::Zone;

/// Where a post came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From its author.
    Direct,
    /// From its author, who asks to quote something here in it.
    Quoting,
    /// Announced by the group (with its actor) that hosts the community.
    Announced(ActorId),
    /// Fetched because somebody here wants to see it.
    Asked,
    /// Found among the older posts of the group (with its actor) that hosts the community.
    Listed(ActorId),
    /// Fetched to complete a thread.
    ReadUp,
}

impl Way {
    fn arrival(self) -> Arrival {
        match self {
            Self::Direct | Self::Quoting | Self::Announced(_) => Arrival::Delivered,
            Self::Asked => Arrival::LookedUp,
            Self::Listed(_) | Self::ReadUp => Arrival::ReadUp,
        }
    }
}

/// A `Create` signed by its actor.
pub async fn create(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?.to_owned();
    if !same_origin(&id, &activity.actor) {
        // A document of somebody else's origin is taken from there or not at all (C041).
        return Err(Failure::dropped("object_foreign"));
    }
    let value = match activity.embedded() {
        Some(value) => value.clone(),
        None => addressing::named(federation, activity, &id).await?,
    };
    let object = ObjectDoc::parse(&value)?;
    if let Some(voted) = poll::vote(federation, actor, &object).await {
        return voted;
    }
    publish(federation, actor, &object, Some(activity), Way::Direct).await.map(|_| "created")
}

/// Publishes a received object on behalf of its author, with the same use case as everybody's.
pub async fn publish(
    federation: &Federation,
    author: &VerifiedActor,
    object: &ObjectDoc,
    activity: Option<&Activity>,
    way: Way,
) -> Result<PostId, Failure> {
    if object.author()? != author.wire.uri || federation.is_ours(&object.id) {
        return Err(Failure::dropped("not_the_author"));
    }
    if !content::is_post(object) {
        return Err(Failure::dropped("kind_not_supported"));
    }
    if content::is_vote(object) {
        return Err(Failure::dropped("poll_vote"));
    }
    let mut place = addressing::place(federation, object, activity, author.wire.followers_uri.as_deref()).await?;
    if content::is_message(object) {
        (place.visibility, place.community) = (Visibility::Direct, None);
    }
    let parent = visible_parent(federation, author, object, way).await?;
    if place.visibility == Visibility::Private
        && place.community.is_none()
        && let Some(parent) = parent
        && let Some(record) = posts::record(federation.hall(), parent).await?
        && record.audience.is_world_of_community()
        && let Some(answered) = actors::wire(federation.hall(), record.actor).await?
        && names(object, &answered.uri)
    {
        // Microblogs answer to their followers alone, many of them always: what is said so in an open community is for
        // whom it answers and names, and not in the room.
        place.visibility = Visibility::Direct;
    }
    let public = matches!(place.visibility, Visibility::Public | Visibility::Unlisted);
    if way == Way::Quoting && (parent.is_some() || place.community.is_some() || !public) {
        // It comes from its author by itself, and a room gets it as an activity that can be passed on.
        return Err(Failure::dropped("awaits_its_community"));
    }
    let quoted = match &object.quote {
        Some(uri) if public => quoted(federation, author, uri).await?,
        _ => None,
    };
    let wanted = way != Way::Direct || quoted.is_some() || is_wanted(federation, author, object, &place, parent).await?;
    if !wanted {
        return Err(Failure::dropped("nobody_here_asked_for_it"));
    }
    let announced_by = settle(federation, object, &mut place, parent, way).await?;
    let hosted_here = place.community.as_ref().is_some_and(|group| group.local) || parent.is_some();
    let relayed = activity.filter(|_| way == Way::Direct && hosted_here).map(|activity| activity.raw.to_string());
    let mut received = content::network_post(object, place.visibility, app::federated::now(federation.hall()), relayed);
    received.announced_by = announced_by;
    // What answers something that is not here, or not for its author, begins nothing.
    received.handed_in = way == Way::Direct && place.named_as_audience && object.in_reply_to.is_none();
    received.arrival = way.arrival();
    received.quotes = quoted;
    let mut draft = content::draft(object, place.visibility);
    draft.in_reply_to = parent;
    draft.community = place.community.as_ref().map(|group| group.id);
    if parent.is_none() {
        // What is here and not for this author is not remembered either: no thread grows under it (C075).
        let hidden = match &object.in_reply_to {
            Some(uri) => posts::by_uri(federation.hall(), uri).await?.is_some() || federation.is_ours(uri),
            None => false,
        };
        received.parent_uri = object.in_reply_to.clone().filter(|_| !hidden);
    }
    Ok(app::posts::publish(federation.hall(), &author.requester, draft, Origin::Network(Box::new(received))).await?)
}

fn names(object: &ObjectDoc, uri: &str) -> bool {
    object.mentions.iter().any(|mention| mention.href == uri) || object.addressing.all().any(|id| id == uri)
}

/// The post it answers, if it is here and its author may see it. A group that announces an answer says so.
async fn visible_parent(
    federation: &Federation,
    author: &VerifiedActor,
    object: &ObjectDoc,
    way: Way,
) -> Result<Option<PostId>, Failure> {
    let Some(uri) = &object.in_reply_to else { return Ok(None) };
    let Some(there) = posts::by_uri(federation.hall(), uri).await?.filter(|there| !there.deleted) else { return Ok(None) };
    if let Way::Announced(group) | Way::Listed(group) = way {
        let community = actors::community_of(federation.hall(), group).await?;
        let record = posts::record(federation.hall(), there.id).await?;
        if record.is_some_and(|record| record.community.is_some() && record.community == community) {
            return Ok(Some(there.id));
        }
    }
    let seen = app::posts::show(federation.hall(), &author.requester, there.id).await.is_ok();
    Ok(seen.then_some(there.id))
}

/// The post of this hall with this id, if whoever quotes it may see it. A boost is nothing that can be quoted.
pub async fn quoted(federation: &Federation, by: &VerifiedActor, uri: &str) -> Result<Option<PostId>, Failure> {
    let there = posts::by_uri(federation.hall(), uri).await?.filter(|there| there.local && !there.deleted);
    let Some(there) = there else { return Ok(None) };
    let Ok(seen) = app::posts::show(federation.hall(), &by.requester, there.id).await else { return Ok(None) };
    let boost = seen.take(&by.requester).map_err(app::Error::internal)?.post.boost_of.is_some();
    Ok((!boost).then_some(there.id))
}

/// What nobody here follows, is addressed by or takes part in is not stored (facts 44).
async fn is_wanted(
    federation: &Federation,
    author: &VerifiedActor,
    object: &ObjectDoc,
    place: &Place,
    parent: Option<PostId>,
) -> Result<bool, Failure> {
    if parent.is_some() || place.community.is_some() {
        return Ok(true);
    }
    for mention in &object.mentions {
        if federation.is_ours(&mention.href) {
            return Ok(true);
        }
    }
    if object.addressing.all().any(|id| federation.is_ours(id)) {
        return Ok(true);
    }
    Ok(people::followed_here(federation.hall(), author.id()).await?)
}

/// A community of another hall speaks for itself: only what it announced is in it. Gives the group whose word it is.
async fn settle(
    federation: &Federation,
    object: &ObjectDoc,
    place: &mut Place,
    parent: Option<PostId>,
    way: Way,
) -> Result<Option<ActorId>, Failure> {
    if let Way::Announced(announcer) | Way::Listed(announcer) = way {
        let taken = match &place.community {
            Some(group) => group.actor == announcer,
            None => speaks_for(federation, object, announcer, parent).await?,
        };
        return if taken { Ok(Some(announcer)) } else { Err(Failure::dropped("audience_of_another_group")) };
    }
    if way == Way::ReadUp && !matches!(place.visibility, Visibility::Public | Visibility::Unlisted) {
        return Err(Failure::dropped("not_public"));
    }
    let Some(group) = &place.community else { return Ok(None) };
    if group.local {
        // Fetching does not put anything into a room here; only its author's own act does.
        if way != Way::Direct {
            if place.visibility == Visibility::Private {
                return Err(Failure::dropped("not_public"));
            }
            place.community = None;
        }
        return Ok(None);
    }
    let members_here = requesters::has_local_members(federation.hall(), group.id).await?;
    if place.visibility == Visibility::Private || (members_here && way == Way::Direct) {
        tracing::debug!(object = %object.id, "a post waits for its community's announcement");
        return Err(Failure::dropped("awaits_its_community"));
    }
    let same_room = match parent {
        Some(parent) => posts::record(federation.hall(), parent).await?.is_some_and(|record| record.community == Some(group.id)),
        None => true,
    };
    // What was fetched from the group's own origin has the group's word.
    let word = (members_here && same_room && same_origin(&object.id, &group.uri)).then_some(group.actor);
    if word.is_none() {
        place.community = None;
    }
    Ok(word)
}

/// Whether a group may take in what does not name it: only into an open room, and only what its own origin holds or
/// what answers something that is in the room already. Anything else would let a group pull foreign threads in.
async fn speaks_for(
    federation: &Federation,
    object: &ObjectDoc,
    announcer: ActorId,
    parent: Option<PostId>,
) -> Result<bool, Failure> {
    let Some(community) = actors::community_of(federation.hall(), announcer).await? else { return Ok(false) };
    let Some(group) = actors::community(federation.hall(), community).await? else { return Ok(false) };
    if group.zone != Zone::Open {
        return Ok(false);
    }
    if same_origin(&object.id, &group.uri) {
        return Ok(true);
    }
    let Some(parent) = parent else { return Ok(false) };
    Ok(posts::record(federation.hall(), parent).await?.is_some_and(|record| record.community == Some(community)))
}
