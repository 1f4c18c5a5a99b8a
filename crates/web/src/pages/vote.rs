//! Voting in a poll.

use super::id;
use crate::answer::{Answer, onwards};
use crate::way;
use auth::{Asker, Gate, Params};
use axum::extract::{Path, State};
use domain::id::PostId;

/// `POST /posts/{id}/vote`
pub async fn send(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>, params: Params) -> Answer {
    let post: PostId = id(&path)?;
    // What is no number is no choice of any poll.
    let chosen: Vec<i64> = params.texts("choice").into_iter().map(|at| at.parse().unwrap_or(-1)).collect();
    app::polls::vote(gate.hall(), &requester, post, &chosen).await?;
    Ok(onwards(&way::back(&params, "/home")))
}
