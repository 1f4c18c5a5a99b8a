//! Requesters from verified signatures. The caller vouches for the signature.

use crate::{Hall, Requester, Result};
use domain::id::ActorId;

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

/// A job on behalf of an actor, with what it may see.
#[expect(clippy::disallowed_methods, reason = "this is where federation gets its requesters")]
pub async fn job(hall: &Hall, purpose: &'static str, actor: ActorId) -> Result<Option<Requester>> {
    Ok(store::requesters::for_job(hall.store().read(), purpose, actor).await?)
}
