//! Taking in an object that was fetched from its own id.

use super::Failure;
use super::create::{Way, publish};
use crate::Federation;
use crate::inbox::VerifiedActor;
use crate::resolve::ResolveError;
use activitypub::model::ObjectDoc;
use app::federated::actors;
use domain::id::{ActorId, PostId};
use serde_json::Value;

/// A document that its own origin gave: stored on behalf of its author. `None`: it is nothing that is kept.
pub async fn object(federation: &Federation, value: &Value) -> Result<Option<PostId>, ResolveError> {
    match take(federation, value, Way::Asked).await {
        Ok(post) => Ok(Some(post)),
        Err(Failure::Dropped(why)) => {
            tracing::debug!(%why, "a fetched object was not taken");
            Ok(None)
        }
        Err(Failure::Patient(why)) => Err(app::Error::unavailable("later", why).into()),
        Err(Failure::Later(why)) => Err(app::Error::unavailable("later", why).into()),
    }
}

/// The same, on behalf of a group that announced it.
pub async fn announced(federation: &Federation, value: &Value, group: ActorId) -> Result<PostId, Failure> {
    take(federation, value, Way::Announced(group)).await
}

/// The same, found among the older posts of a group.
pub async fn listed(federation: &Federation, value: &Value, group: ActorId) -> Result<PostId, Failure> {
    take(federation, value, Way::Listed(group)).await
}

/// The same, to complete a thread.
pub async fn read_up(federation: &Federation, value: &Value) -> Result<PostId, Failure> {
    take(federation, value, Way::ReadUp).await
}

async fn take(federation: &Federation, value: &Value, way: Way) -> Result<PostId, Failure> {
    let object = ObjectDoc::parse(value)?;
    let author = VerifiedActor::by_uri(federation, object.author()?).await?;
    // A post in a community that is known by name only is read with that community known.
    let named = object.audience.iter().take(2).filter(|id| way == Way::Asked && !federation.is_ours(id));
    for id in named {
        if actors::wire_by_uri(federation.hall(), id).await?.is_none() {
            let _ = federation.actor(id).await;
        }
    }
    publish(federation, &author, &object, None, way).await
}
