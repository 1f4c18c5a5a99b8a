//! The delivery queue.

use super::{Delivery, Outcome};
use crate::{Error, Hall, Result};

/// Takes due deliveries.
pub async fn claim(hall: &Hall, limit: i64) -> Result<Vec<Delivery>> {
    Ok(store::deliveries::claim(hall.store(), limit).await?)
}

/// Asked right before sending: may this still go there?
pub async fn still_due(hall: &Hall, delivery: &Delivery) -> Result<bool> {
    Ok(store::deliveries::still_due(hall.store().read(), delivery).await?)
}

/// Records how an attempt ended.
pub async fn record(hall: &Hall, delivery: &Delivery, outcome: Outcome) -> Result<()> {
    let delivery = delivery.clone();
    hall.store()
        .write(move |tx| Box::pin(async move { Ok::<_, Error>(store::deliveries::record(tx, &delivery, &outcome).await?) }))
        .await
}

/// Gives a claimed delivery back untried.
pub async fn give_back(hall: &Hall, id: i64) -> Result<()> {
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::deliveries::give_back(tx, id).await?) })).await
}

/// A host spoke to us: what waits for it is due at once.
pub async fn wake_host(hall: &Hall, host: &str) -> Result<()> {
    let host = host.to_owned();
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::deliveries::wake_host(tx, &host).await?) })).await
}

/// Waits until deliveries were queued.
pub async fn queued(hall: &Hall) {
    hall.store().deliveries_queued().await;
}
