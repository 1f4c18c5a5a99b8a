//! Notifications of one's own.

use crate::{Error, Hall, Requester, Result, Visible};
use domain::id::NotificationId;
use domain::page::Page;
use store::views::{NotificationKind, NotificationView};

/// The requester's notifications of these kinds (none named: all), newest first.
pub async fn list(
    hall: &Hall,
    requester: &Requester,
    kinds: &[NotificationKind],
    page: &Page,
) -> Result<Vec<Visible<NotificationView>>> {
    Ok(store::notifications::list(hall.store(), requester, kinds, page).await?)
}

/// One of them.
pub async fn show(hall: &Hall, requester: &Requester, id: NotificationId) -> Result<Visible<NotificationView>> {
    let around = Page { max_id: Some(id.0.saturating_add(1)), since_id: Some(id.0.saturating_sub(1)), min_id: None, limit: 1 };
    list(hall, requester, &[], &around).await?.into_iter().next().ok_or_else(Error::not_found)
}

/// Takes one away, or with `None` all.
pub async fn dismiss(hall: &Hall, requester: &Requester, id: Option<NotificationId>) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                store::notifications::dismiss(tx, &requester, id).await?;
                Ok(())
            })
        })
        .await
}
