//! Posts: writing, changing, removing, reacting, voting.

use super::{CommunityFacts, Permit, PostFacts, Refusal, act, can_see, sees_room};
use crate::audience::{Audience, Reach};
use crate::membership::{Membership, MembershipState};
use crate::requester::{Principal, Requester};
use crate::zone::{JoinPolicy, Zone};

/// May somebody publish with this audience? `parent` is what it hangs on, `community` whose room it enters.
pub fn publish(
    requester: &Requester,
    audience: &Audience,
    parent: Option<&PostFacts>,
    community: Option<&CommunityFacts>,
) -> Result<Permit<act::Publish>, Refusal> {
    let Some(actor) = requester.actor() else {
        return Err(Refusal::denied("sign_in_first", "Sign in to write."));
    };
    if let Some(parent) = parent
        && !can_see(requester, parent)
    {
        return Err(Refusal::NOT_FOUND);
    }
    if parent.is_some_and(|parent| parent.locked) {
        return Err(Refusal::denied("locked", "This thread is locked: nobody can answer it."));
    }
    match (audience.community(), community) {
        (None, _) => Ok(Permit::grant(actor, 0)),
        (Some(named), Some(community)) if community.id == named => {
            if !sees_room(requester, community) {
                return Err(Refusal::NOT_FOUND);
            }
            let standing = community.standing.filter(|m| m.is_active());
            // Anybody who answers inside an open community writes there as well.
            let answers = community.zone == Zone::Open
                && parent.is_some()
                && community.standing.is_none_or(|m| m.state != MembershipState::Banned);
            if writes(community.zone, standing) || answers {
                Ok(Permit::grant(actor, named.0))
            } else {
                Err(Refusal::denied("not_a_member", "Join this community before you write in it."))
            }
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// May a post of another server that is handed in to an open community here, named as its audience, begin a thread though its
/// author is not in? Such servers let their people write before they subscribe, and tell them nothing of a refusal; where
/// whoever asks is in at once, their words are not lost for want of asking. Who asks and waits, waits.
pub fn hand_in(
    requester: &Requester,
    audience: &Audience,
    parent: Option<&PostFacts>,
    community: Option<&CommunityFacts>,
) -> Result<Permit<act::Publish>, Refusal> {
    let stands_open = community.filter(|c| c.local && c.zone == Zone::Open && c.join == JoinPolicy::Open && parent.is_none());
    match (requester.principal(), stands_open) {
        (Principal::Remote { actor, .. }, Some(community))
            if audience.community() == Some(community.id)
                && community.standing.is_none_or(|standing| standing.state == MembershipState::Left) =>
        {
            Ok(Permit::grant(*actor, community.id.0))
        }
        _ => Err(Refusal::denied("not_a_member", "Join this community before you write in it.")),
    }
}

/// May a remote author's post enter this community of another hall, whose own group announced it? The caller has
/// verified that; who is a member there is for its host to know.
pub fn publish_announced(
    requester: &Requester,
    audience: &Audience,
    community: Option<&CommunityFacts>,
) -> Result<Permit<act::Publish>, Refusal> {
    let hosted_elsewhere = community.filter(|community| !community.local && community.zone != Zone::Internal);
    match (requester.principal(), hosted_elsewhere) {
        (Principal::Remote { actor, .. }, Some(community)) if audience.community() == Some(community.id) => {
            Ok(Permit::grant(*actor, community.id.0))
        }
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// May somebody change this post? Only its author. In a community of another hall, a remote author's own hall and
/// the community's have decided: what the author may see here does not count.
pub fn edit(requester: &Requester, post: &PostFacts) -> Result<Permit<act::Edit>, Refusal> {
    let elsewhere = post.community.as_ref().is_some_and(|community| !community.local);
    if let Principal::Remote { actor, .. } = requester.principal()
        && *actor == post.author
        && elsewhere
    {
        return Ok(Permit::grant(*actor, post.id.0));
    }
    if !can_see(requester, post) {
        return Err(Refusal::NOT_FOUND);
    }
    match requester.actor() {
        Some(actor) if actor == post.author && banned(post) => {
            let message = "You are banned from this community: what you wrote there can be deleted, but not changed.";
            Err(Refusal::denied("banned", message))
        }
        Some(actor) if actor == post.author => Ok(Permit::grant(actor, post.id.0)),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// Whether the requester is banned from the community hosted here that a post is in.
fn banned(post: &PostFacts) -> bool {
    let hosted_here = post.community.as_ref().filter(|community| community.local);
    hosted_here.and_then(|community| community.standing).is_some_and(|mine| mine.state == MembershipState::Banned)
}

/// May somebody delete this post? Its author, always; a moderator of the community it is in, if that is hosted here:
/// elsewhere its own hall decides.
pub fn delete(requester: &Requester, post: &PostFacts) -> Result<Permit<act::Delete>, Refusal> {
    let Some(actor) = requester.actor() else {
        return Err(Refusal::NOT_FOUND);
    };
    if actor == post.author {
        return Ok(Permit::grant(actor, post.id.0));
    }
    let moderates = post.community.as_ref().is_some_and(|c| c.local && c.standing.is_some_and(Membership::moderates));
    if moderates && can_see(requester, post) { Ok(Permit::grant(actor, post.id.0)) } else { Err(Refusal::NOT_FOUND) }
}

/// May somebody say what they think of this post, for it or against it? Whoever sees it and is not banned from where it is.
pub fn judge(requester: &Requester, post: &PostFacts) -> Result<Permit<act::React>, Refusal> {
    let permit = react(requester, post)?;
    if banned(post) {
        return Err(Refusal::denied("banned", "You are banned from this community: reactions of yours do not count in it."));
    }
    Ok(permit)
}

/// May somebody bookmark or boost this post, or take back what they thought of it?
pub fn react(requester: &Requester, post: &PostFacts) -> Result<Permit<act::React>, Refusal> {
    match requester.actor() {
        Some(actor) if can_see(requester, post) => Ok(Permit::grant(actor, post.id.0)),
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// May somebody of another hall quote this post? Whatever everybody may read, everybody may quote; from a room that is
/// not for everybody nothing is carried on (FEP-044f, where the policy names who may).
pub fn quote(requester: &Requester, post: &PostFacts) -> Result<Permit<act::Quote>, Refusal> {
    match requester.principal() {
        Principal::Remote { actor, .. } if post.local && can_see(requester, post) => match post.audience.reach() {
            Reach::World { .. } => Ok(Permit::grant(*actor, post.id.0)),
            _ => Err(Refusal::denied("not_public", "Only public posts can be quoted.")),
        },
        _ => Err(Refusal::NOT_FOUND),
    }
}

/// Whether somebody is in a community in a role that writes: in an open one its observers do.
fn writes(zone: Zone, standing: Option<Membership>) -> bool {
    match zone {
        Zone::Open => standing.is_some_and(Membership::is_active),
        Zone::Internal | Zone::Partner => standing.is_some_and(Membership::is_member),
    }
}

/// Whether somebody's vote counts where a poll is. In a community only of those who write there: in an open one its
/// followers are among them, since most servers know no other way in.
pub fn vote_counts(audience: &Audience, standing: Option<Membership>) -> bool {
    match audience.reach() {
        Reach::World { community: Some(_), .. } => writes(Zone::Open, standing),
        Reach::Members { zone, .. } => writes(zone, standing),
        Reach::World { community: None, .. } | Reach::Followers | Reach::Mentioned => true,
    }
}

/// May somebody vote in this post's poll? Whoever may see it; in a community whoever may write there.
pub fn can_vote(requester: &Requester, post: &PostFacts) -> Result<Permit<act::Vote>, Refusal> {
    let Some(actor) = requester.actor() else {
        return Err(Refusal::denied("sign_in_first", "Sign in to vote."));
    };
    if !can_see(requester, post) {
        return Err(Refusal::NOT_FOUND);
    }
    let standing = post.community.as_ref().and_then(|community| community.standing);
    if vote_counts(&post.audience, standing) {
        Ok(Permit::grant(actor, post.id.0))
    } else {
        Err(Refusal::denied("not_a_member", "Only members of this community vote in its polls. Join it first."))
    }
}

/// May a person of another hall vote in this poll of ours, in a community hosted elsewhere? Who is a member there is
/// for its host to know: the caller has asked it, or everybody may read there.
pub fn can_vote_elsewhere(requester: &Requester, post: &PostFacts) -> Result<Permit<act::Vote>, Refusal> {
    let elsewhere = post.community.as_ref().is_some_and(|community| !community.local && community.zone != Zone::Internal);
    let leaves = post.audience.outbound().is_some() && !post.blocked;
    match requester.principal() {
        Principal::Remote { actor, .. } if post.local && elsewhere && leaves => Ok(Permit::grant(*actor, post.id.0)),
        _ => Err(Refusal::NOT_FOUND),
    }
}
