//! What has been verified, as types: nothing else is translated.

use crate::Federation;
use crate::resolve::ResolveError;
use activitypub::json;
use activitypub::model::{Activity, Delivered};
use app::Requester;
use app::federated::{ActorWire, Waiting, actors, requesters};
use domain::id::ActorId;

/// Signature, digest and origin agree about this. Not to be named, let alone made, outside:
///
/// ```
/// use federation::fetch::Client;
/// ```
/// ```compile_fail,E0603
/// use federation::inbox::Verified;
/// ```
/// ```compile_fail,E0603
/// use federation::inbox::VerifiedActor;
/// ```
/// Made only here, from a row that `receive` wrote after it
/// had checked them, or from what was fetched or proved.
#[derive(Debug)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// What was verified.
    pub fn get(&self) -> &T {
        &self.0
    }
}

/// What stands between the id of an `Update` and what tells it from others with that id: no address has it.
pub const UPDATE_MARK: char = ' ';

impl Verified<Activity> {
    /// From the queue. The same strict reading as before it was verified: one meaning for the same bytes (C033).
    pub fn from_queue(waiting: &Waiting) -> Result<Self, &'static str> {
        let value = json::parse(waiting.received.body.as_bytes(), json::Limits::default()).map_err(|error| error.code())?;
        let known_as = &waiting.received.activity_uri;
        let activity = Delivered::parse_delivered(value, |_| known_as.clone()).map_err(|error| error.code())?;
        let id = known_as.split_once(UPDATE_MARK).map_or(known_as.as_str(), |(id, _)| id);
        if activity.actor != waiting.received.signer_uri || activity.id != id {
            return Err("signer_is_not_actor");
        }
        Ok(Self(activity.open()))
    }

    /// Of an activity that a group passed on: its actor's own proof, or its origin, has vouched for it.
    pub fn vouched(activity: Activity) -> Self {
        Self(activity)
    }
}

/// A remote actor that has been verified, as it is stored, and as it asks.
#[derive(Debug)]
pub struct VerifiedActor {
    /// As stored.
    pub wire: ActorWire,
    /// As it asks.
    pub requester: Requester,
    /// Made only here.
    _sealed: (),
}

impl VerifiedActor {
    /// The actor of a verified activity; fetched if it is not known.
    pub async fn of(federation: &Federation, activity: &Verified<Activity>) -> Result<Self, ResolveError> {
        Self::by_uri(federation, &activity.get().actor).await
    }

    /// The author of a document that its own origin has vouched for.
    #[expect(clippy::disallowed_methods, reason = "the signature, the proof or the origin has been checked")]
    pub async fn by_uri(federation: &Federation, uri: &str) -> Result<Self, ResolveError> {
        let wire = federation.actor(uri).await?;
        let requester =
            requesters::remote(federation.hall(), wire.id).await?.ok_or(ResolveError::Refused("not_a_remote_actor"))?;
        Ok(Self { wire, requester, _sealed: () })
    }

    /// An actor that is stored.
    pub fn id(&self) -> ActorId {
        self.wire.id
    }

    /// The community it is, if it is one.
    pub async fn community(&self, federation: &Federation) -> app::Result<Option<domain::id::CommunityId>> {
        actors::community_of(federation.hall(), self.wire.id).await
    }
}
