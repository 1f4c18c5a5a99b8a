//! What is said in a community, what its library holds, and who will read what is about to be said.

use super::enter;
use crate::answer::{Answer, Failure, ProblemBody, created, json};
use crate::asked::{Api, Asked, Named, Sent};
use crate::declared;
use crate::entities::poll::Vote;
use crate::entities::post::{Audience, NewPost, Post, PreviewRequest, Resource};
use crate::entities::{open, open_all};
use crate::paging::{Cursor, Limit, Order, linked, page};
use crate::words::What;
use app::posts::Origin;
use app::timelines::{self, Room};
use auth::Asker;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use domain::id::{CommunityId, PostId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Longest idempotency key, in bytes.
const MAX_KEY: usize = 255;

/// Which posts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Listing {
    /// All, thread starters, or shared links; all, if nothing is said.
    #[serde(default = "all")]
    #[param(inline)]
    what: What,
    /// Only ids below this.
    #[param(value_type = Option<String>)]
    max_id: Option<Cursor>,
    /// Only ids above this; the stretch directly above it.
    #[param(value_type = Option<String>)]
    min_id: Option<Cursor>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u32>, default = 20, minimum = 1, maximum = 80)]
    limit: Limit,
}

fn all() -> What {
    What::All
}

/// Posts in a community's room, the newest first.
#[utoipa::path(get, path = declared::POSTS.path, operation_id = "list_posts", tag = "posts",
    params(("id" = String, Path, description = "The community's id."), Listing), responses(
    (status = 200, description = "The posts.", body = [Post],
        headers(("Link" = String, description = "`rel=\"next\"`: older ones, while there may be more; `rel=\"prev\"`: newer ones."))),
))]
pub async fn posts(
    State(api): State<Api>,
    Asker(asker): Asker,
    OriginalUri(uri): OriginalUri,
    Named(id): Named<CommunityId>,
    Asked(query): Asked<Listing>,
) -> Answer {
    enter(&api, &asker, id).await?;
    let stretch = page(query.max_id, query.min_id, query.limit);
    let found = timelines::community(&api.hall, &asker, id, query.what.into(), &stretch).await?;
    let shown = open_all(&found, &asker, Post::of)?;
    let ids: Vec<i64> = shown.iter().map(|post| post.id.0).collect();
    Ok(linked(json(&shown)?, &api.hall, &uri, Order::Falling, query.limit, &ids))
}

/// Which resources.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Stretch {
    /// Only posts with ids below this.
    #[param(value_type = Option<String>)]
    max_id: Option<Cursor>,
    /// Only posts with ids above this; the stretch directly above it.
    #[param(value_type = Option<String>)]
    min_id: Option<Cursor>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u32>, default = 20, minimum = 1, maximum = 80)]
    limit: Limit,
}

/// The links in a community's library, the newest first.
#[utoipa::path(get, path = declared::RESOURCES.path, operation_id = "list_resources", tag = "posts",
    params(("id" = String, Path, description = "The community's id."), Stretch), responses(
    (status = 200, description = "The links.", body = [Resource],
        headers(("Link" = String, description = "`rel=\"next\"`: older ones, while there may be more; `rel=\"prev\"`: newer ones."))),
))]
pub async fn resources(
    State(api): State<Api>,
    Asker(asker): Asker,
    OriginalUri(uri): OriginalUri,
    Named(id): Named<CommunityId>,
    Asked(query): Asked<Stretch>,
) -> Answer {
    enter(&api, &asker, id).await?;
    let stretch = page(query.max_id, query.min_id, query.limit);
    let found = timelines::community(&api.hall, &asker, id, Room::Resources, &stretch).await?;
    let shown: Vec<Resource> = open_all(&found, &asker, Resource::of)?.into_iter().flatten().collect();
    let ids: Vec<i64> = shown.iter().map(|resource| resource.post.0).collect();
    Ok(linked(json(&shown)?, &api.hall, &uri, Order::Falling, query.limit, &ids))
}

/// Start a thread in a community, or share a link.
///
/// The same `Idempotency-Key` with the same post gives the same post again, so a request can be repeated.
#[utoipa::path(post, path = declared::PUBLISH.path, operation_id = "publish_post", tag = "posts", request_body = NewPost, params(
    ("id" = String, Path, description = "The community's id."),
    ("Idempotency-Key" = Option<String>, Header, description = "Any text of at most 255 characters.")), responses(
    (status = 201, description = "The post.", body = Post),
    (status = 403, body = ProblemBody, description = "`not_a_member`; or the token's scopes do not reach."),
    (status = 422, body = ProblemBody, description = "`text_blank`, `text_too_long`, `title_too_long`, \
        `warning_too_long`, `link_invalid`, `language_invalid`, `direct_in_community`, `private_in_open_community`, \
        `two_communities`, `poll_too_few_choices`, `poll_too_many_choices`, `poll_choice_too_long`, `poll_choices_alike`, \
        `poll_too_short`, `poll_too_long`, `idempotency_key_invalid` or `idempotency_key_reused`; or the body cannot be read."),
))]
pub async fn publish(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named(id): Named<CommunityId>,
    headers: HeaderMap,
    Sent(new): Sent<NewPost>,
) -> Answer {
    let origin = Origin::Here { idempotency_key: idempotency_key(&headers)? };
    let post = app::posts::publish(&api.hall, &asker, new.draft(Some(id)), origin).await?;
    let post = app::posts::show(&api.hall, &asker, post).await?;
    created(&Post::of(open(&post, &asker)?), None)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| !key.is_empty() && key.len() <= MAX_KEY);
    let invalid = || {
        let message = "An idempotency key is a plain text of 1 to 255 characters.";
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_invalid", message)
    };
    key.map(|key| Some(key.to_owned())).ok_or_else(invalid)
}

/// Vote in a post's poll: once, all choices together.
///
/// In a community only its members vote; in an open one whoever follows it from another server votes too.
#[utoipa::path(post, path = declared::VOTE.path, operation_id = "vote", tag = "posts", request_body = Vote,
    params(("id" = String, Path, description = "The post's id.")), responses(
    (status = 200, description = "The post with the new count.", body = Post),
    (status = 403, body = ProblemBody, description = "`not_a_member`; or the token's scopes do not reach."),
    (status = 404, body = ProblemBody, description = "`not_found`: the post is not there, not for you, or holds no poll."),
    (status = 422, body = ProblemBody, description = "`vote_blank`, `choice_unknown`, `one_choice_only`, `already_voted` \
        or `poll_ended`; or the body cannot be read."),
))]
pub async fn vote(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>, Sent(vote): Sent<Vote>) -> Answer {
    app::polls::vote(&api.hall, &asker, id, &vote.choices).await?;
    let post = app::posts::show(&api.hall, &asker, id).await?;
    json(&Post::of(open(&post, &asker)?))
}

/// Who will read this draft, by the same rules that publish it. Nothing is written.
///
/// What would be refused is refused here, for the same reason.
#[utoipa::path(post, path = declared::PREVIEW.path, operation_id = "preview_audience", tag = "posts", request_body = PreviewRequest, responses(
    (status = 200, description = "Who will read it.", body = Audience),
    (status = 403, body = ProblemBody, description = "`not_a_member`; or the token's scopes do not reach."),
    (status = 404, body = ProblemBody, description = "`not_found`: the community is not there, or not for you."),
    (status = 422, body = ProblemBody, description = "As for publishing."),
))]
pub async fn preview(State(api): State<Api>, Asker(asker): Asker, Sent(sent): Sent<PreviewRequest>) -> Answer {
    let draft = sent.post.draft(sent.community);
    let preview = app::posts::preview(&api.hall, &asker, &draft).await?;
    json(&Audience::of(&preview))
}
