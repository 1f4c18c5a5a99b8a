//! Banning somebody from a community, and lifting the ban.

use super::id;
use super::membership::card;
use crate::answer::{Answer, Fail, correctable, onwards, page_with};
use crate::frame::{Frame, Place};
use crate::show::Face;
use crate::show::community::CommunityCard;
use crate::way;
use crate::wrong::Problems;
use app::{Error, Hall, Requester, communities, people};
use askama::Template;
use auth::{Asker, Gate, Params, Problem};
use axum::extract::{Path, State};
use domain::id::{ActorId, CommunityId};
use http::StatusCode;

/// For how many days, as offered; none is for good.
const TIMES: &[(&str, &str)] = &[("1", "a day"), ("7", "a week"), ("30", "30 days"), ("", "for good, until you lift it")];

#[derive(Template)]
#[template(path = "ban.html")]
struct Ban {
    frame: Frame,
    card: CommunityCard,
    who: ActorId,
    face: Face,
    days: String,
    reason: String,
    problems: Problems,
}

type Ids = Path<(String, String)>;

fn ids(Path((community, who)): Ids) -> Result<(CommunityId, ActorId), Fail> {
    Ok((id(&Path(community))?, id(&Path(who))?))
}

/// The form, for those who keep order there.
async fn form(hall: &Hall, requester: &Requester, community: CommunityId, who: ActorId) -> Result<Ban, Fail> {
    let card = card(hall, requester, community).await?;
    if !card.moderates {
        return Err(Fail::not_found());
    }
    let actor = people::show(hall, requester, who).await?;
    let face = Face::of(&actor);
    let frame = Frame::of(hall, requester, Place::Communities, way::title("Ban", &face.name)).await?;
    Ok(Ban { frame, card, who, face, days: "7".to_owned(), reason: String::new(), problems: Problems::default() })
}

/// `GET /communities/{id}/bans/{actor}`
pub async fn ask(State(gate): State<Gate>, Asker(requester): Asker, path: Ids) -> Answer {
    let (community, who) = ids(path)?;
    page_with(StatusCode::OK, &form(gate.hall(), &requester, community, who).await?)
}

/// `POST /communities/{id}/bans/{actor}`
pub async fn ban(State(gate): State<Gate>, Asker(requester): Asker, path: Ids, params: Params) -> Answer {
    let (hall, (community, who)) = (gate.hall(), ids(path)?);
    let (days, reason) = (params.text("days").unwrap_or_default(), params.text("reason").unwrap_or_default().trim());
    let done = if TIMES.iter().any(|(value, _)| *value == days) {
        communities::ban(hall, &requester, community, who, days.parse().ok(), reason).await
    } else {
        Err(Error::invalid("bad_time", "Choose one of the times."))
    };
    match done {
        Ok(()) => members(hall, &requester, community, "banned").await,
        Err(error) if correctable(&error) => {
            let again = form(hall, &requester, community, who).await?;
            let (days, reason, problems) = (days.to_owned(), reason.to_owned(), Problems::of(&error));
            page_with(Problem::status_of(error.kind), &Ban { days, reason, problems, ..again })
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /communities/{id}/bans/{actor}/lift`
pub async fn lift(State(gate): State<Gate>, Asker(requester): Asker, path: Ids) -> Answer {
    let (community, who) = ids(path)?;
    communities::lift(gate.hall(), &requester, community, who).await?;
    members(gate.hall(), &requester, community, "lifted").await
}

async fn members(hall: &Hall, requester: &Requester, community: CommunityId, done: &str) -> Answer {
    let members = format!("{}?tab=members", card(hall, requester, community).await?.face.href);
    Ok(onwards(&way::with_done(&members, done)))
}
