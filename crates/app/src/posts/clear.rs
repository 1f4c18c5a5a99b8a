//! What somebody wrote goes with them: a ban that says so (`removeData`, as Lemmy has it).

use super::delete::take_down;
use crate::effects::{self, Wire};
use crate::federated::ReceivedAct;
use crate::{Error, ErrorKind, Hall, Requester, Result};
use domain::id::{ActorId, CommunityId, PostId};
use serde_json::json;
use store::{Tx, acts, facts, posts};

/// Most posts that are looked at together.
const SOME: i64 = 200;

/// Removes what somebody wrote in a community, or (`None`) everywhere, as far as the requester may remove it: whoever keeps
/// order where it is, or its author's own server. `ban` is the activity. Each post for itself: what a killed process has
/// left is removed when the ban is processed again.
pub async fn clear(
    hall: &Hall,
    requester: &Requester,
    community: Option<CommunityId>,
    who: ActorId,
    ban: &ReceivedAct,
) -> Result<()> {
    let mut after = PostId(0);
    loop {
        let some = posts::written_by(hall.store().read(), who, community, after, SOME).await?;
        let Some((last, _)) = some.last() else { return Ok(()) };
        after = *last;
        for (post, uri) in some {
            remove(hall, requester, post, uri, ban).await?;
        }
    }
}

async fn remove(hall: &Hall, requester: &Requester, post: PostId, uri: String, ban: &ReceivedAct) -> Result<()> {
    let (requester, ban) = (requester.clone(), ban.clone());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let by = requester.actor().ok_or_else(Error::not_found)?;
                let facts = facts::post(tx, &requester, post).await?;
                match take_down(tx, &requester, &uri, None).await {
                    Ok(false) => return Ok(()),
                    Ok(true) => {}
                    // Somebody else's matter.
                    Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Denied) => return Ok(()),
                    Err(error) => return Err(error),
                }
                acts::keep(tx, &deletion(tx, by, &uri, post, ban).await?).await?;
                // Not everybody in a community here reads the ban.
                if let Some(here) = facts.and_then(|facts| facts.community).filter(|community| community.local) {
                    let group = store::communities::actor_of(tx, here.id).await?.ok_or_else(Error::not_found)?;
                    effects::outside(tx, &Wire::Deleted { post, by: group }).await?;
                }
                Ok(())
            })
        })
        .await
}

/// As if it had been removed by a `Delete` of its own: whoever removed it may bring it back.
async fn deletion(tx: &Tx, by: ActorId, object: &str, post: PostId, ban: ReceivedAct) -> Result<ReceivedAct> {
    let uri = format!("{}#{post}", ban.uri);
    let actor = store::actors::wire(tx, by).await?.ok_or_else(Error::not_found)?.uri;
    let body = json!({"id": uri, "type": "Delete", "actor": actor, "object": object}).to_string();
    Ok(ReceivedAct { uri, actor: by, kind: "Delete".into(), object_uri: object.to_owned(), body, ..ban })
}
