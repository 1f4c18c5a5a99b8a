//! Polls: what is asked, until when, and what has been answered so far.

use crate::policy::Refusal;
use crate::time::{DAY, MINUTE, Timestamp};

/// Fewest and most choices of a local poll. Polls of other halls may have more.
pub const CHOICES: (usize, usize) = (2, 10);
/// Longest choice of a local poll, in characters.
pub const MAX_CHOICE: usize = 100;
/// Shortest and longest time that a local poll is open, in milliseconds.
pub const OPEN_FOR: (i64, i64) = (5 * MINUTE, 31 * DAY);

/// A poll that a local author asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollDraft {
    /// What can be chosen.
    pub choices: Vec<String>,
    /// Several may be chosen.
    pub multiple: bool,
    /// The result is shown to nobody before the end.
    pub hidden: bool,
    /// How long it is open, in milliseconds.
    pub open_for: i64,
}

impl PollDraft {
    /// The choices without what stands around them; empty ones are none.
    pub fn new<T: AsRef<str>>(choices: impl IntoIterator<Item = T>, multiple: bool, hidden: bool, open_for: i64) -> Self {
        let clean = |text: T| text.as_ref().split_whitespace().collect::<Vec<_>>().join(" ");
        let choices = choices.into_iter().map(clean).filter(|text| !text.is_empty()).collect();
        Self { choices, multiple, hidden, open_for }
    }

    /// Numbers and lengths. Everything that is wrong has a code of its own.
    pub fn check(&self) -> Result<(), Refusal> {
        let count = self.choices.len();
        if count < CHOICES.0 {
            return Err(Refusal::invalid("poll_too_few_choices", "A poll needs at least two choices."));
        }
        if count > CHOICES.1 {
            return Err(Refusal::invalid("poll_too_many_choices", "A poll has at most ten choices."));
        }
        if self.choices.iter().any(|choice| choice.chars().count() > MAX_CHOICE) {
            return Err(Refusal::invalid("poll_choice_too_long", "A choice is too long: 100 characters are the limit."));
        }
        // Votes travel by the choice's text, so two alike could not be told apart.
        if self.choices.iter().enumerate().any(|(at, choice)| self.choices.iter().take(at).any(|other| other == choice)) {
            return Err(Refusal::invalid("poll_choices_alike", "Two choices of the poll are the same."));
        }
        if self.open_for < OPEN_FOR.0 {
            return Err(Refusal::invalid("poll_too_short", "A poll is open for at least five minutes."));
        }
        if self.open_for > OPEN_FOR.1 {
            return Err(Refusal::invalid("poll_too_long", "A poll is open for at most 31 days."));
        }
        Ok(())
    }

    /// The poll as it begins.
    pub fn begun(&self, now: Timestamp) -> Poll {
        Poll {
            multiple: self.multiple,
            hidden: self.hidden,
            ends_at: Some(now.plus(self.open_for)),
            voters: Some(0),
            choices: self.choices.iter().map(|name| Choice { name: name.clone(), votes: Some(0) }).collect(),
        }
    }
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its text, by which votes name it on the network.
    pub name: String,
    /// Votes counted so far; another hall may keep that to itself.
    pub votes: Option<i64>,
}

/// A poll and its count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Poll {
    /// Several may be chosen.
    pub multiple: bool,
    /// The result is shown to nobody before the end.
    pub hidden: bool,
    /// When it ends; only polls of other halls may have no end.
    pub ends_at: Option<Timestamp>,
    /// How many people have voted, as far as known.
    pub voters: Option<i64>,
    /// What can be chosen.
    pub choices: Vec<Choice>,
}

impl Poll {
    /// Whether it is over.
    pub fn ended(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }

    /// Whether the count may be shown to anybody.
    pub fn shows_result(&self, now: Timestamp) -> bool {
        !self.hidden || self.ended(now)
    }

    /// All votes counted so far.
    pub fn votes(&self) -> i64 {
        self.choices.iter().filter_map(|choice| choice.votes).fold(0, i64::saturating_add)
    }

    /// Whether the other asks the same: then votes for one are votes for the other.
    pub fn asks_the_same(&self, other: &Self) -> bool {
        let names = |poll: &Self| poll.choices.iter().map(|choice| choice.name.clone()).collect::<Vec<_>>();
        self.multiple == other.multiple && names(self) == names(other)
    }

    /// Where the choice with this text stands.
    pub fn position(&self, name: &str) -> Option<i64> {
        self.choices.iter().position(|choice| choice.name == name).and_then(|at| i64::try_from(at).ok())
    }

    /// What somebody chose, each once and in order, if the poll takes it.
    pub fn ballot(&self, chosen: &[i64]) -> Result<Vec<i64>, Refusal> {
        let mut chosen = chosen.to_vec();
        chosen.sort_unstable();
        chosen.dedup();
        let there = |at: &i64| usize::try_from(*at).is_ok_and(|at| at < self.choices.len());
        match chosen.as_slice() {
            [] => Err(Refusal::invalid("vote_blank", "Choose something first.")),
            all if !all.iter().all(there) => Err(Refusal::invalid("choice_unknown", "The poll has no such choice.")),
            [_, _, ..] if !self.multiple => {
                Err(Refusal::invalid("one_choice_only", "Only one choice can be picked in this poll."))
            }
            _ => Ok(chosen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(choices: &[&str], open_for: i64) -> PollDraft {
        PollDraft::new(choices, false, false, open_for)
    }

    #[test]
    fn every_limit_of_a_poll_has_its_reason() {
        let long = "x".repeat(MAX_CHOICE + 1);
        let many: Vec<String> = (0..=CHOICES.1).map(|n| n.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        for (choices, open_for, expected) in [
            (&["a", "b"][..], DAY, None),
            (&[" a\nb ", "", "c"], DAY, None),
            (&["a"], DAY, Some("poll_too_few_choices")),
            (&["a", " "], DAY, Some("poll_too_few_choices")),
            (&many, DAY, Some("poll_too_many_choices")),
            (&["a", &long], DAY, Some("poll_choice_too_long")),
            (&["a", " a "], DAY, Some("poll_choices_alike")),
            (&["a", "b"], OPEN_FOR.0 - 1, Some("poll_too_short")),
            (&["a", "b"], OPEN_FOR.1 + 1, Some("poll_too_long")),
            (&["a", "b"], i64::MIN, Some("poll_too_short")),
            (&["a", "b"], i64::MAX, Some("poll_too_long")),
        ] {
            assert_eq!(draft(choices, open_for).check().err().map(|refusal| refusal.code), expected, "{choices:?} {open_for}");
        }
    }

    #[test]
    fn a_ballot_fits_its_poll() {
        let one = draft(&["a", "b", "c"], DAY).begun(Timestamp(0));
        let several = Poll { multiple: true, ..one.clone() };
        let code = |poll: &Poll, chosen: &[i64]| poll.ballot(chosen).map_err(|refusal| refusal.code);
        assert_eq!(code(&one, &[1]), Ok(vec![1]));
        assert_eq!(code(&one, &[1, 1]), Ok(vec![1]));
        assert_eq!(code(&several, &[2, 0, 2]), Ok(vec![0, 2]));
        assert_eq!(code(&one, &[]), Err("vote_blank"));
        assert_eq!(code(&one, &[0, 1]), Err("one_choice_only"));
        for unknown in [3, -1, i64::MAX, i64::MIN] {
            assert_eq!(code(&several, &[unknown]), Err("choice_unknown"));
        }
    }

    #[test]
    fn a_hidden_result_shows_at_the_end() {
        let poll = Poll { hidden: true, ..draft(&["a", "b"], DAY).begun(Timestamp(0)) };
        assert!(!poll.shows_result(Timestamp(DAY - 1)));
        assert!(poll.shows_result(Timestamp(DAY)) && poll.ended(Timestamp(DAY)));
        assert!(!Poll { ends_at: None, ..poll }.ended(Timestamp(i64::MAX)));
    }
}
