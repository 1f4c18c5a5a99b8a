//! Mastodon API: suggestions and directory methods. Both offer communities to join.

use super::get;
use crate::answer::{Answer, json};
use crate::api::Api;
use crate::entities::{Account, Suggestion, open};
use crate::paging::{self, ACCOUNTS};
use app::Requester;
use app::communities::{self, Directory};
use app::registry::{AudienceClass, Scope};
use app::views::ActorView;
use auth::{Asker, Params, Routes};
use axum::extract::State;
use domain::membership::MembershipState;
use domain::page::Page;
use std::sync::Arc;

/// Most communities that are looked through, of this hall and of others each.
const MOST: u32 = 200;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let door = AudienceClass::Door;
    routes
        .add(get("/api/v2/suggestions", Scope::Token("read:accounts"), door), suggestions)
        .add(get("/api/v1/suggestions", Scope::Token("read:accounts"), door), accounts)
        .add(get("/api/v1/directory", Scope::Optional("read:accounts"), door), directory)
}

/// Communities whose door the asker may see, of this hall first; without those they are in or have asked
/// to be in, if only new ones are wanted.
async fn doors(api: &Api, asker: &Requester, only_local: bool, only_new: bool) -> app::Result<Vec<Arc<ActorView>>> {
    let which: &[Directory] = if only_local { &[Directory::Here] } else { &[Directory::Here, Directory::Elsewhere] };
    let mut found = Vec::new();
    for which in which {
        for community in communities::directory(&api.hall, asker, *which, &Page::newest(MOST)).await? {
            let community = open(asker, &community)?;
            let known = community.standing.is_some_and(|standing| {
                matches!(standing.state, MembershipState::Active | MembershipState::Pending | MembershipState::Banned)
            });
            if !(only_new && known) {
                found.push(community.actor.clone());
            }
        }
    }
    Ok(found)
}

async fn suggestions(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let limit = paging::limit(&params, ACCOUNTS) as usize;
    let found = doors(&api, &asker, false, true).await?;
    json(&found.iter().take(limit).map(|actor| Suggestion::of(&api.site, actor)).collect::<Vec<_>>())
}

async fn accounts(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let limit = paging::limit(&params, ACCOUNTS) as usize;
    let found = doors(&api, &asker, false, true).await?;
    json(&found.iter().take(limit).map(|actor| Account::of(&api.site, actor)).collect::<Vec<_>>())
}

async fn directory(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let limit = paging::limit(&params, ACCOUNTS) as usize;
    let offset = params.number("offset").and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0);
    let found = doors(&api, &asker, params.flag("local") == Some(true), false).await?;
    json(&found.iter().skip(offset).take(limit).map(|actor| Account::of(&api.site, actor)).collect::<Vec<_>>())
}
