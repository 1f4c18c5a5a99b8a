//! Who likes a post, and with which emoji.

use super::id;
use crate::answer::{Answer, onwards, page};
use crate::frame::{Frame, Place};
use crate::show::Face;
use crate::show::post::PostCard;
use crate::way;
use app::posts;
use askama::Template;
use auth::{Asker, Gate, Params};
use axum::extract::{Path, State};
use domain::id::PostId;

#[derive(Template)]
#[template(path = "likes.html")]
struct Likes {
    frame: Frame,
    card: PostCard,
    people: Vec<(Face, Option<String>)>,
    more: Option<String>,
}

/// `GET /@{handle}/{id}/likes`
pub async fn show(
    State(gate): State<Gate>,
    Asker(requester): Asker,
    Path((handle, post)): Path<(String, String)>,
    params: Params,
) -> Answer {
    let (hall, post): (_, PostId) = (gate.hall(), id(&Path(post))?);
    let card = PostCard::of(&requester, &posts::show(hall, &requester, post).await?)?;
    let path = format!("{}/likes", card.href);
    if card.href != format!("/@{handle}/{post}") {
        return Ok(onwards(&path));
    }
    let people = posts::likers(hall, &requester, post, &way::stretch(&params)).await?;
    let more = way::older(&path, people.len(), people.last().map(|(actor, _)| actor.id.0));
    let people = people.into_iter().map(|(actor, emoji)| (Face::of(&actor), emoji)).collect();
    let frame = Frame::of(hall, &requester, Place::Other, way::title("Who likes", &card.name())).await?;
    page(&Likes { frame, card, people, more })
}
