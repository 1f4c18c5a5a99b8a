//! Mastodon API: Relationship and `FamiliarFollowers` entities.

use super::Nothing;
use app::views::RelationshipView;
use domain::id::ActorId;
use serde::Serialize;

/// How the requester and another actor stand to each other; being in a community is following it.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "Mastodon's shape")]
pub struct Relationship {
    id: ActorId,
    following: bool,
    showing_reblogs: bool,
    notifying: bool,
    languages: Option<Nothing>,
    followed_by: bool,
    blocking: bool,
    blocked_by: bool,
    muting: bool,
    muting_notifications: bool,
    muting_expires_at: Option<()>,
    requested: bool,
    requested_by: bool,
    domain_blocking: bool,
    endorsed: bool,
    note: &'static str,
}

impl Relationship {
    /// What is known of the two.
    pub fn of(view: &RelationshipView) -> Self {
        Self {
            id: ActorId(view.id),
            following: view.following,
            // Boosts are how a community's posts arrive, so they are always shown.
            showing_reblogs: view.following,
            notifying: false,
            languages: None,
            followed_by: view.followed_by,
            blocking: view.blocking,
            blocked_by: view.blocked_by,
            muting: false,
            muting_notifications: false,
            muting_expires_at: None,
            requested: view.requested,
            requested_by: view.requested_by,
            domain_blocking: false,
            endorsed: false,
            note: "",
        }
    }

    /// Two who have nothing to do with each other.
    pub fn none(id: ActorId) -> Self {
        Self::of(&RelationshipView { id: id.0, ..RelationshipView::default() })
    }
}

/// Whom of those that follow this account one follows too.
#[derive(Debug, Serialize)]
pub struct FamiliarFollowers {
    id: ActorId,
    accounts: Nothing,
}

impl FamiliarFollowers {
    /// Nobody is named.
    pub fn nobody(id: ActorId) -> Self {
        Self { id, accounts: [] }
    }
}
