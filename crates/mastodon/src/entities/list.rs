//! Mastodon API: List entity. A community that the requester is in is one of their lists.

use super::open;
use app::views::CommunityView;
use app::{Requester, Result, Visible};
use domain::id::CommunityId;
use serde::Serialize;

/// A community as a list.
#[derive(Debug, Serialize)]
pub struct List<'a> {
    id: CommunityId,
    title: &'a str,
    replies_policy: &'a str,
    exclusive: bool,
}

impl<'a> List<'a> {
    /// A community that the requester is in.
    pub fn of(requester: &Requester, community: &'a Visible<CommunityView>) -> Result<Self> {
        let community = open(requester, community)?;
        Ok(Self {
            id: community.id,
            title: community.actor.label(),
            replies_policy: &community.replies,
            exclusive: community.exclusive,
        })
    }
}
