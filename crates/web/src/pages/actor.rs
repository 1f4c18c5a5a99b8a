//! `/@handle`: a person's or a community's page, and what one does with a person.

use super::{community, id, person};
use crate::answer::{Answer, Fail, onwards};
use crate::way;
use app::communities;
use app::{Hall, Requester, people};
use auth::{Asker, Gate, Params};
use axum::extract::{Path, State};
use axum::response::Response;
use domain::handle::Handle;
use domain::id::ActorId;
use http::header::{ACCEPT, VARY};
use http::{HeaderMap, HeaderValue};

/// `GET /@{handle}`
pub async fn show(
    State(gate): State<Gate>,
    Asker(requester): Asker,
    Path(handle): Path<String>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    let hall = gate.hall();
    let handle = Handle::parse(&handle).ok_or_else(Fail::not_found)?;
    let actor = people::lookup(hall, &requester, &handle).await?;
    if wants_activity(&headers) && actor.is_local() {
        return Ok(elsewhere(&format!("/a/{}", actor.id)));
    }
    match communities::show_by_actor(hall, &requester, actor.id).await? {
        Some(visible) => community::show(hall, &requester, &visible, &params).await,
        None if actor.community.is_some() => Err(Fail::not_found()),
        None => person::show(hall, &requester, &actor, &params).await,
    }
}

/// `POST /people/{id}/follow`
pub async fn follow(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>) -> Answer {
    let who: ActorId = id(&path)?;
    people::follow(gate.hall(), &requester, who).await?;
    Ok(onwards(&back(gate.hall(), &requester, who, "followed").await?))
}

/// `POST /people/{id}/unfollow`
pub async fn unfollow(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>) -> Answer {
    let who: ActorId = id(&path)?;
    people::unfollow(gate.hall(), &requester, who).await?;
    Ok(onwards(&back(gate.hall(), &requester, who, "unfollowed").await?))
}

/// `POST /people/{id}/request`: answers somebody who asked to follow.
pub async fn answer_request(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>, params: Params) -> Answer {
    let accept = params.text("accept") == Some("true");
    people::decide_follow(gate.hall(), &requester, id(&path)?, accept).await?;
    Ok(onwards(&way::with_done(&way::back(&params, "/notifications"), if accept { "accepted" } else { "declined" })))
}

async fn back(hall: &Hall, requester: &Requester, who: ActorId, done: &str) -> Result<String, Fail> {
    let acct = people::show(hall, requester, who).await?.acct();
    Ok(way::with_done(&format!("/@{acct}"), done))
}

/// Another server or an application asks for the thing itself, not for its page.
pub fn wants_activity(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("application/activity+json") || accept.contains("application/ld+json")
}

/// To the thing itself, where its own rules hold.
pub fn elsewhere(path: &str) -> Response {
    let mut response = onwards(path);
    response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
    response
}
