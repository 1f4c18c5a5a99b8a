//! Entities of the Mastodon API: structs that borrow from views and are written once.
//!
//! What an audience guards is rendered from a [`app::Visible`] and for one requester; a proof made for
//! somebody else stops the answer. Lists, booleans and counts are never `null` and addresses never
//! empty, because a single one would cost some app the whole page.

mod account;
mod card;
mod content;
mod instance;
mod list;
mod media;
mod moment;
mod notification;
mod own;
mod poll;
mod relationship;
mod report;
mod search;
mod status;

pub use account::{Account, Acct, CredentialAccount, Source, Suggestion};
pub use card::Card;
pub use content::Content;
pub use instance::{Instance, InstanceV1};
pub use list::List;
pub use media::MediaAttachment;
pub use moment::{Day, Midnight, Moment};
pub use notification::Notification;
pub use own::{Marker, Markers, Preferences};
pub use poll::Poll;
pub use relationship::{FamiliarFollowers, Relationship};
pub use report::Report;
pub use search::{Search, Tag};
pub use status::{Context, Status, StatusEdit, StatusSource};

use app::{Error, Requester, Result, Visible};

/// A list that has nothing in it yet.
pub type Nothing = [(); 0];

/// Opens a proof for the one it must have been made for; anything else is a mistake of ours, and is
/// answered with an error instead of with what was not meant for this requester.
pub(crate) fn open<'a, T>(requester: &Requester, proof: &'a Visible<T>) -> Result<&'a T> {
    proof.open(requester).map_err(Error::internal)
}

/// Who may quote, or put into a collection, what is written here (Mastodon API: `QuoteApproval`, `FeatureApproval`).
/// Nobody with this hall's own clients: there is no way to do either yet.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Approval {
    automatic: &'static [&'static str],
    manual: Nothing,
    current_user: &'static str,
}

impl Approval {
    /// Denied to everybody.
    pub const NONE: Self = Self { automatic: &[], manual: [], current_user: "denied" };
    /// Allowed to everybody, from where it can be done (FEP-044f).
    pub const PUBLIC: Self = Self { automatic: &["public"], ..Self::NONE };
}

#[cfg(test)]
mod tests;
