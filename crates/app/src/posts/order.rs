//! Keeping order over posts from inside the hall: locking threads, pinning posts.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result};
use domain::id::{ActorId, CommunityId, PostId};
use domain::policy::{self, Permit, PostFacts, act};
use store::{Tx, actors, audit, communities, facts, posts};

/// Most own posts that somebody pins, as in Mastodon.
const PINS: i64 = 5;
/// Most posts that a community keeps at the top.
const COMMUNITY_PINS: i64 = 20;

/// Locks the thread that a post is in, so that nobody answers in it any more, or opens it again. For those who keep
/// order in its community, which is hosted here.
pub async fn lock(hall: &Hall, requester: &Requester, post: PostId, locked: bool) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let root = posts::handle(tx, post).await?.ok_or_else(Error::not_found)?.root;
                let over = over(tx, &requester, root).await?;
                let by = over.permit.actor();
                let Some(set_at) = posts::set_locked(tx, &over.permit, root, locked, by).await? else { return Ok(()) };
                audit::append(tx, Some(by), if locked { "post.lock" } else { "post.unlock" }, &root.to_string(), "").await?;
                if over.post.audience.outbound().is_some() {
                    actors::mark_outside(tx, by).await?;
                    // The lock's own time is part of its id, by which it is undone.
                    let (at, community) = (set_at.0, over.community);
                    effects::outside(tx, &Wire::Locked { community, post: root, by, at, locked }).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Keeps a thread starter at the top of its community's page, or not any more. For those who keep order there.
pub async fn feature(hall: &Hall, requester: &Requester, post: PostId, featured: bool) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let over = over(tx, &requester, post).await?;
                if posts::handle(tx, post).await?.is_none_or(|handle| handle.root != post) {
                    return Err(Error::invalid("not_a_starter", "Only what begins a thread is pinned."));
                }
                let (by, host, community) = (over.permit.actor(), over.host, over.community);
                room_for_one_more(tx, host, featured, COMMUNITY_PINS).await?;
                if !posts::set_featured(tx, host, post, featured).await? {
                    return Ok(());
                }
                let act = if featured { "post.feature" } else { "post.unfeature" };
                audit::append(tx, Some(by), act, &post.to_string(), "").await?;
                if over.post.audience.outbound().is_some() {
                    actors::mark_outside(tx, by).await?;
                    let at = tx.now().0;
                    effects::outside(tx, &Wire::Featured { community: Some(community), post, by, at, featured }).await?;
                }
                Ok(())
            })
        })
        .await
}

/// Pins a post of one's own to the top of one's page, or takes it off (Mastodon's pin).
pub async fn pin(hall: &Hall, requester: &Requester, post: PostId, pinned: bool) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let there = facts::post(tx, &requester, post).await?.ok_or_else(Error::not_found)?;
                let by = policy::react(&requester, &there)?.actor();
                if there.author != by || !there.local {
                    return Err(Error::invalid("pin_of_another", "Only posts of your own can be pinned to your page."));
                }
                room_for_one_more(tx, by, pinned, PINS).await?;
                if posts::set_featured(tx, by, post, pinned).await? && there.audience.is_world() {
                    let at = tx.now().0;
                    effects::outside(tx, &Wire::Featured { community: None, post, by, at, featured: pinned }).await?;
                }
                Ok(())
            })
        })
        .await
}

async fn room_for_one_more(tx: &Tx, of: ActorId, featured: bool, most: i64) -> Result<()> {
    if featured && posts::featured_count(tx, of).await? >= most {
        return Err(Error::invalid("too_many_pins", format!("At most {most} posts are pinned. Take another one off first.")));
    }
    Ok(())
}

/// A post in a community hosted here, for somebody who keeps order there.
struct Over {
    post: PostFacts,
    community: CommunityId,
    host: ActorId,
    permit: Permit<act::Moderate>,
}

async fn over(tx: &Tx, requester: &Requester, id: PostId) -> Result<Over> {
    let post =
        facts::post(tx, requester, id).await?.filter(|post| policy::can_see(requester, post)).ok_or_else(Error::not_found)?;
    let in_no_community = || Error::denied("not_a_moderator", "Only those who keep order in this community do this.");
    let there = post.community.as_ref().filter(|_| requester.is_local()).ok_or_else(in_no_community)?;
    let (community, host) = (there.id, communities::actor_of(tx, there.id).await?.ok_or_else(Error::not_found)?);
    let permit = policy::moderate(requester, there, host, None, false)?;
    Ok(Over { post, community, host, permit })
}
