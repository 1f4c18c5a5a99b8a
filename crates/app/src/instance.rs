//! The instance itself: figures that everybody may know.

use crate::{Hall, Result};

/// Public figures of this hall: what happens only inside does not move them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// People who have acted outside internal communities.
    pub people: i64,
    /// Public posts.
    pub posts: i64,
    /// Instances that have been reached.
    pub instances: i64,
}

/// Public figures of this hall.
pub async fn figures(hall: &Hall) -> Result<Figures> {
    let (people, posts, instances) = store::search::public_figures(hall.store()).await?;
    Ok(Figures { people, posts, instances })
}

/// Whether the database answers.
pub async fn ready(hall: &Hall) -> Result<()> {
    Ok(hall.store().ping().await?)
}
