//! Mastodon API: timelines methods.

use super::get;
use super::lists::mine;
use crate::answer::{Answer, STATUS_BYTES, sized};
use crate::api::{Api, Named};
use crate::entities::{Status, open};
use crate::paging::{self, STATUSES};
use app::registry::{AudienceClass, Scope};
use app::timelines::{self, Room};
use app::views::{PostRecord, PostView};
use app::{Requester, Visible};
use auth::{Asker, Params, Routes};
use axum::extract::{OriginalUri, State};
use domain::id::CommunityId;
use http::Uri;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let (public, room) = (Scope::Optional("read:statuses"), AudienceClass::Room);
    routes
        .add(get("/api/v1/timelines/home", Scope::Token("read:statuses"), room), home)
        .add(get("/api/v1/timelines/public", public, room), everybody)
        .add(get("/api/v1/timelines/list/{id}", Scope::Token("read:lists"), room), list)
        .add(get("/api/v1/timelines/tag/{hashtag}", public, room), tag)
}

/// Which posts of a page are shown, by where they were written and whether something is attached.
#[derive(Debug, Clone, Copy)]
struct Written {
    here: bool,
    elsewhere: bool,
    only_attached: bool,
}

impl Written {
    const ANYWHERE: Self = Self { here: true, elsewhere: true, only_attached: false };

    fn wanted(params: &Params) -> Self {
        let set = |name| params.flag(name) == Some(true);
        Self { here: !set("remote") || set("local"), elsewhere: !set("local"), only_attached: set("only_media") }
    }

    fn shows(self, post: &PostRecord) -> bool {
        let there = if post.local { self.here } else { self.elsewhere };
        there && !(self.only_attached && post.attachments.is_empty())
    }
}

/// A page of posts. The links count what was read, not what is shown of it, so that a page of which
/// little is shown does not look like the end.
fn shown(api: &Api, asker: &Requester, uri: &Uri, posts: &[Visible<PostView>], written: Written) -> Answer {
    let mut page = Vec::with_capacity(posts.len());
    let mut ids = Vec::with_capacity(posts.len());
    for proof in posts {
        let post = &open(asker, proof)?.post;
        ids.push(post.id.0);
        if written.shows(post) {
            page.push(Status::of(&api.site, asker, proof)?);
        }
    }
    paging::linked(sized(&page, page.len() * STATUS_BYTES), &api.site, uri, ids.into_iter())
}

async fn home(State(api): State<Api>, Asker(asker): Asker, OriginalUri(uri): OriginalUri, params: Params) -> Answer {
    let page = paging::page(&params, STATUSES)?;
    let posts = timelines::home(&api.hall, &asker, &page).await?;
    shown(&api, &asker, &uri, &posts, Written::ANYWHERE)
}

async fn everybody(State(api): State<Api>, Asker(asker): Asker, OriginalUri(uri): OriginalUri, params: Params) -> Answer {
    let page = paging::page(&params, STATUSES)?;
    let written = Written::wanted(&params);
    let posts = timelines::public(&api.hall, &asker, !written.elsewhere, &page).await?;
    shown(&api, &asker, &uri, &posts, written)
}

/// A community that the asker is in: its posts bare, replies by the list's setting.
async fn list(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named(id): Named<CommunityId>,
    OriginalUri(uri): OriginalUri,
    params: Params,
) -> Answer {
    let page = paging::page(&params, STATUSES)?;
    let community = mine(&api, &asker, id).await?;
    let room = if open(&asker, &community)?.replies == "none" { Room::Starters } else { Room::All };
    let posts = timelines::community(&api.hall, &asker, id, room, &page).await?;
    shown(&api, &asker, &uri, &posts, Written::ANYWHERE)
}

async fn tag(
    State(api): State<Api>,
    Asker(asker): Asker,
    Named(name): Named<String>,
    OriginalUri(uri): OriginalUri,
    params: Params,
) -> Answer {
    let page = paging::page(&params, STATUSES)?;
    let posts = timelines::tag(&api.hall, &asker, name.trim_start_matches('#'), &page).await?;
    shown(&api, &asker, &uri, &posts, Written::wanted(&params))
}
