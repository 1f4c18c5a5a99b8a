//! Quotes of our posts in posts of other halls: who asks is answered at once, and the approval can be looked up (FEP-044f).

use super::{QuoteAnswered, ReceivedAct, Wire};
use crate::posts::quoted;
use crate::{Error, Hall, Requester, Result, effects};
use domain::id::PostId;
use domain::policy::{self, RefusalKind};
use store::{Tx, acts, facts, posts, quotes};

const KIND: &str = "QuoteRequest";

/// Somebody asks to quote a post of this hall in one of theirs, which is the target of the request. Gives whether they may.
pub async fn ask(hall: &Hall, requester: &Requester, post: PostId, quoting: &str, request: ReceivedAct) -> Result<bool> {
    let (requester, quoting) = (requester.clone(), quoting.to_owned());
    hall.store().write(move |tx| Box::pin(async move { answered(tx, &requester, post, quoting, request).await })).await
}

async fn answered(tx: &Tx, requester: &Requester, post: PostId, quoting: String, request: ReceivedAct) -> Result<bool> {
    let facts = facts::post(tx, requester, post).await?.ok_or_else(Error::not_found)?;
    let approval = match policy::quote(requester, &facts) {
        Ok(permit) => Some(quotes::approve(tx, &permit, &quoting).await?),
        Err(refusal) if refusal.kind == RefusalKind::Denied => None,
        Err(refusal) => return Err(refusal.into()),
    };
    // It may be here already, and nobody was told: as when somebody looked it up.
    if let Some(there) = posts::id_by_uri(tx, &quoting).await?.filter(|there| !there.deleted) {
        quoted::tell(tx, requester, post, there.id).await?;
    }
    acts::keep(tx, &request).await?;
    let answer = QuoteAnswered { post, who: request.actor, request: request.uri, quoting, approval };
    effects::outside(tx, &Wire::QuoteAnswered(answer)).await?;
    Ok(approval.is_some())
}

/// Which post of another hall may quote this one, by the approval's number.
pub async fn approved(hall: &Hall, requester: &Requester, post: PostId, approval: i64) -> Result<String> {
    let conn = hall.store().read();
    let facts = facts::post(conn, requester, post).await?.filter(|facts| policy::can_see(requester, facts));
    let facts = facts.ok_or_else(Error::not_found)?;
    quotes::approved(conn, facts.id, approval).await?.ok_or_else(Error::not_found)
}

/// The requester takes a request back, and with it the approval. `false`: it never came.
pub async fn withdraw(hall: &Hall, requester: &Requester, request: &str) -> Result<bool> {
    let actor = requester.actor().ok_or_else(Error::not_found)?;
    let request = request.to_owned();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let kept = acts::by_uri(tx, &request).await?.filter(|act| act.actor == actor && act.kind == KIND);
                let Some(act) = kept else { return Ok::<_, Error>(false) };
                acts::forget_one(tx, actor, &act.uri).await?;
                if let (Some(post), Some(quoting)) = (posts::id_by_uri(tx, &act.object_uri).await?, act.target_uri) {
                    quotes::withdraw(tx, actor, post.id, &quoting).await?;
                }
                Ok(true)
            })
        })
        .await
}
