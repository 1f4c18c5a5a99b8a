//! Change a post: its text, never its audience or its place.

use super::words::{self, Words};
use super::{addressing, attached};
use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result};
use domain::attachment::Attachment;
use domain::audience::Visibility;
use domain::draft::{Draft, ResourceLink};
use domain::handle::Handle;
use domain::id::{ActorId, PostId};
use domain::policy::{self, PostFacts};
use domain::poll::{Poll, PollDraft};
use domain::text::Html;
use domain::time::Timestamp;
use store::posts::PostEdit;
use store::{Tx, actors, facts, posts};

/// What a local author changes a post to.
#[derive(Debug, Clone)]
pub struct PostChange {
    /// Markdown.
    pub text: String,
    /// Title.
    pub title: Option<String>,
    /// Content warning.
    pub spoiler: String,
    /// Hidden behind a warning.
    pub sensitive: bool,
    /// BCP 47.
    pub language: Option<String>,
    /// The link it shares.
    pub resource: Option<ResourceLink>,
    /// Another poll, or the same one with another end; none: it stays as it is.
    pub poll: Option<PollDraft>,
}

/// What another hall says a post was changed to.
#[derive(Debug, Clone)]
pub struct NetworkEdit {
    /// Cleaned.
    pub html: Html,
    /// Markdown, if it was sent.
    pub source: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Content warning.
    pub spoiler: String,
    /// Hidden behind a warning.
    pub sensitive: bool,
    /// BCP 47.
    pub language: Option<String>,
    /// The link it shares.
    pub resource: Option<ResourceLink>,
    /// Whom it mentions.
    pub mention_uris: Vec<String>,
    /// Its hashtags.
    pub hashtags: Vec<String>,
    /// The poll it holds.
    pub poll: Option<Poll>,
    /// What is attached to it.
    pub attachments: Vec<Attachment>,
    /// When it was changed.
    pub edited: Timestamp,
    /// When this was said.
    pub told: Timestamp,
    /// The activity as received, to be announced if we host the community.
    pub activity: Option<String>,
    /// Type and JSON of the object as it came.
    pub received: Option<(String, String)>,
}

/// Changes one's own post.
pub async fn edit(hall: &Hall, requester: &Requester, id: PostId, change: PostChange) -> Result<()> {
    let draft = Draft {
        title: change.title.clone(),
        spoiler: change.spoiler.clone(),
        language: change.language.clone(),
        resource: change.resource.clone(),
        poll: change.poll.clone(),
        ..Draft::new(change.text.clone(), Visibility::Public)
    };
    draft.check()?;
    let facts = facts::post(hall.store().read(), requester, id).await?.ok_or_else(Error::not_found)?;
    let ask = addressing::may_ask_network(&facts.audience, facts.community.as_ref().map(|c| c.zone));
    let known = addressing::mentioned(hall, requester, &change.text, ask).await?;
    let (hall, requester) = (hall.clone(), requester.clone());
    hall.clone()
        .store()
        .write(move |tx| Box::pin(async move { edit_here(&hall, tx, &requester, id, change, &known).await }))
        .await
}

async fn edit_here(
    hall: &Hall,
    tx: &Tx,
    requester: &Requester,
    id: PostId,
    change: PostChange,
    known: &[(Handle, ActorId)],
) -> Result<()> {
    let facts = facts::post(tx, requester, id).await?.ok_or_else(Error::not_found)?;
    let permit = policy::edit(requester, &facts)?;
    let Words { html, mentions, tags } = words::written(hall, tx, &change.text, known, &facts.audience).await?;
    let edit = PostEdit {
        title: change.title.filter(|title| !title.trim().is_empty()),
        html,
        source: Some(change.text),
        sensitive: change.sensitive || !change.spoiler.is_empty(),
        spoiler: change.spoiler,
        language: change.language,
        resource: change.resource,
        mentions,
        tags,
        attachments: Vec::new(),
        edited_at: tx.now(),
    };
    posts::edit(tx, permit, &edit).await?;
    if let Some(poll) = &change.poll {
        store::polls::change(tx, id, &poll.begun(edit.edited_at)).await?;
    }
    if facts.audience.outbound().is_some() {
        effects::outside(tx, &Wire::Edited { post: id, at: edit.edited_at.0 }).await?;
    }
    Ok(())
}

/// A remote author changed a post. `NotFound` with code `unknown`: the post is not here; fetch it.
pub async fn edit_received(hall: &Hall, requester: &Requester, uri: &str, edit: NetworkEdit) -> Result<()> {
    let (requester, uri) = (requester.clone(), uri.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let unknown = || Error::new(crate::ErrorKind::NotFound, "unknown", "This post is not known here.");
                let there = posts::id_by_uri(tx, &uri).await?.ok_or_else(unknown)?;
                if there.deleted {
                    return Ok(());
                }
                let facts = facts::post(tx, &requester, there.id).await?.ok_or_else(Error::not_found)?;
                apply_received(tx, &requester, &facts, edit).await
            })
        })
        .await
}

async fn apply_received(tx: &Tx, requester: &Requester, facts: &PostFacts, edit: NetworkEdit) -> Result<()> {
    let permit = policy::edit(requester, facts)?;
    let mut mentions = Vec::new();
    for uri in edit.mention_uris.iter().take(domain::draft::MAX_MENTIONS) {
        if let Some(id) = actors::id_by_uri(tx, uri).await?
            && words::may_know(tx, id, &facts.audience).await?
        {
            mentions.push(id);
        }
    }
    let change = PostEdit {
        title: edit.title,
        html: edit.html,
        source: edit.source,
        spoiler: edit.spoiler,
        sensitive: edit.sensitive,
        language: edit.language,
        resource: edit.resource,
        mentions,
        tags: edit.hashtags.iter().map(|tag| tag.to_lowercase()).collect(),
        attachments: attached::allowed(tx, &edit.attachments).await?,
        edited_at: Timestamp(edit.edited.0.min(tx.now().0)),
    };
    let changed = posts::edit(tx, permit, &change).await?;
    if let (true, Some((kind, body))) = (changed, &edit.received) {
        posts::keep_received(tx, facts.id, kind, body).await?;
    }
    let counted = match &edit.poll {
        Some(poll) => crate::polls::changed(tx, facts.id, poll, changed, edit.told).await?,
        None => false,
    };
    if let (true, Some(community), Some(activity)) =
        (changed || counted, facts.community.as_ref().filter(|c| c.local), edit.activity)
    {
        let relay = Wire::Relay { community: community.id, post: Some(facts.id), activity, starter: false };
        effects::outside(tx, &relay).await?;
    }
    Ok(())
}
