//! Requesters from verified signatures. The caller vouches for the signature: clippy's `disallowed-methods` closes
//! this for everybody but the inbox and the signed reads of `federation`.

use crate::{Hall, Requester, Result};
use domain::id::{ActorId, CommunityId};
use domain::page::Page;

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

/// Whether anybody of this hall is in an open community of another.
pub async fn has_local_members(hall: &Hall, community: CommunityId) -> Result<bool> {
    let anyone = Requester::anonymous();
    let members = store::memberships::members(hall.store(), &anyone, community, &Page::newest(200)).await?;
    Ok(members.into_iter().filter_map(|member| member.take(&anyone).ok()).any(|member| member.actor.is_local()))
}
