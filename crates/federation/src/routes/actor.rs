//! Actors of this hall and their collections.

use super::Asked;
use super::answer::{Answer, document, given, page, typed};
use crate::Federation;
use crate::outbox::{actor_document, instance_document, write};
use activitypub::build::{ordered_collection, ordered_page};
use app::federated::{CommunityWire, actors, memberships, outgoing, posts};
use app::views::{ActorKind, ActorView, PostRecord};
use app::{Error, Requester};
use axum::response::Response;
use domain::id::ActorId;
use domain::page::Page;
use domain::zone::Zone;
use serde_json::Value;
use std::sync::Arc;

const OUTBOX_PAGE: u32 = 20;

/// An actor of this hall that the asker may know of.
pub(super) struct Seen {
    /// The actor.
    pub view: Arc<ActorView>,
    /// The community it is.
    pub community: Option<CommunityWire>,
    /// Everybody may know of it.
    pub open: bool,
    /// Who asks, as far as it had to be found out.
    pub requester: Requester,
}

/// Finds an actor of this hall for the asker. Whoever acted only inside, an internal community, and for
/// others than the hosts it names a partner community, are not there.
pub(super) async fn seen(federation: &Federation, asked: &Asked, id: ActorId) -> app::Result<Seen> {
    let hall = federation.hall();
    let view = actors::view(hall, id).await?.filter(|view| view.is_local()).ok_or_else(Error::not_found)?;
    let anyone = Requester::anonymous();
    match view.kind {
        ActorKind::Application => Err(Error::not_found()),
        ActorKind::Group => {
            let community = view.community.ok_or_else(Error::not_found)?;
            let wire = actors::community(hall, community).await?.filter(|wire| wire.local).ok_or_else(Error::not_found)?;
            if app::communities::show_by_actor(hall, &anyone, id).await?.is_some() {
                return Ok(Seen { view, community: Some(wire), open: true, requester: anyone });
            }
            let signer = federation.signer(asked).await?.ok_or_else(Error::not_found)?;
            if wire.zone == Zone::Internal || app::communities::show_by_actor(hall, &signer, id).await?.is_none() {
                return Err(Error::not_found());
            }
            Ok(Seen { view, community: Some(wire), open: false, requester: signer })
        }
        // What is remembered here may be a moment older than what another process has written.
        _ if view.outside || actors::is_outside(hall, id).await? => {
            Ok(Seen { view, community: None, open: true, requester: anyone })
        }
        _ => Err(Error::not_found()),
    }
}

fn id(asked: &Asked) -> app::Result<ActorId> {
    asked.param("id").and_then(|id| id.parse().ok()).ok_or_else(Error::not_found)
}

/// `/a/{id}`: the document, or for a browser the page.
pub async fn actor(federation: &Federation, asked: &Asked) -> Response {
    let answer = async {
        let Seen { view, community, open, .. } = seen(federation, asked, id(asked)?).await?;
        if !asked.wants_activity() {
            return Ok(page(&view.url));
        }
        Ok(document(&actor_document(federation, &view, community.as_ref()).await?, open))
    };
    given(answer.await)
}

/// `/actor`: always without a signature, or two halls that both want one would wait for each other (facts 15).
pub async fn instance(federation: &Federation) -> Response {
    given(instance_document(federation).await.map(|doc| document(&doc, true)))
}

/// `/actor/outbox`: the instance says nothing by itself.
pub fn instance_outbox(federation: &Federation) -> Response {
    document(&ordered_collection(&format!("{}/outbox", federation.instance_uri()), 0, None, Some(Vec::new())), true)
}

/// `/a/{id}/outbox`: what the asker may read; of a closed community, what it announced to its members.
pub async fn outbox(federation: &Federation, asked: &Asked) -> Response {
    given(outbox_of(federation, asked).await)
}

async fn outbox_of(federation: &Federation, asked: &Asked) -> Answer {
    let seen = seen(federation, asked, id(asked)?).await?;
    let (uri, paged) = (format!("{}/outbox", seen.view.uri), asked.query("page").is_some());
    let first = format!("{uri}?page=true");
    // Of a community Lemmy reads what stands in the collection itself, and no pages.
    let whole = seen.open && seen.view.kind == ActorKind::Group;
    let before = asked.query("max_id").filter(|_| paged).and_then(|text| text.parse().ok());
    let (items, last) = if paged || whole { stretch(federation, &seen, before).await? } else { Default::default() };
    if !paged {
        let total = outgoing::shown_count(federation.hall(), &seen.requester, seen.view.id).await?;
        let total = u64::try_from(total).unwrap_or_default();
        return Ok(document(&ordered_collection(&uri, total, Some(&first), whole.then_some(items)), seen.open));
    }
    let this = before.map_or_else(|| first.clone(), |id: i64| format!("{uri}?page=true&max_id={id}"));
    let next = last.map(|id| format!("{uri}?page=true&max_id={id}"));
    Ok(document(&ordered_page(&this, &uri, items, next.as_deref(), None), seen.open))
}

/// A page of an outbox from before this row, newest first, and the row from which on there is more.
async fn stretch(federation: &Federation, seen: &Seen, before: Option<i64>) -> app::Result<(Vec<Value>, Option<i64>)> {
    let (hall, requester) = (federation.hall(), &seen.requester);
    let stretch = Page { max_id: before, ..Page::newest(OUTBOX_PAGE) };
    let rows = outgoing::shown_of(hall, requester, seen.view.id, &stretch).await?;
    let rows = rows.into_iter().map(|row| row.take(requester)).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
    if !seen.open {
        for post in rows.iter().filter_map(|row| row.activity.post) {
            if let Some(record) = posts::record(hall, post).await? {
                posts::released(hall, &record, requester).await?;
            }
        }
    }
    let last = rows.last().map(|row| row.id).filter(|_| rows.len() == OUTBOX_PAGE as usize);
    let items = rows.iter().filter_map(|row| serde_json::from_str(&row.activity.body).ok()).map(part).collect();
    Ok((items, last))
}

/// `/a/{id}/moderators` of a community: its leads and moderators, whole (FEP-1b12, facts 57).
pub async fn moderators(federation: &Federation, asked: &Asked) -> Response {
    let answer = async {
        let Seen { view, open, requester, community } = seen(federation, asked, id(asked)?).await?;
        let group = community.ok_or_else(Error::not_found)?;
        let people = memberships::moderators(federation.hall(), &requester, group.id).await?;
        let people = people.into_iter().map(|one| one.take(&requester).map(Value::from));
        let people = people.collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
        let total = u64::try_from(people.len()).unwrap_or_default();
        Ok(document(&ordered_collection(&format!("{}/moderators", view.uri), total, None, Some(people)), open))
    };
    given(answer.await)
}

/// `/a/{id}/featured`: what an actor keeps at the top, as far as the asker may see it, by ids.
pub async fn featured(federation: &Federation, asked: &Asked) -> Response {
    let answer = async {
        let Seen { view, open, requester, .. } = seen(federation, asked, id(asked)?).await?;
        let pinned = app::timelines::pinned(federation.hall(), &requester, view.id).await?;
        let whole = view.kind == ActorKind::Group;
        let mut items = Vec::new();
        for post in pinned {
            let post = post.take(&requester).map_err(Error::internal)?.post;
            items.push(if whole { pinned_object(federation, &post).await? } else { Value::from(post.uri.as_str()) });
        }
        let total = u64::try_from(items.len()).unwrap_or_default();
        Ok(document(&ordered_collection(&format!("{}/featured", view.uri), total, None, Some(items)), open))
    };
    given(answer.await)
}

/// What is pinned in a community stands there whole, as Lemmy and `PieFed` want it (facts 58); what somebody elsewhere
/// wrote only their own server can give.
async fn pinned_object(federation: &Federation, post: &PostRecord) -> app::Result<Value> {
    let written = if post.local { write(federation, post).await? } else { None };
    Ok(written.map_or_else(|| Value::from(post.uri.as_str()), |written| part(written.object)))
}

/// A document inside another needs no context of its own.
pub(super) fn part(mut value: Value) -> Value {
    if let Some(map) = value.as_object_mut()
        && !map.contains_key("proof")
    {
        map.remove("@context");
    }
    value
}

/// `/a/{id}/followers`: how many, never who (facts 62). `?is_follower=` tells a named host whether one actor is
/// a member of a partner community (facts 61).
pub async fn followers(federation: &Federation, asked: &Asked) -> Response {
    let answer = async {
        let Seen { view, community, open, requester } = seen(federation, asked, id(asked)?).await?;
        if let (Some(uri), Some(group)) = (asked.query("is_follower"), &community) {
            return is_follower(federation, asked, group, &requester, uri).await;
        }
        let count = u64::try_from(view.followers_count).unwrap_or_default();
        let total = if open { count } else { 0 };
        Ok(document(&ordered_collection(&format!("{}/followers", view.uri), total, None, None), open))
    };
    given(answer.await)
}

async fn is_follower(federation: &Federation, asked: &Asked, group: &CommunityWire, requester: &Requester, uri: &str) -> Answer {
    // Who is in is told only to the hosts that are named, also of an open community.
    let signer = match requester.host() {
        Some(_) => Some(requester.clone()),
        None => federation.signer(asked).await?,
    };
    let named = actors::partner_hosts(federation.hall(), group.id).await?;
    if !signer.is_some_and(|signer| signer.host().is_some_and(|host| named.iter().any(|name| name == host))) {
        return Err(Error::not_found());
    }
    let who = actors::wire_by_uri(federation.hall(), uri).await?.ok_or_else(Error::not_found)?;
    let standing = memberships::standing(federation.hall(), group.id, who.id).await?;
    if who.kind == ActorKind::Application
        && let Some(host) = &who.host
        && memberships::reads_as_instance(federation.hall(), group.id, host).await?
    {
        return Ok(typed("application/json", "true".to_owned(), false));
    }
    if standing.is_some_and(domain::membership::Membership::is_active) {
        Ok(typed("application/json", "true".to_owned(), false))
    } else {
        Err(Error::not_found())
    }
}

/// `/a/{id}/following`: how many, never whom.
pub async fn following(federation: &Federation, asked: &Asked) -> Response {
    let answer = async {
        let Seen { view, open, .. } = seen(federation, asked, id(asked)?).await?;
        let total = u64::try_from(view.following_count).unwrap_or_default();
        Ok(document(&ordered_collection(&format!("{}/following", view.uri), total, None, None), open))
    };
    given(answer.await)
}
