//! Order in communities, kept by activities: bans, locks, pins, moderators. What another hall's community says of
//! itself is taken from its own group; in a community hosted here whoever moderates it may, by their stored standing.

use super::{ReceivedAct, Wire};
use crate::effects;
use crate::{Error, Hall, Requester, Result};
use domain::id::{ActorId, CommunityId, PostId};
use domain::membership::{Membership, MembershipState, Role};
use domain::policy::{self, CommunityFacts, Permit, act};
use domain::time::Timestamp;
use domain::zone::Zone;
use store::memberships::Ban;
use store::{Tx, actors, acts, audit, communities, facts, memberships, posts};

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// This person is not in the community any more and may not come back until then, if it has an end, or may again.
    Ban(ActorId, bool, Option<Timestamp>),
    /// Nobody answers this post any more, or everybody may again.
    Lock(PostId, bool),
    /// This post stands at the top, or does not any more.
    Feature(PostId, bool),
    /// This person keeps order as well, or does not any more.
    Appoint(ActorId, bool),
}

impl Order {
    fn person(self) -> Option<ActorId> {
        match self {
            Self::Ban(who, ..) | Self::Appoint(who, _) => Some(who),
            Self::Lock(..) | Self::Feature(..) => None,
        }
    }

    fn post(self) -> Option<PostId> {
        match self {
            Self::Lock(post, _) | Self::Feature(post, _) => Some(post),
            Self::Ban(..) | Self::Appoint(..) => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ban(_, true, _) => "community.ban",
            Self::Ban(_, false, _) => "community.unban",
            Self::Lock(_, true) => "post.lock",
            Self::Lock(_, false) => "post.unlock",
            Self::Feature(_, true) => "post.feature",
            Self::Feature(_, false) => "post.unfeature",
            Self::Appoint(_, true) => "community.appoint",
            Self::Appoint(_, false) => "community.dismiss",
        }
    }
}

/// Carries an order out. `speaker` is the community's own group, or one of its moderators. `record` is the activity;
/// `relay` its JSON where members of a community hosted here are to be told. An order by somebody who may not give it
/// is refused, and the audit log says so.
pub async fn receive(
    hall: &Hall,
    speaker: &Requester,
    community: CommunityId,
    order: Order,
    record: ReceivedAct,
    relay: Option<String>,
) -> Result<()> {
    let asks = speaker.clone();
    let done = hall.store().write(move |tx| Box::pin(async move { carry_out(tx, &asks, community, order, record, relay).await }));
    let outcome = done.await;
    if let (Err(error), Some(by)) = (&outcome, speaker.actor())
        && ["not_a_moderator", "not_in_this_community"].contains(&error.code)
    {
        let detail = format!("{} {}", order.word(), error.code);
        hall.store()
            .write(move |tx| {
                Box::pin(async move {
                    audit::append_daily(tx, by, "order.refused", &community.to_string(), &detail).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
    }
    outcome
}

async fn carry_out(
    tx: &Tx,
    speaker: &Requester,
    community: CommunityId,
    order: Order,
    record: ReceivedAct,
    relay: Option<String>,
) -> Result<()> {
    let there = facts::community(tx, speaker, community).await?.ok_or_else(Error::not_found)?;
    // For the network an internal community is not there (C066).
    if there.zone == Zone::Internal {
        return Err(Error::not_found());
    }
    let host = communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
    let over = match order.person() {
        Some(who) => memberships::standing(tx, community, who).await?,
        None => None,
    };
    let permit = policy::moderate(speaker, &there, host, over, matches!(order, Order::Appoint(..)))?;
    if let Some(post) = order.post() {
        let facts = facts::post(tx, speaker, post).await?.ok_or_else(Error::not_found)?;
        if facts.audience.community() != Some(community) {
            return Err(Error::denied("not_in_this_community", "This post is in another community."));
        }
    }
    apply(tx, &permit, &there, host, order, over, (record.actor, &record.reason)).await?;
    audit::append(tx, Some(record.actor), order.word(), &record.object_uri, &record.reason).await?;
    acts::keep(tx, &record).await?;
    if let Some(activity) = relay.filter(|_| there.local) {
        effects::outside(tx, &Wire::Relay { community, post: order.post(), activity, starter: false }).await?;
    }
    Ok(())
}

/// Longest reason of a ban that is kept, in characters.
pub(crate) const MAX_BAN_REASON: usize = 500;

/// What an order changes, once it is clear that it may be given.
pub(crate) async fn apply(
    tx: &Tx,
    permit: &Permit<act::Moderate>,
    community: &CommunityFacts,
    host: ActorId,
    order: Order,
    over: Option<Membership>,
    (by, reason): (ActorId, &str),
) -> Result<()> {
    let id = community.id;
    match order {
        Order::Lock(post, locked) => {
            posts::set_locked(tx, permit, post, locked, by).await?;
        }
        Order::Feature(post, featured) => {
            posts::set_featured(tx, host, post, featured).await?;
        }
        Order::Ban(who, true, until) => {
            // Who is banned elsewhere asks there whether they may come back; here we keep the door ourselves.
            let state = if community.local { MembershipState::Banned } else { MembershipState::Rejected };
            if community.local && over.is_none() {
                memberships::appoint(tx, id, who, Role::Observer).await?;
            }
            memberships::set_state(tx, id, who, state).await?;
            let reason = reason.chars().take(MAX_BAN_REASON).collect();
            memberships::set_ban(tx, id, who, Some(Ban { until, by, reason })).await?;
            memberships::forget_home(tx, id, who).await?;
        }
        Order::Ban(who, false, _) => {
            if over.is_some_and(|over| over.state == MembershipState::Banned) {
                memberships::set_state(tx, id, who, MembershipState::Left).await?;
            }
            // Of another hall's community only that is known here.
            memberships::set_ban(tx, id, who, None).await?;
        }
        Order::Appoint(who, true) => {
            // Nobody of this hall is made a member of anything by others.
            let ours = actors::wire(tx, who).await?.is_none_or(|wire| wire.host.is_none());
            let enough = |there: &Membership| if community.local { there.is_member() } else { there.is_active() };
            match over.filter(enough) {
                Some(over) if over.role < Role::Moderator => memberships::set_role(tx, id, who, Role::Moderator).await?,
                Some(_) => {}
                None if community.local || ours => {
                    return Err(Error::denied("not_a_member", "Only a member can be made a moderator."));
                }
                None => memberships::appoint(tx, id, who, Role::Moderator).await?,
            }
        }
        Order::Appoint(who, false) => {
            if over.is_some_and(|over| over.is_active() && over.role == Role::Moderator) {
                memberships::set_role(tx, id, who, Role::Member).await?;
            }
        }
    }
    Ok(())
}

/// A remote person pins a post of their own to their page, or takes it off.
pub async fn feature_own(hall: &Hall, requester: &Requester, post: PostId, featured: bool) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let actor = requester.actor().ok_or_else(Error::not_found)?;
                let facts = facts::post(tx, &requester, post).await?.ok_or_else(Error::not_found)?;
                if facts.author != actor {
                    return Err(Error::denied("not_the_author", "One pins one's own posts."));
                }
                posts::set_featured(tx, actor, post, featured).await?;
                Ok(())
            })
        })
        .await
}

/// A remote person wants nothing to do with somebody here, or again does: advice that is followed. Follows between
/// the two end, and what the other writes is not sent there any more.
pub async fn block_person(hall: &Hall, requester: &Requester, who: ActorId, blocked: bool, record: ReceivedAct) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let actor = requester.actor().ok_or_else(Error::not_found)?;
                if !store::actors::outside_here(tx, who).await? {
                    return Err(Error::not_found());
                }
                if !blocked {
                    acts::forget(tx, actor, "Block", &record.object_uri).await?;
                    return Ok(store::follows::unblock(tx, actor, who).await?);
                }
                store::follows::block(tx, actor, who).await?;
                crate::people::stop_following(tx, actor, who).await?;
                crate::people::stop_following(tx, who, actor).await?;
                Ok(acts::keep(tx, &record).await?)
            })
        })
        .await
}
