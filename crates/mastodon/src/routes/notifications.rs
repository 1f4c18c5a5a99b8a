//! Mastodon API: notifications methods (version 1).

use super::{change, get};
use crate::answer::{Answer, STATUS_BYTES, done, json, sized};
use crate::api::{Api, Named};
use crate::entities::{Nothing, Notification, open};
use crate::paging;
use app::notifications;
use app::registry::{AudienceClass, Scope};
use app::views::NotificationKind;
use auth::{Asker, Params, Routes};
use axum::extract::{OriginalUri, State};
use domain::id::{ActorId, NotificationId};

/// Notifications in a page, and at most.
const PAGE: (u32, u32) = (40, 80);

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let (read, write, own) = (Scope::Token("read:notifications"), Scope::Token("write:notifications"), AudienceClass::Own);
    routes
        .add(get("/api/v1/notifications", read, own), list)
        .add(get("/api/v1/notifications/{id}", read, own), show)
        .add(change("POST", "/api/v1/notifications/clear", write, own), clear)
        .add(change("POST", "/api/v1/notifications/{id}/dismiss", write, own), dismiss)
}

/// The kinds asked for; kinds that do not exist here are asked for in vain.
fn kinds(params: &Params) -> Vec<NotificationKind> {
    let (wanted, unwanted) = (params.texts("types"), params.texts("exclude_types"));
    let mut kinds = NotificationKind::ALL.to_vec();
    kinds.retain(|kind| (wanted.is_empty() || wanted.contains(&kind.as_str())) && !unwanted.contains(&kind.as_str()));
    kinds
}

async fn list(State(api): State<Api>, Asker(asker): Asker, OriginalUri(uri): OriginalUri, params: Params) -> Answer {
    let page = paging::page(&params, PAGE)?;
    let kinds = kinds(&params);
    if kinds.is_empty() {
        let nothing: Nothing = [];
        return json(&nothing);
    }
    // To the use case, no kinds mean all.
    let only = if kinds.len() == NotificationKind::ALL.len() { &[] } else { kinds.as_slice() };
    let found = notifications::list(&api.hall, &asker, only, &page).await?;
    let from: Option<ActorId> = params.filled("account_id").and_then(|id| id.parse().ok());
    let (mut entities, mut ids) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
    for proof in &found {
        let view = open(&asker, proof)?;
        ids.push(view.id.0);
        if from.is_none_or(|actor| actor == view.actor.id) {
            entities.push(Notification::of(&api.site, &asker, proof)?);
        }
    }
    paging::linked(sized(&entities, entities.len() * STATUS_BYTES), &api.site, &uri, ids.into_iter())
}

async fn show(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<NotificationId>) -> Answer {
    let notification = notifications::show(&api.hall, &asker, id).await?;
    json(&Notification::of(&api.site, &asker, &notification)?)
}

async fn clear(State(api): State<Api>, Asker(asker): Asker) -> Answer {
    notifications::dismiss(&api.hall, &asker, None).await?;
    done()
}

/// What is not there any more has been dismissed.
async fn dismiss(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<NotificationId>) -> Answer {
    notifications::dismiss(&api.hall, &asker, Some(id)).await?;
    done()
}
