//! What only polls have (FEP-9967).

use serde_json::Value;

use super::label;
use crate::vocab;

/// One choice of a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollOption {
    /// Its text, by which votes name it.
    pub name: String,
    /// Votes counted so far, as far as said.
    pub votes: Option<u64>,
}

/// The extra fields of a `Question`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollDoc {
    /// Several choices allowed (`anyOf`).
    pub multiple: bool,
    /// The choices, names unique.
    pub options: Vec<PollOption>,
    /// When voting ends.
    pub ends_ms: Option<i64>,
    /// When it was closed; set only once it is over.
    pub closed_ms: Option<i64>,
    /// How many voted.
    pub voters: Option<u64>,
}

const MAX_OPTIONS: usize = 50;

impl PollDoc {
    /// Reads the poll fields of an object; none without at least two usable choices.
    pub fn parse(value: &Value) -> Option<Self> {
        let (multiple, list) = match (value.get("oneOf"), value.get("anyOf")) {
            (Some(one), _) if !vocab::one_or_many(one).is_empty() => (false, one),
            (_, Some(any)) => (true, any),
            _ => return None,
        };
        let mut options: Vec<PollOption> = Vec::new();
        for entry in vocab::one_or_many(list).into_iter().take(MAX_OPTIONS) {
            let Some(name) = label(entry, "name", 500) else {
                continue;
            };
            if options.iter().all(|o| o.name != name) {
                let votes = entry.get("replies").and_then(|r| vocab::count(r, "totalItems"));
                options.push(PollOption { name, votes });
            }
        }
        let time = |field: &str| value.get(field).and_then(Value::as_str).and_then(vocab::datetime);
        (options.len() >= 2).then_some(Self {
            multiple,
            options,
            ends_ms: time("endTime"),
            closed_ms: time("closed"),
            voters: vocab::count(value, "votersCount"),
        })
    }
}
