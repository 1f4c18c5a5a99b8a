//! Vote in a poll, once, for all choices together.

use super::{counted_here, over};
use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result};
use domain::id::PostId;
use domain::policy::{self, Refusal};
use domain::poll::Poll;
use store::{actors, facts, polls};

/// Votes in a post's poll by the positions of its choices.
pub async fn vote(hall: &Hall, requester: &Requester, post: PostId, chosen: &[i64]) -> Result<()> {
    let (requester, chosen) = (requester.clone(), chosen.to_vec());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                // A post without a poll, and one that is not for this requester, are the same answer.
                let poll = polls::read(tx, post).await?.ok_or_else(Error::not_found)?;
                let post = facts::post(tx, &requester, post).await?.ok_or_else(Error::not_found)?;
                let permit = policy::can_vote(&requester, &post)?;
                let voter = permit.actor();
                if poll.ended(tx.now()) {
                    return Err(over().into());
                }
                let ballot = poll.ballot(&chosen)?;
                if !polls::chosen(tx, post.id, voter).await?.is_empty() {
                    return Err(Refusal::invalid("already_voted", "You have voted in this poll already.").into());
                }
                polls::vote(tx, permit, &ballot).await?;
                counted_here(tx, &post).await?;
                if !post.local && post.audience.outbound().is_some() {
                    actors::mark_outside(tx, voter).await?;
                    let wire = Wire::Voted { actor: voter, post: post.id, choices: names(&poll, &ballot) };
                    effects::outside(tx, &wire).await?;
                }
                Ok(())
            })
        })
        .await
}

fn names(poll: &Poll, ballot: &[i64]) -> Vec<String> {
    let name = |at: &i64| usize::try_from(*at).ok().and_then(|at| poll.choices.get(at)).map(|choice| choice.name.clone());
    ballot.iter().filter_map(name).collect()
}
