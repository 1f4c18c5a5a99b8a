//! The policy: what is allowed, decided once, as a value that must be held.
//!
//! `store` reads [`Facts`] in the transaction that uses them; the functions here
//! turn them into a [`Permit`] for one act on one target, or into a [`Refusal`].
//! A permit is moved into the write it allows, so it is spent once. The same
//! rule of seeing stands a second time as SQL in `store::scope`; a property test
//! compares the two.

use crate::audience::{Audience, Reach};
use crate::id::{ActorId, CommunityId, PostId, ReportId};
use crate::membership::{Membership, MembershipState};
use crate::requester::{Principal, Requester};
use crate::zone::{Door, JoinPolicy, Zone};
use std::marker::PhantomData;

mod communities;
mod order;
mod posts;

pub use communities::{Joining, agree, decide, found, join, leave};
pub use order::{moderate, receive_report, remove_as_host, report, restore, restore_as_host, settle};
pub use posts::{
    can_vote, can_vote_elsewhere, delete, edit, hand_in, judge, publish, publish_announced, quote, react, vote_counts,
};

/// Why something is not done. `code` is stable and machine-readable, `message` is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Which kind of answer this is.
    pub kind: RefusalKind,
    /// Stable, machine-readable.
    pub code: &'static str,
    /// A sentence a person understands.
    pub message: &'static str,
}

/// Kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Not there, or not for you: the two are never told apart.
    NotFound,
    /// You may see it, but not do this.
    Denied,
    /// The request itself is wrong.
    Invalid,
    /// It would collide with something that is there.
    Conflict,
}

impl Refusal {
    /// The one answer for "not there" and "not for you".
    pub const NOT_FOUND: Self = Self { kind: RefusalKind::NotFound, code: "not_found", message: "Record not found" };

    /// The request itself is wrong.
    pub fn invalid(code: &'static str, message: &'static str) -> Self {
        Self { kind: RefusalKind::Invalid, code, message }
    }

    /// You may see it, but not do this.
    pub fn denied(code: &'static str, message: &'static str) -> Self {
        Self { kind: RefusalKind::Denied, code, message }
    }

    /// It would collide.
    pub fn conflict(code: &'static str, message: &'static str) -> Self {
        Self { kind: RefusalKind::Conflict, code, message }
    }
}

/// The acts that are permitted one by one.
pub mod act {
    macro_rules! acts {
        ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub struct $name;
        )+};
    }
    acts! {
        /// Start a community.
        Found,
        /// Become a member, or ask to.
        Join,
        /// Leave a community.
        Leave,
        /// Answer somebody's request to join.
        Decide,
        /// Change which organisations a community names.
        Agree,
        /// Publish a post.
        Publish,
        /// Change one's post.
        Edit,
        /// Delete a post.
        Delete,
        /// Quote a post of this hall in another hall's.
        Quote,
        /// Favourite, boost or bookmark a post.
        React,
        /// Vote in a poll.
        Vote,
        /// Follow a person.
        Follow,
        /// Keep order in a community: lock, pin, ban, appoint.
        Moderate,
        /// Bring a deleted post back.
        Restore,
        /// Report somebody or something to those who keep order.
        Report,
        /// Mark a report as dealt with, or open it again.
        Settle,
    }
}

/// Policy allowed `Act` on one target. Cannot be copied; the write takes it.
///
/// ```
/// use domain::{id::ActorId, policy::{self, Permit, act}, requester::Requester};
/// fn spend(permit: Permit<act::Found>) -> ActorId {
///     permit.actor()
/// }
/// assert!(policy::found(&Requester::anonymous()).map(spend).is_err());
/// ```
/// Nobody writes one down, or has one made:
/// ```compile_fail,E0451
/// use domain::{id::ActorId, policy::{Permit, act}};
/// let permit = Permit::<act::Found> { actor: ActorId(1), target: 0, act: std::marker::PhantomData };
/// ```
/// ```compile_fail,E0624
/// use domain::{id::ActorId, policy::{Permit, act}};
/// let permit = Permit::<act::Found>::grant(ActorId(1), 0);
/// ```
/// It is spent once, not copied, and good for no other act:
/// ```compile_fail,E0382
/// use domain::policy::{Permit, act};
/// fn spend(_: Permit<act::Found>) {}
/// fn twice(permit: Permit<act::Found>) {
///     spend(permit);
///     spend(permit);
/// }
/// ```
/// ```compile_fail,E0308
/// use domain::policy::{Permit, act};
/// fn copy(permit: &Permit<act::Found>) -> Permit<act::Found> {
///     permit.clone()
/// }
/// ```
/// ```compile_fail,E0308
/// use domain::policy::{Permit, act};
/// fn spend(_: Permit<act::Publish>) {}
/// fn other(permit: Permit<act::Found>) {
///     spend(permit);
/// }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Permit<Act> {
    actor: ActorId,
    target: i64,
    act: PhantomData<Act>,
}

impl<Act> Permit<Act> {
    fn grant(actor: ActorId, target: i64) -> Self {
        Self { actor, target, act: PhantomData }
    }

    /// Who may.
    pub fn actor(&self) -> ActorId {
        self.actor
    }

    /// On what (the id of the community, post or actor; 0 where the target does not exist yet).
    pub fn target(&self) -> i64 {
        self.target
    }
}

/// Says that facts were read where they count: in the transaction that uses them.
///
/// ```
/// use domain::policy::{CommunityFacts, Read};
/// fn same(facts: &CommunityFacts) -> Read {
///     facts.read
/// }
/// ```
/// Without it nobody writes facts down:
/// ```compile_fail,E0423
/// use domain::policy::Read;
/// let read = Read(());
/// ```
/// ```compile_fail,E0063
/// use domain::{id::CommunityId, policy::CommunityFacts, zone::{Door, JoinPolicy, Zone}};
/// let facts = CommunityFacts {
///     id: CommunityId(1),
///     zone: Zone::Open,
///     door: Door::Hall,
///     join: JoinPolicy::Open,
///     local: true,
///     standing: None,
///     partner_named: true,
/// };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read(());

impl Read {
    /// The caller has read them just now. Only `store::facts` calls this (clippy's `disallowed-methods` closes it).
    pub fn just_now() -> Self {
        Self(())
    }
}

/// A community as policy sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommunityFacts {
    /// Which.
    pub id: CommunityId,
    /// Its ceiling.
    pub zone: Zone,
    /// Who sees its door, when internal.
    pub door: Door,
    /// How one gets in.
    pub join: JoinPolicy,
    /// Hosted here.
    pub local: bool,
    /// The requester's standing in it.
    pub standing: Option<Membership>,
    /// The requester's instance is named as a partner.
    pub partner_named: bool,
    /// Where this is from.
    pub read: Read,
}

/// One post as policy sees it, from one requester's place.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, read by name")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostFacts {
    /// Which.
    pub id: PostId,
    /// Who wrote it.
    pub author: ActorId,
    /// Who may ever see it.
    pub audience: Audience,
    /// Hosted here: its author has an account in this hall.
    pub local: bool,
    /// The community whose room it is in, with the requester's standing.
    pub community: Option<CommunityFacts>,
    /// The requester follows the author (accepted).
    pub follows_author: bool,
    /// The requester is mentioned.
    pub mentioned: bool,
    /// The author has blocked the requester.
    pub blocked: bool,
    /// It, or its thread, takes no answers.
    pub locked: bool,
    /// Where this is from.
    pub read: Read,
}

/// A report as policy sees it, read for one requester: it is theirs to deal with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFacts {
    /// Which.
    pub id: ReportId,
    /// Where this is from.
    pub read: Read,
}

/// May this requester see the door (name, purpose, how to join)?
pub fn sees_door(requester: &Requester, community: &CommunityFacts) -> bool {
    if community.standing.is_some_and(|m| m.is_active() || m.state == MembershipState::Pending) && reachable(requester, community)
    {
        return true;
    }
    match community.zone {
        Zone::Open => true,
        Zone::Partner => requester.is_local() || community.partner_named,
        Zone::Internal => requester.is_local() && community.door == Door::Hall,
    }
}

/// May this requester see the room (everything else)?
pub fn sees_room(requester: &Requester, community: &CommunityFacts) -> bool {
    match community.zone {
        Zone::Open => true,
        Zone::Internal | Zone::Partner => {
            reachable(requester, community) && community.standing.is_some_and(Membership::is_active)
        }
    }
}

/// Whether the ceiling lets anything of this community go to where the requester is.
fn reachable(requester: &Requester, community: &CommunityFacts) -> bool {
    match community.zone {
        Zone::Open => true,
        Zone::Internal => requester.is_local(),
        Zone::Partner => {
            requester.is_local() || (matches!(requester.principal(), Principal::Remote { .. }) && community.partner_named)
        }
    }
}

/// May this requester see this post? Deleted posts are not there for anybody and never get here.
pub fn can_see(requester: &Requester, post: &PostFacts) -> bool {
    if post.blocked {
        return false;
    }
    let own = requester.actor() == Some(post.author);
    match post.audience.reach() {
        Reach::World { .. } => true,
        // What was written under an internal ceiling stays inside, also when the community becomes a partner one.
        Reach::Members { community: named, zone } => post.community.as_ref().is_some_and(|community| {
            let leaves = requester.is_local() || zone == Zone::Partner;
            community.id == named && community.zone != Zone::Open && leaves && sees_room(requester, community)
        }),
        Reach::Followers => own || post.follows_author || post.mentioned,
        Reach::Mentioned => own || post.mentioned,
    }
}

/// On whose word somebody may read in a partner community without standing on our own list of its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The community is hosted elsewhere, and its hall said a moment ago that this person is in it.
    OfTheHost,
    /// The community is hosted here, and its agreement lets this instance read for its members there.
    OfTheAgreement,
}

/// May this requester see this post on that word? Only what was written here in a partner community's room. The
/// caller has the word: the host's answer, or the agreement's row.
pub fn can_see_on_word(requester: &Requester, post: &PostFacts, word: Word) -> bool {
    let Reach::Members { community: named, zone: Zone::Partner } = post.audience.reach() else { return false };
    let Some(community) = post.community.as_ref().filter(|c| c.id == named && c.zone == Zone::Partner) else { return false };
    let fits = match (word, requester.principal()) {
        (Word::OfTheHost, Principal::Remote { .. }) => !community.local,
        (Word::OfTheAgreement, Principal::Instance { .. }) => community.local && community.partner_named,
        _ => false,
    };
    fits && post.local && !post.blocked
}

/// May somebody follow this person?
pub fn follow(requester: &Requester, target: ActorId, blocked: bool) -> Result<Permit<act::Follow>, Refusal> {
    match requester.actor() {
        None => Err(Refusal::denied("sign_in_first", "Sign in to follow somebody.")),
        Some(actor) if actor == target => Err(Refusal::invalid("follow_oneself", "You cannot follow yourself.")),
        Some(_) if blocked => Err(Refusal::NOT_FOUND),
        Some(actor) => Ok(Permit::grant(actor, target.0)),
    }
}
