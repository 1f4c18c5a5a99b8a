//! The handlers: words in, one use case, words out.

pub mod communities;
pub mod members;
pub mod posts;

use crate::answer::Failure;
use crate::asked::Api;
use crate::entities::open;
use app::Requester;
use domain::id::CommunityId;

/// Lets on only who may read the community's room; for everybody else its contents are not there.
async fn enter(api: &Api, requester: &Requester, id: CommunityId) -> Result<(), Failure> {
    let community = app::communities::show(&api.hall, requester, id).await?;
    if open(&community, requester)?.room { Ok(()) } else { Err(Failure::not_found()) }
}
