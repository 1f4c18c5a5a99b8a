//! The pages, one file for each kind.

pub mod actor;
pub mod authorize;
pub mod ban;
pub mod change;
pub mod community;
pub mod compose;
pub mod directory;
pub mod found;
pub mod front;
pub mod home;
pub mod likes;
pub mod membership;
pub mod notifications;
pub mod person;
pub mod post;
pub mod profile;
pub mod react;
pub mod reports;
pub mod search;
pub mod sign_in;
pub mod sign_up;
pub mod tag;
pub mod vote;

use app::{Hall, Registrations};
use axum::extract::Path;

/// An id in a path. What is no id is as unknown as an id that was never given.
fn id<T: std::str::FromStr>(Path(text): &Path<String>) -> Result<T, crate::answer::Fail> {
    text.parse().map_err(|_| crate::answer::Fail::not_found())
}

/// Whether people make their accounts themselves.
fn registers(hall: &Hall) -> bool {
    matches!(hall.settings().registrations, Registrations::Open | Registrations::Approval)
}
