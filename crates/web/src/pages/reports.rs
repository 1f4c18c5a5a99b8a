//! Reports: making one, and dealing with those that are for oneself.

use super::id;
use crate::answer::{Answer, Fail, correctable, onwards, page, page_with};
use crate::frame::{Frame, Place};
use crate::show::post::PostCard;
use crate::show::report::{Note, ReportCard};
use crate::way;
use crate::wrong::Problems;
use app::reports::{self, NewReport, ReportCategory};
use app::{Requester, posts};
use askama::Template;
use auth::{Asker, Gate, Params, Problem};
use axum::extract::{Path, State};
use domain::id::{CommunityId, PostId, ReportId};

#[derive(Template)]
#[template(path = "report.html")]
struct Form {
    frame: Frame,
    card: PostCard,
    comment: String,
    category: ReportCategory,
    forward: bool,
    /// The other server that could be told too.
    elsewhere: Option<String>,
    problems: Problems,
}

async fn filled(gate: &Gate, requester: &Requester, post: PostId) -> Result<Form, Fail> {
    let card = PostCard::of(requester, &posts::show(gate.hall(), requester, post).await?)?;
    if card.own {
        return Err(Fail::not_found());
    }
    let host = card.author.at.rsplit_once('@').map(|(name, host)| (name.len(), host.to_owned()));
    let elsewhere = host.filter(|(name, _)| *name > 0).map(|(_, host)| host).filter(|_| card.boostable);
    let frame = Frame::of(gate.hall(), requester, Place::Other, "Report this post").await?;
    let (comment, category, problems) = (String::new(), ReportCategory::Other, Problems::default());
    Ok(Form { frame, card, comment, category, forward: false, elsewhere, problems })
}

/// `GET /posts/{id}/report`
pub async fn form(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>) -> Answer {
    page(&filled(&gate, &requester, id(&path)?).await?)
}

/// `POST /posts/{id}/report`
pub async fn send(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>, params: Params) -> Answer {
    let mut form = filled(&gate, &requester, id(&path)?).await?;
    form.comment = params.text("comment").unwrap_or_default().trim().to_owned();
    form.category = params.text("category").and_then(ReportCategory::parse).unwrap_or_default();
    form.forward = params.flag("forward") == Some(true);
    let post = form.card.post();
    let new = NewReport {
        about: post.actor,
        posts: vec![post.id],
        comment: form.comment.clone(),
        category: form.category,
        forward: form.forward,
    };
    match reports::report(gate.hall(), &requester, new).await {
        Ok(_) => Ok(onwards(&way::with_done(&form.card.href, "reported"))),
        Err(error) if correctable(&error) => {
            form.problems = Problems::of(&error);
            page_with(Problem::status_of(error.kind), &form)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "reports.html")]
struct List {
    frame: Frame,
    reports: Vec<ReportCard>,
    open: bool,
    /// For the ways between the lists: `&community=7`, or nothing.
    only: String,
    older: Option<String>,
}

/// `GET /reports`: those that are for the requester, open ones or those dealt with; of one community or of all.
pub async fn list(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let community: Option<CommunityId> = params.filled("community").and_then(|id| id.parse().ok());
    let open = params.text("state") != Some("done");
    let found = reports::list(gate.hall(), &requester, community, open, &way::stretch(&params)).await?;
    let reports = found.iter().map(|report| ReportCard::of(&requester, report)).collect::<Result<Vec<_>, _>>()?;
    let only = community.map(|id| format!("&community={id}")).unwrap_or_default();
    let path = format!("/reports?state={}{only}", if open { "open" } else { "done" });
    let older = way::older(&path, reports.len(), reports.last().map(|card| card.row));
    let frame = Frame::of(gate.hall(), &requester, Place::Notifications, "Reports").await?.after(params.text("done"));
    page(&List { frame, reports, open, only, older })
}

#[derive(Template)]
#[template(path = "report_one.html")]
struct One {
    frame: Frame,
    report: ReportCard,
    /// What was done elsewhere.
    notes: Vec<Note>,
    here: String,
}

/// `GET /reports/{report}`
pub async fn show(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>, params: Params) -> Answer {
    let (hall, report): (_, ReportId) = (gate.hall(), id(&path)?);
    let notes = reports::history(hall, &requester, report).await?;
    let notes = notes.iter().map(|note| Note::of(&requester, note)).collect::<Result<_, _>>()?;
    let report = ReportCard::of(&requester, &reports::show(hall, &requester, report).await?)?;
    let frame = Frame::of(hall, &requester, Place::Notifications, report.name()).await?.after(params.text("done"));
    page(&One { frame, here: report.href.clone(), report, notes })
}

/// `POST /reports/{report}`: dealt with, or open again.
pub async fn settle(State(gate): State<Gate>, Asker(requester): Asker, path: Path<String>, params: Params) -> Answer {
    let report: ReportId = id(&path)?;
    let done = params.text("settled") != Some("false");
    reports::settle(gate.hall(), &requester, report, done).await?;
    let word = if done { "settled" } else { "reopened" };
    Ok(onwards(&way::with_done(&format!("/reports/{report}"), word)))
}
