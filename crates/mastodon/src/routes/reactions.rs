//! Mastodon API: favourite, bookmark and boost. Each answers with the status as it is then.

use super::change;
use super::writing::{bare, shown};
use crate::answer::Answer;
use crate::api::{Api, Named};
use app::posts;
use app::registry::{AudienceClass, Scope};
use auth::{Asker, Routes};
use axum::extract::State;
use domain::id::PostId;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let post = |path, scope| change("POST", path, Scope::Token(scope), AudienceClass::Room);
    routes
        .add(post("/api/v1/statuses/{id}/favourite", "write:favourites"), favourite)
        .add(post("/api/v1/statuses/{id}/unfavourite", "write:favourites"), unfavourite)
        .add(post("/api/v1/statuses/{id}/reblog", "write:statuses"), reblog)
        .add(post("/api/v1/statuses/{id}/unreblog", "write:statuses"), unreblog)
        .add(post("/api/v1/statuses/{id}/bookmark", "write:bookmarks"), bookmark)
        .add(post("/api/v1/statuses/{id}/unbookmark", "write:bookmarks"), unbookmark)
        .add(post("/api/v1/statuses/{id}/pin", "write:accounts"), pin)
        .add(post("/api/v1/statuses/{id}/unpin", "write:accounts"), unpin)
}

async fn favourite(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let id = bare(&api, &asker, id).await?.id;
    posts::favourite(&api.hall, &asker, id).await?;
    shown(&api, &asker, id).await
}

async fn unfavourite(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let id = bare(&api, &asker, id).await?.id;
    posts::unfavourite(&api.hall, &asker, id).await?;
    shown(&api, &asker, id).await
}

/// Answers with the boost, which holds the boosted status.
async fn reblog(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let id = bare(&api, &asker, id).await?.id;
    let boost = posts::boost(&api.hall, &asker, id).await?;
    shown(&api, &asker, boost).await
}

async fn unreblog(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let id = bare(&api, &asker, id).await?.id;
    posts::unboost(&api.hall, &asker, id).await?;
    shown(&api, &asker, id).await
}

async fn bookmark(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let id = bare(&api, &asker, id).await?.id;
    posts::bookmark(&api.hall, &asker, id, true).await?;
    shown(&api, &asker, id).await
}

async fn unbookmark(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let id = bare(&api, &asker, id).await?.id;
    posts::bookmark(&api.hall, &asker, id, false).await?;
    shown(&api, &asker, id).await
}

async fn pin(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let id = bare(&api, &asker, id).await?.id;
    posts::pin(&api.hall, &asker, id, true).await?;
    shown(&api, &asker, id).await
}

async fn unpin(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let id = bare(&api, &asker, id).await?.id;
    posts::pin(&api.hall, &asker, id, false).await?;
    shown(&api, &asker, id).await
}
