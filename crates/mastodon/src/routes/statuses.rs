//! Mastodon API: statuses methods that read.

use super::accounts::listed;
use super::get;
use super::writing::bare;
use crate::answer::{Answer, STATUS_BYTES, json, sized};
use crate::api::{Api, Named};
use crate::entities::{Context, Status, StatusEdit, StatusSource, open};
use crate::paging::{self, ACCOUNTS};
use app::registry::{AudienceClass, Scope};
use app::{ErrorKind, posts};
use auth::{Asker, Params, Routes};
use axum::extract::{OriginalUri, State};
use domain::id::PostId;

/// Most statuses that are read in one request by their ids.
const MOST: usize = 40;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let (read, room) = (Scope::Optional("read:statuses"), AudienceClass::Room);
    let people = Scope::Optional("read:accounts");
    routes
        .add(get("/api/v1/statuses/{id}", read, room), show)
        .add(get("/api/v1/statuses", read, room), several)
        .add(get("/api/v1/statuses/{id}/context", read, room), context)
        .add(get("/api/v1/statuses/{id}/history", read, room), history)
        .add(get("/api/v1/statuses/{id}/source", Scope::Token("read:statuses"), room), source)
        .add(get("/api/v1/statuses/{id}/favourited_by", people, room), |api, asker, id, uri, params| {
            reacted(api, asker, id, uri, params, false)
        })
        .add(get("/api/v1/statuses/{id}/reblogged_by", people, room), |api, asker, id, uri, params| {
            reacted(api, asker, id, uri, params, true)
        })
}

async fn show(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let post = posts::show(&api.hall, &asker, id).await?;
    sized(&Status::of(&api.site, &asker, &post)?, STATUS_BYTES)
}

/// Several by their ids; those that are not there are left out.
async fn several(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let mut found = Vec::new();
    for id in params.texts("id").into_iter().take(MOST).filter_map(|text| text.parse().ok()) {
        match posts::show(&api.hall, &asker, id).await {
            Ok(post) => found.push(post),
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    sized(&Status::all(&api.site, &asker, &found)?, found.len() * STATUS_BYTES)
}

async fn context(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let around = posts::context(&api.hall, &asker, id).await?;
    let ancestors = Status::all(&api.site, &asker, &around.ancestors)?;
    let descendants = Status::all(&api.site, &asker, &around.descendants)?;
    let size = (ancestors.len() + descendants.len()) * STATUS_BYTES;
    sized(&Context { ancestors, descendants }, size)
}

/// All forms of a post, the present one last.
async fn history(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let now = posts::show(&api.hall, &asker, id).await?;
    let earlier = posts::history(&api.hall, &asker, id).await?;
    let author = &open(&asker, &now)?.author;
    let mut forms = Vec::with_capacity(earlier.len() + 1);
    for form in &earlier {
        forms.push(StatusEdit::of(&api.site, &asker, author, form)?);
    }
    forms.push(StatusEdit::now(&api.site, &asker, &now)?);
    json(&forms)
}

async fn source(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let (text, spoiler_text) = posts::source(&api.hall, &asker, id).await?;
    json(&StatusSource { id, text: &text, spoiler_text: &spoiler_text })
}

/// Who favourited a post, or with `boosts` who passed it on.
async fn reacted(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named(id): Named<PostId>,
    OriginalUri(uri): OriginalUri,
    params: Params,
    boosts: bool,
) -> Answer {
    let id = bare(&api, &asker, id).await?.id;
    listed(&api, &uri, &posts::people(&api.hall, &asker, id, boosts, &paging::page(&params, ACCOUNTS)?).await?)
}
