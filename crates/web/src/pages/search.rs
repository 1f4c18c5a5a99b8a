//! Search.

use super::directory::target;
use crate::answer::{Answer, Fail, onwards, page};
use crate::frame::{Frame, Place};
use crate::show::Face;
use crate::show::post::PostCard;
use crate::way;
use app::search::{Found, Query, search};
use app::{Hall, Requester};
use askama::Template;
use auth::{Asker, Gate, Params};
use axum::extract::State;

#[derive(Template)]
#[template(path = "search.html")]
struct Search<'a> {
    frame: Frame,
    q: &'a str,
    asked: bool,
    problem: Option<String>,
    actors: Vec<Face>,
    posts: Vec<PostCard>,
    tags: Vec<(String, i64)>,
    here: String,
}

/// `GET /search?q=`: a complete handle or an address leads straight to what it names.
pub async fn show(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let hall = gate.hall();
    let q = params.text("q").unwrap_or_default().trim();
    let exact = q.starts_with("https://") || q.starts_with("http://") || q.trim_start_matches('@').contains('@');
    if exact && let Some(path) = target(hall, &requester, q).await? {
        return Ok(onwards(&path));
    }
    let (found, problem) = look(hall, &requester, q).await?;
    page(&Search {
        frame: Frame::of(hall, &requester, Place::Search, "Search").await?,
        q,
        asked: !q.is_empty(),
        problem,
        actors: found.actors.iter().map(|actor| Face::of(actor)).collect(),
        posts: PostCard::all(&requester, &found.posts)?,
        tags: found.tags,
        here: format!("/search?q={}", way::encode(q)),
    })
}

async fn look(hall: &Hall, requester: &Requester, q: &str) -> Result<(Found, Option<String>), Fail> {
    if q.is_empty() {
        return Ok((Found::default(), None));
    }
    let query = Query { text: q.to_owned(), kind: None, resolve: true, limit: way::PAGE, offset: 0 };
    match search(hall, requester, &query).await {
        Ok(found) => Ok((found, None)),
        Err(error) if crate::answer::correctable(&error) => Ok((Found::default(), Some(error.message))),
        Err(error) => Err(error.into()),
    }
}
