//! Mastodon API: polls methods, and polls of statuses that are written.

use super::{change, get};
use crate::answer::{Answer, Failure, json};
use crate::api::{Api, Named};
use crate::entities::Poll;
use app::registry::{AudienceClass, Scope};
use app::{Requester, polls, posts};
use auth::{Asker, Params, Routes};
use axum::extract::State;
use domain::id::PostId;
use domain::poll::PollDraft;
use domain::time::SECOND;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let (read, write, room) = (Scope::Optional("read:statuses"), Scope::Token("write:statuses"), AudienceClass::Room);
    routes.add(get("/api/v1/polls/{id}", read, room), show).add(change("POST", "/api/v1/polls/{id}/votes", write, room), vote)
}

async fn show(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    shown(&api, &asker, id).await
}

async fn vote(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>, params: Params) -> Answer {
    // What is no number is no choice of any poll; the use case says so to those who may see the poll.
    let chosen: Vec<i64> = params.texts("choices").into_iter().map(|at| at.trim().parse().unwrap_or(-1)).collect();
    polls::vote(&api.hall, &asker, id, &chosen).await?;
    shown(&api, &asker, id).await
}

async fn shown(api: &Api, asker: &Requester, id: PostId) -> Answer {
    let post = posts::show(&api.hall, asker, id).await?;
    json(&Poll::of(asker, &post)?)
}

/// The poll in the parameters of a status. Without choices there is none.
pub(super) fn asked(params: &Params) -> Result<Option<PollDraft>, Failure> {
    let choices = params.texts("poll[options]");
    if choices.iter().all(|choice| choice.trim().is_empty()) {
        return Ok(None);
    }
    let seconds = params.number("poll[expires_in]");
    let seconds =
        seconds.ok_or_else(|| Failure::invalid("poll_without_end", "Say in poll[expires_in] how long the poll is open."))?;
    let flag = |name| params.flag(name).unwrap_or(false);
    let open_for = seconds.saturating_mul(SECOND);
    Ok(Some(PollDraft::new(choices, flag("poll[multiple]"), flag("poll[hide_totals]"), open_for)))
}
