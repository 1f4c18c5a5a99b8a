//! Delete a post, for good.

use super::{NetworkEdit, attached};
use crate::effects::{self, Wire};
use crate::federated::ReceivedAct;
use crate::{Error, Hall, Requester, Result};
use domain::id::PostId;
use domain::policy;
use store::posts::PostEdit;
use store::{Tx, actors, acts, facts, posts};

/// Deletes one's own post, or as a moderator one in one's community.
pub async fn delete(hall: &Hall, requester: &Requester, id: PostId) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let facts = facts::post(tx, &requester, id).await?.ok_or_else(Error::not_found)?;
                let permit = policy::delete(&requester, &facts)?;
                let by = permit.actor();
                posts::delete(tx, permit).await?;
                if by != facts.author {
                    store::audit::append(tx, Some(by), "post.remove", &id.to_string(), "").await?;
                }
                if facts.audience.outbound().is_some() {
                    effects::outside(tx, &Wire::Deleted { post: id, by }).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Whether the requester may delete this post; whoever may not see it is told that it is not there.
pub async fn may_delete(hall: &Hall, requester: &Requester, id: PostId) -> Result<bool> {
    let facts = facts::post(hall.store().read(), requester, id).await?.ok_or_else(Error::not_found)?;
    Ok(policy::delete(requester, &facts).is_ok())
}

/// A remote author deleted something, or whoever keeps order where it is. Remembered even if it is not known here, so
/// that it is never taken up later. `record` is the activity; `relay` its JSON for the members of a community here.
pub async fn delete_received(hall: &Hall, requester: &Requester, record: ReceivedAct, relay: Option<String>) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                // Only who took it down may bring it back: that somebody else said so later is no such act.
                if take_down(tx, &requester, &record.object_uri, relay).await? {
                    acts::keep(tx, &record).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Whoever deleted it takes that back, and its origin shows it again: `now` is how. `false`: it was never here, and
/// may come again. `relay` is the activity's JSON for the members of a community here.
pub async fn restore_received(
    hall: &Hall,
    requester: &Requester,
    uri: &str,
    now: NetworkEdit,
    relay: Option<String>,
) -> Result<bool> {
    let (requester, uri) = (requester.clone(), uri.to_owned());
    let mut now = PostEdit {
        title: now.title,
        html: now.html,
        source: now.source,
        spoiler: now.spoiler,
        sensitive: now.sensitive,
        language: now.language,
        resource: now.resource,
        mentions: Vec::new(),
        tags: Vec::new(),
        attachments: now.attachments,
        edited_at: now.edited,
    };
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let actor = requester.actor().ok_or_else(Error::not_found)?;
                let removed = acts::did(tx, actor, "Delete", &uri).await?;
                acts::forget(tx, actor, "Delete", &uri).await?;
                let Some(there) = posts::id_by_uri(tx, &uri).await? else {
                    let wire = actors::wire(tx, actor).await?.ok_or_else(Error::not_found)?;
                    posts::forget_tombstone(tx, &uri, &wire.uri).await?;
                    return Ok(false);
                };
                let permit = policy::restore(&requester, there.id, there.local, removed)?;
                now.attachments = attached::allowed(tx, &now.attachments).await?;
                let restored = posts::restore(tx, permit, &now).await?;
                if restored {
                    tell_again(tx, &requester, there.id, relay).await?;
                }
                Ok(restored)
            })
        })
        .await
}

/// The group that hosts a community elsewhere brings a post of this hall back, which it removed there. `false`: its words
/// are not kept any more.
pub async fn restore_own(hall: &Hall, group: &Requester, uri: &str) -> Result<bool> {
    let (group, uri) = (group.clone(), uri.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let actor = group.actor().ok_or_else(Error::not_found)?;
                let there = posts::id_by_uri(tx, &uri).await?.ok_or_else(Error::not_found)?;
                let removed = acts::did(tx, actor, "Delete", &uri).await?;
                let permit = policy::restore_as_host(&group, there.id, removed)?;
                let restored = posts::restore_kept(tx, permit).await?;
                if restored {
                    acts::forget(tx, actor, "Delete", &uri).await?;
                    tell_again(tx, &group, there.id, None).await?;
                }
                Ok(restored)
            })
        })
        .await
}

/// What a community announced, and what went with the deletion, is there again; one hosted here says so to its members.
async fn tell_again(tx: &Tx, requester: &Requester, post: PostId, activity: Option<String>) -> Result<()> {
    let Some(facts) = facts::post(tx, requester, post).await? else { return Ok(()) };
    let Some(community) = facts.community else { return Ok(()) };
    let boost = posts::announced_again(tx, community.id, post).await?;
    if let Some(boost) = boost {
        effects::inside(tx, &effects::Hall::SpreadInCommunity { community: community.id, boost, after: "0".to_owned() }).await?;
    }
    if let Some(activity) = activity.filter(|_| community.local) {
        let relay = Wire::Relay { community: community.id, post: Some(post), activity, starter: boost.is_some() };
        effects::outside(tx, &relay).await?;
    }
    Ok(())
}

/// Gives whether anything was taken down, or is remembered to be gone. `false`: it was gone already.
pub(super) async fn take_down(tx: &Tx, requester: &Requester, uri: &str, activity: Option<String>) -> Result<bool> {
    let actor = requester.actor().ok_or_else(Error::not_found)?;
    let wire = actors::wire(tx, actor).await?.ok_or_else(Error::not_found)?;
    let Some(there) = posts::id_by_uri(tx, uri).await? else {
        posts::tombstone(tx, uri, &wire.uri).await?;
        return Ok(true);
    };
    let Some(facts) = facts::post(tx, requester, there.id).await? else { return Ok(false) };
    let group = facts.community.as_ref().map(|community| community.id);
    let host_group = match group {
        Some(id) => store::communities::actor_of(tx, id).await?,
        None => None,
    };
    // The group that hosts the community removes posts in it; everybody else only their own.
    let permit = if host_group == Some(actor) && actor != facts.author {
        policy::remove_as_host(requester, &facts, actor)?
    } else {
        policy::delete(requester, &facts)?
    };
    // What a community elsewhere removes of our people's it may bring back for a while: their words are here alone.
    if facts.local && host_group == Some(actor) {
        posts::delete_keeping(tx, permit).await?;
    } else {
        posts::delete(tx, permit).await?;
    }
    if let (Some(community), Some(activity)) = (facts.community.as_ref().filter(|c| c.local), activity) {
        let relay = Wire::Relay { community: community.id, post: Some(facts.id), activity, starter: false };
        effects::outside(tx, &relay).await?;
        effects::outside(tx, &Wire::Deleted { post: facts.id, by: actor }).await?;
    }
    Ok(true)
}
