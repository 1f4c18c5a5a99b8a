//! The inbox: received and made durable, then processed.

mod forward;
mod process;
mod receive;
mod verified;

pub use process::{LOOK, work};
pub use receive::receive;
pub use verified::{Verified, VerifiedActor};
