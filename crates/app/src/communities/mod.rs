//! Communities of practice: starting, finding, joining, leaving, letting in.

mod ban;
mod create;
mod decide;
mod join;
mod leave;
mod list_options;
mod partners;
mod show;

pub use ban::{MAX_REASON, ban, banned, lift, own_ban};
pub use create::{NewCommunity, create};
pub use decide::{decide, requests};
pub use join::{ask_again, join};
pub(crate) use join::{enter, hold_back, welcome};
pub(crate) use leave::go;
pub use leave::leave;
pub use list_options::list_options;
pub use partners::{end_partner, name_partner, partners};
pub use show::{directory, members, reads_up, show, show_by_actor, show_by_handle};
pub use store::agreements::Agreement;
pub use store::communities::Directory;
