//! What follows from a post that is news: Homes, the community's boost, and what other halls are told.

use super::addressing::Place;
use super::origin::Origin;
use crate::effects::{self, Wire};
use crate::{Hall, Result};
use domain::audience::{Audience, Reach};
use domain::id::{ActorId, CommunityId, PostId};
use store::posts::NewPost;
use store::{Tx, communities, posts, timelines};

/// A post that is news, at its place.
pub(super) struct Spread<'a> {
    pub hall: &'a Hall,
    pub origin: &'a Origin,
    pub place: &'a Place,
    pub post: &'a NewPost,
    pub author: ActorId,
}

impl Spread<'_> {
    /// Writes down what follows: Homes, the community's boost, and what other halls are told.
    pub(super) async fn write(&self, tx: &Tx) -> Result<()> {
        let Self { hall, origin, place, post, author } = *self;
        let starter = post.parent.is_none() && post.parent_uri.is_none();
        match &place.community {
            Some(community) if community.local && starter => {
                announce_here(hall, tx, community.id, post.id, &place.audience, author).await?;
            }
            // Until the host announces it, the author sees the bare post.
            Some(_) if starter => timelines::add_to_own_home(tx, author, post.id).await?,
            Some(_) => {}
            None => {
                timelines::add_to_own_home(tx, author, post.id).await?;
                if !matches!(place.audience.reach(), Reach::Mentioned) {
                    effects::inside(tx, &effects::Hall::Spread { post: post.id }).await?;
                }
            }
        }
        if place.audience.outbound().is_none() {
            return Ok(());
        }
        match (origin, &place.community) {
            (Origin::Here { .. }, _) => effects::outside(tx, &Wire::Published { post: post.id }).await,
            (Origin::Network(received), Some(community)) if community.local => match &received.activity {
                Some(activity) => {
                    let relay = Wire::Relay { community: community.id, post: Some(post.id), activity: activity.clone(), starter };
                    effects::outside(tx, &relay).await
                }
                None => Ok(()),
            },
            (Origin::Network(_), _) => Ok(()),
        }
    }
}

/// A community hosted here takes a starter in: its boost, in the author's Home at once and in the others' soon.
async fn announce_here(
    hall: &Hall,
    tx: &Tx,
    community: CommunityId,
    post: PostId,
    audience: &Audience,
    author: ActorId,
) -> Result<()> {
    let Some(group) = communities::actor_of(tx, community).await? else { return Ok(()) };
    let uri = format!("{}/announce", hall.settings().post_uri(post));
    let boost = posts::boost(tx, group, post, audience, |_| uri.clone(), true, tx.now()).await?;
    let Some(boost) = boost else { return Ok(()) };
    timelines::add_boost_to_home(tx, author, group, boost).await?;
    let spread = effects::Hall::SpreadInCommunity { community, boost, after: "0".to_owned() };
    effects::inside(tx, &spread).await
}
