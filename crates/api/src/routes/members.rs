//! Who is in a community, and who asks to be.

use super::enter;
use crate::answer::{Answer, ProblemBody, done, json};
use crate::asked::{Api, Asked, Named};
use crate::declared;
use crate::entities::person::{JoinRequest, Member};
use crate::entities::{open, open_all};
use crate::paging::{Cursor, Limit, Order, linked, page};
use crate::words::Decision;
use app::communities;
use auth::Asker;
use axum::extract::{OriginalUri, State};
use domain::id::{ActorId, CommunityId};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Stretch {
    /// Only people with ids below this.
    #[param(value_type = Option<String>)]
    max_id: Option<Cursor>,
    /// Only people with ids above this.
    #[param(value_type = Option<String>)]
    min_id: Option<Cursor>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u32>, default = 20, minimum = 1, maximum = 80)]
    limit: Limit,
}

/// Members of a community whose room you may read, in the order of their ids. Observers are not listed.
#[utoipa::path(get, path = declared::MEMBERS.path, operation_id = "list_members", tag = "members",
    params(("id" = String, Path, description = "The community's id."), Stretch), responses(
    (status = 200, description = "The members.", body = [Member],
        headers(("Link" = String, description = "`rel=\"next\"`: the next stretch, while there may be more."))),
))]
pub async fn members(
    State(api): State<Api>,
    Asker(asker): Asker,
    OriginalUri(uri): OriginalUri,
    Named(id): Named<CommunityId>,
    Asked(query): Asked<Stretch>,
) -> Answer {
    enter(&api, &asker, id).await?;
    let stretch = page(query.max_id, query.min_id, query.limit);
    let found = communities::members(&api.hall, &asker, id, &stretch).await?;
    let shown = open_all(&found, &asker, Member::of)?;
    let ids: Vec<i64> = shown.iter().map(|member| member.person.id.0).collect();
    Ok(linked(json(&shown)?, &api.hall, &uri, Order::Rising, query.limit, &ids))
}

/// How many requests. They wait in the order of asking, which no id follows, so there is no place to go on from:
/// answer these and ask again.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct First {
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u32>, default = 20, minimum = 1, maximum = 80)]
    limit: Limit,
}

/// Requests to join that you may answer, the oldest first. None, if you do not moderate the community.
#[utoipa::path(get, path = declared::REQUESTS.path, operation_id = "list_join_requests", tag = "members",
    params(("id" = String, Path, description = "The community's id."), First), responses(
    (status = 200, description = "The requests.", body = [JoinRequest]),
))]
pub async fn requests(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named(id): Named<CommunityId>,
    Asked(query): Asked<First>,
) -> Answer {
    enter(&api, &asker, id).await?;
    let found = communities::requests(&api.hall, &asker, Some(id), query.limit.0).await?;
    let shown: Result<Vec<_>, _> = found.iter().map(|(_, request)| open(request, &asker).map(JoinRequest::of)).collect();
    json(&shown?)
}

/// Let somebody in, or refuse.
#[utoipa::path(post, path = declared::DECIDE.path, operation_id = "answer_join_request", tag = "members", params(
    ("id" = String, Path, description = "The community's id."),
    ("actor_id" = String, Path, description = "The id of the person who asks."),
    ("decision" = inline(Decision), Path, description = "The answer.")), responses(
    (status = 204, description = "Answered."),
    (status = 403, body = ProblemBody, description = "`not_a_moderator`; or the token's scopes do not reach."),
))]
pub async fn decide(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named((id, person, decision)): Named<(CommunityId, ActorId, Decision)>,
) -> Answer {
    communities::decide(&api.hall, &asker, id, person, decision == Decision::Accept).await?;
    Ok(done())
}
