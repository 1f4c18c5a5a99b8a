//! An application asks whether its token works.

use super::AppView;
use crate::{Error, Hall, Requester, Result};
use domain::id::AppId;

/// The application that the requester's token was given to.
pub async fn verify_app(hall: &Hall, _requester: &Requester, app: AppId) -> Result<AppView> {
    let app = store::oauth::app_by_id(hall.store().read(), app).await?.ok_or_else(Error::not_found)?;
    Ok(app.into())
}
