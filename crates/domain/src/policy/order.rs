//! Keeping order in communities, and taking back what was taken away.

use super::{CommunityFacts, Permit, PostFacts, Refusal, ReportFacts, act, can_see, sees_room};
use crate::id::{ActorId, PostId};
use crate::membership::{Membership, Role};
use crate::requester::{Principal, Requester};

/// May somebody keep order in this community? In one of another hall only its own group, whose actor is `host`;
/// in one hosted here whoever moderates. `over` is the standing of the person it is about: nobody keeps order over
/// somebody of the same rank or above. Appointing is for leads.
pub fn moderate(
    requester: &Requester,
    community: &CommunityFacts,
    host: ActorId,
    over: Option<Membership>,
    appoints: bool,
) -> Result<Permit<act::Moderate>, Refusal> {
    let denied = || Refusal::denied("not_a_moderator", "Only those who keep order in this community do this.");
    let actor = requester.actor().ok_or_else(denied)?;
    if !community.local {
        return if actor == host { Ok(Permit::grant(actor, community.id.0)) } else { Err(denied()) };
    }
    let mine = community.standing.filter(|standing| standing.moderates()).ok_or_else(denied)?;
    let outranked = over.is_some_and(|over| over.is_active() && over.role >= mine.role);
    if !sees_room(requester, community) || outranked || (appoints && mine.role != Role::Lead) {
        return Err(denied());
    }
    Ok(Permit::grant(actor, community.id.0))
}

/// May somebody bring a deleted post back? Only a remote one, and only whoever took it away: `removed` says that the
/// requester did.
pub fn restore(requester: &Requester, post: PostId, local: bool, removed: bool) -> Result<Permit<act::Restore>, Refusal> {
    match requester.actor() {
        Some(actor) if removed && !local => Ok(Permit::grant(actor, post.0)),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// The group that hosts a remote community brings a post of this hall back, which it removed: `removed` says that it did.
pub fn restore_as_host(requester: &Requester, post: PostId, removed: bool) -> Result<Permit<act::Restore>, Refusal> {
    match requester.actor() {
        Some(actor) if removed && !requester.is_local() => Ok(Permit::grant(actor, post.0)),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// The group that hosts a remote community removes a post in it. `host` is that group's actor, as stored.
pub fn remove_as_host(requester: &Requester, post: &PostFacts, host: ActorId) -> Result<Permit<act::Delete>, Refusal> {
    let hosted_elsewhere = post.community.as_ref().is_some_and(|community| !community.local);
    if requester.actor() == Some(host) && hosted_elsewhere { Ok(Permit::grant(host, post.id.0)) } else { Err(Refusal::NOT_FOUND) }
}

/// May somebody report this person, and these posts of theirs? Whoever can see them, and nobody themselves.
pub fn report(requester: &Requester, about: ActorId, posts: &[PostFacts]) -> Result<Permit<act::Report>, Refusal> {
    let actor = requester.actor().ok_or(Refusal::denied("sign_in_first", "Sign in to report something."))?;
    if posts.iter().any(|post| post.author != about || !can_see(requester, post)) {
        return Err(Refusal::NOT_FOUND);
    }
    if actor == about {
        return Err(Refusal::invalid("report_oneself", "You cannot report yourself."));
    }
    Ok(Permit::grant(actor, about.0))
}

/// May this actor of another hall report? The caller has looked at what it names; a report is words, not an act.
pub fn receive_report(requester: &Requester) -> Result<Permit<act::Report>, Refusal> {
    match requester.principal() {
        Principal::Remote { actor, .. } => Ok(Permit::grant(*actor, 0)),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// May somebody mark a report as dealt with? Whoever it is for: `report` was read for them.
pub fn settle(requester: &Requester, report: Option<&ReportFacts>) -> Result<Permit<act::Settle>, Refusal> {
    match (requester.actor(), report) {
        (Some(actor), Some(report)) => Ok(Permit::grant(actor, report.id.0)),
        _ => Err(Refusal::NOT_FOUND),
    }
}
