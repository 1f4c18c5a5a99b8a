//! The durable inbox queue.

use super::{Received, Waiting};
use crate::{Error, Hall, Result};

/// Stores a verified activity before it is answered. `false`: one with this id is there already.
pub async fn push(hall: &Hall, received: Received) -> Result<bool> {
    Ok(store::inbox::push(hall.store(), received).await?)
}

/// Whether too much is waiting to take more.
pub async fn full(hall: &Hall) -> Result<bool> {
    Ok(store::inbox::full(hall.store()).await?)
}

/// Takes due activities, oldest first.
pub async fn claim(hall: &Hall, limit: i64) -> Result<Vec<Waiting>> {
    Ok(store::inbox::claim(hall.store(), limit).await?)
}

/// Processed, or refused for a reason that will not change.
pub async fn done(hall: &Hall, id: i64, outcome: &str) -> Result<()> {
    let outcome = outcome.to_owned();
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::inbox::done(tx, id, &outcome).await?) })).await
}

/// To be tried again later.
pub async fn failed(hall: &Hall, waiting: &Waiting, reason: &str) -> Result<()> {
    let (waiting, reason) = (waiting.clone(), reason.to_owned());
    hall.store()
        .write(move |tx| Box::pin(async move { Ok::<_, Error>(store::inbox::failed(tx, &waiting, &reason).await?) }))
        .await
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

/// Whether an activity was undone by its actor before it came.
pub async fn undone(hall: &Hall, uri: &str, actor_uri: &str) -> Result<bool> {
    Ok(store::posts::tombstoned(hall.store().read(), uri, Some(actor_uri)).await?)
}
