//! Mastodon API: how one stands to other accounts. Following a community is joining it.

use super::{change, get};
use crate::answer::{Answer, json};
use crate::api::{Api, Named};
use crate::entities::{Account, FamiliarFollowers, Relationship};
use crate::paging::{self, ACCOUNTS};
use app::registry::{AudienceClass, Scope};
use app::{Requester, people};
use auth::{Asker, Params, Routes};
use axum::extract::{OriginalUri, State};
use domain::id::ActorId;

/// Most accounts that are looked at in one request.
const MOST: usize = 80;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let (read, write) = (Scope::Token("read:follows"), Scope::Token("write:follows"));
    let own = AudienceClass::Own;
    routes
        .add(get("/api/v1/accounts/relationships", read, own), relationships)
        .add(get("/api/v1/accounts/familiar_followers", read, own), familiar_followers)
        .add(change("POST", "/api/v1/accounts/{id}/follow", write, own), follow)
        .add(change("POST", "/api/v1/accounts/{id}/unfollow", write, own), unfollow)
        .add(get("/api/v1/follow_requests", read, own), requests)
        .add(change("POST", "/api/v1/follow_requests/{id}/authorize", write, own), authorize)
        .add(change("POST", "/api/v1/follow_requests/{id}/reject", write, own), reject)
}

/// The accounts that `id[]` names; what is no id names nobody.
fn named(params: &Params) -> Vec<ActorId> {
    let mut ids: Vec<ActorId> = Vec::new();
    for id in params.texts("id").into_iter().take(MOST).filter_map(|text| text.parse().ok()) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

async fn relationships(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let views = people::relationships(&api.hall, &asker, &named(&params)).await?;
    json(&views.iter().map(Relationship::of).collect::<Vec<_>>())
}

/// Who of those one follows also follows them: not worked out, so nobody is named for each.
async fn familiar_followers(params: Params) -> Answer {
    json(&named(&params).into_iter().map(FamiliarFollowers::nobody).collect::<Vec<_>>())
}

/// Joining may have to wait for a lead, and following for the followed: then the answer says `requested`.
async fn follow(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<ActorId>) -> Answer {
    people::follow(&api.hall, &asker, id).await?;
    standing(&api, &asker, id).await
}

async fn unfollow(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<ActorId>) -> Answer {
    people::unfollow(&api.hall, &asker, id).await?;
    standing(&api, &asker, id).await
}

/// People who asked to follow, and people who asked to join a community that the asker moderates.
async fn requests(State(api): State<Api>, Asker(asker): Asker, OriginalUri(uri): OriginalUri, params: Params) -> Answer {
    let page = paging::page(&params, ACCOUNTS)?;
    let actors = people::follow_requests(&api.hall, &asker, &page).await?;
    let accounts: Vec<_> = actors.iter().map(|actor| Account::of(&api.site, actor)).collect();
    paging::linked(json(&accounts), &api.site, &uri, actors.iter().map(|actor| actor.id.0))
}

async fn authorize(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<ActorId>) -> Answer {
    people::decide_follow(&api.hall, &asker, id, true).await?;
    standing(&api, &asker, id).await
}

async fn reject(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<ActorId>) -> Answer {
    people::decide_follow(&api.hall, &asker, id, false).await?;
    standing(&api, &asker, id).await
}

/// How the asker and this account stand to each other now.
async fn standing(api: &Api, asker: &Requester, id: ActorId) -> Answer {
    let views = people::relationships(&api.hall, asker, &[id]).await?;
    json(&views.first().map_or_else(|| Relationship::none(id), Relationship::of))
}
