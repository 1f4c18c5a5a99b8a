//! Favourites, with or without an emoji, and votes against, by people of other halls.

use super::Wire;
use crate::effects;
use crate::{Error, Hall, Requester, Result};
use domain::id::PostId;
use domain::policy::{self, PostFacts};
use store::reactions::{self, Reaction};
use store::views::NotificationKind;
use store::{Tx, facts};

/// A remote person reacted. `activity`: as received, to be passed on if the post is in a community hosted here.
pub async fn reacted(
    hall: &Hall,
    requester: &Requester,
    id: PostId,
    reaction: Reaction,
    uri: &str,
    activity: Option<String>,
) -> Result<()> {
    let (requester, uri) = (requester.clone(), uri.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let post = facts::post(tx, &requester, id).await?.ok_or_else(Error::not_found)?;
                let permit = policy::judge(&requester, &post)?;
                let actor = permit.actor();
                let new = reactions::react(tx, permit, &reaction, Some(&uri)).await?;
                // Who votes against is told to nobody; only the number counts.
                if new && reaction != Reaction::Dislike {
                    store::notifications::notify(tx, post.author, NotificationKind::Favourite, actor, Some(id), None).await?;
                }
                pass_on(tx, &post, activity.filter(|_| new)).await
            })
        })
        .await
}

/// A remote person took a reaction back. `false`: there was none.
pub async fn withdrawn(
    hall: &Hall,
    requester: &Requester,
    id: PostId,
    reaction: Reaction,
    activity: Option<String>,
) -> Result<bool> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let actor = requester.actor().ok_or_else(Error::not_found)?;
                let there = reactions::withdraw(tx, actor, id, &reaction).await?.is_some();
                if let (true, Some(post)) = (there, facts::post(tx, &requester, id).await?) {
                    pass_on(tx, &post, activity).await?;
                }
                Ok(there)
            })
        })
        .await
}

/// A vote in a community hosted here is passed on to its members (FEP-1b12).
async fn pass_on(tx: &Tx, post: &PostFacts, activity: Option<String>) -> Result<()> {
    let Some((community, activity)) = post.community.as_ref().filter(|community| community.local).zip(activity) else {
        return Ok(());
    };
    if post.audience.outbound().is_none() {
        return Ok(());
    }
    effects::outside(tx, &Wire::Relay { community: community.id, post: Some(post.id), activity, starter: false }).await
}

/// What this requester reacted to by this activity, and how.
pub async fn by_uri(hall: &Hall, requester: &Requester, uri: &str) -> Result<Option<(PostId, Reaction)>> {
    let found = reactions::by_uri(hall.store().read(), uri).await?;
    Ok(found.filter(|(actor, ..)| requester.actor() == Some(*actor)).map(|(_, post, reaction)| (post, reaction)))
}

/// Whether the reaction with this id was not taken back.
pub async fn stands(hall: &Hall, uri: &str) -> Result<bool> {
    Ok(reactions::by_uri(hall.store().read(), uri).await?.is_some())
}
