//! Posts with a hashtag.

use crate::answer::{Answer, page};
use crate::frame::{Frame, Place};
use crate::show::post::PostCard;
use crate::way;
use app::timelines;
use askama::Template;
use auth::{Asker, Gate, Params};
use axum::extract::{Path, State};

#[derive(Template)]
#[template(path = "list.html")]
struct List {
    frame: Frame,
    posts: Vec<PostCard>,
    empty: &'static str,
    here: String,
    older: Option<String>,
}

/// `GET /tags/{tag}`
pub async fn show(State(gate): State<Gate>, Asker(requester): Asker, Path(tag): Path<String>, params: Params) -> Answer {
    let hall = gate.hall();
    let tag: String = tag.trim_start_matches('#').to_lowercase().chars().filter(|c| !c.is_control()).take(100).collect();
    let posts = PostCard::all(&requester, &timelines::tag(hall, &requester, &tag, &way::stretch(&params)).await?)?;
    let path = format!("/tags/{}", way::encode(&tag));
    page(&List {
        frame: Frame::of(hall, &requester, Place::Search, format!("#{tag}")).await?,
        empty: "Nothing with this tag is open to you. Write #tag in a post to begin.",
        here: way::here(&path, &params),
        older: way::older(&path, posts.len(), posts.last().map(|card| card.row)),
        posts,
    })
}
