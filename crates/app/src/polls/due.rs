//! What is due for polls: other halls are told the count, and people that a poll has ended. Each once, however many
//! workers there are, and after any restart: the rows say what is due, and say in the same transaction that it is done.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Result};
use domain::id::{ActorId, PostId};
use store::{Tx, polls, posts};

/// How many people one transaction tells.
const BATCH: i64 = 500;

/// Writes down what follows from the time that has passed; gives whether there was anything.
pub async fn run_due(hall: &Hall) -> Result<bool> {
    // Looking costs no write lock; most looks find nothing.
    if !polls::any_due(hall.store()).await? {
        return Ok(false);
    }
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let due = polls::take_due(tx).await?;
                for poll in &due {
                    if poll.ended {
                        let ended = effects::Hall::PollEnded { post: poll.post, author: poll.author, after: "0".to_owned() };
                        effects::inside(tx, &ended).await?;
                    }
                    if poll.told_outside {
                        effects::outside(tx, &Wire::Counted { post: poll.post, at: tx.now().0 }).await?;
                    }
                }
                Ok::<_, Error>(!due.is_empty())
            })
        })
        .await
}

/// Tells those of this hall who made a poll or voted in it that it has ended.
pub(crate) async fn tell_ended(tx: &Tx, post: PostId, author: ActorId, after: i64) -> Result<()> {
    if posts::handle(tx, post).await?.is_none_or(|handle| handle.deleted) {
        return Ok(());
    }
    if let Some(reached) = polls::tell_ended(tx, post, author, after, BATCH).await? {
        let next = effects::Hall::PollEnded { post, author, after: reached.to_string() };
        effects::inside(tx, &next).await?;
    }
    Ok(())
}
