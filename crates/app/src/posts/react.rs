//! Favourite, bookmark and boost.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result, Visible};
use domain::audience::Reach;
use domain::id::PostId;
use domain::page::Page;
use domain::policy::{self, PostFacts, Refusal};
use std::sync::Arc;
use store::views::{ActorView, NotificationKind, PostView};
use store::{Tx, facts, posts, reactions, timelines};

async fn facts_of(tx: &Tx, requester: &Requester, id: PostId) -> Result<PostFacts> {
    facts::post(tx, requester, id).await?.ok_or_else(Error::not_found)
}

/// Favourites a post. Again changes nothing.
pub async fn favourite(hall: &Hall, requester: &Requester, id: PostId) -> Result<()> {
    let (requester, settings) = (requester.clone(), hall.settings().clone());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let post = facts_of(tx, &requester, id).await?;
                let permit = policy::judge(&requester, &post)?;
                let actor = permit.actor();
                // Each like has an id of its own: after an undo the next one is another act, and peers take it as such.
                let uri = format!("{}/x/like/{}", settings.base(), tx.next_id());
                if reactions::favourite(tx, permit, Some(&uri)).await? {
                    store::notifications::notify(tx, post.author, NotificationKind::Favourite, actor, Some(id), None).await?;
                    if requester.is_local() && heard_outside(&post) {
                        store::actors::mark_outside(tx, actor).await?;
                        effects::outside(tx, &Wire::Favourited { actor, post: id, uri }).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}

/// Whether somebody elsewhere hears what people here think of a post: its author, or whoever is in its community.
fn heard_outside(post: &PostFacts) -> bool {
    post.audience.outbound().is_some() && (!post.local || post.community.is_some())
}

/// Takes a favourite back.
pub async fn unfavourite(hall: &Hall, requester: &Requester, id: PostId) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let post = facts_of(tx, &requester, id).await?;
                let actor = policy::react(&requester, &post)?.actor();
                if let Some(Some(uri)) = reactions::unfavourite(tx, actor, id).await?
                    && requester.is_local()
                    && heard_outside(&post)
                {
                    effects::outside(tx, &Wire::Unfavourited { actor, post: id, uri }).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Who favourited a post that the requester may see, or boosted it, as far as the requester may know of them.
pub async fn people(hall: &Hall, requester: &Requester, id: PostId, boosts: bool, page: &Page) -> Result<Vec<Arc<ActorView>>> {
    super::show(hall, requester, id).await?;
    Ok(reactions::people(hall.store(), requester, id, boosts, page).await?)
}

/// The same with the emoji that each of them gave.
pub async fn likers(
    hall: &Hall,
    requester: &Requester,
    id: PostId,
    page: &Page,
) -> Result<Vec<(Arc<ActorView>, Option<String>)>> {
    let people = people(hall, requester, id, false, page).await?;
    let ids: Vec<_> = people.iter().map(|actor| actor.id).collect();
    let mut emoji = reactions::emoji_of(hall.store().read(), id, &ids).await?;
    Ok(people.into_iter().map(|actor| (emoji.remove(&actor.id), actor)).map(|(emoji, actor)| (actor, emoji)).collect())
}

/// With which emoji a post that was shown to the requester was favourited, and how often each.
pub async fn emoji(hall: &Hall, requester: &Requester, seen: &Visible<PostView>) -> Result<Vec<(String, i64)>> {
    let post = &seen.open(requester).map_err(Error::internal)?.post;
    if post.favourites == 0 {
        return Ok(Vec::new());
    }
    Ok(reactions::emoji(hall.store().read(), post.id).await?)
}

/// Keeps or forgets a bookmark: known to nobody else.
pub async fn bookmark(hall: &Hall, requester: &Requester, id: PostId, keep: bool) -> Result<()> {
    let account = requester.account().ok_or_else(Error::not_found)?;
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let permit = policy::react(&requester, &facts_of(tx, &requester, id).await?)?;
                Ok::<_, Error>(reactions::bookmark(tx, account, permit, keep).await?)
            })
        })
        .await
}

/// Boosts a public post to one's followers; gives the boost's id. What belongs to a closed community or to
/// few people is not boosted: it would be shown beyond its audience.
pub async fn boost(hall: &Hall, requester: &Requester, id: PostId) -> Result<PostId> {
    let (requester, settings) = (requester.clone(), hall.settings().clone());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let post = facts_of(tx, &requester, id).await?;
                let permit = policy::react(&requester, &post)?;
                let Reach::World { .. } = post.audience.reach() else {
                    return Err(Refusal::denied("not_boostable", "This cannot be boosted: it would leave its audience.").into());
                };
                let actor = permit.actor();
                let uri = |boost: PostId| format!("{}/announce", settings.post_uri(boost));
                let Some(boost) = posts::boost(tx, actor, id, &post.audience, uri, requester.is_local(), tx.now()).await? else {
                    return existing(tx, actor, id).await;
                };
                timelines::add_to_own_home(tx, actor, boost).await?;
                store::actors::mark_outside(tx, actor).await?;
                store::notifications::notify(tx, post.author, NotificationKind::Reblog, actor, Some(id), None).await?;
                effects::inside(tx, &effects::Hall::Spread { post: boost }).await?;
                if requester.is_local() {
                    effects::outside(tx, &Wire::Boosted { boost }).await?;
                }
                Ok(boost)
            })
        })
        .await
}

async fn existing(tx: &Tx, actor: domain::id::ActorId, id: PostId) -> Result<PostId> {
    posts::boost_by(tx, actor, id).await?.ok_or_else(Error::not_found)
}

/// Takes a boost back.
pub async fn unboost(hall: &Hall, requester: &Requester, id: PostId) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let post = facts_of(tx, &requester, id).await?;
                let actor = policy::react(&requester, &post)?.actor();
                if let Some((_, uri)) = posts::remove_boost(tx, actor, id).await?
                    && requester.is_local()
                {
                    effects::outside(tx, &Wire::Unboosted { actor, original: id, uri }).await?;
                }
                Ok(())
            })
        })
        .await
}
