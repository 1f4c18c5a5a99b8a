//! Read a post, its conversation, its earlier forms, its source.

use crate::{Error, Hall, Requester, Result, Visible};
use domain::id::PostId;
use store::posts::Context;
use store::views::{PostView, RevisionView};

/// Most posts of a conversation in each direction: for people of this hall, and for strangers.
const CONTEXT: usize = 4_000;
const CONTEXT_FOR_STRANGERS: usize = 60;

/// A post, if the requester may see it.
pub async fn show(hall: &Hall, requester: &Requester, id: PostId) -> Result<Visible<PostView>> {
    store::posts::by_id(hall.store(), requester, id).await?.ok_or_else(Error::not_found)
}

/// What a post answers, and what answers it.
pub async fn context(hall: &Hall, requester: &Requester, id: PostId) -> Result<Context> {
    show(hall, requester, id).await?;
    let limit = if requester.is_local() { CONTEXT } else { CONTEXT_FOR_STRANGERS };
    Ok(store::posts::context(hall.store(), requester, id, limit).await?)
}

/// A post's earlier forms, oldest first.
pub async fn history(hall: &Hall, requester: &Requester, id: PostId) -> Result<Vec<Visible<RevisionView>>> {
    show(hall, requester, id).await?;
    Ok(store::posts::revisions(hall.store(), requester, id).await?)
}

/// The author's own text and content warning.
pub async fn source(hall: &Hall, requester: &Requester, id: PostId) -> Result<(String, String)> {
    store::posts::source(hall.store(), requester, id).await?.ok_or_else(Error::not_found)
}
