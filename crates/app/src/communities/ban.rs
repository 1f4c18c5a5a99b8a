//! Put somebody out of a community, for a time or for good, and let them come back: for those who keep order in one
//! hosted here.

use crate::effects::{self, Wire};
use crate::federated::orders::{self, Order};
use crate::{Error, Hall, Requester, Result, Visible};
use domain::id::{ActorId, CommunityId};
use domain::membership::{Membership, MembershipState};
use domain::policy;
use domain::time::DAY;
use domain::zone::Zone;
use store::views::BannedView;
use store::{Tx, actors, audit, communities, facts, memberships};

/// Longest reason, in characters.
pub const MAX_REASON: usize = orders::MAX_BAN_REASON;

/// Puts a member out, for so many days or for good; whoever asks to join or has left can be kept out as well. The reason goes
/// into the audit log and is told to other halls.
pub async fn ban(
    hall: &Hall,
    requester: &Requester,
    community: CommunityId,
    who: ActorId,
    days: Option<u16>,
    reason: &str,
) -> Result<()> {
    if reason.chars().count() > MAX_REASON {
        return Err(Error::invalid("reason_too_long", format!("Say it in at most {MAX_REASON} characters.")));
    }
    let (requester, reason) = (requester.clone(), reason.to_owned());
    let until = days.map(|days| hall.store().clock().now().plus(i64::from(days) * DAY));
    let order = Order::Ban(who, true, until);
    hall.store().write(move |tx| Box::pin(async move { change(tx, &requester, community, who, order, reason).await })).await
}

/// Lets somebody who was put out come back; they have to join again.
pub async fn lift(hall: &Hall, requester: &Requester, community: CommunityId, who: ActorId) -> Result<()> {
    let (requester, order) = (requester.clone(), Order::Ban(who, false, None));
    hall.store()
        .write(move |tx| Box::pin(async move { change(tx, &requester, community, who, order, String::new()).await }))
        .await
}

/// Who is put out of a community, for those who keep order there, the latest first.
pub async fn banned(hall: &Hall, requester: &Requester, community: CommunityId) -> Result<Vec<Visible<BannedView>>> {
    Ok(memberships::banned(hall.store(), requester, community).await?)
}

async fn change(
    tx: &Tx,
    requester: &Requester,
    community: CommunityId,
    who: ActorId,
    order: Order,
    reason: String,
) -> Result<()> {
    let Order::Ban(_, banned, until) = order else { return Err(Error::not_found()) };
    let there = facts::community(tx, requester, community).await?.ok_or_else(Error::not_found)?;
    // For whoever is not in it, it may not even be there.
    if !there.standing.is_some_and(Membership::is_active) {
        return Err(Error::not_found());
    }
    let host = communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
    let over = memberships::standing(tx, community, who).await?;
    let permit = policy::moderate(requester, &there, host, over, false)?;
    let over = over.filter(|over| banned || over.state == MembershipState::Banned).ok_or_else(Error::not_found)?;
    let by = permit.actor();
    // A ban's own time is part of its id, by which it is lifted.
    let before = memberships::banned_since(tx, community, who).await?;
    orders::apply(tx, &permit, &there, host, order, Some(over), (by, &reason)).await?;
    let since = if banned { memberships::banned_since(tx, community, who).await? } else { before };
    let word = if banned { "community.ban" } else { "community.unban" };
    audit::append(tx, Some(by), word, &community.to_string(), format!("{who} {reason}").trim()).await?;
    // Who is not known outside is not named there.
    let known = actors::wire(tx, who).await?.is_some_and(|wire| wire.host.is_some()) || actors::outside_here(tx, who).await?;
    if let Some(since) = since.filter(|_| there.zone != Zone::Internal && known) {
        actors::mark_outside(tx, by).await?;
        let at = since.0;
        let until = until.map(|until| until.0);
        effects::outside(tx, &Wire::Banned { community, who, by, at, until, reason, banned }).await?;
    }
    Ok(())
}
