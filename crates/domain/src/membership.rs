//! A person in a community: role and state.

use crate::zone::words;

words! {
    /// What somebody is in a community, least first.
    Role {
        /// Receives, and in open communities posts and votes; does not count as a member.
        Observer = "observer",
        /// Takes part.
        Member = "member",
        /// Sees what it is worth.
        Sponsor = "sponsor",
        /// Keeps order: answers join requests, removes posts.
        Moderator = "moderator",
        /// Runs it.
        Lead = "lead",
    }
}

words! {
    /// Where a membership stands.
    MembershipState {
        /// Asked, not answered.
        Pending = "pending",
        /// In.
        Active = "active",
        /// Left by own wish.
        Left = "left",
        /// Asked and was refused, or was removed.
        Rejected = "rejected",
        /// May not come back.
        Banned = "banned",
        /// In, but the community does not name the person's organisation any more.
        Suspended = "suspended",
    }
}

impl Role {
    /// May answer join requests and remove posts.
    pub fn moderates(self) -> bool {
        self >= Self::Moderator
    }

    /// Counts as a member (observers do not).
    pub fn counts(self) -> bool {
        self > Self::Observer
    }
}

/// One membership as policy and views need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// What the person is there.
    pub role: Role,
    /// Where it stands.
    pub state: MembershipState,
}

impl Membership {
    /// In, in whatever role.
    pub fn is_active(self) -> bool {
        self.state == MembershipState::Active
    }

    /// In, and more than an observer.
    pub fn is_member(self) -> bool {
        self.is_active() && self.role.counts()
    }

    /// In, and answers for the community.
    pub fn moderates(self) -> bool {
        self.is_active() && self.role.moderates()
    }
}
