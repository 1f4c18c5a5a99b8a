//! How a member's apps show a community: replies in its list, starters in Home.

use crate::{Error, Hall, Requester, Result};
use domain::id::CommunityId;
use domain::membership::Membership;

/// Changes what is given.
pub async fn list_options(
    hall: &Hall,
    requester: &Requester,
    community: CommunityId,
    exclusive: Option<bool>,
    replies: Option<&str>,
) -> Result<()> {
    let actor = requester.actor().ok_or_else(Error::not_found)?;
    if replies.is_some_and(|word| !["none", "list", "followed"].contains(&word)) {
        return Err(Error::invalid("replies_policy_invalid", "The replies policy is none, list or followed."));
    }
    let replies = replies.map(str::to_owned);
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let standing = store::memberships::standing(tx, community, actor).await?;
                if !standing.is_some_and(Membership::is_active) {
                    return Err(Error::not_found());
                }
                store::memberships::set_list_options(tx, community, actor, exclusive, replies.as_deref()).await?;
                if exclusive == Some(false) {
                    super::join::welcome(tx, community, actor).await?;
                }
                Ok(())
            })
        })
        .await
}
