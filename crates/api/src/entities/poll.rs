//! Polls of posts: as shown, as asked for, and votes.

use app::views::{Ballot, PostView};
use domain::poll::{Poll as Asked, PollDraft};
use domain::time::{SECOND, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A poll and its count.
#[derive(Debug, Serialize, ToSchema)]
pub struct Poll<'a> {
    /// Several choices may be picked.
    pub multiple: bool,
    /// What can be picked, in order.
    pub choices: Vec<Choice<'a>>,
    /// How many people have voted; unknown of some other servers' polls.
    pub voters: Option<i64>,
    /// When it ends; polls of other servers may have no end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    /// It is over.
    pub ended: bool,
    /// A vote of yours would be taken now.
    pub may_vote: bool,
    /// What you picked, by position from 0.
    pub mine: &'a [i64],
}

/// One choice.
#[derive(Debug, Serialize, ToSchema)]
pub struct Choice<'a> {
    /// Its text.
    pub name: &'a str,
    /// Its votes; nothing as long as the result is kept back.
    pub votes: Option<i64>,
}

impl<'a> Poll<'a> {
    /// As shown; nothing for a post without a poll.
    pub fn of(view: &'a PostView) -> Option<Self> {
        let (poll, ballot): (&Asked, &Ballot) = (view.post.poll.as_ref()?, view.ballot.as_ref()?);
        let choice =
            |choice: &'a domain::poll::Choice| Choice { name: &choice.name, votes: choice.votes.filter(|_| ballot.shows_result) };
        Some(Self {
            multiple: poll.multiple,
            choices: poll.choices.iter().map(choice).collect(),
            voters: poll.voters,
            ends_at: poll.ends_at,
            ended: ballot.ended,
            may_vote: ballot.may_vote,
            mine: &ballot.choices,
        })
    }
}

/// A poll to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPoll {
    /// What can be picked, each of at most 100 characters.
    #[schema(min_items = 2, max_items = 10)]
    choices: Vec<String>,
    /// How long it is open, in seconds: from five minutes to 31 days.
    #[schema(minimum = 300, maximum = 2_678_400)]
    open_for: i64,
    /// Several choices may be picked.
    #[serde(default)]
    multiple: bool,
    /// The result is shown to nobody before the end.
    #[serde(default)]
    hidden: bool,
}

impl NewPoll {
    /// Normalised.
    pub fn draft(self) -> PollDraft {
        PollDraft::new(self.choices, self.multiple, self.hidden, self.open_for.saturating_mul(SECOND))
    }
}

/// A vote.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// What you pick, by position from 0.
    pub choices: Vec<i64>,
}
