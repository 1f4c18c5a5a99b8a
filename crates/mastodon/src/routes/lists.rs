//! Mastodon API: lists methods. The lists are the communities one is in: joining makes one, leaving
//! ends it, and who is in it is not decided here.

use super::{change, get};
use crate::answer::{Answer, Failure, json};
use crate::api::{Api, Named};
use crate::entities::{Account, List, open};
use app::communities::{self, Directory};
use app::registry::{AudienceClass, Scope};
use app::views::CommunityView;
use app::{Requester, Visible};
use auth::{Asker, Params, Routes};
use axum::extract::State;
use domain::id::CommunityId;
use domain::membership::Membership;
use domain::page::Page;

/// Most communities of one person that are listed; Mastodon's lists have no pages.
const MOST: u32 = 1_000;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let (read, write, own) = (Scope::Token("read:lists"), Scope::Token("write:lists"), AudienceClass::Own);
    routes
        .add(get("/api/v1/lists", read, own), index)
        .add(get("/api/v1/lists/{id}", read, own), show)
        .add(get("/api/v1/lists/{id}/accounts", read, own), accounts)
        .add(change("POST", "/api/v1/lists", write, own), create)
        .add(change("PUT", "/api/v1/lists/{id}", write, own), update)
        .add(change("DELETE", "/api/v1/lists/{id}", write, own), delete)
        .add_all(["POST", "DELETE"].map(|method| change(method, "/api/v1/lists/{id}/accounts", write, own)), &members)
}

/// The community behind a list: one that the asker is in. Others are no lists of theirs.
pub(super) async fn mine(api: &Api, asker: &Requester, id: CommunityId) -> Result<Visible<CommunityView>, Failure> {
    let community = communities::show(&api.hall, asker, id).await?;
    let inside = open(asker, &community)?.standing.is_some_and(Membership::is_active);
    if inside { Ok(community) } else { Err(Failure::not_found()) }
}

async fn index(State(api): State<Api>, Asker(asker): Asker) -> Answer {
    let communities = communities::directory(&api.hall, &asker, Directory::Mine, &Page::newest(MOST)).await?;
    let lists: Vec<_> = communities.iter().map(|community| List::of(&asker, community)).collect::<app::Result<_>>()?;
    json(&lists)
}

async fn show(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<CommunityId>) -> Answer {
    json(&List::of(&asker, &mine(&api, &asker, id).await?)?)
}

/// The community alone: its posts come by it, whoever writes them.
async fn accounts(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<CommunityId>) -> Answer {
    let community = mine(&api, &asker, id).await?;
    json(&[Account::of(&api.site, &open(&asker, &community)?.actor)])
}

async fn create() -> Answer {
    Err(Failure::invalid("list_is_community", "Lists are the communities you are in. Follow a community's account to join it."))
}

/// How the list is shown can be changed; its name is the community's.
async fn update(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<CommunityId>, params: Params) -> Answer {
    let community = mine(&api, &asker, id).await?;
    if params.filled("title").is_some_and(|title| open(&asker, &community).is_ok_and(|view| view.actor.label() != title)) {
        return Err(Failure::invalid("list_is_community", "This list is a community; its leads decide about its name."));
    }
    communities::list_options(&api.hall, &asker, id, params.flag("exclusive"), params.filled("replies_policy")).await?;
    json(&List::of(&asker, &mine(&api, &asker, id).await?)?)
}

async fn delete(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<CommunityId>) -> Answer {
    mine(&api, &asker, id).await?;
    Err(Failure::invalid("list_is_community", "This list is a community. Unfollow its account to leave it, and the list goes."))
}

async fn members(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<CommunityId>) -> Answer {
    mine(&api, &asker, id).await?;
    Err(Failure::invalid("list_is_community", "This list is a community: people join it themselves, and leave it themselves."))
}
