//! The front page: what this hall is.

use crate::answer::{Answer, onwards, page};
use crate::frame::{Frame, Place};
use crate::show::community::{CommunityCard, Standing};
use app::communities::{self, Directory};
use askama::Template;
use auth::{Asker, Gate, Params};
use axum::extract::State;
use domain::page::Page;

#[derive(Template)]
#[template(path = "front.html")]
struct Front {
    frame: Frame,
    communities: Vec<CommunityCard>,
    open: bool,
    host: String,
}

/// `GET /`
pub async fn show(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    if requester.is_local() {
        return Ok(onwards("/home"));
    }
    let hall = gate.hall();
    let here = communities::directory(hall, &requester, Directory::Here, &Page::newest(40)).await?;
    let mut frame = Frame::of(hall, &requester, Place::Other, "Welcome").await?.after(params.text("done"));
    frame.indexed = true;
    page(&Front {
        communities: CommunityCard::all(&requester, &here, &hall.settings().organisation)?,
        open: super::registers(hall),
        host: hall.settings().host(),
        frame,
    })
}
