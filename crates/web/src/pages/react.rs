//! Liking, passing on, keeping and pinning a post, and locking its thread.

use super::id;
use crate::answer::{Answer, Fail, onwards};
use crate::way;
use app::posts;
use auth::{Asker, Gate, Params};
use axum::extract::{Path, State};
use domain::id::PostId;

/// `POST /posts/{id}/{act}`
pub async fn act(
    State(gate): State<Gate>,
    Asker(requester): Asker,
    Path((post, act)): Path<(String, String)>,
    params: Params,
) -> Answer {
    let (hall, post): (_, PostId) = (gate.hall(), id(&Path(post))?);
    match act.as_str() {
        "favourite" => posts::favourite(hall, &requester, post).await?,
        "unfavourite" => posts::unfavourite(hall, &requester, post).await?,
        "boost" => posts::boost(hall, &requester, post).await.map(|_| ())?,
        "unboost" => posts::unboost(hall, &requester, post).await?,
        "bookmark" => posts::bookmark(hall, &requester, post, true).await?,
        "unbookmark" => posts::bookmark(hall, &requester, post, false).await?,
        "lock" => posts::lock(hall, &requester, post, true).await?,
        "unlock" => posts::lock(hall, &requester, post, false).await?,
        "feature" => posts::feature(hall, &requester, post, true).await?,
        "unfeature" => posts::feature(hall, &requester, post, false).await?,
        "pin" => posts::pin(hall, &requester, post, true).await?,
        "unpin" => posts::pin(hall, &requester, post, false).await?,
        _ => return Err(Fail::not_found()),
    }
    Ok(onwards(&way::back(&params, "/home")))
}
