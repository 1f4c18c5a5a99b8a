//! Mastodon API: accounts methods that read.

use super::get;
use crate::answer::{Answer, Failure, STATUS_BYTES, json, sized};
use crate::api::{Api, Named};
use crate::entities::{Account, List, Nothing, Status};
use crate::paging::{self, ACCOUNTS, STATUSES};
use app::registry::{AudienceClass, Scope};
use app::timelines::AccountFilter;
use app::views::ActorView;
use app::{Requester, communities, people, timelines};
use auth::{Asker, Params, Routes};
use axum::extract::{OriginalUri, State};
use domain::handle::Handle;
use domain::id::{ActorId, CommunityId};
use domain::membership::Membership;
use domain::page::Page;
use http::Uri;
use std::sync::Arc;

const READ: Scope = Scope::Optional("read:accounts");

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let posts = Scope::Optional("read:statuses");
    routes
        .add(get("/api/v1/accounts/{id}", READ, AudienceClass::Door), show)
        .add(get("/api/v1/accounts/lookup", READ, AudienceClass::Door), lookup)
        .add(get("/api/v1/accounts/{id}/statuses", posts, AudienceClass::Room), statuses)
        .add(get("/api/v1/accounts/{id}/followers", READ, AudienceClass::Room), followers)
        .add(get("/api/v1/accounts/{id}/following", READ, AudienceClass::Room), following)
        .add(get("/api/v1/accounts/{id}/lists", Scope::Token("read:lists"), AudienceClass::Own), lists)
}

async fn show(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<ActorId>) -> Answer {
    let actor = people::show(&api.hall, &asker, id).await?;
    json(&Account::of(&api.site, &actor))
}

async fn lookup(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let handle = params.filled("acct").and_then(Handle::parse).ok_or_else(Failure::not_found)?;
    let actor = people::lookup(&api.hall, &asker, &handle).await?;
    json(&Account::of(&api.site, &actor))
}

async fn statuses(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named(id): Named<ActorId>,
    OriginalUri(uri): OriginalUri,
    params: Params,
) -> Answer {
    let page = paging::page(&params, STATUSES)?;
    let set = |name| params.flag(name) == Some(true);
    let filter =
        AccountFilter { no_replies: set("exclude_replies"), no_boosts: set("exclude_reblogs"), attached: set("only_media") };
    if set("pinned") {
        let pinned = timelines::pinned(&api.hall, &asker, id).await?;
        return sized(&Status::all(&api.site, &asker, &pinned)?, pinned.len() * STATUS_BYTES);
    }
    let posts = timelines::account(&api.hall, &asker, id, filter, &page).await?;
    let page = Status::all(&api.site, &asker, &posts)?;
    paging::linked(sized(&page, page.len() * STATUS_BYTES), &api.site, &uri, page.iter().map(Status::cursor))
}

/// A community's followers are its members, for those who may see its room.
async fn followers(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named(id): Named<ActorId>,
    OriginalUri(uri): OriginalUri,
    params: Params,
) -> Answer {
    let page = paging::page(&params, ACCOUNTS)?;
    match people::show(&api.hall, &asker, id).await?.community {
        Some(community) => members(&api, &asker, community, &uri, &page).await,
        None => listed(&api, &uri, &people::followers(&api.hall, &asker, id, &page).await?),
    }
}

async fn following(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named(id): Named<ActorId>,
    OriginalUri(uri): OriginalUri,
    params: Params,
) -> Answer {
    let page = paging::page(&params, ACCOUNTS)?;
    listed(&api, &uri, &people::following(&api.hall, &asker, id, &page).await?)
}

/// Accounts, newest first, with the links to more of them.
pub(super) fn listed(api: &Api, uri: &Uri, actors: &[Arc<ActorView>]) -> Answer {
    let accounts: Vec<_> = actors.iter().map(|actor| Account::of(&api.site, actor)).collect();
    paging::linked(json(&accounts), &api.site, uri, actors.iter().map(|actor| actor.id.0))
}

async fn members(api: &Api, asker: &Requester, id: CommunityId, uri: &Uri, page: &Page) -> Answer {
    let members = communities::members(&api.hall, asker, id, page).await?;
    let mut accounts = Vec::with_capacity(members.len());
    for member in &members {
        accounts.push(Account::of(&api.site, &crate::entities::open(asker, member)?.actor));
    }
    // They are listed in the order of their ids, so what comes next is above the last of a full page.
    let last = accounts.last().map(Account::cursor).filter(|_| accounts.len() >= page.limit as usize);
    paging::linked_upwards(json(&accounts), &api.site, uri, last)
}

/// The lists that this account is in: a community's own, for its members.
async fn lists(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<ActorId>) -> Answer {
    people::show(&api.hall, &asker, id).await?;
    let community = communities::show_by_actor(&api.hall, &asker, id).await?;
    let Some(community) = community else {
        let none: Nothing = [];
        return json(&none);
    };
    let mine = crate::entities::open(&asker, &community)?.standing.is_some_and(Membership::is_active);
    let lists: Vec<_> = mine.then(|| List::of(&asker, &community)).into_iter().collect::<app::Result<_>>()?;
    json(&lists)
}
