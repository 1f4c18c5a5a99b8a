//! Mastodon API: the asker's own account, preferences and markers.

use super::{change, get};
use crate::answer::{Answer, Failure, json};
use crate::api::Api;
use crate::entities::{CredentialAccount, Markers, Preferences};
use app::accounts::me::me;
use app::accounts::update_profile::{Change, update_profile};
use app::registry::{AudienceClass, Scope};
use app::{Requester, markers, people};
use auth::{Asker, Params, Routes};
use axum::extract::State;
use domain::audience::Visibility;
use domain::page::Page;

/// The timelines that have markers.
const TIMELINES: [&str; 2] = ["home", "notifications"];

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let (read, own) = (Scope::Token("read:accounts"), AudienceClass::Own);
    let update = change("PATCH", "/api/v1/accounts/update_credentials", Scope::Token("write:accounts"), own);
    routes
        .add(get("/api/v1/accounts/verify_credentials", read, own), verify_credentials)
        .add(update, update_credentials)
        .add(get("/api/v1/preferences", read, own), preferences)
        .add(get("/api/v1/markers", Scope::Token("read:statuses"), own), get_markers)
        .add(change("POST", "/api/v1/markers", Scope::Token("write:statuses"), own), set_markers)
}

async fn verify_credentials(State(api): State<Api>, Asker(asker): Asker) -> Answer {
    credentials(&api, &asker).await
}

/// The asker's account with what only they see of it.
async fn credentials(api: &Api, asker: &Requester) -> Answer {
    let me = me(&api.hall, asker).await?;
    let requests = people::follow_requests(&api.hall, asker, &Page::newest(80)).await?.len();
    json(&CredentialAccount::of(&api.site, &me, &me.note(), requests))
}

async fn update_credentials(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let visibility =
        match params.filled("source[privacy]") {
            Some(word) => Some(Visibility::parse(word).ok_or_else(|| {
                Failure::invalid("visibility_invalid", "The default visibility is public, unlisted or private.")
            })?),
            None => None,
        };
    let change = Change {
        name: params.text("display_name").map(str::to_owned),
        note: params.text("note").map(str::to_owned),
        locked: params.flag("locked"),
        discoverable: params.flag("discoverable"),
        language: params.text("source[language]").map(str::to_owned),
        visibility,
        sensitive: params.flag("source[sensitive]"),
    };
    update_profile(&api.hall, &asker, change).await?;
    credentials(&api, &asker).await
}

async fn preferences(State(api): State<Api>, Asker(asker): Asker) -> Answer {
    json(&Preferences::of(&me(&api.hall, &asker).await?.account.preferences))
}

/// The markers of the timelines asked for.
async fn get_markers(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let wanted = params.texts("timeline");
    let all = markers::get(&api.hall, &asker).await?;
    json(&Markers(all.iter().filter(|marker| wanted.contains(&marker.timeline.as_str())).collect()))
}

/// Moves markers, and answers with those that were moved.
async fn set_markers(State(api): State<Api>, Asker(asker): Asker, params: Params) -> Answer {
    let mut moved = Vec::new();
    for timeline in TIMELINES {
        let Some(id) = params.filled(&format!("{timeline}[last_read_id]")) else { continue };
        let id: domain::id::PostId =
            id.parse().map_err(|_| Failure::invalid("last_read_id_invalid", "last_read_id is not an id"))?;
        moved.push((timeline, id.0));
    }
    for (timeline, id) in &moved {
        markers::set(&api.hall, &asker, timeline, *id).await?;
    }
    let all = markers::get(&api.hall, &asker).await?;
    json(&Markers(all.iter().filter(|marker| moved.iter().any(|(timeline, _)| *timeline == marker.timeline)).collect()))
}
