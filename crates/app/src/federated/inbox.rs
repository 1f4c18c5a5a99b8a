//! The durable inbox queue.

use super::{Processed, Received, Waiting};
use crate::{Error, Hall, Result};
use std::sync::Arc;

/// Stores a verified activity before it is answered. One that is there already changes nothing.
pub async fn push(hall: &Hall, received: Received) -> Result<()> {
    Ok(store::inbox::push(hall.store(), received).await?)
}

/// Whether too much is waiting to take more.
pub async fn full(hall: &Hall) -> Result<bool> {
    Ok(store::inbox::full(hall.store()).await?)
}

/// The job begins, maybe again: nothing is in its hands.
pub async fn begin(hall: &Hall) -> Result<()> {
    Ok(store::inbox::begin(hall.store()).await?)
}

/// Takes due activities, oldest first.
pub async fn claim(hall: &Hall) -> Result<Vec<Waiting>> {
    Ok(store::inbox::claim(hall.store()).await?)
}

/// Takes one that ended a worker before; the caller must have nothing else in hands.
pub async fn claim_suspect(hall: &Hall) -> Result<Option<Waiting>> {
    Ok(store::inbox::claim_suspect(hall.store()).await?)
}

/// Records how these ended.
pub async fn settle(hall: &Hall, ended: Arc<Vec<(Waiting, Processed)>>) -> Result<()> {
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::inbox::settle(tx, &ended).await?) })).await
}

/// Waits until an activity came in.
pub async fn queued(hall: &Hall) {
    hall.store().inbox_queued().await;
}

/// Remembers that an activity was undone before it came.
pub async fn remember_undone(hall: &Hall, uri: &str, actor_uri: &str) -> Result<()> {
    let (uri, actor_uri) = (uri.to_owned(), actor_uri.to_owned());
    hall.store()
        .write(move |tx| Box::pin(async move { Ok::<_, Error>(store::posts::tombstone(tx, &uri, &actor_uri).await?) }))
        .await
}

/// A request to follow or to be let in is taken back by this `Undo`: it may come again under the same id. `known`: it is
/// here, however long ago it came. One that never came is remembered as undone.
pub async fn request_undone(hall: &Hall, uri: &str, actor_uri: &str, undo_uri: &str, known: bool) -> Result<()> {
    let (uri, actor_uri, undo_uri) = (uri.to_owned(), actor_uri.to_owned(), undo_uri.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let came = store::inbox::forget_request(tx, &uri, &actor_uri).await?;
                // If this is done once more after a crash, the request is not found again.
                let undone = if came || known { &undo_uri } else { &uri };
                Ok::<_, Error>(store::posts::tombstone(tx, undone, &actor_uri).await?)
            })
        })
        .await
}

/// Whether an activity was undone by its actor before it came.
pub async fn undone(hall: &Hall, uri: &str, actor_uri: &str) -> Result<bool> {
    Ok(store::posts::tombstoned(hall.store().read(), uri, actor_uri).await?)
}
