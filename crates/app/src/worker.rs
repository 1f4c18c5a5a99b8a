//! Carries out consequences inside the hall. Every one can be carried out twice without harm.

use crate::effects;
use crate::jobs::insist;
use crate::{Error, Hall, Result};
use domain::id::{ActorId, CommunityId, PostId};
use domain::membership::MembershipState;
use domain::time::DAY;
use store::effects::{Effect, Lane};
use store::{Tx, posts, timelines};

/// How many Homes one transaction fills.
const BATCH: i64 = 500;

/// How many actors one transaction forgets.
const FORGET: usize = 100;

/// How long is remembered what no queue needs any more: far longer than any peer tries again.
const REMEMBER: i64 = 30 * DAY;

/// Carries out what is due; gives whether there was anything.
pub async fn run_hall_effects(hall: &Hall) -> Result<bool> {
    if !store::effects::any_due(hall.store(), Lane::Hall).await? {
        return Ok(false);
    }
    // All in one transaction, so that a post costs one more commit and not three. If one of them fails, nothing
    // was done, and each gets a transaction and a count of tries of its own.
    let together = hall.store().write(|tx| Box::pin(async move { carry_out_due(tx).await })).await;
    match together {
        Ok(()) => Ok(true),
        Err(_) => one_by_one(hall).await,
    }
}

async fn carry_out_due(tx: &Tx) -> Result<()> {
    for effect in store::effects::due(tx, Lane::Hall).await? {
        carry_out(tx, &effect).await?;
    }
    Ok(())
}

async fn one_by_one(hall: &Hall) -> Result<bool> {
    let due = store::effects::claim(hall.store(), Lane::Hall).await?;
    let any = !due.is_empty();
    for effect in due {
        let attempt = effect.clone();
        // A panic in it is taken back by the writer, and is an error here.
        let done = hall.store().write(move |tx| Box::pin(async move { carry_out(tx, &attempt).await })).await;
        if let Err(error) = done {
            tracing::warn!(effect = effect.id, %error, "an effect was not carried out");
            insist(|| failed(hall, effect.clone(), error.to_string())).await?;
        }
    }
    Ok(any)
}

async fn failed(hall: &Hall, effect: Effect, reason: String) -> Result<()> {
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                store::effects::failed(tx, &effect, &reason, false).await?;
                Ok::<_, Error>(())
            })
        })
        .await
}

/// Says that this process works, and takes over what a dead one had in hands. To be said every few seconds.
pub async fn alive(hall: &Hall) -> Result<()> {
    Ok(store::workers::alive(hall.store()).await?)
}

/// This process works no more.
pub async fn sign_off(hall: &Hall) -> Result<()> {
    Ok(store::workers::sign_off(hall.store()).await?)
}

/// Hears when another process queues something, for as long as this is polled.
pub async fn hear_others(hall: &Hall) {
    store::bell::hear(hall.store()).await;
}

/// Ends the bans whose time is over: whoever was banned may ask again to be let in.
pub async fn end_bans(hall: &Hall) -> Result<()> {
    if store::memberships::bans_over(hall.store().read(), crate::federated::now(hall)).await?.is_empty() {
        return Ok(());
    }
    hall.store()
        .write(|tx| {
            Box::pin(async move {
                for (community, actor) in store::memberships::bans_over(tx, tx.now()).await? {
                    store::memberships::set_state(tx, community, actor, MembershipState::Left).await?;
                    store::memberships::set_ban(tx, community, actor, None).await?;
                    store::audit::append(tx, None, "community.ban_over", &community.to_string(), &actor.to_string()).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
}

/// Forgets what no queue needs any more, some of it at a time.
pub async fn prune(hall: &Hall) -> Result<()> {
    hall.store()
        .write(|tx| {
            Box::pin(async move {
                store::inbox::prune(tx, REMEMBER).await?;
                store::deliveries::prune(tx, REMEMBER).await?;
                store::instances::prune(tx, REMEMBER).await?;
                posts::prune_awaited(tx, REMEMBER).await?;
                posts::prune_removed(tx, REMEMBER).await?;
                Ok::<_, Error>(())
            })
        })
        .await
}

/// Looks through some actors of other servers, after where the last look ended, and forgets those that nothing here names
/// and whose document was last read a month ago (C139). Gives where to go on; `None` is from the start.
pub async fn forget_strays(hall: &Hall, after: Option<ActorId>) -> Result<Option<ActorId>> {
    let before = crate::federated::now(hall).plus(-REMEMBER).0;
    let look = store::strays::look(hall.store().read(), after.unwrap_or(ActorId(0)), before).await?;
    for some in look.strays.chunks(FORGET) {
        let some = some.to_vec();
        hall.store().write(move |tx| Box::pin(async move { store::strays::forget(tx, &some, before).await })).await?;
    }
    Ok(look.next)
}

/// Waits until there may be something to carry out.
pub async fn effects_queued(hall: &Hall) {
    hall.store().effects_queued().await;
}

async fn carry_out(tx: &Tx, effect: &Effect) -> Result<()> {
    match serde_json::from_str(&effect.payload).map_err(Error::internal)? {
        // Read where it is written: a post of the same moment is not committed yet, and no reader sees it.
        effects::Hall::Spread { post } => timelines::add_to_followers_homes(tx, post).await?,
        effects::Hall::SpreadInCommunity { community, boost, after } => {
            spread_in_community(tx, community, boost, after.parse().unwrap_or_default()).await?;
        }
        effects::Hall::PollEnded { post, author, after } => {
            crate::polls::tell_ended(tx, post, author, after.parse().unwrap_or_default()).await?;
        }
        effects::Hall::Cleared { actor, after } => clear(tx, actor, after.parse().unwrap_or_default()).await?,
    }
    Ok(store::effects::done(tx, effect.id, effect.claimed_by).await?)
}

async fn clear(tx: &Tx, actor: ActorId, after: i64) -> Result<()> {
    if let Some(reached) = posts::clear_some(tx, actor, after, BATCH).await? {
        effects::inside(tx, &effects::Hall::Cleared { actor, after: reached.to_string() }).await?;
    }
    Ok(())
}

async fn spread_in_community(tx: &Tx, community: CommunityId, boost: PostId, after: i64) -> Result<()> {
    if posts::handle(tx, boost).await?.is_none_or(|handle| handle.deleted) {
        return Ok(());
    }
    if let Some(reached) = timelines::add_to_members_homes(tx, community, boost, after, BATCH).await? {
        let next = effects::Hall::SpreadInCommunity { community, boost, after: reached.to_string() };
        effects::inside(tx, &next).await?;
    }
    Ok(())
}
