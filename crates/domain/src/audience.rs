//! Who may ever see one thing. Decided when the thing is made; narrowed, never widened.

use crate::id::CommunityId;
use crate::policy::Refusal;
use crate::zone::{Zone, words};

words! {
    /// Mastodon's four words, as asked for and as reported.
    Visibility {
        /// Only the people mentioned.
        Direct = "direct",
        /// Only followers, or only a community's members.
        Private = "private",
        /// Everybody, but not in public lists.
        Unlisted = "unlisted",
        /// Everybody.
        Public = "public",
    }
}

/// How far one thing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Everybody. In an open community if one is named.
    World {
        /// The open community whose room this is in.
        community: Option<CommunityId>,
        /// Shown in public lists.
        listed: bool,
    },
    /// The members of an internal or partner community.
    Members {
        /// Whose room.
        community: CommunityId,
        /// `Internal` or `Partner`, as it was when the thing was made.
        zone: Zone,
    },
    /// The author's followers, and whoever is mentioned.
    Followers,
    /// Whoever is mentioned.
    Mentioned,
}

/// Who may ever see one thing. Demanded by the insert of everything that can be seen.
///
/// ```
/// use domain::audience::{Audience, Reach, Visibility};
/// assert_eq!(Audience::personal(Visibility::Direct).reach(), Reach::Mentioned);
/// ```
/// Nobody writes one down:
/// ```compile_fail,E0423
/// use domain::audience::{Audience, Reach};
/// let audience = Audience(Reach::World { community: None, listed: true });
/// ```
/// and nobody widens one:
/// ```compile_fail,E0616
/// use domain::audience::{Audience, Reach, Visibility};
/// let mut audience = Audience::personal(Visibility::Direct);
/// audience.0 = Reach::World { community: None, listed: true };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Audience(Reach);

/// An audience that is allowed to leave the hall. Internal things have none.
///
/// ```
/// use domain::audience::{Audience, OutboundAudience, Reach, Visibility};
/// let leaving: Option<OutboundAudience> = Audience::personal(Visibility::Direct).outbound();
/// assert_eq!(leaving.map(OutboundAudience::reach), Some(Reach::Mentioned));
/// ```
/// Nobody else says that something may leave:
/// ```compile_fail,E0423
/// use domain::audience::{OutboundAudience, Reach};
/// let leaving = OutboundAudience(Reach::World { community: None, listed: true });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboundAudience(Reach);

impl OutboundAudience {
    /// How far.
    pub fn reach(self) -> Reach {
        self.0
    }
}

impl Audience {
    /// For a post that is in no community.
    pub fn personal(asked: Visibility) -> Self {
        Self(match asked {
            Visibility::Public => Reach::World { community: None, listed: true },
            Visibility::Unlisted => Reach::World { community: None, listed: false },
            Visibility::Private => Reach::Followers,
            Visibility::Direct => Reach::Mentioned,
        })
    }

    /// For a thread starter in a community: the community's own reach, narrowed by what was asked.
    pub fn in_community(community: CommunityId, zone: Zone, asked: Visibility) -> Result<Self, Refusal> {
        match (zone, asked) {
            (_, Visibility::Direct) => Err(Refusal::invalid(
                "direct_in_community",
                "A direct message does not go into a community. Choose another visibility, or leave the community's handle out.",
            )),
            (Zone::Open, Visibility::Private) => Err(Refusal::invalid(
                "private_in_open_community",
                "Everybody can read this community, so a post for followers only cannot go into it.",
            )),
            (Zone::Open, asked) => Ok(Self(Reach::World { community: Some(community), listed: asked == Visibility::Public })),
            (zone, _) => Ok(Self(Reach::Members { community, zone })),
        }
    }

    /// For what hangs on something else (a reply, a boost, a quote): within the parent's audience.
    /// `own_parent` says that the author of both is the same.
    pub fn hanging_on(parent: &Self, asked: Visibility, own_parent: bool) -> Result<Self, Refusal> {
        match parent.0 {
            Reach::World { community: Some(community), listed } => match asked {
                // A direct message about a public post is a matter between people, not of the community.
                Visibility::Direct => Ok(Self(Reach::Mentioned)),
                _ => Self::in_community(community, Zone::Open, asked).map(|own| if listed { own } else { own.unlisted() }),
            },
            Reach::World { community: None, .. } => Ok(Self::personal(asked)),
            Reach::Members { community, zone } => match asked {
                Visibility::Direct => Err(Refusal::invalid(
                    "reply_leaves_community",
                    "This thread belongs to its community. A direct reply would take it out; write a new message instead.",
                )),
                _ => Ok(Self(Reach::Members { community, zone })),
            },
            Reach::Followers if own_parent && asked != Visibility::Direct => Ok(Self(Reach::Followers)),
            Reach::Followers | Reach::Mentioned => Ok(Self(Reach::Mentioned)),
        }
    }

    /// What the database says it was. Only `store` calls this (clippy's `disallowed-methods` closes it).
    pub fn stored(reach: Reach) -> Self {
        Self(reach)
    }

    /// The same, but not in public lists.
    #[must_use]
    pub fn unlisted(self) -> Self {
        match self.0 {
            Reach::World { community, .. } => Self(Reach::World { community, listed: false }),
            _ => self,
        }
    }

    /// How far.
    pub fn reach(&self) -> Reach {
        self.0
    }

    /// Whose room it is in.
    pub fn community(&self) -> Option<CommunityId> {
        match self.0 {
            Reach::World { community, .. } => community,
            Reach::Members { community, .. } => Some(community),
            Reach::Followers | Reach::Mentioned => None,
        }
    }

    /// Everybody may see it.
    pub fn is_world(&self) -> bool {
        matches!(self.0, Reach::World { .. })
    }

    /// Everybody may see it, and it is in the room of a community.
    pub fn is_world_of_community(&self) -> bool {
        matches!(self.0, Reach::World { community: Some(_), .. })
    }

    /// Mastodon's word for it.
    pub fn visibility(&self) -> Visibility {
        match self.0 {
            Reach::World { listed: true, .. } => Visibility::Public,
            Reach::World { listed: false, .. } => Visibility::Unlisted,
            Reach::Members { .. } | Reach::Followers => Visibility::Private,
            Reach::Mentioned => Visibility::Direct,
        }
    }

    /// The audience to send it to, if it may leave the hall at all.
    pub fn outbound(&self) -> Option<OutboundAudience> {
        match self.0 {
            Reach::Members { zone: Zone::Internal, .. } => None,
            reach => Some(OutboundAudience(reach)),
        }
    }

    /// Whether everybody in `self` is also in `other`, as far as the kinds tell: used to check that nothing widens.
    pub fn within(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (_, Reach::World { .. }) => true,
            (a, b) => a == b || (a == Reach::Mentioned && b == Reach::Followers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: CommunityId = CommunityId(7);

    #[test]
    fn internal_things_have_no_outbound_audience() {
        for asked in [Visibility::Public, Visibility::Unlisted, Visibility::Private] {
            let audience = Audience::in_community(C, Zone::Internal, asked);
            assert_eq!(audience.map(|a| a.outbound().is_none()), Ok(true));
        }
    }

    #[test]
    fn what_hangs_on_a_thing_stays_within_it() {
        let mut parents = vec![Audience::personal(Visibility::Private), Audience::personal(Visibility::Direct)];
        for zone in Zone::ALL {
            for asked in Visibility::ALL {
                parents.extend(Audience::in_community(C, *zone, *asked));
            }
        }
        for parent in parents {
            for asked in Visibility::ALL {
                for own in [true, false] {
                    if let Ok(child) = Audience::hanging_on(&parent, *asked, own) {
                        assert!(child.within(&parent), "{child:?} on {parent:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn narrowing_into_an_open_community_is_refused_with_a_reason() {
        let refused = Audience::in_community(C, Zone::Open, Visibility::Private);
        assert_eq!(refused.map_err(|r| r.code), Err("private_in_open_community"));
    }
}
