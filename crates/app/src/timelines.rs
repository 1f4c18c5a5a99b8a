//! Timelines: home, public, a community's room, an actor's posts, a hashtag.

use crate::{Hall, Requester, Result, Visible, communities, people};
use domain::id::{ActorId, CommunityId};
use domain::page::Page;
use store::timelines as stored;
pub use store::timelines::{AccountFilter, Room};
use store::views::PostView;

/// What the requester follows, with its communities' starters as their boosts.
pub async fn home(hall: &Hall, requester: &Requester, page: &Page) -> Result<Vec<Visible<PostView>>> {
    Ok(stored::home(hall.store(), requester, page).await?)
}

/// Public posts, of this hall or of all that is known.
pub async fn public(hall: &Hall, requester: &Requester, local: bool, page: &Page) -> Result<Vec<Visible<PostView>>> {
    Ok(stored::public(hall.store(), requester, local, page).await?)
}

/// A community's room. Where the requester does not even see the door, there is no such community.
pub async fn community(
    hall: &Hall,
    requester: &Requester,
    id: CommunityId,
    room: Room,
    page: &Page,
) -> Result<Vec<Visible<PostView>>> {
    communities::show(hall, requester, id).await?;
    Ok(stored::community(hall.store(), requester, id, room, page).await?)
}

/// What an actor wrote and boosted, as far as the requester may see it. A community's account shows what it announced.
pub async fn account(
    hall: &Hall,
    requester: &Requester,
    actor: ActorId,
    filter: AccountFilter,
    page: &Page,
) -> Result<Vec<Visible<PostView>>> {
    people::show(hall, requester, actor).await?;
    Ok(stored::account(hall.store(), requester, actor, filter, page).await?)
}

/// What an actor keeps at the top of its page, as far as the requester may see it.
pub async fn pinned(hall: &Hall, requester: &Requester, actor: ActorId) -> Result<Vec<Visible<PostView>>> {
    people::show(hall, requester, actor).await?;
    Ok(stored::pinned(hall.store(), requester, actor).await?)
}

/// Posts with a hashtag.
pub async fn tag(hall: &Hall, requester: &Requester, tag: &str, page: &Page) -> Result<Vec<Visible<PostView>>> {
    Ok(stored::tag(hall.store(), requester, tag, page).await?)
}
