//! Ban somebody from a community, for a time or for good, and lift the ban: for those who keep order in one hosted here.

use crate::effects::{self, Banned, Wire};
use crate::federated::orders::{self, Order};
use crate::{Error, Hall, Requester, Result, Visible};
use domain::id::{ActorId, CommunityId};
use domain::membership::{Membership, MembershipState};
use domain::policy;
use domain::time::{DAY, Timestamp};
use domain::zone::Zone;
use store::views::{BannedView, OwnBan};
use store::{Tx, actors, audit, communities, facts, memberships};

/// Longest reason, in characters.
pub const MAX_REASON: usize = orders::MAX_BAN_REASON;

/// Bans a member, for so many days or for good; whoever asks to join or has left can be kept out as well. The reason goes
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
    hall.store()
        .write(move |tx| Box::pin(async move { change(tx, &requester, community, who, Some((until, reason))).await }))
        .await
}

/// Lets somebody who was banned come back; they have to join again.
pub async fn lift(hall: &Hall, requester: &Requester, community: CommunityId, who: ActorId) -> Result<()> {
    let requester = requester.clone();
    hall.store().write(move |tx| Box::pin(async move { change(tx, &requester, community, who, None).await })).await
}

/// Who is banned from a community, for those who keep order there, the latest first.
pub async fn banned(hall: &Hall, requester: &Requester, community: CommunityId) -> Result<Vec<Visible<BannedView>>> {
    Ok(memberships::banned(hall.store(), requester, community).await?)
}

/// Whether the requester is banned from a community, until when and why.
pub async fn own_ban(hall: &Hall, requester: &Requester, community: CommunityId) -> Result<Option<Visible<OwnBan>>> {
    Ok(memberships::own_ban(hall.store(), requester, community).await?)
}

/// Bans until then and for this reason, or lifts the ban.
async fn change(
    tx: &Tx,
    requester: &Requester,
    community: CommunityId,
    who: ActorId,
    ban: Option<(Option<Timestamp>, String)>,
) -> Result<()> {
    let banned = ban.is_some();
    let (until, reason) = ban.unwrap_or_default();
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
    let order = Order::Ban(who, banned, until);
    orders::apply(tx, &permit, &there, host, order, Some(over), (by, &reason)).await?;
    let since = if banned { memberships::banned_since(tx, community, who).await? } else { before };
    let word = if banned { "community.ban" } else { "community.unban" };
    audit::append(tx, Some(by), word, &community.to_string(), format!("{who} {reason}").trim()).await?;
    // Who is not known outside is not named there.
    let known = actors::wire(tx, who).await?.is_some_and(|wire| wire.host.is_some()) || actors::outside_here(tx, who).await?;
    if let Some(since) = since.filter(|_| there.zone != Zone::Internal && known) {
        actors::mark_outside(tx, by).await?;
        let until = until.map(|until| until.0);
        let said = Banned { community, who, by, at: since.0, until, reason, banned };
        effects::outside(tx, &Wire::Banned(said)).await?;
    }
    Ok(())
}
