//! Leave a community: out of lists and timelines at once, and its host is told.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result};
use domain::id::CommunityId;
use domain::policy;
use store::{Tx, facts};

/// Leaves, or takes a request back.
pub async fn leave(hall: &Hall, requester: &Requester, community: CommunityId) -> Result<()> {
    let requester = requester.clone();
    hall.store().write(move |tx| Box::pin(async move { go(tx, &requester, community).await })).await
}

pub(crate) async fn go(tx: &Tx, requester: &Requester, community: CommunityId) -> Result<()> {
    let facts = facts::community(tx, requester, community).await?.ok_or_else(Error::not_found)?;
    let permit = policy::leave(requester, &facts)?;
    let actor = permit.actor();
    store::memberships::leave(tx, permit).await?;
    store::notifications::forget_request(tx, actor, Some(community)).await?;
    if !facts.local && requester.is_local() {
        effects::outside(tx, &Wire::Left { community, actor }).await?;
    }
    Ok(())
}
