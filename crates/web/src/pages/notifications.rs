//! What happened to oneself, and who waits for an answer.

use crate::answer::{Answer, Fail, onwards, page};
use crate::frame::{Frame, Place};
use crate::show::Face;
use crate::show::community::{CommunityCard, MemberCard};
use crate::show::notice::NoticeCard;
use crate::way;
use app::views::{ActorView, NotificationKind};
use app::{Hall, Requester, communities, notifications, people, reports};
use askama::Template;
use auth::{Asker, Gate, Params};
use axum::extract::State;
use domain::page::Page;

/// What is listed; requests have a place of their own, since they stay until they are answered.
const KINDS: &[NotificationKind] = &[
    NotificationKind::Mention,
    NotificationKind::Follow,
    NotificationKind::Favourite,
    NotificationKind::Reblog,
    NotificationKind::Quote,
    NotificationKind::Poll,
    NotificationKind::AdminReport,
];

/// Somebody who waits for an answer.
struct Request {
    who: Face,
    community: Option<Face>,
    action: String,
}

#[derive(Template)]
#[template(path = "notifications.html")]
struct Notifications {
    frame: Frame,
    requests: Vec<Request>,
    reports: i64,
    notices: Vec<NoticeCard>,
    first: bool,
    older: Option<String>,
}

/// `GET /notifications`
pub async fn show(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let hall = gate.hall();
    let first = params.text("max_id").is_none();
    let mut requests = Vec::new();
    if first {
        requests = to_join(hall, &requester).await?;
        let joining: Vec<String> = requests.iter().map(|request| request.who.at.clone()).collect();
        requests.extend(to_follow(hall, &requester, &joining).await?);
    }
    let reports = if first { reports::open(hall, &requester, None).await? } else { 0 };
    let list = notifications::list(hall, &requester, KINDS, &way::stretch(&params)).await?;
    let notices = list.iter().map(|notice| NoticeCard::of(&requester, notice)).collect::<Result<Vec<_>, _>>()?;
    let older = way::older("/notifications", notices.len(), notices.last().map(|notice| notice.row));
    let frame = Frame::of(hall, &requester, Place::Notifications, "Notifications").await?.after(params.text("done"));
    page(&Notifications { frame, requests, reports, notices, first, older })
}

async fn to_join(hall: &Hall, requester: &Requester) -> Result<Vec<Request>, Fail> {
    let mut requests = Vec::new();
    for (id, member) in communities::requests(hall, requester, None, 40).await? {
        let member = MemberCard::of(requester, &member)?;
        let visible = communities::show(hall, requester, id).await?;
        let community = CommunityCard::of(requester, &visible, &hall.settings().organisation)?;
        let action = format!("/communities/{id}/requests/{}", member.actor);
        requests.push(Request { who: member.face, community: Some(community.face), action });
    }
    Ok(requests)
}

/// The use case lists everybody who asks for anything, each once; those who ask to join are shown as such.
async fn to_follow(hall: &Hall, requester: &Requester, joining: &[String]) -> Result<Vec<Request>, Fail> {
    let asking = people::follow_requests(hall, requester, &Page::newest(40)).await?;
    let request =
        |actor: &ActorView| Request { who: Face::of(actor), community: None, action: format!("/people/{}/request", actor.id) };
    Ok(asking.iter().map(|actor| request(actor)).filter(|request| !joining.contains(&request.who.at)).collect())
}

/// `POST /notifications/clear`
pub async fn clear(State(gate): State<Gate>, Asker(requester): Asker) -> Answer {
    notifications::dismiss(gate.hall(), &requester, None).await?;
    Ok(onwards("/notifications?done=cleared"))
}
