//! Posts of this hall, their conversations, and activities by their ids.

use super::Asked;
use super::actor::part;
use super::answer::{Answer, document, given, page};
use super::word::on_word;
use crate::error::response;
use crate::outbox::{self, write};
use crate::{Federation, host_of};
use activitypub::build::{ordered_collection, ordered_page, tombstone};
use app::federated::{outgoing, posts, quotes, reactions};
use app::posts::Part;
use app::views::{PostRecord, PostView};
use app::{Error, ErrorKind, Requester};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::PostId;
use serde_json::Value;

/// Ids on one page of a conversation.
const THREAD_PAGE: u32 = 50;

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
    match object(federation, asked).await {
        Err(error) if error.kind == ErrorKind::NotFound && asked.wants_activity() => {
            given(grave(federation, asked).await.map(|grave| grave.unwrap_or_else(|| response(&error))))
        }
        answer => given(answer),
    }
}

async fn object(federation: &Federation, asked: &Asked) -> Answer {
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
    if let (Some(object), Some(group)) = (&written.for_group, &written.community)
        && asks_for(federation, asked, &group.uri).await?
    {
        return Ok(document(object, false));
    }
    let groups = written.community.as_ref().filter(|group| written.starter && open && group.local);
    if let (Some(group), Some(host)) = (groups, asked.signed_on())
        && federation.reads_groups_articles(&host).await?
    {
        return Ok(document(&outbox::as_the_groups(written.object, &group.uri), false));
    }
    Ok(document(&with_replies(federation, &requester, &view.post, written.object).await?, open))
}

/// What stands where a post was that everybody could see: 410 with a `Tombstone` (ActivityPub section 6.4).
async fn grave(federation: &Federation, asked: &Asked) -> app::Result<Option<Response>> {
    let Some((uri, at)) = posts::buried(federation.hall(), id(asked)?).await? else { return Ok(None) };
    let mut grave = document(&tombstone(&uri, None, Some(at.0)), true);
    *grave.status_mut() = StatusCode::GONE;
    Ok(Some(grave))
}

/// The post with the first of its answers inside, as far as the asker may see them.
async fn with_replies(
    federation: &Federation,
    requester: &Requester,
    post: &PostRecord,
    mut object: Value,
) -> app::Result<Value> {
    if post.replies > 0
        && let Some(list) = object.get_mut("replies").and_then(Value::as_object_mut)
    {
        let uri = format!("{}/replies", post.uri);
        let first = stretch(federation, requester, Part::Replies(post.id), &uri, None).await?;
        list.insert("first".to_owned(), part(first));
    }
    Ok(object)
}

/// Whether it is the group's own server that reads, in whatever form it takes its posts. Who does not even say so is
/// not asked about.
async fn asks_for(federation: &Federation, asked: &Asked, group: &str) -> app::Result<bool> {
    let Some(host) = host_of(group).filter(|host| asked.is_signed_on(host)) else { return Ok(false) };
    Ok(federation.signer(asked).await?.is_some_and(|signer| signer.host() == Some(host.as_str())))
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
    let seen = seen(federation, asked, id(asked)?).await?;
    let post = &seen.view.post;
    if !post.local || post.boost_of.is_some() {
        return Err(Error::not_found());
    }
    let (of, name) = if whole { (Part::Thread(post.root), "context") } else { (Part::Replies(post.id), "replies") };
    let uri = format!("{}/{name}", post.uri);
    if asked.query("page").is_some() {
        return page_of(federation, asked, &seen, of, &uri).await;
    }
    let total = u64::try_from(app::posts::count(federation.hall(), &seen.requester, of).await?).unwrap_or_default();
    let mut collection = ordered_collection(&uri, total, Some(&format!("{uri}?page=true")), None);
    // Whose conversation it is (FEP-7888): the community's, else its first author's.
    let owner = seen.view.community.as_ref().unwrap_or(&seen.view.author);
    if let Some(map) = collection.as_object_mut().filter(|_| whole) {
        map.insert("attributedTo".to_owned(), Value::from(owner.uri.as_str()));
    }
    Ok(document(&collection, seen.open))
}

async fn page_of(federation: &Federation, asked: &Asked, seen: &Seen, of: Part, uri: &str) -> Answer {
    let after = asked.query("after").and_then(|text| text.parse().ok());
    Ok(document(&stretch(federation, &seen.requester, of, uri, after).await?, seen.open))
}

/// A page of a thread: what the requester may see after that post.
async fn stretch(
    federation: &Federation,
    requester: &Requester,
    of: Part,
    uri: &str,
    after: Option<PostId>,
) -> app::Result<Value> {
    let rows = app::posts::listed(federation.hall(), requester, of, after.unwrap_or(PostId(0)), THREAD_PAGE).await?;
    let rows = rows.into_iter().map(|row| row.take(requester)).collect::<Result<Vec<_>, _>>().map_err(Error::internal)?;
    let last = rows.last().map(|(id, _)| *id).filter(|_| rows.len() == THREAD_PAGE as usize);
    let this = after.map_or_else(|| format!("{uri}?page=true"), |id| format!("{uri}?page=true&after={id}"));
    let next = last.map(|id| format!("{uri}?page=true&after={id}"));
    let items = rows.into_iter().map(|(_, uri)| Value::from(uri)).collect();
    Ok(ordered_page(&this, uri, items, next.as_deref(), None))
}

/// `/p/{id}/quotes/{quote}`: that a post elsewhere may quote this one (FEP-044f); there as long as that is.
pub async fn quote(federation: &Federation, asked: &Asked) -> Response {
    let answer = async {
        let Seen { view, open, requester } = seen(federation, asked, id(asked)?).await?;
        if !view.post.local || view.post.boost_of.is_some() {
            return Err(Error::not_found());
        }
        let approval = asked.param("quote").and_then(|id| id.parse().ok()).ok_or_else(Error::not_found)?;
        let quoting = quotes::approved(federation.hall(), &requester, view.post.id, approval).await?;
        Ok(document(&outbox::approval(&view.post, &view.author.uri, approval, &quoting), open))
    };
    given(answer.await)
}

/// An activity by its id, guarded by what it is about.
pub async fn activity(federation: &Federation, asked: &Asked) -> Response {
    let answer = async {
        let uri = format!("{}{}", federation.base(), asked.path);
        let kept = outgoing::activity(federation.hall(), &uri).await?.filter(|kept| !kept.hollow).ok_or_else(Error::not_found)?;
        let kept = kept.activity;
        if kept.kind == "Like" && !reactions::stands(federation.hall(), &uri).await? {
            return Err(Error::not_found());
        }
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
