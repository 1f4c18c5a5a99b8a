//! Join a community, or ask to: of this hall, of another, by a page, an app or an activity.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result};
use domain::id::{ActorId, CommunityId};
use domain::membership::{Membership, MembershipState, Role};
use domain::policy::{self, Joining};
use domain::zone::Zone;
use store::memberships::Via;
use store::views::{ActorKind, NotificationKind};
use store::{Tx, facts};

/// Joins, or asks to where a lead decides or another hall hosts the community.
pub async fn join(hall: &Hall, requester: &Requester, community: CommunityId) -> Result<Membership> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| Box::pin(async move { enter(tx, &requester, community, Role::Member, Via::Join, None).await }))
        .await
}

/// The same in a transaction; `uri` is the id of the activity by which a remote person asked.
pub(crate) async fn enter(
    tx: &Tx,
    requester: &Requester,
    community: CommunityId,
    wanted: Role,
    via: Via,
    uri: Option<&str>,
) -> Result<Membership> {
    let facts = facts::community(tx, requester, community).await?.ok_or_else(Error::not_found)?;
    let local_hall = facts.local;
    match policy::join(requester, &facts, wanted)? {
        Joining::Already(standing) => {
            if let (Some(actor), false, MembershipState::Pending) = (requester.actor(), local_hall, standing.state)
                && store::asking::pressed(tx, community, actor).await?
            {
                effects::outside(tx, &Wire::JoinAsked { community, actor }).await?;
            }
            Ok(standing)
        }
        Joining::Enter(permit, role, state) => {
            let actor = permit.actor();
            store::memberships::enter(tx, permit, role, state, via, uri).await?;
            if facts.zone != Zone::Internal {
                store::actors::mark_outside(tx, actor).await?;
            }
            if !local_hall {
                store::asking::begin(tx, community, actor).await?;
                ask(tx, community, actor).await?;
            } else if state == MembershipState::Pending {
                tell_moderators(tx, community, actor).await?;
            } else if requester.is_local() {
                welcome(tx, community, actor).await?;
            }
            Ok(Membership { role, state })
        }
    }
}

async fn ask(tx: &Tx, community: CommunityId, actor: ActorId) -> Result<()> {
    store::asking::asked(tx, community, actor).await?;
    effects::outside(tx, &Wire::JoinAsked { community, actor }).await
}

/// Asks again where another hall has not answered: its answer may be lost. To be called every few seconds.
pub async fn ask_again(hall: &Hall) -> Result<()> {
    if !store::asking::any_due(hall.store().read(), crate::federated::now(hall).0).await? {
        return Ok(());
    }
    hall.store()
        .write(|tx| {
            Box::pin(async move {
                for (community, actor) in store::asking::due(tx).await? {
                    ask(tx, community, actor).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await
}

/// Somebody of another hall has a new key: in closed communities here they are out until a lead has let them in again,
/// for it may be somebody else by now. A new key of an instance puts all its people in doubt.
pub(crate) async fn hold_back(tx: &Tx, who: ActorId, kind: ActorKind, host: &str) -> Result<()> {
    let whole = (kind == ActorKind::Application).then_some(host);
    let held = store::memberships::in_closed_communities(tx, who, whole).await?;
    for (community, person) in &held {
        store::memberships::set_state(tx, *community, *person, MembershipState::Pending).await?;
        tell_moderators(tx, *community, *person).await?;
    }
    if !held.is_empty() {
        tracing::warn!(host, memberships = held.len(), "a partner's key has changed; its people wait for a lead");
        store::audit::append(tx, Some(who), "partner.key_changed", host, &format!("{} memberships wait", held.len())).await?;
    }
    Ok(())
}

async fn tell_moderators(tx: &Tx, community: CommunityId, who: ActorId) -> Result<()> {
    for moderator in store::memberships::local_moderators(tx, community).await? {
        store::notifications::notify(tx, moderator, NotificationKind::FollowRequest, who, None, Some(community)).await?;
    }
    Ok(())
}

/// Somebody is in: Home shows the community's latest starters at once.
pub(crate) async fn welcome(tx: &Tx, community: CommunityId, actor: ActorId) -> Result<()> {
    if let Some(group) = store::communities::actor_of(tx, community).await? {
        store::timelines::add_recent_to_home(tx, actor, group, 20).await?;
    }
    Ok(())
}
