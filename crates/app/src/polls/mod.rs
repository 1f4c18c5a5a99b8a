//! Polls: voting here, votes and counts from elsewhere, and what is due when time has passed.

mod due;
mod receive;
mod vote;

pub use due::run_due;
pub(crate) use due::tell_ended;
pub(crate) use receive::changed;
pub use receive::{NetworkCount, receive_count, receive_vote, vote_elsewhere};
pub use vote::vote;

use crate::Result;
use domain::policy::{PostFacts, Refusal};
use domain::time::MINUTE;
use store::{Tx, polls};

/// How long the count waits for more votes before other halls are told.
const COUNT_AFTER: i64 = 3 * MINUTE;

fn over() -> Refusal {
    Refusal::invalid("poll_ended", "This poll has ended.")
}

/// A vote was counted in a poll of this hall: other halls learn of the count soon, of several votes at once.
async fn counted_here(tx: &Tx, post: &PostFacts) -> Result<()> {
    if post.local && post.audience.outbound().is_some() {
        polls::schedule(tx, post.id, tx.now().plus(COUNT_AFTER)).await?;
    }
    Ok(())
}
