//! The hall's own rules, pure: ids, zone, audience, policy, drafts, safe text.
//!
//! Nothing here reads a clock, a database or the network; what a rule needs to
//! know is handed to it as a value, so that every rule can be tested alone.

pub mod attachment;
pub mod audience;
pub mod draft;
pub mod handle;
pub mod id;
pub mod membership;
pub mod page;
pub mod peers;
pub mod policy;
pub mod poll;
pub mod requester;
pub mod scopes;
pub mod text;
pub mod time;
pub mod zone;
