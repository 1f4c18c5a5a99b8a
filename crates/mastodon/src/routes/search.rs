//! Mastodon API: search methods, of everything and of accounts alone.

use super::get;
use crate::answer::{Answer, json};
use crate::api::{Api, Named};
use crate::entities::{Account, Search, Status, Tag};
use crate::paging::{self, ACCOUNTS, STATUSES};
use app::people;
use app::registry::{AudienceClass, RateClass, Scope};
use app::search::{self, Kind, Query};
use auth::{Asker, Params, Routes};
use axum::extract::State;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    // Both may ask other instances for what is not known here.
    let everything = get("/api/v2/search", Scope::Optional("read:search"), AudienceClass::Room).rate(RateClass::Outbound);
    let accounts = get("/api/v1/accounts/search", Scope::Token("read:accounts"), AudienceClass::Door).rate(RateClass::Outbound);
    routes
        .add(everything, everywhere)
        .add(accounts, among_accounts)
        .add(get("/api/v1/tags/{name}", Scope::Optional("read"), AudienceClass::Nothing), tag)
}

fn query(params: &Params, kind: Option<Kind>, limits: (u32, u32)) -> Query {
    Query {
        text: params.text("q").unwrap_or_default().trim().to_owned(),
        kind,
        resolve: params.flag("resolve") == Some(true),
        limit: paging::limit(params, limits),
        offset: params.number("offset").and_then(|offset| u32::try_from(offset.clamp(0, 10_000)).ok()).unwrap_or(0),
    }
}

async fn everywhere(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let kind = match params.filled("type") {
        Some("accounts") => Some(Kind::Accounts),
        Some("statuses") => Some(Kind::Statuses),
        Some("hashtags") => Some(Kind::Hashtags),
        _ => None,
    };
    let found = search::search(&api.hall, &asker, &query(&params, kind, STATUSES)).await?;
    let signed_in = asker.account().is_some();
    json(&Search {
        accounts: found.actors.iter().map(|actor| Account::of(&api.site, actor)).collect(),
        statuses: Status::all(&api.site, &asker, &found.posts)?,
        hashtags: found.tags.iter().map(|(name, _)| Tag::of(&api.site, name, signed_in)).collect(),
    })
}

async fn among_accounts(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let query = query(&params, Some(Kind::Accounts), ACCOUNTS);
    let mut actors = search::search(&api.hall, &asker, &query).await?.actors;
    if params.flag("following") == Some(true) {
        let ids: Vec<_> = actors.iter().map(|actor| actor.id).collect();
        let known = people::relationships(&api.hall, &asker, &ids).await?;
        actors.retain(|actor| known.iter().any(|view| view.id == actor.id.0 && view.following));
    }
    json(&actors.iter().map(|actor| Account::of(&api.site, actor)).collect::<Vec<_>>())
}

/// A hashtag's name and page; nothing is told of who used it.
async fn tag(State(api): State<Api>, Asker(asker): Asker, Named(name): Named<String>) -> Answer {
    let name = name.trim_matches(['#', '/']).to_lowercase();
    json(&Tag::of(&api.site, &name, asker.account().is_some()))
}
