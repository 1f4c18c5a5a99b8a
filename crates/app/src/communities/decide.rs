//! Answer requests to join: leads and moderators of communities hosted here.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result, Visible};
use domain::id::{ActorId, CommunityId};
use domain::membership::MembershipState;
use domain::policy;
use store::facts;
use store::views::{MemberView, NotificationKind};

/// The first requests that the requester may answer, oldest first; of one community or of all.
pub async fn requests(
    hall: &Hall,
    requester: &Requester,
    community: Option<CommunityId>,
    limit: u32,
) -> Result<Vec<(CommunityId, Visible<MemberView>)>> {
    Ok(store::memberships::requests(hall.store(), requester, community, limit).await?)
}

/// Lets somebody in, or refuses.
pub async fn decide(hall: &Hall, requester: &Requester, community: CommunityId, who: ActorId, accept: bool) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let facts = facts::community(tx, &requester, community).await?.ok_or_else(Error::not_found)?;
                let permit = policy::decide(&requester, &facts)?;
                let asked = store::memberships::standing(tx, community, who).await?;
                if asked.is_none_or(|standing| standing.state != MembershipState::Pending) {
                    return Err(Error::not_found());
                }
                let state = if accept { MembershipState::Active } else { MembershipState::Rejected };
                store::memberships::set_state(tx, community, who, state).await?;
                store::notifications::forget_request(tx, who, Some(community)).await?;
                if accept {
                    super::join::welcome(tx, community, who).await?;
                    let group = store::communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
                    store::notifications::notify(tx, who, NotificationKind::Follow, group, None, Some(community)).await?;
                }
                if store::actors::wire(tx, who).await?.is_some_and(|actor| actor.host.is_some()) {
                    effects::outside(tx, &Wire::JoinAnswered { community, actor: who, accepted: accept }).await?;
                }
                let act = if accept { "community.admit" } else { "community.refuse" };
                store::audit::append(tx, Some(permit.actor()), act, &community.to_string(), &who.to_string()).await?;
                Ok(())
            })
        })
        .await
}
