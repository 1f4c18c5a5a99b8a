//! What `federation` needs of the hall's memory: thin use cases, nothing of the store itself.
//!
//! Reads for a signed requester go through the same scoped use cases as everybody's; what is here
//! without a requester is about addresses, keys and queues, never about what somebody wrote.

pub mod actors;
pub mod acts;
pub mod collections;
pub mod deliveries;
pub mod fetches;
pub mod inbox;
pub mod memberships;
pub mod moves;
pub mod operation;
pub mod orders;
pub mod outgoing;
pub mod people;
pub mod posts;
pub mod quotes;
pub mod reactions;
pub mod reports;
pub mod requesters;
pub mod signing;
pub mod suspensions;

pub use crate::effects::{Banned, QuoteAnswered, Wire};
pub use store::actors::OwnCollection;
pub use store::actors::{ActorWire, RemoteActor};
pub use store::acts::ReceivedAct;
pub use store::communities::CommunityWire;
pub use store::deliveries::{Delivery, Ended, Host, Outcome, Room};
pub use store::effects::Effect;
pub use store::inbox::{Processed, Received, Waiting};
pub use store::keys::ActorKeys;
pub use store::memberships::Via;
pub use store::outbox::{NewActivity, StoredActivity};
pub use store::reactions::Reaction;

use crate::Hall;
use domain::time::Timestamp;

/// The hall's present time.
pub fn now(hall: &Hall) -> Timestamp {
    hall.store().clock().now()
}
