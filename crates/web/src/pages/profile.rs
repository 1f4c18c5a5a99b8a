//! One's own profile.

use crate::answer::{Answer, Fail, correctable, onwards, page, page_with};
use crate::composer::lines;
use crate::frame::{Frame, Place};
use crate::wrong::Problems;
use app::accounts::me::{AccountView, me};
use app::accounts::update_profile::{Change, update_profile};
use app::{Hall, Requester};
use askama::Template;
use auth::{Asker, Gate, Params, Problem};
use axum::extract::State;

#[derive(Template)]
#[template(path = "profile.html")]
struct Profile {
    frame: Frame,
    name: String,
    note: String,
    language: String,
    locked: bool,
    discoverable: bool,
    problems: Problems,
}

/// `GET /settings/profile`
pub async fn form(State(gate): State<Gate>, Asker(requester): Asker) -> Answer {
    let me = me(gate.hall(), &requester).await?;
    let note = me.note();
    let AccountView { account, actor } = me;
    page(&Profile {
        frame: frame(gate.hall(), &requester).await?,
        name: actor.name.clone(),
        note,
        language: account.preferences.language.unwrap_or_default(),
        locked: actor.locked,
        discoverable: actor.discoverable,
        problems: Problems::default(),
    })
}

/// `POST /settings/profile`
pub async fn send(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let text = |name| params.text(name).unwrap_or_default().trim().to_owned();
    let (locked, discoverable) = (params.flag("locked").unwrap_or(false), params.flag("discoverable").unwrap_or(false));
    let (name, note, language) = (text("name"), lines(&text("note")), text("language"));
    let change = Change {
        name: Some(name.clone()),
        note: Some(note.clone()),
        locked: Some(locked),
        discoverable: Some(discoverable),
        language: Some(language.clone()),
        ..Change::default()
    };
    match update_profile(gate.hall(), &requester, change).await {
        Ok(()) => Ok(onwards(&format!("/@{}?done=changed", me(gate.hall(), &requester).await?.actor.handle))),
        Err(error) if correctable(&error) => {
            let (frame, problems) = (frame(gate.hall(), &requester).await?, Problems::of(&error));
            page_with(Problem::status_of(error.kind), &Profile { frame, name, note, language, locked, discoverable, problems })
        }
        Err(error) => Err(error.into()),
    }
}

async fn frame(hall: &Hall, requester: &Requester) -> Result<Frame, Fail> {
    Frame::of(hall, requester, Place::Other, "Your profile").await
}
