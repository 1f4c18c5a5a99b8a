//! A person's page.

use crate::answer::{Answer, Fail, page};
use crate::frame::{Frame, Place};
use crate::show::post::PostCard;
use crate::show::{Clean, Face, counted};
use crate::way;
use app::timelines::{self, AccountFilter};
use app::views::{ActorView, RelationshipView};
use app::{Hall, Requester, people};
use askama::Template;
use auth::Params;
use domain::text::Html;

#[derive(Template)]
#[template(path = "person.html")]
struct Person<'a> {
    frame: Frame,
    id: String,
    face: Face,
    host: Option<String>,
    about: &'a Html,
    figures: String,
    own: bool,
    relation: Option<RelationshipView>,
    original: Option<String>,
    pinned: Vec<PostCard>,
    posts: Vec<PostCard>,
    here: String,
    older: Option<String>,
}

/// The page of somebody the requester may know of.
pub async fn show(hall: &Hall, requester: &Requester, actor: &ActorView, params: &Params) -> Answer {
    let (pinned, posts, older) = posts(hall, requester, actor, params).await?;
    let own = requester.is_local() && requester.actor() == Some(actor.id);
    let relation = if own { None } else { relation(hall, requester, actor).await? };
    let face = Face::of(actor);
    let mut frame = Frame::of(hall, requester, Place::Other, face.name.clone()).await?.after(params.text("done"));
    frame.indexed = actor.is_local() && actor.discoverable && actor.outside;
    page(&Person {
        frame,
        id: actor.id.to_string(),
        host: actor.host.clone(),
        about: &actor.summary,
        figures: figures(actor),
        own,
        relation,
        original: Some(actor.url.clone()).filter(|url| !actor.is_local() && domain::text::is_web_url(url)),
        here: way::here(&face.href, params),
        older,
        pinned,
        posts,
        face,
    })
}

/// What stands at the top of the first page, what else they wrote, and where to read on.
async fn posts(
    hall: &Hall,
    requester: &Requester,
    actor: &ActorView,
    params: &Params,
) -> Result<(Vec<PostCard>, Vec<PostCard>, Option<String>), Fail> {
    let posts = timelines::account(hall, requester, actor.id, AccountFilter::default(), &way::stretch(params)).await?;
    let mut posts = PostCard::all(requester, &posts)?;
    let older = way::older(&Face::of(actor).href, posts.len(), posts.last().map(|card| card.row));
    let pinned = pinned(hall, requester, actor, params).await?;
    posts.retain(|card| !pinned.iter().any(|pinned| pinned.row == card.row));
    Ok((pinned, posts, older))
}

/// What stands at the top of the first page.
async fn pinned(hall: &Hall, requester: &Requester, actor: &ActorView, params: &Params) -> Result<Vec<PostCard>, Fail> {
    if params.text("max_id").is_some() {
        return Ok(Vec::new());
    }
    Ok(PostCard::pinned(requester, &timelines::pinned(hall, requester, actor.id).await?)?)
}

/// How somebody signed in stands to them.
async fn relation(hall: &Hall, requester: &Requester, actor: &ActorView) -> Result<Option<RelationshipView>, Fail> {
    if !requester.is_local() {
        return Ok(None);
    }
    Ok(people::relationships(hall, requester, &[actor.id]).await?.into_iter().next())
}

/// Only what everybody may count.
fn figures(actor: &ActorView) -> String {
    let posts = counted(actor.posts_count, "public post", "public posts");
    format!("{posts} · {}", counted(actor.followers_count, "follower", "followers"))
}
