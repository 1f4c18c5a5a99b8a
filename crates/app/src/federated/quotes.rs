//! Quotes of our posts in posts of other halls: who asks is answered at once, and the approval can be looked up (FEP-044f).

use super::{QuoteAnswered, ReceivedAct, Wire};
use crate::{Error, Hall, Requester, Result, effects};
use domain::id::PostId;
use domain::policy::{self, RefusalKind};
use store::{Tx, acts, facts, quotes};

/// Somebody asks to quote a post of this hall in one of theirs. Gives whether they may.
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
    acts::keep(tx, &request).await?;
    let answer = QuoteAnswered { post, who: request.actor, request: request.uri, quoting, approval };
    effects::outside(tx, &Wire::QuoteAnswered(answer)).await?;
    Ok(approval.is_some())
}

/// Which post of another hall may quote this one, by the approval's number.
pub async fn approved(hall: &Hall, post: PostId, approval: i64) -> Result<Option<String>> {
    Ok(quotes::approved(hall.store().read(), post, approval).await?)
}

/// The requester does not ask to quote something any more. `false`: they had not.
pub async fn withdraw(hall: &Hall, requester: &Requester, object_uri: &str, quoting: &str) -> Result<bool> {
    let actor = requester.actor().ok_or_else(Error::not_found)?;
    let (object_uri, quoting) = (object_uri.to_owned(), quoting.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let there = acts::did(tx, actor, "QuoteRequest", &object_uri).await?;
                acts::forget(tx, actor, "QuoteRequest", &object_uri).await?;
                quotes::withdraw(tx, actor, &quoting).await?;
                Ok::<_, Error>(there)
            })
        })
        .await
}
