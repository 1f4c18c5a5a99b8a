//! A community's older posts: what it pinned, then its outbox, then the threads of its latest starters.

use super::reading::{Reading, Stop};
use super::{collection, standing};
use crate::Federation;
use crate::inbox::VerifiedActor;
use crate::resolve::ResolveError;
use crate::translate::{Failure, announce, import};
use activitypub::model::{ObjectDoc, same_origin};
use activitypub::vocab::{datetime, id_of, types};
use app::federated::fetches::{self, Job};
use app::federated::{actors, posts};
use app::posts::Arrival;
use domain::id::{CommunityId, PostId};
use domain::time::Timestamp;
use domain::zone::Zone;
use serde_json::Value;

/// Most posts of one look.
const POSTS: usize = 100;
/// Most threads that are completed after it.
const THREADS: usize = 20;

/// The group that is read.
pub(super) struct Group {
    pub(super) actor: VerifiedActor,
    pub(super) community: CommunityId,
    zone: Zone,
}

/// Reads what a community announced before anybody of this hall was in it. Gives how many posts it has from that.
pub async fn read(federation: &Federation, job: &Job) -> Result<usize, Stop> {
    let actor = VerifiedActor::by_uri(federation, &job.target).await?;
    let community = actors::community_by_uri(federation.hall(), &job.target).await?.filter(|group| !group.local);
    let community = community.ok_or(Stop::Failed(ResolveError::Refused("not_a_community")))?;
    // So that what our people write there has the form that its server takes.
    federation.software(&job.target).await;
    // What is not for everybody is asked for by the one who joined; everything else by the instance.
    let keys = match job.actor.filter(|_| community.zone == Zone::Partner) {
        Some(member) => federation.keys_of(member).await?,
        None => federation.instance_keys().await?,
    };
    let group = Group { community: community.id, zone: community.zone, actor };
    let mut reading = Reading::new(federation, keys);
    standing::read(&mut reading, &group).await;
    let Some(outbox) = group.actor.wire.outbox.clone() else { return Ok(0) };
    let items = collection::items(&mut reading, &outbox).await?;
    // Newest first over there; here what is answered comes before its answers.
    let mut taken = 0;
    let mut starters = Vec::new();
    for item in items.iter().take(POSTS).rev() {
        match take(&mut reading, &group, item).await {
            Ok(Some(post)) => {
                taken += usize::from(post.new);
                starters.extend(post.starter);
            }
            Ok(None) => {}
            Err(Stop::Spent) => break,
            Err(Stop::Failed(error)) => tracing::debug!(%error, "an older post was not taken"),
        }
    }
    let closed = (group.zone != Zone::Open).then_some(group.community);
    for uri in starters.iter().rev().take(THREADS).filter(|uri| !federation.is_ours(uri)) {
        fetches::ask_thread(federation.hall(), uri, closed).await?;
    }
    Ok(taken)
}

pub(super) struct Taken {
    pub(super) post: PostId,
    new: bool,
    starter: Option<String>,
}

/// An item of an outbox, in whatever shape: announcement of an activity or an object, `Create`, bare object, id.
struct Item<'a> {
    /// The plain announcement's own id.
    announcement: Option<&'a str>,
    published: Option<i64>,
    /// The activity around the object, whose proof may speak for it.
    activity: Option<&'a Value>,
    object: &'a Value,
}

fn read_item<'a>(group: &str, item: &'a Value) -> Option<Item<'a>> {
    let published = item.get("published").and_then(Value::as_str).and_then(datetime);
    match types(item).as_slice() {
        ["Announce"] => {
            let (by, object) = (item.get("actor").and_then(id_of)?, item.get("object")?);
            if by != group {
                return None;
            }
            match types(object).as_slice() {
                ["Create"] => Some(Item { announcement: None, published, activity: Some(object), object: object.get("object")? }),
                _ if object.get("actor").is_some() && object.get("object").is_some() => None,
                _ => Some(Item { announcement: item.get("id").and_then(Value::as_str), published, activity: None, object }),
            }
        }
        ["Create"] => Some(Item { announcement: None, published, activity: Some(item), object: item.get("object")? }),
        _ if item.get("object").is_some() => None,
        _ => Some(Item { announcement: None, published, activity: None, object: item }),
    }
}

pub(super) async fn take(reading: &mut Reading<'_>, group: &Group, item: &Value) -> Result<Option<Taken>, Stop> {
    // An item that is only named may be an activity or an object.
    let fetched;
    let (item, from) = match item {
        Value::String(id) if posts::by_uri(reading.federation.hall(), id).await?.is_none() => {
            fetched = reading.document(id).await?;
            (&fetched, id.as_str())
        }
        item => (item, group.actor.wire.uri.as_str()),
    };
    let Some(item) = read_item(&group.actor.wire.uri, item) else { return Ok(None) };
    let Some(id) = id_of(item.object).filter(|id| !reading.federation.is_ours(id)) else { return Ok(None) };
    let known = posts::by_uri(reading.federation.hall(), id).await?;
    if known.is_some_and(|post| post.deleted) {
        return Ok(None);
    }
    if let Some(post) = known
        && let Some(record) = posts::record(reading.federation.hall(), post.id).await?
        && record.community == Some(group.community)
    {
        let starter = post.root == post.id;
        if starter {
            announced(reading.federation, group, post.id, &item, record.created_at).await?;
        }
        return Ok(Some(Taken { post: post.id, new: false, starter: starter.then(|| record.uri.clone()) }));
    }
    let document = vouched(reading, group, &item, id, from).await?;
    let object = ObjectDoc::parse(&document).map_err(ResolveError::from)?;
    let author = object.author().map_err(ResolveError::from)?;
    reading.author(author).await?;
    let post = import::listed(reading.federation, &document, group.actor.id()).await.map_err(dropped)?;
    let starter = object.in_reply_to.is_none();
    if starter {
        announced(reading.federation, group, post, &item, object.published_ms.map_or(Timestamp(1), Timestamp)).await?;
    }
    Ok(Some(Taken { post, new: known.is_none(), starter: starter.then(|| object.id.clone()) }))
}

/// The object as somebody who may says it: the group's own origin for its own actors, the author by a proof, else the
/// object's own origin (facts 52). `from` is where the item was read: nobody else's server speaks for the group's.
async fn vouched(reading: &mut Reading<'_>, group: &Group, item: &Item<'_>, id: &str, from: &str) -> Result<Value, Stop> {
    let embedded = types(item.object).len() == 1;
    if embedded && same_origin(id, from) && same_origin(id, &group.actor.wire.uri) {
        return Ok(item.object.clone());
    }
    if let Some(activity) = item.activity.filter(|activity| embedded && activity.get("proof").is_some())
        && let Some(by) = activity.get("actor").and_then(id_of).filter(|by| same_origin(by, id))
    {
        reading.author(by).await?;
        let actor = VerifiedActor::by_uri(reading.federation, by).await?;
        if announce::proved(reading.federation, &actor, activity).await.map_err(dropped)? {
            return Ok(item.object.clone());
        }
    }
    reading.document(id).await
}

/// The community's boost of a starter, at its own time.
async fn announced(
    federation: &Federation,
    group: &Group,
    post: PostId,
    item: &Item<'_>,
    written: Timestamp,
) -> Result<(), Stop> {
    let at = item.published.map_or(written, Timestamp);
    let uri = item.announcement.filter(|uri| same_origin(uri, &group.actor.wire.uri)).map(str::to_owned);
    app::posts::announced(federation.hall(), &group.actor.requester, group.community, post, uri, at, Arrival::ReadUp).await?;
    Ok(())
}

fn dropped(failure: Failure) -> Stop {
    match failure {
        Failure::Dropped(why) => {
            tracing::debug!(%why, "an older post was not taken");
            Stop::Failed(ResolveError::Refused("not_taken"))
        }
        Failure::Patient(why) => Stop::Failed(ResolveError::Refused(why)),
        Failure::Later(why) => Stop::Failed(app::Error::unavailable("later", why).into()),
    }
}
