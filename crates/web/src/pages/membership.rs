//! Joining, leaving, and answering those who ask.

use super::id;
use crate::answer::{Answer, Fail, onwards, page};
use crate::frame::{Frame, Place};
use crate::show::community::CommunityCard;
use crate::way;
use app::{Hall, Requester, communities};
use askama::Template;
use auth::{Asker, Gate, Params};
use axum::extract::{Path, State};
use domain::id::{ActorId, CommunityId};

/// A community that the requester may know of.
pub(super) async fn card(hall: &Hall, requester: &Requester, id: CommunityId) -> Result<CommunityCard, Fail> {
    let visible = communities::show(hall, requester, id).await?;
    Ok(CommunityCard::of(requester, &visible, &hall.settings().organisation)?)
}

/// `POST /communities/{id}/join`
pub async fn join(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>) -> Answer {
    let community: CommunityId = id(&path)?;
    let membership = communities::join(gate.hall(), &requester, community).await?;
    let card = card(gate.hall(), &requester, community).await?;
    let done = if membership.is_active() { "joined" } else { "asked" };
    Ok(onwards(&way::with_done(&card.face.href, done)))
}

#[derive(Template)]
#[template(path = "leave.html")]
struct Leave {
    frame: Frame,
    card: CommunityCard,
}

/// `GET /communities/{id}/leave`
pub async fn ask_leave(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>) -> Answer {
    let card = card(gate.hall(), &requester, id(&path)?).await?;
    let frame = Frame::of(gate.hall(), &requester, Place::Communities, "Leave this community?").await?;
    page(&Leave { frame, card })
}

/// `POST /communities/{id}/leave`: also takes a request back.
pub async fn leave(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>) -> Answer {
    let community: CommunityId = id(&path)?;
    let before = card(gate.hall(), &requester, community).await?;
    communities::leave(gate.hall(), &requester, community).await?;
    let done = if before.role.is_some() { "left" } else { "withdrawn" };
    // A hidden community is not there any more for whoever has left it.
    match card(gate.hall(), &requester, community).await {
        Ok(card) => Ok(onwards(&way::with_done(&card.face.href, done))),
        Err(_) => Ok(onwards(&way::with_done("/communities", done))),
    }
}

/// `POST /communities/{id}/requests/{actor}`
pub async fn decide(
    State(gate): State<Gate>,
    Asker(requester): Asker,
    Path((community, who)): Path<(String, String)>,
    params: Params,
) -> Answer {
    let community: CommunityId = id(&Path(community))?;
    let who: ActorId = id(&Path(who))?;
    let accept = params.text("accept") == Some("true");
    communities::decide(gate.hall(), &requester, community, who, accept).await?;
    Ok(onwards(&way::with_done(&way::back(&params, "/notifications"), if accept { "accepted" } else { "declined" })))
}
