//! Memberships asked for, ended and answered by activities.

use super::Via;
use crate::{Error, ErrorKind, Hall, Requester, Result, Visible, communities};
use domain::id::{ActorId, CommunityId};
use domain::membership::{Membership, MembershipState, Role};
use store::Tx;
use store::views::NotificationKind;

/// A remote person asks a community hosted here to be let in. Gives the standing; the answer is sent where it
/// is `Active`, now or as it was before, because peers ask again when they missed it.
pub async fn receive_join(hall: &Hall, requester: &Requester, community: CommunityId, via: Via, uri: &str) -> Result<Membership> {
    let (requester, uri) = (requester.clone(), uri.to_owned());
    let wanted = match via {
        Via::Join => Role::Member,
        Via::Follow => Role::Observer,
    };
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let wire = store::communities::wire(tx, community).await?.ok_or_else(Error::not_found)?;
                let actor = requester.actor().ok_or_else(Error::not_found)?;
                if !wire.local {
                    return Err(Error::not_found());
                }
                let standing = communities::enter(tx, &requester, community, wanted, via, Some(&uri)).await?;
                // Asked again under another id: the answer names the latest.
                store::memberships::set_uri(tx, community, actor, via, &uri).await?;
                if standing.is_active() {
                    let answer = super::Wire::JoinAnswered { community, actor, accepted: true };
                    crate::effects::outside(tx, &answer).await?;
                }
                Ok(standing)
            })
        })
        .await
}

/// A remote person leaves. `follow`: only the follow ends, so a role above member stays until `Leave`.
pub async fn receive_leave(hall: &Hall, requester: &Requester, community: CommunityId, follow: bool) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let actor = requester.actor().ok_or_else(Error::not_found)?;
                let standing = store::memberships::standing(tx, community, actor).await?;
                if follow && standing.is_some_and(|standing| standing.role > Role::Member) {
                    return Ok(());
                }
                match communities::go(tx, &requester, community).await {
                    Err(error) if error.kind == ErrorKind::NotFound => Ok(()),
                    other => other,
                }
            })
        })
        .await
}

/// The membership that this activity asked for.
pub async fn by_uri(hall: &Hall, uri: &str) -> Result<Option<(CommunityId, ActorId)>> {
    Ok(store::memberships::by_uri(hall.store().read(), uri).await?)
}

/// The network's ids of a community's leads and moderators, for whoever sees the room.
pub async fn moderators(hall: &Hall, requester: &Requester, community: CommunityId) -> Result<Vec<Visible<String>>> {
    Ok(store::memberships::moderators(hall.store(), requester, community).await?)
}

/// Somebody's standing.
pub async fn standing(hall: &Hall, community: CommunityId, actor: ActorId) -> Result<Option<Membership>> {
    Ok(store::memberships::standing(hall.store().read(), community, actor).await?)
}

/// Whom of this hall reads in a community of another are signed by: somebody who is in it.
pub async fn local_reader(hall: &Hall, community: CommunityId) -> Result<Option<ActorId>> {
    Ok(store::agreements::local_reader(hall.store().read(), community).await?)
}

/// Whether an instance may read in a community hosted here for its members.
pub async fn reads_as_instance(hall: &Hall, community: CommunityId, host: &str) -> Result<bool> {
    Ok(store::agreements::reads_as_instance(hall.store().read(), community, host).await?)
}

/// Another hall's community, as its own group actor, answers a person of this hall. Only one who asked, and
/// has not left, can be let in; one who is in can be put out.
pub async fn receive_answer(hall: &Hall, group: &Requester, community: CommunityId, who: ActorId, accepted: bool) -> Result<()> {
    let group = group.clone();
    hall.store().write(move |tx| Box::pin(async move { answered(tx, &group, community, who, accepted).await })).await
}

async fn answered(tx: &Tx, group: &Requester, community: CommunityId, who: ActorId, accepted: bool) -> Result<()> {
    let actor = store::communities::actor_of(tx, community).await?.ok_or_else(Error::not_found)?;
    if group.actor() != Some(actor) {
        return Err(Error::not_found());
    }
    let Some(standing) = store::memberships::standing(tx, community, who).await? else { return Err(Error::not_found()) };
    match (standing.state, accepted) {
        // Who was put out, and has not left, may be let in again: that is how a partner comes back.
        (MembershipState::Pending | MembershipState::Rejected, true) => {
            store::memberships::set_state(tx, community, who, MembershipState::Active).await?;
            store::notifications::notify(tx, who, NotificationKind::Follow, actor, None, Some(community)).await?;
            super::fetches::ask_for_community(tx, community, who).await?;
            communities::welcome(tx, community, who).await
        }
        (MembershipState::Pending | MembershipState::Active, false) => {
            store::memberships::set_state(tx, community, who, MembershipState::Rejected).await?;
            Ok(store::memberships::forget_home(tx, community, who).await?)
        }
        _ => Ok(()),
    }
}

/// Whether a partner community names this host.
pub async fn names(hall: &Hall, community: CommunityId, host: &str) -> Result<bool> {
    let named = store::agreements::of(hall.store().read(), community).await?;
    Ok(named.iter().any(|agreement| agreement.host == host))
}
