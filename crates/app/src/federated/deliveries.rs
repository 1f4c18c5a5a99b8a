//! The delivery queue.

use super::{Delivery, Ended, Host, Room};
use crate::{Error, Hall, Result};
use std::collections::BTreeSet;
use std::sync::Arc;

pub use store::deliveries::IN_ORDER;

/// The job begins, maybe again: nothing is in its hands.
pub async fn begin(hall: &Hall) -> Result<()> {
    Ok(store::deliveries::begin(hall.store()).await?)
}

/// Takes due hosts with what waits for them.
pub async fn claim(hall: &Hall, room: Room) -> Result<Vec<Host>> {
    Ok(store::deliveries::claim(hall.store(), room).await?)
}

/// Asked right before sending: which of these may still go there?
pub async fn still_due(hall: &Hall, deliveries: &[Delivery]) -> Result<BTreeSet<i64>> {
    Ok(store::deliveries::still_due(hall.store().read(), deliveries).await?)
}

/// Records how the sending to some hosts ended.
pub async fn settle(hall: &Hall, ended: Arc<Vec<Ended>>) -> Result<()> {
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::deliveries::settle(tx, &ended).await?) })).await
}

/// A host spoke to us: what waits for it is due at once.
pub async fn wake_host(hall: &Hall, host: &str) -> Result<()> {
    Ok(store::deliveries::wake_host(hall.store(), host).await?)
}

/// Waits until deliveries were queued.
pub async fn queued(hall: &Hall) {
    hall.store().deliveries_queued().await;
}
