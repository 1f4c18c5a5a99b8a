//! Activities of others that are kept as they came.

use super::ReceivedAct;
use crate::{Error, Hall, Requester, Result};
use domain::id::CommunityId;
use domain::policy;
use store::{acts, facts, posts};

/// Keeps an activity whose behaviour here comes later. Only about something that is here and that its actor may see,
/// or about somebody here: strangers do not fill the tables.
pub async fn keep(hall: &Hall, requester: &Requester, act: ReceivedAct) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                if requester.actor() != Some(act.actor) {
                    return Err(Error::not_found());
                }
                let post = posts::id_by_uri(tx, &act.object_uri).await?.filter(|post| !post.deleted);
                let seen = match post {
                    Some(post) => {
                        facts::post(tx, &requester, post.id).await?.is_some_and(|facts| policy::can_see(&requester, &facts))
                    }
                    None => false,
                };
                let person = match store::actors::id_by_uri(tx, &act.object_uri).await? {
                    Some(id) => store::actors::outside_here(tx, id).await?,
                    None => false,
                };
                let reported = store::reports::is_known(tx, &act.object_uri).await?;
                if !(seen || person || reported) {
                    return Err(Error::not_found());
                }
                Ok(acts::keep(tx, &act).await?)
            })
        })
        .await
}

/// The same of what the group of another hall's community passes on: about a post in its own room, or about a report.
pub async fn keep_of_room(hall: &Hall, group: &Requester, community: CommunityId, act: ReceivedAct) -> Result<()> {
    let group = group.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let actor = store::communities::actor_of(tx, community).await?;
                let room = match posts::id_by_uri(tx, &act.object_uri).await?.filter(|post| !post.deleted) {
                    Some(post) => posts::room(tx, post.id).await?,
                    None => None,
                };
                let about = room == Some(community) || store::reports::is_known(tx, &act.object_uri).await?;
                if !about || actor.is_none() || group.actor() != actor || actor != Some(act.actor) {
                    return Err(Error::not_found());
                }
                Ok(acts::keep(tx, &act).await?)
            })
        })
        .await
}

/// A kept activity by its id, if this requester did it.
pub async fn by_uri(hall: &Hall, requester: &Requester, uri: &str) -> Result<Option<ReceivedAct>> {
    let found = acts::by_uri(hall.store().read(), uri).await?;
    Ok(found.filter(|act| requester.actor() == Some(act.actor)))
}

/// The requester takes a kept activity back. `false`: there was none.
pub async fn forget(hall: &Hall, requester: &Requester, kind: &str, object_uri: &str) -> Result<bool> {
    let actor = requester.actor().ok_or_else(Error::not_found)?;
    let (kind, object_uri) = (kind.to_owned(), object_uri.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let there = acts::did(tx, actor, &kind, &object_uri).await?;
                acts::forget(tx, actor, &kind, &object_uri).await?;
                Ok::<_, Error>(there)
            })
        })
        .await
}
