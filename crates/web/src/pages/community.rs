//! A community's page: its door, and its room for whoever may enter.

use crate::answer::{Answer, Fail, page};
use crate::composer::Composer;
use crate::frame::{Frame, Place};
use crate::show::community::{BannedCard, CommunityCard, MemberCard, Standing};
use crate::show::post::PostCard;
use crate::show::when::When;
use crate::way;
use app::timelines::{self, Room};
use app::views::CommunityView;
use app::{Error, Hall, Requester, Visible, communities, reports};
use askama::Template;
use auth::Params;
use domain::id::CommunityId;

#[derive(Template)]
#[template(path = "community.html")]
struct Community {
    frame: Frame,
    card: CommunityCard,
    tab: &'static str,
    composer: Option<Composer>,
    pinned: Vec<PostCard>,
    /// Until when, in words, and why the requester may not come back.
    own_ban: Option<(String, String)>,
    /// Who is banned, for those who keep order.
    banned: Vec<BannedCard>,
    posts: Vec<PostCard>,
    people: Vec<MemberCard>,
    waiting: usize,
    reported: i64,
    here: String,
    /// Where older posts are on their way from.
    reads_up: Option<String>,
    older: Option<String>,
    more: Option<String>,
}

/// The page of a community whose door was opened for this requester.
pub async fn show(hall: &Hall, requester: &Requester, visible: &Visible<CommunityView>, params: &Params) -> Answer {
    let card = CommunityCard::of(requester, visible, &hall.settings().organisation)?;
    let tab = tab(&card, params);
    let path = if tab == "posts" { card.face.href.clone() } else { format!("{}?tab={tab}", card.face.href) };
    let mut frame = Frame::of(hall, requester, Place::Communities, card.face.name.clone()).await?.after(params.text("done"));
    frame.indexed = card.zone.class == "open" && card.hosted_at.is_none();
    let mut shown = blank(frame, card, tab, &path, params);
    if !matches!(shown.card.standing, Standing::In | Standing::Stranger) {
        shown.own_ban = own_ban(hall, requester, shown.card.id).await?;
    }
    if shown.card.room {
        fill(hall, requester, params, &path, &mut shown).await?;
    }
    page(&shown)
}

async fn own_ban(hall: &Hall, requester: &Requester, id: CommunityId) -> Result<Option<(String, String)>, Fail> {
    let Some(ban) = communities::own_ban(hall, requester, id).await? else { return Ok(None) };
    let ban = ban.take(requester).map_err(Error::internal)?;
    let until = ban.until.map_or_else(|| "for good".to_owned(), |until| format!("until {}", When::at(until).full));
    Ok(Some((until, ban.reason)))
}

/// The page before its tab is read.
fn blank(frame: Frame, card: CommunityCard, tab: &'static str, path: &str, params: &Params) -> Community {
    Community {
        frame,
        tab,
        own_ban: None,
        pinned: vec![],
        banned: vec![],
        posts: vec![],
        people: vec![],
        composer: composer(&card, tab, params),
        waiting: 0,
        reported: 0,
        reads_up: None,
        older: None,
        more: None,
        here: way::here(path, params),
        card,
    }
}

/// Whoever writes there can do so above the newest posts.
fn composer(card: &CommunityCard, tab: &str, params: &Params) -> Option<Composer> {
    let writes = tab == "posts" && card.writes && card.room && params.text("max_id").is_none();
    writes.then(|| Composer::within(card))
}

/// Reads what the chosen tab shows.
async fn fill(hall: &Hall, requester: &Requester, params: &Params, path: &str, shown: &mut Community) -> Result<(), Fail> {
    let (id, stretch) = (shown.card.id, way::stretch(params));
    if shown.card.moderates {
        let requests = communities::requests(hall, requester, Some(id), 80).await?;
        shown.waiting = requests.len();
        shown.reported = reports::open(hall, requester, Some(id)).await?;
        if shown.tab == "requests" {
            shown.people = requests.iter().map(|(_, member)| MemberCard::of(requester, member)).collect::<Result<_, _>>()?;
        }
    }
    match shown.tab {
        "members" => {
            let members = communities::members(hall, requester, id, &stretch).await?;
            shown.people = members.iter().map(|member| MemberCard::of(requester, member)).collect::<Result<_, _>>()?;
            if shown.card.moderates && stretch.max_id.is_none() {
                let banned = communities::banned(hall, requester, id).await?;
                shown.banned = banned.iter().map(|one| BannedCard::of(requester, one)).collect::<Result<_, _>>()?;
            }
            shown.more = way::further(path, members.len(), shown.people.last().and_then(|member| member.actor.parse().ok()));
        }
        "posts" | "resources" => {
            let room = if shown.tab == "posts" { Room::Starters } else { Room::Resources };
            shown.posts = PostCard::all(requester, &timelines::community(hall, requester, id, room, &stretch).await?)?;
            if shown.tab == "posts" && stretch.max_id.is_none() {
                shown.pinned = PostCard::pinned(requester, &timelines::pinned(hall, requester, shown.card.actor).await?)?;
            }
            shown.older = way::older(path, shown.posts.len(), shown.posts.last().map(|card| card.row));
            shown.posts.retain(|card| !shown.pinned.iter().any(|pinned| pinned.id == card.id));
            if shown.older.is_none() && communities::reads_up(hall, requester, id).await? {
                shown.reads_up.clone_from(&shown.card.hosted_at);
            }
        }
        _ => {}
    }
    Ok(())
}

fn tab(card: &CommunityCard, params: &Params) -> &'static str {
    match params.text("tab") {
        Some("resources") => "resources",
        Some("members") => "members",
        Some("requests") if card.moderates => "requests",
        _ => "posts",
    }
}
