//! What a community hosted here passes on: its members' activities as they are, and in other forms where they are not taken.

use super::deletion;
use super::objects::Written;
use super::post::in_another_form;
use super::shapes::{Unwanted, refusing};
use crate::Federation;
use activitypub::build::{Envelope, announce};
use activitypub::model::ActivityKind;
use activitypub::vocab::PUBLIC;
use app::federated::outgoing::{Outgoing, To, activity as kept};
use app::federated::{CommunityWire, NewActivity};
use app::views::PostRecord;
use domain::id::PostId;
use domain::zone::Zone;
use serde_json::Value;

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
    announcement(federation, group, uri, (None, object), group.zone == Zone::Open, raw.clone())
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
    let one = |uri: String, inner: Value| announcement(federation, group, uri, (Some(post), object), public, inner);
    let mut out = vec![one(format!("{base}/{suffix}"), inner)];
    if starter {
        let mut by_id = one(base, Value::from(object));
        narrow(&mut by_id, |to| To::NotRunning(to, refusing(Unwanted::BareId)));
        out.push(by_id);
    }
    out
}

/// One announcement, to the members.
fn announcement(
    federation: &Federation,
    group: &CommunityWire,
    uri: String,
    (post, object): (Option<PostId>, &str),
    public: bool,
    inner: Value,
) -> Outgoing {
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
    let body = announce(&envelope, inner).to_string();
    let activity = NewActivity {
        uri,
        actor: group.actor,
        kind: "Announce".to_owned(),
        post,
        community: Some(group.id),
        object_uri: Some(object.to_owned()),
        body,
        public,
    };
    Outgoing { activity, to: vec![To::Members(group.id)], asks: None }
}

/// Those of them whose servers do not hear it from the group anyway. Of those that run this software its members' do, and
/// with `told_of` those it told of that.
pub(super) fn unheard(of: Box<To>, group: &CommunityWire, told_of: Option<&str>, software: Vec<&'static str>) -> To {
    To::NotHearing { of, community: group.id, told_of: told_of.map(str::to_owned), software }
}

/// Leaves some of those out to whom something goes.
pub(super) fn narrow(outgoing: &mut Outgoing, which: impl Fn(Box<To>) -> To) {
    outgoing.to = std::mem::take(&mut outgoing.to).into_iter().map(|to| which(Box::new(to))).collect();
}

/// What a group announces of a post of this hall, to those whose servers take it. A poll goes to the others as a text, in an
/// announcement of its own.
pub(super) async fn by_form(
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
