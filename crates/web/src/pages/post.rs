//! A post with its thread, and its earlier versions.

use super::actor::{elsewhere, wants_activity};
use super::id;
use crate::answer::{Answer, Fail, onwards, page};
use crate::composer::Composer;
use crate::frame::{Frame, Place};
use crate::show::community::CommunityCard;
use crate::show::post::{PostCard, indented};
use crate::show::when::When;
use crate::show::{Clean, Face};
use crate::way;
use app::views::RevisionView;
use app::{Error, Hall, Requester, communities, people, posts, timelines};
use askama::Template;
use auth::{Asker, Gate, Params};
use axum::extract::{Path, State};
use domain::audience::{Reach, Visibility};
use domain::draft::Draft;
use domain::id::{ActorId, PostId};
use http::HeaderMap;

#[derive(Template)]
#[template(path = "post.html")]
struct Post {
    frame: Frame,
    card: PostCard,
    ancestors: Vec<PostCard>,
    replies: Vec<PostCard>,
    composer: Option<Composer>,
    closed: Option<Closed>,
    /// With which emoji it is liked, and how often each.
    emoji: Vec<(String, i64)>,
    here: String,
}

/// Nobody answers in this thread any more.
struct Closed {
    /// Who saw to that, where it is known.
    by: Option<Face>,
}

/// `GET /@{handle}/{id}`
pub async fn show(
    State(gate): State<Gate>,
    Asker(requester): Asker,
    Path((handle, post)): Path<(String, String)>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    let (hall, post): (_, PostId) = (gate.hall(), id(&Path(post))?);
    if wants_activity(&headers) && !handle.contains('@') {
        return Ok(elsewhere(&format!("/p/{post}")));
    }
    let seen = posts::show(hall, &requester, post).await?;
    let mut card = PostCard::of(&requester, &seen)?;
    // A boost, or a post whose author has another name now, has its page elsewhere.
    if card.href != format!("/@{handle}/{post}") {
        return Ok(onwards(&card.href));
    }
    let (ancestors, replies) = thread(hall, &requester, post).await?;
    let composer = reply_form(hall, &requester, &mut card).await?;
    let closed = closed(hall, &requester, &card, ancestors.first()).await?;
    let mut frame = Frame::of(hall, &requester, Place::Other, card.name()).await?.after(params.text("done"));
    frame.indexed = matches!(card.post().audience.reach(), Reach::World { listed: true, .. }) && card.post().local;
    let (here, emoji) = (card.href.clone(), posts::emoji(hall, &requester, &seen).await?);
    page(&Post { frame, card, ancestors, replies, composer, closed, emoji, here })
}

/// What comes before a post in its thread, and the answers.
async fn thread(hall: &Hall, requester: &Requester, post: PostId) -> Result<(Vec<PostCard>, Vec<PostCard>), Fail> {
    let thread = posts::context(hall, requester, post).await?;
    let replies = indented(post.0, PostCard::all(requester, &thread.descendants)?);
    Ok((PostCard::all(requester, &thread.ancestors)?, replies))
}

/// Whether the thread takes no answers, and by whom that is, as far as the requester may know them.
async fn closed(hall: &Hall, requester: &Requester, card: &PostCard, root: Option<&PostCard>) -> Result<Option<Closed>, Fail> {
    let Some(locked) = [Some(card), root].into_iter().flatten().map(PostCard::post).find(|post| post.locked) else {
        return Ok(None);
    };
    let Some(by) = locked.locked_by else { return Ok(Some(Closed { by: None })) };
    match people::show(hall, requester, by).await {
        Ok(actor) => Ok(Some(Closed { by: Some(Face::of(&actor)) })),
        Err(error) if error.kind == app::ErrorKind::NotFound => Ok(Some(Closed { by: None })),
        Err(error) => Err(error.into()),
    }
}

/// The reply form, where the requester may reply; tells the card what a moderator may do.
async fn reply_form(hall: &Hall, requester: &Requester, card: &mut PostCard) -> Result<Option<Composer>, Fail> {
    if !requester.is_local() {
        return Ok(None);
    }
    if let Some(community) = card.post().community {
        let visible = communities::show(hall, requester, community).await?;
        let room = CommunityCard::of(requester, &visible, &hall.settings().organisation)?;
        card.removable |= room.moderates;
        card.lockable = room.moderates;
        card.featurable = room.moderates && !card.is_reply;
        if card.featurable {
            let group: ActorId = room.actor;
            let pinned = PostCard::all(requester, &timelines::pinned(hall, requester, group).await?)?;
            card.featured = pinned.iter().any(|one| one.id == card.id);
        }
    }
    let mut draft = Draft::new("…", fitting(card.post().audience.reach()));
    draft.in_reply_to = Some(card.post().id);
    // The same rules that will publish the reply say whether there can be one, and who reads it.
    let sentence = match posts::preview(hall, requester, &draft).await {
        Ok(preview) => preview.sentence,
        Err(Error { kind: app::ErrorKind::Internal | app::ErrorKind::Unavailable, message, code }) => {
            return Err(Fail(Error::new(app::ErrorKind::Unavailable, code, message)));
        }
        Err(_) => return Ok(None),
    };
    let mut composer = Composer::reply(&card.id, sentence, &card.href);
    draft.visibility.as_str().clone_into(&mut composer.visibility);
    if !card.own && card.community.is_none() {
        composer.text = format!("{} ", card.author.at);
    }
    Ok(Some(composer))
}

/// What a reply asks for: as far as the post itself goes.
fn fitting(reach: Reach) -> Visibility {
    match reach {
        Reach::World { listed: true, .. } | Reach::Members { .. } => Visibility::Public,
        Reach::World { listed: false, .. } => Visibility::Unlisted,
        Reach::Followers => Visibility::Private,
        Reach::Mentioned => Visibility::Direct,
    }
}

/// One earlier version.
struct Version<'a> {
    when: When,
    revision: &'a RevisionView,
}

#[derive(Template)]
#[template(path = "history.html")]
struct History<'a> {
    frame: Frame,
    card: PostCard,
    versions: Vec<Version<'a>>,
}

/// `GET /@{handle}/{id}/history`
pub async fn history(State(gate): State<Gate>, Asker(requester): Asker, Path((_, post)): Path<(String, String)>) -> Answer {
    let (hall, post): (_, PostId) = (gate.hall(), id(&Path(post))?);
    let card = PostCard::of(&requester, &posts::show(hall, &requester, post).await?)?;
    let revisions = posts::history(hall, &requester, post).await?;
    let mut versions = Vec::with_capacity(revisions.len());
    for revision in revisions.iter().rev() {
        let revision = revision.open(&requester).map_err(Error::internal)?;
        versions.push(Version { when: When::at(revision.created_at), revision });
    }
    let frame = Frame::of(hall, &requester, Place::Other, way::title("Versions of", &card.name())).await?;
    page(&History { frame, card, versions })
}
