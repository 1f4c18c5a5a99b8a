//! Writing: see who will read it, then post it.

use crate::answer::{Answer, Fail, keeps_the_text, onwards, page_with};
use crate::composer::{self, Composer};
use crate::frame::{Frame, Place};
use crate::show::Clean;
use crate::show::post::{LinkCard, Readers, asked_readers, link_card};
use crate::way;
use crate::wrong::Problems;
use app::accounts::me::me;
use app::posts::{self, AudiencePreview, Origin};
use app::{Error, Hall, Requester, people};
use askama::Template;
use auth::{Asker, Gate, Params, Problem};
use axum::extract::State;
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::handle::Handle;
use domain::id::PostId;
use domain::poll::PollDraft;
use domain::text::{Html, Links, render_markdown};
use http::StatusCode;

#[derive(Template)]
#[template(path = "preview.html")]
struct Preview<'a> {
    frame: Frame,
    composer: Composer,
    ready: bool,
    readers: Readers,
    sentence: String,
    warnings: Vec<String>,
    title: Option<String>,
    spoiler: Option<String>,
    html: &'a Html,
    link: Option<LinkCard>,
    poll: Option<PollDraft>,
}

/// `POST /compose/preview`
pub async fn preview(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let hall = gate.hall();
    let (draft, seen) = match looked_at(hall, &requester, &params).await {
        Ok(both) => both,
        Err(Fail(error)) if keeps_the_text(&error) => return again(hall, &requester, &params, &error).await,
        Err(fail) => return Err(fail),
    };
    let html = render_markdown(&draft.text, &Plain);
    let preview = Preview {
        frame: Frame::of(hall, &requester, Place::Home, "Who will read this").await?,
        composer: Composer::again(hall, &requester, &params, Problems::default()).await?,
        ready: true,
        readers: asked_readers(seen.visibility, seen.zone),
        sentence: seen.sentence,
        warnings: seen.warnings,
        spoiler: Some(draft.spoiler.clone()).filter(|spoiler| !spoiler.is_empty()),
        link: draft.resource.as_ref().and_then(|link| link_card(&link.url, &link.title)),
        title: draft.title,
        poll: draft.poll,
        html: &html,
    };
    page_with(StatusCode::OK, &preview)
}

/// What was written, and who would read it.
async fn looked_at(hall: &Hall, requester: &Requester, params: &Params) -> Result<(Draft, AudiencePreview), Fail> {
    let draft = composer::draft(params, usual(hall, requester).await?)?;
    let seen = posts::preview(hall, requester, &draft).await?;
    Ok((draft, seen))
}

/// `POST /compose`
pub async fn publish(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let hall = gate.hall();
    match written(hall, &requester, &params).await {
        Ok((id, reply)) => Ok(onwards(&afterwards(hall, &requester, &params, id, reply).await?)),
        Err(Fail(error)) if keeps_the_text(&error) => again(hall, &requester, &params, &error).await,
        Err(fail) => Err(fail),
    }
}

/// Publishes what was written. Gives it, and whether it answers something.
async fn written(hall: &Hall, requester: &Requester, params: &Params) -> Result<(PostId, bool), Fail> {
    let draft = composer::draft(params, usual(hall, requester).await?)?;
    let reply = draft.in_reply_to.is_some();
    let origin = Origin::Here { idempotency_key: params.filled("key").map(str::to_owned) };
    Ok((posts::publish(hall, requester, draft, origin).await?, reply))
}

/// The composer once more, with what was written and what is wrong with it.
async fn again(hall: &Hall, requester: &Requester, params: &Params, error: &Error) -> Answer {
    let preview = Preview {
        frame: Frame::of(hall, requester, Place::Home, "Almost there").await?,
        composer: Composer::again(hall, requester, params, Problems::of(error)).await?,
        ready: false,
        readers: asked_readers(Visibility::Direct, None),
        sentence: String::new(),
        warnings: Vec::new(),
        title: None,
        spoiler: None,
        html: &Html::default(),
        link: None,
        poll: None,
    };
    page_with(Problem::status_of(error.kind), &preview)
}

/// A reply shows in its thread, a new post on its own page.
async fn afterwards(hall: &Hall, requester: &Requester, params: &Params, id: PostId, reply: bool) -> Result<String, Fail> {
    if let (true, Some(thread)) = (reply, way::safe(params.filled("return_to"))) {
        let thread = thread.split('#').next().unwrap_or(thread);
        return Ok(format!("{}#p{id}", way::with_done(thread, "posted")));
    }
    let actor = requester.actor().ok_or_else(Error::not_found)?;
    let handle = people::show(hall, requester, actor).await?.acct();
    Ok(format!("/@{handle}/{id}?done=posted"))
}

/// What the writer's posts start with outside communities.
async fn usual(hall: &Hall, requester: &Requester) -> Result<Visibility, Fail> {
    Ok(me(hall, requester).await?.account.preferences.visibility)
}

/// A preview links to nothing that has not been looked up.
struct Plain;

impl Links for Plain {
    fn mention(&self, _: &Handle) -> Option<String> {
        None
    }

    fn hashtag(&self, tag: &str) -> String {
        format!("/tags/{tag}")
    }
}
