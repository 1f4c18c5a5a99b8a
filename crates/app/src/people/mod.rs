//! People (and communities, as accounts): finding, following, answering followers.

mod follow;
mod requests;
mod show;

pub use follow::{follow, unfollow};
pub(crate) use follow::{start_following, stop_following};
pub use requests::{decide_follow, follow_requests};
pub(crate) use show::id_of;
pub use show::{followers, following, lookup, relationships, show};
