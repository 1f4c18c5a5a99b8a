//! Communities: starting, joining, leaving, letting in, and naming partners.

use super::{CommunityFacts, Permit, Refusal, act, sees_door, sees_room};
use crate::membership::{Membership, MembershipState, Role};
use crate::requester::{Principal, Requester};
use crate::zone::{JoinPolicy, Zone};

/// May somebody start a community?
pub fn found(requester: &Requester) -> Result<Permit<act::Found>, Refusal> {
    match requester.principal() {
        Principal::Local { actor, .. } => Ok(Permit::grant(*actor, 0)),
        _ => Err(Refusal::denied("sign_in_first", "Sign in to start a community.")),
    }
}

/// What joining leads to.
#[derive(Debug)]
pub enum Joining {
    /// A new membership, in this role and state.
    Enter(Permit<act::Join>, Role, MembershipState),
    /// Already in or already asked: nothing changes.
    Already(Membership),
}

/// May somebody join, and how do they get in? `wanted` is `Observer` for a remote `Follow`, else `Member`.
pub fn join(requester: &Requester, community: &CommunityFacts, wanted: Role) -> Result<Joining, Refusal> {
    let Some(actor) = requester.actor() else {
        return Err(Refusal::denied("sign_in_first", "Sign in to join a community."));
    };
    if !sees_door(requester, community) {
        return Err(Refusal::NOT_FOUND);
    }
    match community.standing {
        Some(Membership { state: MembershipState::Banned, .. }) => {
            return Err(Refusal::denied("banned", "You may not join this community."));
        }
        Some(standing) if standing.state == MembershipState::Pending || (standing.is_active() && standing.role >= wanted) => {
            return Ok(Joining::Already(standing));
        }
        _ => {}
    }
    let permit = Permit::grant(actor, community.id.0);
    if !community.local {
        // Another hall decides; here the wish waits for its answer.
        return Ok(Joining::Enter(permit, wanted, MembershipState::Pending));
    }
    let state = match (community.zone, community.join) {
        (_, JoinPolicy::Invite) => {
            return Err(Refusal::denied(
                "invite_only",
                "This community takes members by invitation only. Ask its lead to invite you.",
            ));
        }
        // Whoever follows may write, too: so they ask like everybody, as the group's document says.
        (_, JoinPolicy::Request) => MembershipState::Pending,
        (_, JoinPolicy::Open) => MembershipState::Active,
    };
    Ok(Joining::Enter(permit, wanted, state))
}

/// May somebody leave? Only one who is in or has asked.
pub fn leave(requester: &Requester, community: &CommunityFacts) -> Result<Permit<act::Leave>, Refusal> {
    match (requester.actor(), community.standing) {
        // Who is out because of their organisation may leave for good: nothing puts them in again then.
        (Some(actor), Some(standing))
            if standing.is_active() || matches!(standing.state, MembershipState::Pending | MembershipState::Suspended) =>
        {
            Ok(Permit::grant(actor, community.id.0))
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// May somebody answer join requests of this community?
pub fn decide(requester: &Requester, community: &CommunityFacts) -> Result<Permit<act::Decide>, Refusal> {
    if !sees_room(requester, community) && !sees_door(requester, community) {
        return Err(Refusal::NOT_FOUND);
    }
    match (requester.principal(), community.standing) {
        (Principal::Local { actor, .. }, Some(standing)) if standing.moderates() && community.local => {
            Ok(Permit::grant(*actor, community.id.0))
        }
        _ => Err(Refusal::denied("not_a_moderator", "Only leads and moderators answer requests to join.")),
    }
}

/// May somebody change which organisations a community names? Its leads.
pub fn agree(requester: &Requester, community: &CommunityFacts) -> Result<Permit<act::Agree>, Refusal> {
    if !sees_room(requester, community) && !sees_door(requester, community) {
        return Err(Refusal::NOT_FOUND);
    }
    if community.zone != Zone::Partner {
        return Err(Refusal::invalid("partners_unexpected", "Only a partner community names partner organisations."));
    }
    match (requester.principal(), community.standing) {
        (Principal::Local { actor, .. }, Some(standing))
            if standing.is_active() && standing.role == Role::Lead && community.local =>
        {
            Ok(Permit::grant(*actor, community.id.0))
        }
        _ => Err(Refusal::denied("not_a_lead", "Only leads change the partner organisations.")),
    }
}
