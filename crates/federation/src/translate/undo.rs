//! `Undo`, with the activity embedded or only named. What comes before the thing it undoes is remembered.

use super::announce::Passed;
use super::{Done, Failure, answer, content, order};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, ActivityKind, ObjectDoc, same_origin};
use activitypub::vocab;
use app::federated::{Reaction, actors, acts, inbox, memberships, people, posts, quotes, reactions, reports};
use domain::id::PostId;
use serde_json::Value;

/// An `Undo` by the actor of what it undoes, or passed on by the group whose room it is about.
pub async fn undo(federation: &Federation, actor: &VerifiedActor, activity: &Activity, passed: Option<&Passed<'_>>) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let kind = activity.object.get("type").and_then(Value::as_str).unwrap_or_default();
    let inner = |name: &str| activity.object.get(name).and_then(vocab::id_of);
    // Whoever keeps order may end what another of them began; everything else is undone by whoever did it.
    let order = matches!(kind, "Block" | "Lock" | "Add" | "Remove")
        || (matches!(kind, "Delete" | "Warn" | "Resolve") && passed.is_some());
    if !order && !same_origin(id, &activity.actor) {
        return Err(Failure::dropped("object_foreign"));
    }
    if !order && inner("actor").is_some_and(|by| by != actor.wire.uri) {
        return Err(Failure::dropped("not_the_actor"));
    }
    let request = matches!(kind, "Follow" | "Join");
    let known = request && is_request(federation, actor, id).await?;
    let done = match kind {
        "" => named(federation, actor, activity, id, passed).await?,
        _ => embedded(federation, actor, activity, kind, passed).await?,
    };
    if request {
        inbox::request_undone(federation.hall(), id, &actor.wire.uri, &activity.id, known).await?;
        return Ok(if done { "undone" } else { "undone before it came" });
    }
    // Also where it was there: it must not come back when a copy of it comes late. What a group says of its room is the
    // group's word, whoever it says did it.
    let by = passed.filter(|_| order).map_or(actor, |passed| passed.group);
    inbox::remember_undone(federation.hall(), id, &by.wire.uri).await?;
    Ok(if done { "undone" } else { "undone before it came" })
}

/// Only named: whatever of this actor has that id.
async fn named(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    id: &str,
    passed: Option<&Passed<'_>>,
) -> Result<bool, Failure> {
    if undo_follow(federation, actor, id, None).await? || undo_announce(federation, actor, id, None).await? {
        return Ok(true);
    }
    if let Some((post, reaction)) = reactions::by_uri(federation.hall(), &actor.requester, id).await? {
        let relay = passed.is_none().then(|| activity.raw.to_string());
        return Ok(reactions::withdrawn(federation.hall(), &actor.requester, post, reaction, relay).await?);
    }
    if reports::withdraw(federation.hall(), &actor.requester, id).await? {
        return Ok(true);
    }
    let Some(kept) = acts::by_uri(federation.hall(), &actor.requester, id).await? else { return Ok(false) };
    let mut whole = activity.clone();
    whole.object = serde_json::from_str(&kept.body).map_err(app::Error::internal)?;
    embedded(federation, actor, &whole, &kept.kind, passed).await
}

async fn embedded(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    kind: &str,
    passed: Option<&Passed<'_>>,
) -> Result<bool, Failure> {
    let inner = |name: &str| activity.object.get(name).and_then(vocab::id_of);
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let direct = passed.is_none();
    match kind {
        "Follow" | "Join" if direct => undo_follow(federation, actor, id, inner("object")).await,
        "Announce" if direct => undo_announce(federation, actor, id, inner("object")).await,
        "Accept" if direct => {
            let answered = inner_activity(activity, actor)?;
            answer::answer(federation, actor, &answered, false).await.map(|_| true)
        }
        "Like" | "EmojiReact" | "Dislike" => undo_reaction(federation, actor, activity, direct).await,
        "Delete" => restore(federation, actor, activity, passed).await,
        "Flag" => Ok(reports::withdraw(federation.hall(), &actor.requester, id).await?),
        "Block" => order::block(federation, actor, &inner_activity(activity, actor)?, passed, true).await.map(|_| true),
        "Lock" => order::lock(federation, actor, &inner_activity(activity, actor)?, passed, true).await.map(|_| true),
        "Add" | "Remove" => {
            let inner = inner_activity(activity, actor)?;
            order::collect(federation, actor, &inner, passed, kind == "Remove").await.map(|_| true)
        }
        "QuoteRequest" if direct => Ok(quotes::withdraw(federation.hall(), &actor.requester, id).await?),
        "Warn" | "Resolve" | "Invite" | "Offer" => {
            let object = inner("object").ok_or(Failure::dropped("object_missing"))?;
            let speaker = passed.map_or(actor, |passed| passed.group);
            Ok(acts::forget(federation.hall(), &speaker.requester, kind, object).await?)
        }
        _ => Err(Failure::dropped("cannot_be_undone")),
    }
}

/// What is undone, as its own activity. It is only for reading what it was about: by whose word is for the caller.
fn inner_activity(activity: &Activity, actor: &VerifiedActor) -> Result<Activity, Failure> {
    let mut raw = activity.object.clone();
    if let Some(map) = raw.as_object_mut() {
        map.entry("actor").or_insert_with(|| Value::from(actor.wire.uri.as_str()));
    }
    let mut inner = Activity::parse(raw)?;
    inner.actor.clone_from(&activity.actor);
    // The record keeps the act that ends it, under its own id.
    inner.id.clone_from(&activity.id);
    inner.raw.clone_from(&activity.raw);
    inner.kind = ActivityKind::Undo;
    Ok(inner)
}

/// Whether this actor follows, or is or was in a community, by this request.
async fn is_request(federation: &Federation, actor: &VerifiedActor, id: &str) -> Result<bool, Failure> {
    let hall = federation.hall();
    let joined = memberships::by_uri(hall, id).await?.is_some_and(|(_, who)| who == actor.id());
    Ok(joined || people::by_uri(hall, id).await?.is_some_and(|(who, _)| who == actor.id()))
}

async fn undo_follow(federation: &Federation, actor: &VerifiedActor, id: &str, object: Option<&str>) -> Result<bool, Failure> {
    let hall = federation.hall();
    if let Some((community, _)) = memberships::by_uri(hall, id).await?.filter(|(_, who)| *who == actor.id()) {
        memberships::receive_leave(hall, &actor.requester, community, true).await?;
        return Ok(true);
    }
    if let Some((_, target)) = people::by_uri(hall, id).await?.filter(|(who, _)| *who == actor.id()) {
        people::receive_unfollow(hall, &actor.requester, target).await?;
        return Ok(true);
    }
    let Some(object) = object else { return Ok(false) };
    if let Some(community) = actors::community_by_uri(hall, object).await?.filter(|group| group.local) {
        let there = memberships::standing(hall, community.id, actor.id()).await?;
        memberships::receive_leave(hall, &actor.requester, community.id, true).await?;
        return Ok(there.is_some());
    }
    match actors::wire_by_uri(hall, object).await?.filter(|target| target.host.is_none()) {
        Some(target) => {
            people::receive_unfollow(hall, &actor.requester, target.id).await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

async fn undo_reaction(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    direct: bool,
) -> Result<bool, Failure> {
    let hall = federation.hall();
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let relay = direct.then(|| activity.raw.to_string());
    let mut found = reactions::by_uri(hall, &actor.requester, id).await?;
    if found.is_none() {
        let against = activity.object.get("type").and_then(Value::as_str) == Some("Dislike");
        let reaction = if against { Reaction::Dislike } else { Reaction::Favourite(None) };
        found = known(federation, activity.object.get("object").and_then(vocab::id_of)).await?.map(|post| (post, reaction));
    }
    match found {
        Some((post, reaction)) => {
            let favourite = reaction == Reaction::Favourite(None);
            let done = reactions::withdrawn(hall, &actor.requester, post, reaction, relay.clone()).await?;
            // Lemmy takes a vote against back as if it had been one for, under an id that nobody knows.
            if !done && favourite && federation.software(&actor.wire.uri).await.as_deref() == Some("lemmy") {
                return Ok(reactions::withdrawn(hall, &actor.requester, post, Reaction::Dislike, relay).await?);
            }
            Ok(done)
        }
        None => Ok(false),
    }
}

/// Whoever deleted it takes that back (Lemmy's restore): only if its origin shows it again, with the text it has now.
async fn restore(
    federation: &Federation,
    actor: &VerifiedActor,
    activity: &Activity,
    passed: Option<&Passed<'_>>,
) -> Result<bool, Failure> {
    let uri = activity.object.get("object").and_then(vocab::id_of).ok_or(Failure::dropped("object_missing"))?;
    if federation.is_ours(uri) {
        let passed = passed.ok_or(Failure::dropped("cannot_be_undone"))?;
        let back = app::posts::restore_own(federation.hall(), &passed.group.requester, uri).await?;
        return if back { Ok(true) } else { Err(Failure::dropped("cannot_be_undone")) };
    }
    let value = federation.document_by_instance(uri).await?;
    let object = ObjectDoc::parse(&value)?;
    let author = actors::wire_by_uri(federation.hall(), object.author()?).await?;
    if let Some(there) = posts::by_uri(federation.hall(), uri).await?
        && author.is_none_or(|author| author.id != there.actor)
    {
        return Err(Failure::dropped("not_the_author"));
    }
    let at = app::federated::now(federation.hall());
    let now = content::network_edit(&object, at, at, None);
    let speaker = passed.map_or(actor, |passed| passed.group);
    let relay = passed.is_none().then(|| activity.raw.to_string());
    Ok(app::posts::restore_received(federation.hall(), &speaker.requester, uri, now, relay).await?)
}

async fn undo_announce(federation: &Federation, actor: &VerifiedActor, id: &str, object: Option<&str>) -> Result<bool, Failure> {
    let hall = federation.hall();
    let boost = posts::by_uri(hall, id).await?.filter(|boost| boost.actor == actor.id());
    let original = match boost {
        Some(boost) => posts::record(hall, boost.id).await?.and_then(|record| record.boost_of),
        None => known(federation, object).await?,
    };
    let Some(original) = original else { return Ok(false) };
    if actor.community(federation).await?.is_some() {
        app::posts::unannounced(hall, &actor.requester, original).await?;
    } else {
        posts::unboosted(hall, &actor.requester, original).await?;
    }
    Ok(true)
}

async fn known(federation: &Federation, uri: Option<&str>) -> Result<Option<PostId>, Failure> {
    let Some(uri) = uri else { return Ok(None) };
    Ok(posts::by_uri(federation.hall(), uri).await?.map(|post| post.id))
}
