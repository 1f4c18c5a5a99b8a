//! Outgoing polls and votes (FEP-9967).

use serde_json::{Value, json};

use super::post::post;
use super::{Fields, PostParams};

/// What is asked, besides what every post has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PollParams {
    /// Several choices allowed.
    pub multiple: bool,
    /// Each choice, with its votes unless they are kept back until the end.
    pub choices: Vec<(String, Option<i64>)>,
    /// When voting ends.
    pub ends_ms: Option<i64>,
    /// It is over.
    pub ended: bool,
    /// How many have voted.
    pub voters: Option<i64>,
}

/// A `Question`: the object of a `Create`, never an activity by itself, as all microblogs take it.
pub fn question(params: &PostParams, poll: &PollParams) -> Value {
    let choices: Vec<Value> = poll.choices.iter().map(|(name, votes)| choice(name, *votes)).collect();
    let mut out = post("Question", params);
    out.maybe("name", params.name.as_deref())
        .put(if poll.multiple { "anyOf" } else { "oneOf" }, choices)
        .time("endTime", poll.ends_ms)
        .time("closed", poll.ends_ms.filter(|_| poll.ended))
        .maybe("votersCount", poll.voters);
    out.document()
}

fn choice(name: &str, votes: Option<i64>) -> Value {
    let mut replies = Fields::default();
    replies.put("type", "Collection").maybe("totalItems", votes);
    json!({"type": "Note", "name": name, "replies": replies.part()})
}

/// A vote for one choice of somebody's poll: a `Note` that has a name and no content.
pub fn vote(id: &str, voter: &str, author: &str, question: &str, choice: &str) -> Value {
    let mut out = Fields::default();
    out.put("id", id)
        .put("type", "Note")
        .put("attributedTo", voter)
        .put("to", [author.to_owned()].to_vec())
        .put("cc", Vec::<Value>::new())
        .put("inReplyTo", question)
        .put("name", choice);
    out.document()
}
