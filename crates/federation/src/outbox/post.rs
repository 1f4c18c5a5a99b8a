//! Activities about posts: `Create`, `Update`, `Delete`, and what a community hosted here announces.

use super::deletion;
use super::objects::{Written, write};
use super::shapes::{Unwanted, of_software, refusing};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::build::{Envelope, announce, create, update};
use activitypub::model::ActivityKind;
use activitypub::proof;
use activitypub::vocab::{PUBLIC, rfc3339};
use app::federated::outgoing::{Outgoing, To, activity as kept};
use app::federated::{CommunityWire, NewActivity, actors, posts};
use app::posts::Arrival;
use app::views::PostRecord;
use domain::audience::Reach;
use domain::id::{ActorId, CommunityId, PostId};
use domain::zone::Zone;
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

/// An activity of another hall's member, announced as it was received (FEP-1b12).
pub async fn relayed(
    federation: &Federation,
    group: &CommunityWire,
    post: Option<PostId>,
    raw: Value,
    starter: bool,
) -> app::Result<Vec<Outgoing>> {
    let object = raw.get("object").and_then(activitypub::vocab::id_of).unwrap_or_default().to_owned();
    let inner = raw.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = raw.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut out = match post {
        None => vec![passed_on(federation, group, &inner, &object, &raw)],
        Some(post) => about_post(federation, group, post, (&kind, &inner, object), &raw, starter).await?,
    };
    let asks = raw.pointer("/object/type").is_some_and(|kind| kind == "Question");
    let polls = asks || ActivityKind::from_name(&kind) == ActivityKind::PollVote;
    let author = raw.get("actor").and_then(activitypub::vocab::id_of).and_then(crate::host_of).unwrap_or_default();
    let echoes = federation.refuses(&author, Unwanted::Echo).await?;
    for one in &mut out {
        if polls {
            narrow(one, |to| To::NotRunning(to, refusing(Unwanted::Poll)));
        }
        if echoes {
            narrow(one, |to| To::NotAt(to, author.clone()));
        }
    }
    Ok(out)
}

async fn about_post(
    federation: &Federation,
    group: &CommunityWire,
    post: PostId,
    (kind, inner, object): (&str, &str, String),
    raw: &Value,
    starter: bool,
) -> app::Result<Vec<Outgoing>> {
    // Who was told what people think of a post was not told of the post: its own record stays short.
    let object = if matches!(kind, "Create" | "Update" | "Delete") { object } else { inner.to_owned() };
    let suffix = match kind {
        "Create" => "c".to_owned(),
        "Update" if told_first_by(federation, post, raw).await? => "c".to_owned(),
        // Changes may share an id (Mobilizon): what they say tells them apart.
        "Update" => format!("u-{}", of_one(federation, &format!("{inner}\n{}", raw.get("object").unwrap_or(&Value::Null)))),
        "Delete" => deletion::id_end(federation, inner),
        _ => of_one(federation, inner),
    };
    let mut out = announcements(federation, group, None, post, &object, raw.clone(), starter, &suffix);
    if kind == "Delete" {
        deletion::wherever_it_is(group, &object, &mut out);
    }
    Ok(out)
}

/// Whether this activity is the first that tells of a post: it was changed before it came.
async fn told_first_by(federation: &Federation, post: PostId, raw: &Value) -> app::Result<bool> {
    let first = kept(federation.hall(), &format!("{}/announce/c", federation.hall().settings().post_uri(post))).await?;
    let first = first.and_then(|first| serde_json::from_str::<Value>(&first.activity.body).ok());
    let same = |first: Value| {
        ["/id", "/type", "/object"].iter().all(|part| first.pointer(&format!("/object{part}")) == raw.pointer(part))
    };
    Ok(first.is_none_or(same))
}

/// The end of an announcement's id, for this activity alone.
pub(super) fn of_one(federation: &Federation, inner: &str) -> String {
    federation.activity_id("r", &[inner]).rsplit('/').next().unwrap_or_default().to_owned()
}

/// What is about no post, a ban for instance, is announced under an id of its own.
fn passed_on(federation: &Federation, group: &CommunityWire, inner: &str, object: &str, raw: &Value) -> Outgoing {
    let uri = federation.activity_id("announce", &[&group.uri, inner]);
    let public = group.zone == Zone::Open;
    let (to, cc) = group_addressees(group, public);
    let envelope = Envelope {
        id: &uri,
        actor: &group.uri,
        to: &to,
        cc: &cc,
        audience: Some(&group.uri),
        published_ms: Some(app::federated::now(federation.hall()).0),
        summary: None,
    };
    let activity = NewActivity {
        uri: uri.clone(),
        actor: group.actor,
        kind: "Announce".to_owned(),
        post: None,
        community: Some(group.id),
        object_uri: Some(object.to_owned()),
        body: announce(&envelope, raw.clone()).to_string(),
        public,
    };
    Outgoing { activity, to: vec![To::Members(group.id)], asks: None }
}

/// What a community hosted here announces: the activity as it is, for peers that know groups, and a
/// starter's id, for microblogs. The activity goes first, so that the object is known when the id comes.
#[expect(clippy::too_many_arguments, reason = "each part is another one's, and a struct would only be unpacked here")]
pub(super) fn announcements(
    federation: &Federation,
    group: &CommunityWire,
    local: Option<&PostRecord>,
    post: PostId,
    object: &str,
    inner: Value,
    starter: bool,
    suffix: &str,
) -> Vec<Outgoing> {
    let base = format!("{}/announce", federation.hall().settings().post_uri(post));
    let public = match local {
        Some(record) => record.audience.is_world(),
        None => group.zone == Zone::Open,
    };
    let (to, cc) = group_addressees(group, public);
    let published = Some(app::federated::now(federation.hall()).0);
    let kept = |uri: String, body: Value| Outgoing {
        activity: NewActivity {
            uri,
            actor: group.actor,
            kind: "Announce".to_owned(),
            post: Some(post),
            community: Some(group.id),
            object_uri: Some(object.to_owned()),
            body: body.to_string(),
            public,
        },
        to: vec![To::Members(group.id)],
        asks: None,
    };
    let one = |uri: String, inner: Value| {
        let envelope = Envelope {
            id: &uri,
            actor: &group.uri,
            to: &to,
            cc: &cc,
            audience: Some(&group.uri),
            published_ms: published,
            summary: None,
        };
        let body = announce(&envelope, inner);
        kept(uri, body)
    };
    let mut out = vec![one(format!("{base}/{suffix}"), inner)];
    if starter {
        let to = vec![To::NotRunning(Box::new(To::Members(group.id)), refusing(Unwanted::BareId))];
        out.push(Outgoing { to, ..one(base, Value::from(object)) });
    }
    out
}

/// Leaves some of those out to whom something goes.
pub(super) fn narrow(outgoing: &mut Outgoing, which: impl Fn(Box<To>) -> To) {
    outgoing.to = std::mem::take(&mut outgoing.to).into_iter().map(|to| which(Box::new(to))).collect();
}

/// What a group announces of a post of this hall, to those whose servers take it. A poll goes to the others as a text, in an
/// announcement of its own.
async fn by_form(
    federation: &Federation,
    record: &PostRecord,
    written: &Written,
    (kind, uri, at): (&str, &str, i64),
    mut told: Vec<Outgoing>,
    suffix: &str,
) -> app::Result<Vec<Outgoing>> {
    let Some(group) = written.community.as_ref().filter(|_| record.poll.is_some()) else { return Ok(told) };
    let without_polls = refusing(Unwanted::Poll);
    for one in &mut told {
        narrow(one, |to| To::NotRunning(to, without_polls.clone()));
    }
    if let Some(text) = &written.as_text {
        let inner = in_another_form(federation, record, written, text, (kind, uri, at)).await?;
        let suffix = format!("text-{suffix}");
        let mut texts = announcements(federation, group, Some(record), record.id, &record.uri, inner, false, &suffix);
        for one in &mut texts {
            one.to = vec![To::Running(Box::new(To::Members(group.id)), without_polls.clone())];
        }
        told.extend(texts);
    }
    Ok(told)
}

/// To whom a group speaks: everybody and its members, or its members alone.
pub(super) fn group_addressees(group: &CommunityWire, public: bool) -> (Vec<String>, Vec<String>) {
    let members = format!("{}/followers", group.uri);
    if public { (vec![PUBLIC.to_owned()], vec![members]) } else { (vec![group.uri.clone(), members], Vec::new()) }
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
        let software = || refusing(Unwanted::Twice);
        narrow(&mut out, |of| To::NotHearing { of, community: group.id, told_of: None, software: software() });
    }
    out
}

/// Ends the id of an activity that holds its object in another form.
const OTHER_FORM: char = 'g';

/// What is done with a post in another form than it has at its id.
async fn in_another_form(
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
