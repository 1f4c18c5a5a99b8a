//! Requesters from verified signatures. The caller vouches for the signature: clippy's `disallowed-methods` closes
//! this for everybody but the inbox and the signed reads of `federation`.

use crate::{Hall, Requester, Result};
use domain::id::{ActorId, CommunityId};

/// A remote actor whose signature has been verified.
#[expect(clippy::disallowed_methods, reason = "this is where federation gets its requesters")]
pub async fn remote(hall: &Hall, actor: ActorId) -> Result<Option<Requester>> {
    Ok(store::requesters::remote(hall.store().read(), actor).await?)
}

/// An instance whose own actor's signature has been verified.
#[expect(clippy::disallowed_methods, reason = "this is where federation gets its requesters")]
pub async fn instance(hall: &Hall, host: &str) -> Result<Option<Requester>> {
    Ok(store::requesters::instance(hall.store().read(), host).await?)
}

/// Whether anybody of this hall is in a community.
pub async fn has_local_members(hall: &Hall, community: CommunityId) -> Result<bool> {
    Ok(store::memberships::any_local(hall.store().read(), community).await?)
}
