//! Mastodon API: Poll entity.

use super::{Moment, Nothing, open};
use app::views::{Ballot, PostView};
use app::{Error, Requester, Result, Visible};
use domain::id::PostId;
use domain::poll::Poll as Asked;
use serde::Serialize;

/// A poll with its count, as one requester sees it. Its id is the status's.
#[derive(Debug, Serialize)]
pub struct Poll<'a> {
    id: PostId,
    expires_at: Option<Moment>,
    expired: bool,
    multiple: bool,
    votes_count: i64,
    voters_count: Option<i64>,
    options: Vec<PollOption<'a>>,
    emojis: Nothing,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    mine: Option<Mine<'a>>,
}

/// Mastodon API: `Poll::Option` entity. The number is `null` as long as the result is kept back.
#[derive(Debug, Serialize)]
struct PollOption<'a> {
    title: &'a str,
    votes_count: Option<i64>,
}

/// What a signed-in requester chose; left out for strangers.
#[derive(Debug, Serialize)]
struct Mine<'a> {
    voted: bool,
    own_votes: &'a [i64],
}

impl<'a> Poll<'a> {
    /// The poll of a post that this requester may see. A post without one is no poll.
    pub fn of(requester: &Requester, post: &'a Visible<PostView>) -> Result<Self> {
        Self::opened(requester, open(requester, post)?).ok_or_else(Error::not_found)
    }

    /// A view that came out of a proof made for this requester.
    pub(super) fn opened(requester: &Requester, view: &'a PostView) -> Option<Self> {
        let (poll, ballot) = (view.post.poll.as_ref()?, view.ballot.as_ref()?);
        Some(Self::drawn(view.post.id, poll, ballot, requester.account().is_some()))
    }

    fn drawn(id: PostId, poll: &'a Asked, ballot: &'a Ballot, signed_in: bool) -> Self {
        let option = |choice: &'a domain::poll::Choice| PollOption {
            title: &choice.name,
            votes_count: choice.votes.filter(|_| ballot.shows_result),
        };
        Self {
            id,
            expires_at: poll.ends_at.map(Moment),
            expired: ballot.ended,
            multiple: poll.multiple,
            votes_count: poll.votes(),
            voters_count: poll.voters,
            options: poll.choices.iter().map(option).collect(),
            emojis: [],
            mine: signed_in.then(|| Mine { voted: !ballot.choices.is_empty(), own_votes: &ballot.choices }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::poll::Choice;
    use domain::time::Timestamp;
    use serde_json::json;

    fn poll(hidden: bool) -> Asked {
        let choice = |name: &str, votes| Choice { name: name.to_owned(), votes: Some(votes) };
        let choices = vec![choice("a", 2), choice("b", 1)];
        Asked { multiple: true, hidden, ends_at: Some(Timestamp(0)), voters: Some(2), choices }
    }

    #[test]
    fn a_poll_has_every_field_that_apps_insist_on() {
        let ballot = Ballot { ended: true, shows_result: true, may_vote: false, choices: vec![1] };
        let shown = serde_json::to_value(Poll::drawn(PostId(7), &poll(false), &ballot, true)).unwrap();
        let expected = json!({
            "id": "7", "expires_at": "1970-01-01T00:00:00.000Z", "expired": true, "multiple": true, "votes_count": 3,
            "voters_count": 2, "options": [{"title": "a", "votes_count": 2}, {"title": "b", "votes_count": 1}],
            "emojis": [], "voted": true, "own_votes": [1],
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_result_that_is_kept_back_is_null_and_strangers_have_no_votes() {
        let ballot = Ballot { ended: false, shows_result: false, may_vote: false, choices: Vec::new() };
        let shown = serde_json::to_value(Poll::drawn(PostId(7), &poll(true), &ballot, false)).unwrap();
        assert_eq!(shown["options"], json!([{"title": "a", "votes_count": null}, {"title": "b", "votes_count": null}]));
        assert!(shown.get("voted").is_none() && shown.get("own_votes").is_none());
    }
}
