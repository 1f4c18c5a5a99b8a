//! Activities that keep order: locks, pins, reports.

use super::announced::{group_addressees, relayed};
use super::post::prove;
use super::shapes::{ReportsForm, of_software};
use crate::Federation;
use activitypub::build::{Envelope, activity, add, flag, remove, undo};
use activitypub::model::ActivityKind;
use activitypub::vocab::{PUBLIC, rfc3339};
use app::federated::outgoing::{Outgoing, To};
use app::federated::{ActorWire, Banned, CommunityWire, NewActivity, actors, memberships, posts};
use domain::id::{ActorId, CommunityId, PostId};
use domain::zone::Zone;
use serde_json::Value;

/// `Flag` by the hall's actor for reports: to whoever is reported, that is to their server, and to the community's
/// (facts 60), to each in the form it hears. It does not say who reported.
pub async fn reported(
    federation: &Federation,
    uri: String,
    about: ActorId,
    community: Option<CommunityId>,
    objects: &[String],
    comment: &str,
) -> app::Result<Vec<Outgoing>> {
    let hall = federation.hall();
    let place = match community {
        Some(id) => actors::community(hall, id).await?,
        None => None,
    };
    let group = place.as_ref().filter(|group| !group.local);
    let mut told = Vec::new();
    if let Some(group) = group {
        told.push((reports_form(federation, Some(group.uri.clone())).await, To::HostOf(group.id)));
    }
    let person = actors::wire(hall, about).await?.map(|who| who.uri);
    told.push((reports_form(federation, person).await, To::Besides(vec![about])));
    let by = actors::ensure_reports_actor(hall).await?;
    let speaker = hall.settings().actor_uri(by);
    // Lemmy takes a report that is addressed to the community, and to nobody else, and that has a reason.
    let addressed: Vec<String> =
        place.as_ref().map(|group| group.uri.clone()).or_else(|| objects.first().cloned()).into_iter().collect();
    let say = |uri: String, object: Value, without: Option<&str>| {
        let envelope = Envelope {
            id: &uri,
            actor: &speaker,
            to: &addressed,
            // There are servers that take into somebody's inbox only what names them (Mobilizon).
            cc: if place.is_some() { objects.get(..1).unwrap_or_default() } else { &[] },
            summary: Some(comment).filter(|comment| !comment.is_empty()).or(without),
            ..Envelope::default()
        };
        let body = flag(&envelope, object).to_string();
        let object_uri = objects.first().cloned();
        NewActivity { uri, actor: by, kind: "Flag".to_owned(), post: None, community: None, object_uri, body, public: false }
    };
    let mut out = Vec::new();
    let (whole, each): (Vec<_>, Vec<_>) = told.into_iter().partition(|(form, _)| *form == ReportsForm::Whole);
    if !whole.is_empty() {
        let to = whole.into_iter().map(|(_, to)| to).collect();
        out.push(Outgoing { activity: say(uri.clone(), Value::from(objects.to_vec()), None), to, asks: None });
    }
    if !each.is_empty() {
        let to: Vec<To> = each.into_iter().map(|(_, to)| to).collect();
        // The first is who is reported: to be named where nothing they wrote is.
        let named = objects.get(1..).filter(|posts| !posts.is_empty()).unwrap_or(objects);
        for (number, object) in named.iter().enumerate() {
            let activity = say(format!("{uri}-{number}"), Value::from(object.as_str()), Some("no reason given"));
            out.push(Outgoing { activity, to: to.clone(), asks: None });
        }
    }
    Ok(out)
}

async fn reports_form(federation: &Federation, told: Option<String>) -> ReportsForm {
    let software = match told {
        Some(uri) => federation.software(&uri).await,
        None => None,
    };
    of_software(software.as_deref()).reports
}

/// `Lock` by whoever keeps order in a community hosted here, or its `Undo`, announced by the group (facts 58).
pub async fn locked(
    federation: &Federation,
    community: CommunityId,
    post: PostId,
    by: ActorId,
    at: i64,
    locked: bool,
) -> app::Result<Vec<Outgoing>> {
    let Some((group, object)) = place(federation, community, post).await? else { return Ok(Vec::new()) };
    let lock = federation.activity_id("lock", &[&object, &at.to_string()]);
    let speaks = Speaks::of(federation, &group, by, lock);
    let mut said = activity(&ActivityKind::Lock, &speaks.envelope(&group), Value::from(object));
    if !locked {
        let undone = Speaks { id: format!("{}-undo", speaks.id), ..speaks };
        said = undo(&undone.envelope(&group), said);
    }
    prove(federation, by, &mut said, app::federated::now(federation.hall()).0).await?;
    relayed(federation, &group, Some(post), said, false).await
}

/// `Add` to `featured`, or `Remove`: a community's is announced by its group, a person's own goes to followers.
pub async fn featured(
    federation: &Federation,
    community: Option<CommunityId>,
    post: PostId,
    by: ActorId,
    at: i64,
    featured: bool,
) -> app::Result<Vec<Outgoing>> {
    let say = if featured { add } else { remove };
    let verb = if featured { "add" } else { "remove" };
    let Some(community) = community else { return own_pin(federation, post, by, at, featured).await };
    let Some((group, object)) = place(federation, community, post).await? else { return Ok(Vec::new()) };
    let speaks = Speaks::of(federation, &group, by, federation.activity_id(verb, &[&object, &group.uri, &at.to_string()]));
    let mut said = say(&speaks.envelope(&group), Value::from(object), &format!("{}/featured", group.uri));
    prove(federation, by, &mut said, at).await?;
    relayed(federation, &group, Some(post), said, false).await
}

async fn own_pin(federation: &Federation, post: PostId, by: ActorId, at: i64, featured: bool) -> app::Result<Vec<Outgoing>> {
    let (hall, actor) = (federation.hall(), federation.hall().settings().actor_uri(by));
    let Some(record) = posts::record(hall, post).await? else { return Ok(Vec::new()) };
    let kind = if featured { "Add" } else { "Remove" };
    let id = federation.activity_id("pin", &[&record.uri, &actor, kind, &at.to_string()]);
    let (to, cc) = ([PUBLIC.to_owned()], [format!("{actor}/followers")]);
    let envelope = Envelope { id: &id, actor: &actor, to: &to, cc: &cc, published_ms: Some(at), ..Envelope::default() };
    let (object, target) = (Value::from(record.uri.as_str()), format!("{actor}/featured"));
    let body = if featured { add(&envelope, object, &target) } else { remove(&envelope, object, &target) };
    let activity = NewActivity {
        uri: id.clone(),
        actor: by,
        kind: kind.to_owned(),
        post: Some(post),
        community: None,
        object_uri: Some(record.uri.clone()),
        body: body.to_string(),
        public: true,
    };
    Ok(vec![Outgoing { activity, to: vec![To::Followers(by)], asks: None }])
}

/// `Block` of a person from a community hosted here, or its `Undo`, announced by the group, in the form that Lemmy has
/// (facts 59); whoever it is about is told as well, if their server `hears` it.
pub async fn banned(
    federation: &Federation,
    ban: &Banned,
    group: &CommunityWire,
    who: &ActorWire,
    hears: bool,
) -> app::Result<Vec<Outgoing>> {
    let block = federation.activity_id("block", &[&who.uri, &group.uri, &ban.at.to_string()]);
    let speaks = Speaks::of(federation, group, ban.by, block);
    let envelope = Envelope { summary: Some(ban.reason.as_str()).filter(|why| !why.is_empty()), ..speaks.envelope(group) };
    let mut said = activity(&ActivityKind::Block, &envelope, Value::from(who.uri.as_str()));
    if let Some(members) = said.as_object_mut() {
        members.insert("target".to_owned(), Value::from(group.uri.as_str()));
        members.insert("removeData".to_owned(), Value::from(false));
        // Older Lemmys read the second name.
        for name in ["endTime", "expires"].into_iter().filter(|_| ban.until.is_some()) {
            members.insert(name.to_owned(), ban.until.map(rfc3339).into());
        }
    }
    if !ban.banned {
        let undone = Speaks { id: format!("{}-undo", speaks.id), ..speaks };
        said = undo(&undone.envelope(group), said);
    }
    prove(federation, ban.by, &mut said, app::federated::now(federation.hall()).0).await?;
    let mut out = relayed(federation, group, None, said, false).await?;
    if hears {
        for one in &mut out {
            one.to.push(To::Besides(vec![ban.who]));
        }
    }
    Ok(out)
}

/// Whether somebody's server may be told that they are banned: of a partner community, only while it is named.
pub async fn may_hear(federation: &Federation, group: &CommunityWire, host: Option<&str>) -> app::Result<bool> {
    match (host, group.zone) {
        (None, _) | (_, Zone::Internal) => Ok(false),
        (Some(_), Zone::Open) => Ok(true),
        (Some(host), Zone::Partner) => memberships::names(federation.hall(), group.id, host).await,
    }
}

/// A community hosted here, and a post in it by its id on the network.
async fn place(federation: &Federation, community: CommunityId, post: PostId) -> app::Result<Option<(CommunityWire, String)>> {
    let group = actors::community(federation.hall(), community).await?.filter(|group| group.local);
    let record = posts::record(federation.hall(), post).await?;
    Ok(group.zip(record.map(|record| record.uri.clone())))
}

/// Somebody who speaks to a community's members.
struct Speaks {
    id: String,
    actor: String,
    to: Vec<String>,
    cc: Vec<String>,
}

impl Speaks {
    fn of(federation: &Federation, group: &CommunityWire, by: ActorId, id: String) -> Self {
        let (to, cc) = group_addressees(group, group.zone == Zone::Open);
        Self { id, actor: federation.hall().settings().actor_uri(by), to, cc }
    }

    fn envelope<'a>(&'a self, group: &'a CommunityWire) -> Envelope<'a> {
        Envelope {
            id: &self.id,
            actor: &self.actor,
            to: &self.to,
            cc: &self.cc,
            audience: Some(&group.uri),
            ..Envelope::default()
        }
    }
}
