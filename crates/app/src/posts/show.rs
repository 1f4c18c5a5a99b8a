//! Read a post, its conversation, its earlier forms, its source.

use crate::{Error, Hall, Requester, Result, Visible};
use domain::audience::Reach;
use domain::id::PostId;
use store::posts::{Context, Part};
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
    let shown = show(hall, requester, id).await?;
    if requester.is_local() {
        read_up(hall, shown.open(requester).map_err(Error::internal)?.post.root).await;
    }
    let limit = if requester.is_local() { CONTEXT } else { CONTEXT_FOR_STRANGERS };
    Ok(store::posts::context(hall.store(), requester, id, limit).await?)
}

/// A stretch of a conversation as the network lists it, oldest first, after this post: as far as the requester may see.
pub async fn listed(
    hall: &Hall,
    requester: &Requester,
    part: Part,
    after: PostId,
    limit: u32,
) -> Result<Vec<Visible<(PostId, String)>>> {
    Ok(store::posts::listed(hall.store(), requester, part, after, limit).await?)
}

/// How many posts of a conversation the requester may see.
pub async fn count(hall: &Hall, requester: &Requester, part: Part) -> Result<i64> {
    Ok(store::posts::count(hall.store(), requester, part).await?)
}

/// Somebody here reads a thread that began elsewhere: what is missing of it is read up in the background.
async fn read_up(hall: &Hall, root: PostId) {
    let asked = async {
        match store::posts::record(hall.store(), root).await? {
            Some(root) if !root.local => match root.audience.reach() {
                Reach::World { .. } => crate::federated::fetches::ask_thread(hall, &root.uri, None).await,
                Reach::Members { community, .. } => crate::federated::fetches::ask_thread(hall, &root.uri, Some(community)).await,
                Reach::Followers | Reach::Mentioned => Ok(()),
            },
            _ => Ok(()),
        }
    };
    if let Err(error) = asked.await {
        tracing::debug!(%error, "the rest of a thread was not asked for");
    }
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
