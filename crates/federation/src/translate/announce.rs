//! `Announce`: a person boosts a post; a group passes on what happened in it (FEP-1b12).

use super::{Done, Failure, create, delete, import, order, other, poll, react, undo, update};
use crate::Federation;
use crate::inbox::{Verified, VerifiedActor};
use crate::resolve::ResolveError;
use crate::understood::{self, Verb};
use activitypub::keys::PublicKey;
use activitypub::model::{Activity, ActivityKind, ObjectDoc, same_origin};
use activitypub::{proof, vocab};
use app::federated::{actors, fetches, inbox, memberships, posts, requesters};
use app::posts::Arrival;
use app::views::ActorKind;
use domain::id::{CommunityId, PostId};
use domain::membership::Membership;
use domain::time::Timestamp;
use domain::zone::Zone;
use serde_json::Value;

/// An `Announce` by its actor.
pub async fn announce(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let community = actor.community(federation).await?;
    match (inner_activity(activity), community) {
        (Some(inner), Some(community)) => pass_on(federation, actor, community, activity, inner).await,
        // A community that had ended is there again (Lemmy): it is read anew, and can be joined again.
        (Some(inner), None) if actor.wire.kind == ActorKind::Group && revives(&inner, &actor.wire.uri) => {
            update::community(federation, &actor.wire.uri).await
        }
        (Some(_), None) => Err(Failure::dropped("not_a_community")),
        (None, Some(community)) => starter(federation, actor, community, activity).await,
        (None, None) => boost(federation, actor, activity).await,
    }
}

/// The embedded activity, if it is one.
fn inner_activity(activity: &Activity) -> Option<Value> {
    let value = activity.embedded()?;
    let kind = value.get("type").and_then(Value::as_str)?;
    let known = !matches!(ActivityKind::from_name(kind), ActivityKind::Other(_));
    // A kind that we do not know (PieFed's `ChooseAnswer`) is one by its form.
    let acts = value.get("actor").is_some() && (known || value.get("object").is_some());
    acts.then(|| value.clone())
}

/// Whether this takes back that somebody was deleted.
fn revives(inner: &Value, who: &str) -> bool {
    let of = |path: &str| inner.pointer(path).and_then(Value::as_str);
    let deletion = of("/type") == Some("Undo") && of("/object/type") == Some("Delete");
    deletion && inner.pointer("/object/object").and_then(vocab::id_of) == Some(who)
}

fn when(federation: &Federation, activity: &Activity) -> Timestamp {
    activity.published_ms.map_or_else(|| app::federated::now(federation.hall()), Timestamp)
}

/// A person's boost of a post; one that is not here is fetched from its own origin, whatever was embedded (C057).
async fn boost(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let post = match posts::by_uri(federation.hall(), id).await? {
        Some(post) if post.deleted => return Err(Failure::dropped("gone")),
        Some(post) => post.id,
        None if federation.is_ours(id) => return Err(Failure::dropped("not_found")),
        None => {
            if !app::federated::people::followed_here(federation.hall(), actor.id()).await? {
                return Err(Failure::dropped("nobody_here_asked_for_it"));
            }
            let value = federation.document_by_instance(id).await?;
            import::object(federation, &value).await?.ok_or(Failure::dropped("not_taken"))?
        }
    };
    posts::boosted(federation.hall(), &actor.requester, post, &activity.id, when(federation, activity)).await?;
    Ok("boosted")
}

/// A community's announcement of a thread starter, by its id.
async fn starter(federation: &Federation, group: &VerifiedActor, community: CommunityId, activity: &Activity) -> Done {
    let id = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let post = match posts::by_uri(federation.hall(), id).await? {
        Some(post) if post.deleted => return Err(Failure::dropped("gone")),
        Some(post) => post.id,
        None if federation.is_ours(id) => return Err(Failure::dropped("not_found")),
        None => {
            if !requesters::has_local_members(federation.hall(), community).await? {
                return Err(Failure::dropped("nobody_here_asked_for_it"));
            }
            let value = federation.document_in(community, id).await?;
            import::announced(federation, &value, group.id()).await?
        }
    };
    record(federation, group, community, post, activity).await?;
    Ok("announced")
}

async fn record(
    federation: &Federation,
    group: &VerifiedActor,
    community: CommunityId,
    post: PostId,
    activity: &Activity,
) -> Result<(), Failure> {
    // Two announcements are sent of a starter; the plain one's id is the boost's.
    let uri = inner_activity(activity).is_none().then(|| activity.id.clone());
    let at = when(federation, activity);
    app::posts::announced(federation.hall(), &group.requester, community, post, uri, at, Arrival::Delivered)
        .await
        .map_err(Failure::from)
}

/// An activity in a community, passed on by the group that hosts it.
async fn pass_on(federation: &Federation, group: &VerifiedActor, community: CommunityId, outer: &Activity, inner: Value) -> Done {
    let inner = Activity::parse(inner)?;
    if federation.is_ours(&inner.actor) {
        return echo(federation, group, community, outer, &inner).await;
    }
    let known = understood::find(&inner.kind).filter(|known| known.announced).ok_or(Failure::dropped("kind_not_supported"))?;
    if !names(&inner, &group.wire.uri) && !in_its_room(federation, community, &inner).await? {
        return Err(Failure::dropped("audience_of_another_group"));
    }
    for by in [&inner.actor, &group.wire.uri] {
        if inbox::undone(federation.hall(), &inner.id, by).await? {
            return Err(Failure::dropped("undone_before_it_came"));
        }
    }
    let passed = Passed { group, community };
    if let Some(done) = order_kept(federation, &passed, known.verb, &inner).await? {
        return Ok(done);
    }
    if !requesters::has_local_members(federation.hall(), community).await? {
        return Err(Failure::dropped("nobody_here_asked_for_it"));
    }
    let (inner, actor) = vouch(federation, group, community, inner).await?;
    let inner = inner.get();
    match known.verb {
        Verb::Create => {
            let value = match inner.embedded() {
                Some(value) => value.clone(),
                None => federation.document_in(community, inner.object_id().ok_or(Failure::dropped("object_missing"))?).await?,
            };
            let object = ObjectDoc::parse(&value)?;
            let way = create::Way::Announced(group.id());
            let post = create::publish(federation, &actor, &object, Some(inner), way).await?;
            if object.in_reply_to.is_none() {
                record(federation, group, community, post, outer).await?;
            }
            Ok("created by announcement")
        }
        Verb::Update => update::update(federation, &actor, inner, Some(group.id())).await,
        Verb::React => react::react(federation, &actor, inner, false).await,
        Verb::Vote => poll::voted(federation, &actor, inner, false).await,
        Verb::Undo => undo::undo(federation, &actor, inner, Some(&passed)).await,
        _ => Err(Failure::dropped("kind_not_supported")),
    }
}

/// A group that passes something on, and the community it is.
#[derive(Debug)]
pub struct Passed<'a> {
    /// The group.
    pub group: &'a VerifiedActor,
    /// Its community.
    pub community: CommunityId,
}

/// What a group says of its own room needs nobody else's word: who is banned, what is removed, locked or pinned there,
/// and who keeps order. Whoever it says did it is only for the record.
pub async fn order_kept(
    federation: &Federation,
    passed: &Passed<'_>,
    verb: Verb,
    inner: &Activity,
) -> Result<Option<&'static str>, Failure> {
    let by = doer(federation, passed, &inner.actor).await?;
    let by = by.as_ref().unwrap_or(passed.group);
    let undone = inner.object.get("type").and_then(Value::as_str);
    let undone = matches!(undone, Some("Block" | "Lock" | "Add" | "Remove" | "Delete" | "Warn" | "Resolve"));
    Ok(Some(match verb {
        Verb::Block => order::block(federation, by, inner, Some(passed), false).await?,
        Verb::Lock => order::lock(federation, by, inner, Some(passed), false).await?,
        Verb::Collect(add) => order::collect(federation, by, inner, Some(passed), add).await?,
        Verb::Report => other::report(federation, passed.group, inner).await?,
        Verb::Delete => remove(federation, passed, by, inner).await?,
        Verb::Undo if undone => undo::undo(federation, by, inner, Some(passed)).await?,
        Verb::Update if inner.object_id() == Some(passed.group.wire.uri.as_str()) => {
            update::community(federation, &passed.group.wire.uri).await?
        }
        Verb::Keep => other::keep_passed(federation, passed, inner).await?,
        _ => return Ok(None),
    }))
}

/// Who did it, as the group says, for the record: somebody of its own origin, or whoever keeps order there. It could
/// name anybody.
async fn doer(federation: &Federation, passed: &Passed<'_>, uri: &str) -> Result<Option<VerifiedActor>, Failure> {
    let Some(known) = actors::wire_by_uri(federation.hall(), uri).await? else { return Ok(None) };
    let standing = memberships::standing(federation.hall(), passed.community, known.id).await?;
    if same_origin(uri, &passed.group.wire.uri) || standing.is_some_and(Membership::moderates) {
        return Ok(VerifiedActor::by_uri(federation, uri).await.ok());
    }
    Ok(None)
}

/// Our own member's activity comes back: only that the community took it is news.
async fn echo(
    federation: &Federation,
    group: &VerifiedActor,
    community: CommunityId,
    outer: &Activity,
    inner: &Activity,
) -> Done {
    let id = inner.object_id().ok_or(Failure::dropped("object_missing"))?;
    let reply = inner.object.get("inReplyTo").and_then(vocab::id_of).is_some();
    let post = posts::by_uri(federation.hall(), id).await?.filter(|post| !post.deleted);
    match post {
        Some(post) if inner.kind == ActivityKind::Create && !reply => {
            record(federation, group, community, post.id, outer).await?;
            Ok("own starter announced")
        }
        _ => Ok("own activity announced"),
    }
}

/// The group that hosts the community removes what is in it, whoever asked it to; of what is not here, that it is
/// gone counts from its own origin alone.
async fn remove(federation: &Federation, passed: &Passed<'_>, by: &VerifiedActor, inner: &Activity) -> Done {
    let id = inner.object_id().ok_or(Failure::dropped("object_missing"))?;
    if id == passed.group.wire.uri
        && let Some(group) = actors::community(federation.hall(), passed.community).await?
    {
        return delete::group_gone(federation, &group, &passed.group.wire.uri).await;
    }
    let Some(post) = posts::by_uri(federation.hall(), id).await? else {
        let own = same_origin(id, &inner.actor) && same_origin(id, &passed.group.wire.uri) && by.wire.uri == inner.actor;
        return if own { delete::delete(federation, by, inner).await } else { Err(Failure::dropped("nobody_vouches_for_it")) };
    };
    if post.deleted {
        return Ok("deleted");
    }
    if posts::room(federation.hall(), post.id).await? != Some(passed.community) {
        return Err(Failure::dropped("not_in_this_community"));
    }
    let record = order::record(inner, passed.group.id(), Some(passed.community));
    app::posts::delete_received(federation.hall(), &passed.group.requester, record, None).await?;
    Ok("removed by the community")
}

/// Whether an activity is in the group's room by its own words, or is about the group itself.
fn names(inner: &Activity, group: &str) -> bool {
    let object = &inner.object;
    if inner.object_id() == Some(group) {
        return true;
    }
    let in_object = || {
        ["audience", "attributedTo"].iter().any(|field| vocab::ids(object, field).iter().any(|id| id == group))
            || vocab::Addressing::of(object).contains(group)
    };
    let aimed = inner.target.as_deref().is_some_and(|target| target == group || target.starts_with(&format!("{group}/")));
    aimed || inner.audience.iter().any(|id| id == group) || inner.addressing.contains(group) || in_object()
}

/// Whether an activity that names no group is about a thread in this one's room: that is how people of microblogs
/// answer. What names a group is that group's matter.
async fn in_its_room(federation: &Federation, community: CommunityId, inner: &Activity) -> Result<bool, Failure> {
    let object = &inner.object;
    if !inner.audience.is_empty() || !vocab::ids(object, "audience").is_empty() {
        return Ok(false);
    }
    let answered = object.get("inReplyTo").and_then(vocab::id_of);
    let undone = object.get("object").and_then(vocab::id_of);
    for id in answered.into_iter().chain(inner.object_id()).chain(undone) {
        if let Some(there) = posts::by_uri(federation.hall(), id).await?
            && posts::room(federation.hall(), there.id).await? == Some(community)
        {
            return Ok(true);
        }
    }
    match answered {
        Some(id) if !federation.is_ours(id) && posts::by_uri(federation.hall(), id).await?.is_none() => {
            if !requesters::has_local_members(federation.hall(), community).await? {
                return Err(Failure::dropped("nobody_here_asked_for_it"));
            }
            // It may be read up meanwhile; if it cannot, there is no thread to put this into.
            fetches::ask_thread(federation.hall(), id, fetches::closed(federation.hall(), community).await?).await?;
            Err(Failure::patient("thread_unknown"))
        }
        _ => Ok(false),
    }
}

/// An activity that a group passes on is its actor's if the group's own origin speaks for that actor, if it
/// carries the actor's proof (FEP-8b32), or if its object, asked for at its own origin, says the same
/// (facts 52, FEP-fe34). The relay's word alone is nothing (C058).
async fn vouch(
    federation: &Federation,
    group: &VerifiedActor,
    community: CommunityId,
    inner: Activity,
) -> Result<(Verified<Activity>, VerifiedActor), Failure> {
    let actor = VerifiedActor::by_uri(federation, &inner.actor).await?;
    if same_origin(&inner.actor, &group.wire.uri) || proved(federation, &actor, &inner.raw).await? {
        return Ok((Verified::vouched(inner), actor));
    }
    let own = inner.object_id().filter(|id| inner.kind == ActivityKind::Delete && same_origin(id, &inner.actor));
    if let Some(id) = own
        && gone(federation, community, id).await?
    {
        return Ok((Verified::vouched(inner), actor));
    }
    if !matches!(inner.kind, ActivityKind::Create | ActivityKind::Update) {
        // A vote has no object of its own: the activity itself, asked for at its own address.
        let shown = federation.document_by_instance(&inner.id).await.map_err(|_| Failure::dropped("nobody_vouches_for_it"))?;
        let shown = Activity::parse(shown).map_err(|_| Failure::dropped("nobody_vouches_for_it"))?;
        let same = shown.id == inner.id && shown.actor == inner.actor && shown.kind == inner.kind;
        return if same && shown.object_id() == inner.object_id() {
            Ok((Verified::vouched(shown), actor))
        } else {
            Err(Failure::dropped("nobody_vouches_for_it"))
        };
    }
    let id = inner.object_id().filter(|id| same_origin(id, &inner.actor)).ok_or(Failure::dropped("object_foreign"))?;
    let value = federation.document_in(community, id).await?;
    let mut raw = inner.raw.clone();
    if let Some(map) = raw.as_object_mut() {
        map.insert("object".to_owned(), value);
        // Only the object was confirmed: whom it is for is not told by what the relay wrote around it.
        for said in ["audience", "to", "cc", "bto", "bcc"] {
            map.remove(said);
        }
    }
    Ok((Verified::vouched(Activity::parse(raw)?), actor))
}

/// Whether what everybody could read and is said to be deleted is gone at its own origin too. In a closed community not
/// being there means nothing: it may only be for others.
async fn gone(federation: &Federation, community: CommunityId, id: &str) -> Result<bool, Failure> {
    let open = actors::community(federation.hall(), community).await?.is_some_and(|group| group.zone == Zone::Open);
    if !open {
        return Ok(false);
    }
    match federation.document_by_instance(id).await {
        Err(ResolveError::Fetch(error)) if error.is_gone() => Ok(true),
        Ok(value) => Ok(vocab::types(&value) == ["Tombstone"]),
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn proved(federation: &Federation, actor: &VerifiedActor, raw: &Value) -> Result<bool, Failure> {
    let Some(method) = proof::verification_method(raw) else { return Ok(false) };
    let fits = |key: &Option<(String, String)>| key.clone().filter(|(id, _)| id == method).map(|(_, key)| key);
    let key = match fits(&actor.wire.proof_key) {
        Some(key) => Some(key),
        // A key we do not know yet, or a new one: the actor's document says.
        None if same_origin(method, &actor.wire.uri) && federation.ask_again(&actor.wire.uri).is_ok() => {
            fits(&federation.fetch_actor(&actor.wire.uri).await?.proof_key)
        }
        None => None,
    };
    let Some(key) = key.and_then(|key| PublicKey::from_multibase(&key).ok()) else { return Ok(false) };
    let raw = raw.clone();
    Ok(crate::keys::blocking(move || proof::verify(&raw, &key).is_ok()).await?)
}
