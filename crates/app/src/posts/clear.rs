//! What somebody wrote goes with them: a ban that says so (`removeData`, as Lemmy has it).

use super::delete::take_down;
use crate::effects::{self, Wire};
use crate::federated::ReceivedAct;
use crate::{Error, ErrorKind, Hall, Requester, Result};
use domain::id::{ActorId, CommunityId, PostId};
use store::{acts, facts, posts};

/// Most posts that are looked at together.
const SOME: i64 = 200;

/// Removes what somebody wrote in a community, or (`None`) everywhere, as far as the requester may remove it: whoever keeps
/// order where it is, or its author's own server. `record` is the ban. Each post for itself: what a killed process has
/// left is removed when the ban is processed again. Gives how many.
pub async fn clear(
    hall: &Hall,
    requester: &Requester,
    community: Option<CommunityId>,
    who: ActorId,
    record: &ReceivedAct,
) -> Result<usize> {
    let (mut after, mut removed) = (PostId(0), 0);
    loop {
        let some = posts::written_by(hall.store().read(), who, community, after, SOME).await?;
        let Some((last, _)) = some.last() else { return Ok(removed) };
        after = *last;
        for (post, uri) in some {
            removed += usize::from(remove(hall, requester, post, uri, record).await?);
        }
    }
}

async fn remove(hall: &Hall, requester: &Requester, post: PostId, uri: String, record: &ReceivedAct) -> Result<bool> {
    // As if each had been removed by its own `Delete`: whoever removed it may bring it back.
    let record = ReceivedAct { uri: format!("{}#{post}", record.uri), kind: "Delete".into(), object_uri: uri, ..record.clone() };
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let facts = facts::post(tx, &requester, post).await?;
                let here = facts.and_then(|facts| facts.community).is_some_and(|community| community.local);
                match take_down(tx, &requester, &record.object_uri, None).await {
                    Ok(false) => return Ok(false),
                    Ok(true) => acts::keep(tx, &record).await?,
                    // Somebody else's matter.
                    Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => return Ok(false),
                    Err(error) => return Err(error),
                }
                if here {
                    let by = requester.actor().ok_or_else(Error::not_found)?;
                    effects::outside(tx, &Wire::Deleted { post, by }).await?;
                }
                Ok(true)
            })
        })
        .await
}
