//! People of other halls who move: whoever follows them here follows them there. Memberships never move: a closed
//! community let in this person at that organisation, not whoever they say they are elsewhere. A ban does move: both
//! accounts say that they are the same person.

use super::{Banned, Wire};
use crate::effects;
use crate::people::{start_following, stop_following};
use crate::{Error, Hall, Requester, Result};
use domain::id::ActorId;
use domain::page::Page;
use store::views::ActorKind;

/// Most followers that are moved in one transaction.
const BATCH: u32 = 40;

/// `requester` moved to the actor `to`, which confirms it. Can be asked again: whoever has moved is not there any more.
pub async fn moved(hall: &Hall, requester: &Requester, to: ActorId) -> Result<()> {
    let from = requester.actor().ok_or_else(Error::not_found)?;
    let person = |wire: Option<super::ActorWire>| wire.filter(|wire| wire.kind != ActorKind::Group);
    let old = person(super::actors::wire(hall, from).await?).filter(|wire| wire.host.is_some()).ok_or_else(Error::not_found)?;
    let new = person(super::actors::wire(hall, to).await?).ok_or_else(Error::not_found)?;
    if old.id == new.id {
        return Err(Error::not_found());
    }
    let uri = new.uri.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                store::actors::set_moved(tx, from, &uri).await?;
                for (community, ban) in store::memberships::bans_follow(tx, from, to).await? {
                    let (at, until) = (tx.now().0, ban.until.map(|until| until.0));
                    let news = Banned { community, who: to, by: ban.by, at, until, reason: ban.reason, banned: true };
                    effects::outside(tx, &Wire::Banned(news)).await?;
                }
                Ok::<_, Error>(())
            })
        })
        .await?;
    let mut page = Page::newest(BATCH);
    loop {
        let followers = store::follows::list(hall.store(), from, false, &page).await?;
        let Some(last) = followers.last() else { return Ok(()) };
        page = Page { max_id: Some(last.id.0), ..page };
        for follower in followers.iter().filter(|follower| follower.is_local()) {
            let Some(asks) = on_behalf_of(hall, follower.id).await? else { continue };
            follow_along(hall, asks, follower.id, from, to).await?;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever follows somebody who moves follows along, as themselves")]
async fn on_behalf_of(hall: &Hall, follower: ActorId) -> Result<Option<Requester>> {
    Ok(store::requesters::for_job(hall.store().read(), "move", follower).await?)
}

async fn follow_along(hall: &Hall, asks: Requester, follower: ActorId, from: ActorId, to: ActorId) -> Result<()> {
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                if follower != to
                    && let Err(error) = start_following(tx, &asks, to, None).await
                    && !matches!(error.kind, crate::ErrorKind::NotFound | crate::ErrorKind::Denied | crate::ErrorKind::Invalid)
                {
                    return Err(error);
                }
                stop_following(tx, follower, from).await
            })
        })
        .await
}
