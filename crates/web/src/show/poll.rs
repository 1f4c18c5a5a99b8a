//! A poll: what can be chosen, or what was.

use super::counted;
use super::when::When;
use app::views::{Ballot, PostView};
use domain::poll::Poll;
use domain::time::{Clock, DAY, HOUR, MINUTE, SystemClock, Timestamp};

/// One choice as shown.
#[derive(Debug)]
pub struct ChoiceBar {
    /// As sent.
    pub position: usize,
    /// Its text.
    pub name: String,
    /// Its share in words, where the result is shown: `3 votes, 60 %`.
    pub words: Option<String>,
    /// How long its bar is, of 100.
    pub percent: i64,
    /// The requester chose it.
    pub mine: bool,
    /// Nothing has more votes, and it has some.
    pub leads: bool,
}

/// A poll as shown to one requester.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that a template asks, not a state")]
pub struct PollCard {
    /// What can be chosen, or was.
    pub choices: Vec<ChoiceBar>,
    /// Several may be chosen.
    pub multiple: bool,
    /// The requester may vote now.
    pub may_vote: bool,
    /// The requester has voted.
    pub voted: bool,
    /// It is over.
    pub ended: bool,
    /// The count is shown.
    pub shown: bool,
    /// Somebody has voted.
    pub begun: bool,
    /// How many took part.
    pub turnout: String,
    /// When it ends or ended.
    pub end: Option<When>,
    /// How long it is still open.
    pub left: Option<String>,
}

impl PollCard {
    /// The poll of a post that was released to the requester, if it holds one.
    pub fn of(view: &PostView) -> Option<Self> {
        Some(Self::seen(view.post.poll.as_ref()?, view.ballot.as_ref()?, SystemClock.now()))
    }

    fn seen(poll: &Poll, ballot: &Ballot, now: Timestamp) -> Self {
        let votes = poll.votes();
        // Where several may be chosen, a share is one of people, not of votes.
        let whole = poll.voters.filter(|voters| poll.multiple && *voters > 0).unwrap_or(votes);
        let most = poll.choices.iter().filter_map(|choice| choice.votes).max().unwrap_or_default();
        let bar = |(position, choice): (usize, &domain::poll::Choice)| {
            let count = choice.votes.filter(|_| ballot.shows_result);
            let percent = count.map_or(0, |count| share(count, whole));
            ChoiceBar {
                position,
                name: choice.name.clone(),
                words: count.map(|count| format!("{}, {percent} %", counted(count, "vote", "votes"))),
                percent,
                mine: ballot.choices.iter().any(|mine| usize::try_from(*mine).is_ok_and(|mine| mine == position)),
                leads: count.is_some_and(|count| count > 0 && count == most),
            }
        };
        Self {
            choices: poll.choices.iter().enumerate().map(bar).collect(),
            multiple: poll.multiple,
            may_vote: ballot.may_vote,
            voted: !ballot.choices.is_empty(),
            ended: ballot.ended,
            shown: ballot.shows_result,
            begun: votes > 0,
            turnout: match poll.voters {
                Some(0) => "Nobody has voted yet".to_owned(),
                Some(people) => counted(people, "person has voted", "people have voted"),
                None => counted(votes, "vote", "votes"),
            },
            end: poll.ends_at.map(When::at),
            left: poll.ends_at.filter(|_| !ballot.ended).map(|end| left(end, now)),
        }
    }
}

/// Of 100, rounded, and never more than all.
fn share(count: i64, whole: i64) -> i64 {
    let (count, whole) = (i128::from(count), i128::from(whole.max(1)));
    i64::try_from(((count * 200 + whole) / (whole * 2)).clamp(0, 100)).unwrap_or_default()
}

/// Rounded: what is open for a week says so when it begins.
fn left(end: Timestamp, now: Timestamp) -> String {
    let rounded = |left: i64, unit: i64| left.saturating_add(unit / 2) / unit;
    match end.0.saturating_sub(now.0) {
        left if left < HOUR - MINUTE / 2 => counted(rounded(left, MINUTE).max(1), "minute left", "minutes left"),
        left if left < 2 * DAY - HOUR / 2 => counted(rounded(left, HOUR), "hour left", "hours left"),
        left => counted(rounded(left, DAY), "day left", "days left"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::poll::Choice;

    fn poll(multiple: bool, people: Option<i64>, counts: &[Option<i64>]) -> Poll {
        let choices = counts.iter().map(|votes| Choice { name: "x".into(), votes: *votes }).collect();
        Poll { multiple, voters: people, choices, ..Poll::default() }
    }

    fn shown(poll: &Poll) -> Vec<Option<String>> {
        let ballot = Ballot { ended: false, shows_result: true, may_vote: false, choices: vec![1] };
        let card = PollCard::seen(poll, &ballot, Timestamp(0));
        assert!(card.choices[1].mine && !card.choices[0].mine);
        card.choices.into_iter().map(|choice| choice.words).collect()
    }

    #[test]
    fn shares_are_of_votes_or_of_people() {
        let words = |list: &[&str]| list.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>();
        assert_eq!(shown(&poll(false, Some(3), &[Some(2), Some(1)])), words(&["2 votes, 67 %", "1 vote, 33 %"]));
        assert_eq!(shown(&poll(true, Some(2), &[Some(2), Some(1)])), words(&["2 votes, 100 %", "1 vote, 50 %"]));
        assert_eq!(shown(&poll(true, None, &[Some(0), Some(0)])), words(&["0 votes, 0 %", "0 votes, 0 %"]));
        assert_eq!(shown(&poll(false, None, &[None, Some(4)])), [None, Some("4 votes, 100 %".to_owned())]);
        assert_eq!(shown(&poll(true, Some(1), &[Some(i64::MAX), Some(0)]))[0], Some(format!("{} votes, 100 %", i64::MAX)));
    }

    #[test]
    fn the_time_left_is_in_words() {
        for (ms, expected) in [
            (1, "1 minute left"),
            (59 * MINUTE, "59 minutes left"),
            (HOUR - 1, "1 hour left"),
            (DAY - 1, "24 hours left"),
            (2 * DAY - 1, "2 days left"),
            (7 * DAY - MINUTE, "7 days left"),
        ] {
            assert_eq!(left(Timestamp(ms), Timestamp(0)), expected);
        }
    }
}
