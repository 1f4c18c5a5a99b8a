//! The outbox: consequences written out as activities, and activities delivered.

mod actors;
mod announced;
pub mod answers;
mod audience;
mod deletion;
mod expand;
mod objects;
mod order;
mod poll;
mod post;
mod quote;
mod send;
mod shapes;

pub use actors::{actor_document, instance_document, kind as wire_kind};
pub use expand::work as expand_work;
pub use objects::{as_the_groups, write};
pub use quote::approval;
pub use send::work as send_work;

use crate::Federation;

impl Federation {
    /// The id of an activity that has no post to hang on: fetchable, the same for the same act, and short
    /// (a peer cuts ids at 100 characters).
    pub(crate) fn activity_id(&self, verb: &str, parts: &[&str]) -> String {
        // Lower case, because there are peers that look ids up that way.
        let text = crate::short_digest(parts.join("\n").as_bytes()).to_ascii_lowercase();
        format!("{}/x/{verb}/{text}", self.base())
    }
}
