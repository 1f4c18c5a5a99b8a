//! Changing and deleting one's post.

use super::id;
use crate::answer::{Answer, Fail, keeps_the_text, onwards, page, page_with};
use crate::composer::{lines, resource, trimmed};
use crate::frame::{Frame, Place};
use crate::show::post::PostCard;
use crate::way;
use crate::wrong::Problems;
use app::posts::{self, PostChange};
use app::{Hall, Requester};
use askama::Template;
use auth::{Asker, Gate, Params, Problem};
use axum::extract::{Path, State};
use domain::id::PostId;

/// What is filled in.
#[derive(Default)]
struct Form {
    text: String,
    title: String,
    spoiler: String,
    url: String,
    link_title: String,
    language: String,
}

#[derive(Template)]
#[template(path = "edit.html")]
struct Edit {
    frame: Frame,
    id: PostId,
    href: String,
    form: Form,
    has_poll: bool,
    problems: Problems,
}

async fn card(hall: &Hall, requester: &Requester, id: PostId) -> Result<PostCard, Fail> {
    Ok(PostCard::of(requester, &posts::show(hall, requester, id).await?)?)
}

/// `GET /posts/{id}/edit`
pub async fn form(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>) -> Answer {
    let (hall, post): (_, PostId) = (gate.hall(), id(&path)?);
    let card = card(hall, &requester, post).await?;
    let (text, spoiler) = posts::source(hall, &requester, post).await?;
    let row = card.post();
    let (url, link_title) = row.resource.as_ref().map(|link| (link.url.clone(), link.title.clone())).unwrap_or_default();
    let (title, language) = (row.title.clone().unwrap_or_default(), row.language.clone().unwrap_or_default());
    let form = Form { text, title, spoiler, url, link_title, language };
    let frame = Frame::of(hall, &requester, Place::Other, "Change your post").await?;
    let has_poll = row.poll.is_some();
    page(&Edit { frame, id: post, href: card.href.clone(), form, has_poll, problems: Problems::default() })
}

/// `POST /posts/{id}/edit`
pub async fn send(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>, params: Params) -> Answer {
    let (hall, post): (_, PostId) = (gate.hall(), id(&path)?);
    let card = card(hall, &requester, post).await?;
    let (href, has_poll) = (card.href.clone(), card.poll.is_some());
    let change = change(&params, &card);
    match posts::edit(hall, &requester, post, change).await {
        Ok(()) => Ok(onwards(&way::with_done(&href, "changed"))),
        Err(error) if keeps_the_text(&error) => {
            let frame = Frame::of(hall, &requester, Place::Other, "Change your post").await?;
            let edit = Edit { frame, id: post, href, form: filled(&params), has_poll, problems: Problems::of(&error) };
            page_with(Problem::status_of(error.kind), &edit)
        }
        Err(error) => Err(error.into()),
    }
}

fn change(params: &Params, card: &PostCard) -> PostChange {
    let spoiler = trimmed(params, "spoiler").unwrap_or_default();
    // Who marked it with an app, without words, did not take that back here.
    let marked = card.post().sensitive && card.post().spoiler.is_empty();
    PostChange {
        text: lines(params.text("text").unwrap_or_default()),
        title: trimmed(params, "title"),
        sensitive: marked || !spoiler.is_empty(),
        spoiler,
        language: trimmed(params, "language"),
        resource: resource(params),
        poll: None,
    }
}

fn filled(params: &Params) -> Form {
    let text = |name| params.text(name).unwrap_or_default().to_owned();
    Form {
        text: text("text"),
        title: text("title"),
        spoiler: text("spoiler"),
        url: text("url"),
        link_title: text("link_title"),
        language: text("language"),
    }
}

#[derive(Template)]
#[template(path = "delete.html")]
struct Delete {
    frame: Frame,
    card: PostCard,
}

/// `GET /posts/{id}/delete`
pub async fn ask_delete(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>) -> Answer {
    let (hall, post) = (gate.hall(), id(&path)?);
    let card = card(hall, &requester, post).await?;
    if !posts::may_delete(hall, &requester, post).await? {
        return Err(Fail::not_found());
    }
    let frame = Frame::of(hall, &requester, Place::Other, "Delete this post?").await?;
    page(&Delete { frame, card })
}

/// `POST /posts/{id}/delete`
pub async fn delete(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>) -> Answer {
    let (hall, post): (_, PostId) = (gate.hall(), id(&path)?);
    let card = card(hall, &requester, post).await?;
    posts::delete(hall, &requester, post).await?;
    let back = card.community.map_or_else(|| "/home".to_owned(), |community| community.href);
    Ok(onwards(&way::with_done(&back, "deleted")))
}
