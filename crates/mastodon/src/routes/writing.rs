//! Mastodon API: statuses methods that write.

use super::{change, polls};
use crate::answer::{Answer, Failure, STATUS_BYTES, sized};
use crate::api::{Api, Named};
use crate::entities::{Status, open};
use app::Requester;
use app::accounts::me::{Preferences, me};
use app::posts::{self, Origin, PostChange};
use app::registry::{AudienceClass, Scope};
use app::views::PostRecord;
use auth::{Asker, Params, Routes};
use axum::extract::State;
use domain::audience::Visibility;
use domain::draft::{Draft, ResourceLink};
use domain::id::PostId;
use http::HeaderMap;
use std::sync::Arc;

/// Longest idempotency key, in bytes.
const KEY_MAX: usize = 255;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let (write, room) = (Scope::Token("write:statuses"), AudienceClass::Room);
    routes
        .add(change("POST", "/api/v1/statuses", write, room), create)
        .add(change("PUT", "/api/v1/statuses/{id}", write, room), edit)
        .add(change("DELETE", "/api/v1/statuses/{id}", write, room), delete)
}

/// What cannot be done yet is refused with its reason, never dropped in silence.
fn supported(params: &Params) -> Result<(), Failure> {
    let given = |name: &str| params.texts(name).iter().any(|value| !value.is_empty());
    if given("media_ids") {
        return Err(Failure::invalid("media_unsupported", "Pictures and other media cannot be attached here yet."));
    }
    if given("scheduled_at") {
        return Err(Failure::invalid(
            "scheduling_unsupported",
            "Posts cannot be scheduled here yet. Post it now, or keep it as a draft.",
        ));
    }
    if given("quoted_status_id") {
        return Err(Failure::invalid("quotes_unsupported", "Posts cannot be quoted here yet. Link to the post instead."));
    }
    Ok(())
}

async fn create(State(api): State<Api>, Asker(asker): Asker, headers: HeaderMap, params: Params) -> Answer {
    supported(&params)?;
    let preferences = me(&api.hall, &asker).await?.account.preferences;
    let in_reply_to = match params.filled("in_reply_to_id") {
        Some(id) => Some(bare(&api, &asker, id.parse().map_err(|_| Failure::not_found())?).await?.id),
        None => None,
    };
    let draft = Draft { in_reply_to, poll: polls::asked(&params)?, ..draft(&params, preferences)? };
    let idempotency_key = key(&headers)?;
    let id = posts::publish(&api.hall, &asker, draft, Origin::Here { idempotency_key }).await?;
    shown(&api, &asker, id).await
}

/// The draft in these parameters, with the asker's preferences where they say nothing.
fn draft(params: &Params, preferences: Preferences) -> Result<Draft, Failure> {
    let visibility = match params.filled("visibility") {
        Some(word) => Visibility::parse(word)
            .ok_or_else(|| Failure::invalid("visibility_invalid", "The visibility is public, unlisted, private or direct."))?,
        None => preferences.visibility,
    };
    Ok(Draft {
        spoiler: params.text("spoiler_text").unwrap_or_default().to_owned(),
        sensitive: params.flag("sensitive").unwrap_or(false),
        language: params.filled("language").map(str::to_owned).or(preferences.language),
        ..Draft::new(params.text("status").unwrap_or_default(), visibility)
    })
}

/// The client's key against posting twice.
fn key(headers: &HeaderMap) -> Result<Option<String>, Failure> {
    let Some(value) = headers.get("idempotency-key").filter(|value| !value.is_empty()) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if key.len() <= KEY_MAX => Ok(Some(key.to_owned())),
        _ => Err(Failure::invalid("idempotency_key_invalid", "The idempotency key has at most 255 plain characters.")),
    }
}

/// The post itself, where an app names the boost that showed it.
pub(super) async fn bare(api: &Api, asker: &Requester, id: PostId) -> Result<Arc<PostRecord>, Failure> {
    let post = posts::show(&api.hall, asker, id).await?;
    let view = open(asker, &post)?;
    Ok(view.boost.as_ref().map_or(&view.post, |boosted| &boosted.post).clone())
}

/// A post as it is now.
pub(super) async fn shown(api: &Api, asker: &Requester, id: PostId) -> Answer {
    let post = posts::show(&api.hall, asker, id).await?;
    sized(&Status::of(&api.site, asker, &post)?, STATUS_BYTES)
}

/// Apps know nothing of titles and shared links, so both stay as they are, like everything else that is not named.
async fn edit(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>, params: Params) -> Answer {
    supported(&params)?;
    let (text, spoiler) = posts::source(&api.hall, &asker, id).await?;
    let post = bare(&api, &asker, id).await?;
    if post.id != id {
        // A boost has nothing that could be changed.
        return Err(Failure::not_found());
    }
    let change = PostChange {
        text: params.text("status").map_or(text, str::to_owned),
        title: post.title.clone(),
        spoiler: params.text("spoiler_text").map_or(spoiler, str::to_owned),
        sensitive: params.flag("sensitive").unwrap_or(post.sensitive),
        language: params.filled("language").map(str::to_owned).or_else(|| post.language.clone()),
        resource: post.resource.as_ref().map(|link| ResourceLink { url: link.url.clone(), title: link.title.clone() }),
        poll: polls::asked(&params)?,
    };
    posts::edit(&api.hall, &asker, id, change).await?;
    shown(&api, &asker, id).await
}

/// Deletes, and hands back what was written, so that an app can offer to write it again.
async fn delete(State(api): State<Api>, Asker(asker): Asker, Named(id): Named<PostId>) -> Answer {
    let post = posts::show(&api.hall, &asker, id).await?;
    let view = open(&asker, &post)?;
    let mine = asker.actor() == Some(view.post.actor);
    if let (true, Some(boosted)) = (mine, &view.boost) {
        posts::unboost(&api.hall, &asker, boosted.post.id).await?;
        return sized(&Status::of(&api.site, &asker, &post)?, STATUS_BYTES);
    }
    let text = if mine { posts::source(&api.hall, &asker, id).await?.0 } else { String::new() };
    posts::delete(&api.hall, &asker, id).await?;
    sized(&Status::of(&api.site, &asker, &post)?.with_text(&text), STATUS_BYTES)
}
