//! How far one has read.

use crate::{Error, Hall, Requester, Result};
pub use store::markers::Marker;

/// All markers of the requester.
pub async fn get(hall: &Hall, requester: &Requester) -> Result<Vec<Marker>> {
    let account = requester.account().ok_or_else(Error::not_found)?;
    Ok(store::markers::list(hall.store().read(), account).await?)
}

/// Moves the marker of `home` or `notifications`.
pub async fn set(hall: &Hall, requester: &Requester, timeline: &str, last_read_id: i64) -> Result<()> {
    let account = requester.account().ok_or_else(Error::not_found)?;
    if !["home", "notifications"].contains(&timeline) {
        return Err(Error::invalid("timeline_unknown", "There are markers for home and notifications."));
    }
    let timeline = timeline.to_owned();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                store::markers::set(tx, account, &timeline, last_read_id).await?;
                Ok(())
            })
        })
        .await
}
