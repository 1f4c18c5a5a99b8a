//! Home: what is new, and a place to write.

use crate::answer::{Answer, page};
use crate::composer::Composer;
use crate::frame::{Frame, Place};
use crate::show::post::PostCard;
use crate::way;
use app::timelines;
use askama::Template;
use auth::{Asker, Gate, Params};
use axum::extract::State;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    composer: Composer,
    posts: Vec<PostCard>,
    first: bool,
    here: String,
    older: Option<String>,
}

/// `GET /home`
pub async fn show(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let hall = gate.hall();
    let posts = timelines::home(hall, &requester, &way::stretch(&params)).await?;
    let posts = PostCard::all(&requester, &posts)?;
    page(&Home {
        frame: Frame::of(hall, &requester, Place::Home, "Home").await?.after(params.text("done")),
        composer: Composer::anywhere(hall, &requester).await?,
        first: params.text("max_id").is_none(),
        here: way::here("/home", &params),
        older: way::older("/home", posts.len(), posts.last().map(|card| card.row)),
        posts,
    })
}
