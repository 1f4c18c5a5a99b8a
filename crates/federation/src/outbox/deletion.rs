//! A post is gone: who tells whom, and where else than to those of today.

use super::announced::{announcements, group_addressees, narrow, of_one, unheard};
use super::post::prove;
use super::shapes::{HEARS_GROUPS, Unwanted, refusing};
use crate::Federation;
use activitypub::build::{Envelope, delete, undo};
use app::federated::outgoing::{Outgoing, To, activity as kept};
use app::federated::{ActorWire, CommunityWire, NewActivity, StoredActivity, actors, posts};
use domain::audience::{Audience, OutboundAudience, Visibility};
use domain::id::{ActorId, PostId};
use domain::zone::Zone;
use serde_json::Value;

/// `Delete` of a post of this hall by its author, or of anybody's by a moderator here; and the end of the
/// community's announcement, which is what microblogs understand; `end` is that end's id.
pub async fn deleted(federation: &Federation, id: PostId, by: ActorId, end: &str) -> app::Result<Vec<Outgoing>> {
    let hall = federation.hall();
    let Some(handle) = posts::handle(hall, id).await? else { return Ok(Vec::new()) };
    let post_uri = hall.settings().post_uri(id);
    let announced = kept(hall, &format!("{post_uri}/announce/c")).await?;
    let created = kept(hall, &format!("{post_uri}#c")).await?;
    let Some(source) = created.as_ref().or(announced.as_ref()) else { return Ok(Vec::new()) };
    let Some(by) = actors::wire(hall, by).await? else { return Ok(Vec::new()) };
    let object = source.activity.object_uri.clone().unwrap_or(post_uri.clone());
    let group = match source.activity.community {
        Some(community) => actors::community(hall, community).await?,
        None => None,
    };
    let mut out = Vec::new();
    if by.host.is_none() {
        let told =
            Told { post: id, author: handle.actor, object: &object, created: created.as_ref(), public: source.activity.public };
        let (mut deletion, activity) = deletion_by(federation, &told, &by, group.as_ref()).await?;
        let uri = deletion.activity.uri.clone();
        let here = group.as_ref().filter(|group| group.local && group.zone == Zone::Open);
        if let Some(group) = here.filter(|_| by.id == handle.actor) {
            deletion.to.extend(unread(group, by.id, &object));
        }
        out.push(deletion);
        if let Some(group) = group.as_ref().filter(|group| group.local) {
            let suffix = id_end(federation, &uri);
            out.extend(announcements(federation, group, None, id, &object, activity, false, &suffix));
        }
        // Its author's followers take it from nobody else.
        if let Some(author) = actors::wire(hall, handle.actor).await?.filter(|author| author.host.is_none() && author.id != by.id)
        {
            let mut own = deletion_by(federation, &told, &author, group.as_ref()).await?.0;
            if let Some(group) = here {
                // Where it is heard that a moderator removed it, the author did not.
                own.to = own.to.into_iter().map(|to| deaf(to, group, &object)).chain(unread(group, author.id, &object)).collect();
            }
            out.push(own);
        }
    }
    if let Some(group) = group.filter(|group| group.local) {
        wherever_it_is(&group, &object, &mut out);
        if let Some(plain) = kept(hall, &format!("{post_uri}/announce")).await? {
            let mut ended = unannounced(&group, id, &plain, end)?;
            wherever_it_is(&group, &object, std::slice::from_mut(&mut ended));
            narrow(&mut ended, |to| To::NotRunning(to, refusing(Unwanted::BareId)));
            out.push(ended);
        }
    }
    Ok(out)
}

/// Where a post of ours in an open community is known from the community, or from what was asked for after its word, and
/// what the community says of its change or its end is not read (Mastodon): its author's own word is.
fn unread(group: &CommunityWire, author: ActorId, object: &str) -> [To; 2] {
    let told = To::Told(group.actor, object.to_owned());
    [To::MembersFor(group.id, author), told].map(|to| deaf(to, group, object))
}

/// Those of them who do not hear of this from the group.
pub(super) fn deaf(to: To, group: &CommunityWire, object: &str) -> To {
    unheard(Box::new(to), group, Some(object), HEARS_GROUPS.to_vec())
}

struct Told<'a> {
    post: PostId,
    author: ActorId,
    object: &'a str,
    created: Option<&'a StoredActivity>,
    public: bool,
}

/// The `Delete`, and to whom it goes; and its JSON, for a community to announce.
async fn deletion_by(
    federation: &Federation,
    told: &Told<'_>,
    by: &ActorWire,
    group: Option<&CommunityWire>,
) -> app::Result<(Outgoing, Value)> {
    let own = told.author == by.id;
    let uri = if own {
        format!("{}/delete", federation.hall().settings().post_uri(told.post))
    } else {
        federation.activity_id("delete", &[told.object, &by.uri])
    };
    let (to, cc) = match told.created.map(|created| serde_json::from_str::<Value>(&created.activity.body)) {
        Some(Ok(body)) => (activitypub::vocab::ids(&body, "to"), activitypub::vocab::ids(&body, "cc")),
        _ => group.map(|group| group_addressees(group, told.public)).unwrap_or_default(),
    };
    let envelope = Envelope {
        id: &uri,
        actor: &by.uri,
        to: &to,
        cc: &cc,
        audience: group.map(|group| group.uri.as_str()),
        // Lemmy reads a `Delete` with a reason as a moderator's (facts 58).
        summary: (!own).then_some("Removed by a moderator"),
        published_ms: None,
    };
    let mut activity = delete(&envelope, Value::from(told.object));
    if group.is_some() {
        prove(federation, by.id, &mut activity, app::federated::now(federation.hall()).0).await?;
    }
    let mut recipients = Vec::new();
    if own {
        // Who followed then may not do so any more.
        recipients.push(To::Told(by.id, told.object.to_owned()));
        if let (Some(created), Some(audience)) = (told.created, outbound(told.created, group)) {
            recipients.push(To::Post { audience, author: created.activity.actor, post: told.post });
        }
    } else if group.is_none_or(|group| group.zone == Zone::Open) {
        recipients.push(To::Directly(vec![told.author]));
    }
    let new = NewActivity {
        uri,
        actor: by.id,
        kind: "Delete".to_owned(),
        post: Some(told.post),
        community: group.map(|group| group.id),
        object_uri: Some(told.object.to_owned()),
        body: activity.to_string(),
        public: told.public,
    };
    let mut out = Outgoing { activity: new, to: recipients, asks: None };
    if let Some(group) = group.filter(|group| group.local) {
        narrow(&mut out, |to| unheard(to, group, Some(told.object), refusing(Unwanted::Twice)));
    }
    Ok((out, activity))
}

/// The audience a post had, from the `Create` that said so: its row has no text any more.
fn outbound(created: Option<&StoredActivity>, group: Option<&CommunityWire>) -> Option<OutboundAudience> {
    let body: Value = serde_json::from_str(&created?.activity.body).ok()?;
    let addressing = activitypub::vocab::Addressing::of(&body);
    let audience = match group {
        Some(group) => Audience::in_community(group.id, group.zone, Visibility::Public).ok()?,
        None if addressing.is_public() => Audience::personal(Visibility::Public),
        None if addressing.is_unlisted() => Audience::personal(Visibility::Unlisted),
        None if addressing.all().any(|id| id.ends_with("/followers")) => Audience::personal(Visibility::Private),
        None => Audience::personal(Visibility::Direct),
    };
    audience.outbound()
}

fn unannounced(group: &CommunityWire, post: PostId, plain: &StoredActivity, uri: &str) -> app::Result<Outgoing> {
    let body: Value = serde_json::from_str(&plain.activity.body).map_err(app::Error::internal)?;
    let (to, cc) = (activitypub::vocab::ids(&body, "to"), activitypub::vocab::ids(&body, "cc"));
    let envelope = Envelope { id: uri, actor: &group.uri, to: &to, cc: &cc, ..Envelope::default() };
    let activity = NewActivity {
        uri: uri.to_owned(),
        kind: "Undo".to_owned(),
        post: Some(post),
        body: undo(&envelope, body).to_string(),
        ..plain.activity.clone()
    };
    Ok(Outgoing { activity, to: vec![To::Members(group.id)], asks: None })
}

/// The end of the announcement's id of a deletion, known as such by its form: a post may come back, and be deleted once
/// more.
pub(super) fn id_end(federation: &Federation, inner: &str) -> String {
    format!("d-{}", of_one(federation, inner))
}

/// What an open community says of the end of a post goes wherever the post went: who was a member then may not be one
/// any more.
pub(super) fn wherever_it_is(group: &CommunityWire, object: &str, out: &mut [Outgoing]) {
    for one in out.iter_mut().filter(|one| group.zone == Zone::Open && one.activity.actor == group.actor) {
        one.to.push(To::Told(group.actor, object.to_owned()));
    }
}
