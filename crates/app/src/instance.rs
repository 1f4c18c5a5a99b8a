//! The instance itself: figures that everybody may know.

use crate::{Hall, Result};
pub use store::figures::Figures;

/// Public figures of this hall.
pub async fn figures(hall: &Hall) -> Result<Figures> {
    Ok(store::figures::public(hall.store()).await?)
}

/// Whether the database answers.
pub async fn ready(hall: &Hall) -> Result<()> {
    Ok(hall.store().ping().await?)
}
