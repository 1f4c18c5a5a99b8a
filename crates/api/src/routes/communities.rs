//! Finding, starting, joining and leaving communities.

use crate::answer::{Answer, Failure, ProblemBody, created, done, json};
use crate::asked::{Api, Asked, Named, Sent};
use crate::declared;
use crate::entities::community::{Community, MembershipChange, NewCommunity};
use crate::entities::{open, open_all};
use crate::paging::{Cursor, Limit, Order, linked, page};
use crate::words::{Replies, Which};
use app::{Error, Requester, communities};
use auth::Asker;
use axum::extract::{OriginalUri, State};
use domain::handle::Handle;
use domain::id::CommunityId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which communities.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Listing {
    /// `here` if nothing is said; `mine` needs a token.
    #[serde(default = "here")]
    #[param(inline)]
    which: Which,
    /// Only ids below this.
    #[param(value_type = Option<String>)]
    max_id: Option<Cursor>,
    /// Only ids above this.
    #[param(value_type = Option<String>)]
    min_id: Option<Cursor>,
    /// At most so many.
    #[serde(default)]
    #[param(value_type = Option<u32>, default = 20, minimum = 1, maximum = 80)]
    limit: Limit,
}

fn here() -> Which {
    Which::Here
}

/// Communities whose door you see, in the order of their ids.
#[utoipa::path(get, path = declared::DIRECTORY.path, operation_id = "list_communities", tag = "communities", params(Listing), responses(
    (status = 200, description = "The communities.", body = [Community],
        headers(("Link" = String, description = "`rel=\"next\"`: the next stretch, while there may be more."))),
    (status = 403, description = "`sign_in_first`: your own communities need your token; \
        or the token's scopes do not reach.", body = ProblemBody),
))]
pub async fn directory(
    State(api): State<Api>,
    Asker(asker): Asker,
    OriginalUri(uri): OriginalUri,
    Asked(query): Asked<Listing>,
) -> Answer {
    if query.which == Which::Mine && asker.actor().is_none() {
        return Err(Error::denied("sign_in_first", "Sign in to see your communities.").into());
    }
    let stretch = page(query.max_id, query.min_id, query.limit);
    let found = communities::directory(&api.hall, &asker, query.which.into(), &stretch).await?;
    let shown = open_all(&found, &asker, Community::of)?;
    let ids: Vec<i64> = shown.iter().map(|community| community.id.0).collect();
    Ok(linked(json(&shown)?, &api.hall, &uri, Order::Rising, query.limit, &ids))
}

/// Start a community. You become its lead.
#[utoipa::path(post, path = declared::START.path, operation_id = "start_community", tag = "communities", request_body = NewCommunity, responses(
    (status = 201, description = "The community.", body = Community,
        headers(("Location" = String, description = "Where it can be read."))),
    (status = 422, body = ProblemBody, description = "`handle_invalid`, `handle_taken`, `name_invalid`, \
        `purpose_too_long`, `partner_host_invalid`, `partner_host_is_here`, `partners_missing`, \
        `partners_unexpected` or `partners_too_many`; or the body cannot be read."),
))]
pub async fn start(State(api): State<Api>, Asker(asker): Asker, Sent(new): Sent<NewCommunity>) -> Answer {
    let id = communities::create(&api.hall, &asker, new.into()).await?;
    let community = communities::show(&api.hall, &asker, id).await?;
    let location = declared::SHOW.path.replace("{id}", &id.to_string());
    created(&Community::of(open(&community, &asker)?), Some(&location))
}

/// Which handle.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Lookup {
    /// `name` or `name@host`; an `@` or `!` before it is passed over.
    #[param(example = "testing@hall.example")]
    acct: String,
}

/// A community by its handle, as far as this hall knows it. The network is not asked.
#[utoipa::path(get, path = declared::LOOKUP.path, operation_id = "lookup_community", tag = "communities", params(Lookup), responses(
    (status = 200, description = "The community.", body = Community),
))]
pub async fn lookup(State(api): State<Api>, Asker(asker): Asker, Asked(query): Asked<Lookup>) -> Answer {
    let handle = Handle::parse(&query.acct).ok_or_else(Failure::not_found)?;
    let community = communities::show_by_handle(&api.hall, &asker, &handle).await?;
    json(&Community::of(open(&community, &asker)?))
}

/// A community: its door, and the figures of its room if you may read that.
#[utoipa::path(get, path = declared::SHOW.path, operation_id = "get_community", tag = "communities",
    params(("id" = String, Path, description = "The community's id.")), responses(
    (status = 200, description = "The community.", body = Community),
))]
pub async fn show(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<CommunityId>) -> Answer {
    shown(&api, &asker, id).await
}

/// Join, or ask to where a lead decides or another hall hosts the community.
///
/// The answer's `membership` says which it was. Joining again changes nothing.
#[utoipa::path(post, path = declared::JOIN.path, operation_id = "join_community", tag = "communities",
    params(("id" = String, Path, description = "The community's id.")), responses(
    (status = 200, description = "The community, with your membership.", body = Community),
    (status = 403, description = "`invite_only` or `banned`; or the token's scopes do not reach.", body = ProblemBody),
))]
pub async fn join(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<CommunityId>) -> Answer {
    communities::join(&api.hall, &asker, id).await?;
    shown(&api, &asker, id).await
}

/// Leave, or take a request back.
#[utoipa::path(post, path = declared::LEAVE.path, operation_id = "leave_community", tag = "communities",
    params(("id" = String, Path, description = "The community's id.")), responses(
    (status = 204, description = "You are out."),
))]
pub async fn leave(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<CommunityId>) -> Answer {
    communities::leave(&api.hall, &asker, id).await?;
    Ok(done())
}

/// How your apps show a community you are in.
#[utoipa::path(patch, path = declared::MEMBERSHIP.path, operation_id = "change_membership", tag = "communities", request_body = MembershipChange,
    params(("id" = String, Path, description = "The community's id.")), responses(
    (status = 200, description = "The community, with your membership.", body = Community),
))]
pub async fn membership(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named(id): Named<CommunityId>,
    Sent(change): Sent<MembershipChange>,
) -> Answer {
    let replies = change.replies.map(Replies::as_str);
    communities::list_options(&api.hall, &asker, id, change.exclusive, replies).await?;
    shown(&api, &asker, id).await
}

/// The community as it is now.
async fn shown(api: &Api, asker: &Requester, id: CommunityId) -> Answer {
    let community = communities::show(&api.hall, asker, id).await?;
    json(&Community::of(open(&community, asker)?))
}
