//! Posts of this hall, their conversations, and activities by their ids.

use super::Asked;
use super::answer::{Answer, document, given, page};
use super::word::on_word;
use crate::Federation;
use crate::outbox::write;
use activitypub::build::ordered_collection;
use app::federated::outgoing;
use app::views::PostView;
use app::{Error, ErrorKind, Requester};
use axum::response::Response;
use domain::id::PostId;
use serde_json::Value;

/// A post the asker may see: without a signature if everybody may, else as the signer.
struct Seen {
    view: PostView,
    requester: Requester,
    open: bool,
}

async fn seen(federation: &Federation, asked: &Asked, id: PostId) -> app::Result<Seen> {
    let anyone = Requester::anonymous();
    if let Ok(view) = app::posts::show(federation.hall(), &anyone, id).await {
        let view = view.take(&anyone).map_err(Error::internal)?;
        return Ok(Seen { view, requester: anyone, open: true });
    }
    let signer = federation.signer(asked).await?.ok_or_else(Error::not_found)?;
    let view = match app::posts::show(federation.hall(), &signer, id).await {
        Err(error) if error.kind == ErrorKind::NotFound => on_word(federation, &signer, id).await?,
        found => found?,
    };
    let view = view.take(&signer).map_err(Error::internal)?;
    Ok(Seen { view, requester: signer, open: false })
}

fn id(asked: &Asked) -> app::Result<PostId> {
    asked.param("id").and_then(|id| id.parse().ok()).ok_or_else(Error::not_found)
}

/// `/p/{id}`: the object, or for a browser the page.
pub async fn post(federation: &Federation, asked: &Asked) -> Response {
    let answer = async {
        let Seen { view, open, requester } = seen(federation, asked, id(asked)?).await?;
        if !view.post.local || view.post.boost_of.is_some() {
            return Err(Error::not_found());
        }
        if !asked.wants_activity() {
            return Ok(page(&view.post.url));
        }
        let written = write(federation, &view.post).await?.ok_or_else(Error::not_found)?;
        if !open {
            app::federated::posts::released(federation.hall(), &view.post, &requester).await?;
        }
        Ok(document(&written.object, open))
    };
    given(answer.await)
}

/// `/p/{id}/replies`: the answers that the asker may see, as ids (facts 82).
pub async fn replies(federation: &Federation, asked: &Asked) -> Response {
    given(thread(federation, asked, false).await)
}

/// `/p/{id}/context`: the whole conversation, oldest first (FEP-7888, FEP-f228).
pub async fn context(federation: &Federation, asked: &Asked) -> Response {
    given(thread(federation, asked, true).await)
}

async fn thread(federation: &Federation, asked: &Asked, whole: bool) -> Answer {
    let Seen { view, requester, open } = seen(federation, asked, id(asked)?).await?;
    if !view.post.local || view.post.boost_of.is_some() {
        return Err(Error::not_found());
    }
    let mut found: Vec<(PostId, String)> = Vec::new();
    if whole {
        found.push((view.post.id, view.post.uri.clone()));
    }
    for reply in app::posts::context(federation.hall(), &requester, view.post.id).await?.descendants {
        let reply = reply.take(&requester).map_err(Error::internal)?;
        if whole || reply.post.in_reply_to == Some(view.post.id) {
            found.push((reply.post.id, reply.post.uri.clone()));
        }
    }
    found.sort_unstable();
    let uri = format!("{}/{}", view.post.uri, if whole { "context" } else { "replies" });
    let total = u64::try_from(found.len()).unwrap_or_default();
    let items = found.into_iter().map(|(_, uri)| Value::from(uri)).collect();
    Ok(document(&ordered_collection(&uri, total, None, Some(items)), open))
}

/// An activity by its id, guarded by what it is about.
pub async fn activity(federation: &Federation, asked: &Asked) -> Response {
    let answer = async {
        let uri = format!("{}{}", federation.base(), asked.path);
        let kept = outgoing::activity(federation.hall(), &uri).await?.ok_or_else(Error::not_found)?.activity;
        let shows = matches!(kept.kind.as_str(), "Create" | "Announce" | "Update");
        let open = match kept.post {
            // What shows a post is there as long as the post is, for those who may see it.
            Some(post) if shows => seen(federation, asked, post).await?.open,
            _ if kept.public => true,
            _ => return Err(Error::not_found()),
        };
        let body: Value = serde_json::from_str(&kept.body).map_err(Error::internal)?;
        Ok(document(&body, open))
    };
    given(answer.await)
}
