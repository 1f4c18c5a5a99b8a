//! The directory of communities, and finding one elsewhere.

use crate::answer::{Answer, Fail, onwards, page};
use crate::frame::{Frame, Place};
use crate::show::community::{CommunityCard, Standing};
use crate::way;
use app::communities::{self, Directory as Which};
use app::ports::Found;
use app::{Hall, Requester, people, posts, search};
use askama::Template;
use auth::{Asker, Gate, Params};
use axum::extract::State;
use domain::page::Page;

#[derive(Template)]
#[template(path = "communities.html")]
struct Directory {
    frame: Frame,
    signed_in: bool,
    mine: Vec<CommunityCard>,
    here: Vec<CommunityCard>,
    elsewhere: Vec<CommunityCard>,
    more: Option<String>,
}

/// `GET /communities`
pub async fn show(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let hall = gate.hall();
    let signed_in = requester.is_local();
    let (mine, elsewhere) = if signed_in {
        (
            cards(hall, &requester, Which::Mine, &Page::newest(80)).await?,
            cards(hall, &requester, Which::Elsewhere, &Page::newest(80)).await?,
        )
    } else {
        (Vec::new(), Vec::new())
    };
    let mut here = cards(hall, &requester, Which::Here, &way::stretch(&params)).await?;
    let more = way::further("/communities", here.len(), here.last().map(|card| card.id.0));
    here.retain(|card| card.standing != Standing::In);
    let mut frame = Frame::of(hall, &requester, Place::Communities, "Communities").await?.after(params.text("done"));
    frame.indexed = true;
    let elsewhere = elsewhere.into_iter().filter(|card| card.standing != Standing::In).collect();
    page(&Directory { frame, signed_in, mine, here, elsewhere, more })
}

async fn cards(hall: &Hall, requester: &Requester, which: Which, stretch: &Page) -> Result<Vec<CommunityCard>, Fail> {
    let list = communities::directory(hall, requester, which, stretch).await?;
    Ok(CommunityCard::all(requester, &list, &hall.settings().organisation)?)
}

#[derive(Template)]
#[template(path = "find.html")]
struct Find<'a> {
    frame: Frame,
    q: &'a str,
    asked: bool,
    message: String,
}

/// `GET /communities/find?q=`: straight to what a handle or an address names.
pub async fn find(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let hall = gate.hall();
    let q = params.text("q").unwrap_or_default().trim();
    if let Some(path) = target(hall, &requester, q).await? {
        return Ok(onwards(&path));
    }
    let frame = Frame::of(hall, &requester, Place::Communities, "Find a community").await?;
    let message = "No community, person or post of this name or address can be seen from here.".to_owned();
    page(&Find { frame, q, asked: !q.is_empty(), message })
}

/// The page in this hall of whatever this names.
pub async fn target(hall: &Hall, requester: &Requester, q: &str) -> Result<Option<String>, Fail> {
    if q.is_empty() {
        return Ok(None);
    }
    Ok(match search::resolve(hall, requester, q).await? {
        Some(Found::Actor(actor)) => Some(format!("/@{}", people::show(hall, requester, actor).await?.acct())),
        Some(Found::Post(post)) => {
            let visible = posts::show(hall, requester, post).await?;
            Some(crate::show::post::PostCard::of(requester, &visible)?.href)
        }
        None => match domain::handle::Handle::parse(q) {
            Some(handle) => people::lookup(hall, requester, &handle).await.ok().map(|actor| format!("/@{}", actor.acct())),
            None => None,
        },
    })
}
