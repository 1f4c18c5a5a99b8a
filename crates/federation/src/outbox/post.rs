//! Activities about posts by people of this hall: `Create` and `Update`, in the forms that servers take.

use super::announced::{announcements, by_form, narrow, unheard};
use super::deletion;
use super::objects::{Written, write};
use super::shapes::{Unwanted, of_software, refusing};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::build::{Envelope, create, update};
use activitypub::proof;
use activitypub::vocab::rfc3339;
use app::federated::outgoing::{Outgoing, To};
use app::federated::{CommunityWire, NewActivity, actors, posts};
use app::posts::Arrival;
use app::views::PostRecord;
use domain::audience::Reach;
use domain::id::{ActorId, CommunityId, PostId};
use serde_json::Value;

/// `Create` of a post of this hall; in a community hosted here it is announced as well.
pub async fn published(federation: &Federation, id: PostId) -> app::Result<Vec<Outgoing>> {
    let Some(record) = posts::record_now(federation.hall(), id).await? else { return Ok(Vec::new()) };
    if let Some(group) = record.community {
        // In which form it is taken there depends on what runs there.
        if let Some(group) = actors::community(federation.hall(), group).await?.filter(|group| !group.local) {
            let software = federation.software(&group.uri).await;
            if !of_software(software.as_deref()).announces_own && record.in_reply_to.is_none() {
                in_their_room(federation, &group, &record).await?;
            }
        }
    }
    if let ([one], Reach::Mentioned) = (record.mentions.as_slice(), record.audience.reach())
        && let Some(person) = actors::wire(federation.hall(), *one).await?
    {
        // So does a message.
        federation.software(&person.uri).await;
    }
    let Some(written) = write(federation, &record).await? else { return Ok(Vec::new()) };
    let uri = format!("{}#c", record.uri);
    let author = author_uri(federation, record.actor);
    let envelope = envelope(&uri, &author, &written, record.created_at.0);
    let activity = proved(federation, &record, &written, create(&envelope, written.object.clone()), record.created_at.0).await?;
    let mut out = vec![by_author(&record, &written, "Create", uri.clone(), &activity)];
    out.extend(for_group(federation, &record, &written, "Create", &uri, record.created_at.0).await?);
    if let Some(group) = written.community.as_ref().filter(|group| group.local) {
        let told = announcements(federation, group, Some(&record), id, &record.uri, activity, written.starter, "c");
        out.extend(by_form(federation, &record, &written, ("Create", &uri, record.created_at.0), told, "c").await?);
    }
    Ok(out)
}

/// What our people begin in a group that never says so to their own hall is in its room at once.
async fn in_their_room(federation: &Federation, group: &CommunityWire, record: &PostRecord) -> app::Result<()> {
    let Ok(speaker) = VerifiedActor::by_uri(federation, &group.uri).await else { return Ok(()) };
    let (hall, at) = (federation.hall(), record.created_at);
    app::posts::announced(hall, &speaker.requester, group.id, record.id, None, at, Arrival::Delivered).await
}

/// `Update` of a post of this hall.
pub async fn edited(federation: &Federation, id: PostId, at: i64) -> app::Result<Vec<Outgoing>> {
    updated(federation, id, at, false).await
}

/// The count of a poll of this hall, to whoever has the poll and to everybody who voted: an `Update` that does not
/// say that anything else was changed (facts 67, 76).
pub async fn counted(federation: &Federation, id: PostId, at: i64) -> app::Result<Vec<Outgoing>> {
    updated(federation, id, at, true).await
}

async fn updated(federation: &Federation, id: PostId, at: i64, count: bool) -> app::Result<Vec<Outgoing>> {
    let Some(record) = posts::record_now(federation.hall(), id).await? else { return Ok(Vec::new()) };
    let Some(mut written) = write(federation, &record).await? else { return Ok(Vec::new()) };
    if let (true, Some(object)) = (count, written.object.as_object_mut()) {
        object.remove("updated");
    }
    let uri = format!("{}#u{at}", record.uri);
    let author = author_uri(federation, record.actor);
    let activity =
        proved(federation, &record, &written, update(&envelope(&uri, &author, &written, at), written.object.clone()), at).await?;
    let mut update = by_author(&record, &written, "Update", uri.clone(), &activity);
    if count && record.audience.is_world() {
        update.to.push(To::Voters(id));
    }
    let group = written.community.as_ref().filter(|group| group.local);
    if let Some(group) = group.filter(|_| record.audience.is_world()) {
        // Microblogs know a starter by its announcement, and an answer by reading the thread. They read no announced
        // `Update`, and take one from its author.
        update.to.push(deletion::deaf(To::MembersFor(group.id, record.actor), group, &record.uri));
    }
    let mut out = vec![update];
    if count {
        // In a text there is no count.
        (written.for_group, written.as_text) = (None, None);
    }
    out.extend(for_group(federation, &record, &written, "Update", &uri, at).await?);
    if let Some(group) = group {
        let suffix = format!("u-{at}");
        let told = announcements(federation, group, Some(&record), id, &record.uri, activity, false, &suffix);
        out.extend(by_form(federation, &record, &written, ("Update", &uri, at), told, &suffix).await?);
    }
    Ok(out)
}

fn author_uri(federation: &Federation, actor: ActorId) -> String {
    federation.hall().settings().actor_uri(actor)
}

fn envelope<'a>(uri: &'a str, author: &'a str, written: &'a Written, at: i64) -> Envelope<'a> {
    Envelope {
        id: uri,
        actor: author,
        to: &written.addressees.to,
        cc: &written.addressees.cc,
        audience: written.addressees.audience.as_deref(),
        published_ms: Some(at),
        summary: None,
    }
}

/// What is passed on by others carries its author's proof (FEP-8b32).
async fn proved(
    federation: &Federation,
    record: &PostRecord,
    written: &Written,
    mut activity: Value,
    at: i64,
) -> app::Result<Value> {
    if written.community.is_some() {
        prove(federation, record.actor, &mut activity, at).await?;
    }
    Ok(activity)
}

pub(super) async fn prove(federation: &Federation, actor: ActorId, activity: &mut Value, at: i64) -> app::Result<()> {
    let keys = federation.keys_of(actor).await?;
    proof::sign(activity, &keys.ed25519, &keys.proof_key_id, &rfc3339(at)).map_err(app::Error::internal)
}

fn by_author(record: &PostRecord, written: &Written, kind: &str, uri: String, activity: &Value) -> Outgoing {
    let (author, post) = (record.actor, record.id);
    let apart = written.community.as_ref().filter(|_| written.for_group.is_some());
    let to = record.audience.outbound().map(|audience| match apart {
        Some(group) => To::Elsewhere { audience, author, post, community: group.id },
        None => To::Post { audience, author, post },
    });
    let new = NewActivity {
        uri,
        actor: record.actor,
        kind: kind.to_owned(),
        post: Some(record.id),
        community: written.community.as_ref().map(|group: &CommunityWire| -> CommunityId { group.id }),
        object_uri: Some(record.uri.clone()),
        body: activity.to_string(),
        public: record.audience.is_world(),
    };
    let mut out = Outgoing { activity: new, to: to.into_iter().collect(), asks: None };
    if record.poll.is_some() {
        narrow(&mut out, |to| To::NotRunning(to, refusing(Unwanted::Poll)));
    }
    if let Some(group) = written.community.as_ref().filter(|group| group.local) {
        narrow(&mut out, |to| unheard(to, group, None, refusing(Unwanted::Twice)));
    }
    out
}

/// Ends the id of an activity that holds its object in another form.
const OTHER_FORM: char = 'g';

/// What is done with a post in another form than it has at its id.
pub(super) async fn in_another_form(
    federation: &Federation,
    record: &PostRecord,
    written: &Written,
    object: &Value,
    (kind, uri, at): (&str, &str, i64),
) -> app::Result<Value> {
    let (uri, author) = (format!("{uri}{OTHER_FORM}"), author_uri(federation, record.actor));
    let envelope = envelope(&uri, &author, written, at);
    let activity = if kind == "Create" { create(&envelope, object.clone()) } else { update(&envelope, object.clone()) };
    proved(federation, record, written, activity, at).await
}

/// The form for the group's own server, as an activity of its own: one id never stands for two texts. It is in no outbox.
async fn for_group(
    federation: &Federation,
    record: &PostRecord,
    written: &Written,
    kind: &str,
    uri: &str,
    at: i64,
) -> app::Result<Option<Outgoing>> {
    let (Some(object), Some(group)) = (&written.for_group, &written.community) else { return Ok(None) };
    let activity = in_another_form(federation, record, written, object, (kind, uri, at)).await?;
    let new = NewActivity {
        uri: format!("{uri}{OTHER_FORM}"),
        actor: record.actor,
        kind: kind.to_owned(),
        post: Some(record.id),
        community: None,
        object_uri: Some(record.uri.clone()),
        body: activity.to_string(),
        public: false,
    };
    Ok(Some(Outgoing { activity: new, to: vec![To::HostOf(group.id)], asks: None }))
}
