//! Incoming activities (ActivityPub section 7, FEP-1b12, FEP-c0e0).

use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

use super::{ModelError, origin, same_origin, single_type};
use crate::vocab::{self, Addressing};

macro_rules! kinds {
    ($($name:ident),+ $(,)?) => {
        /// What an activity does.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each variant is the ActivityStreams type of its name")]
        pub enum ActivityKind {
            $($name,)+
            /// Any other type, by its name.
            Other(String),
        }

        impl ActivityKind {
            /// All types that are known by name.
            pub const KNOWN: &[&'static str] = &[$(stringify!($name)),+];

            /// The kind for a `type`.
            pub fn from_name(name: &str) -> Self {
                match name {
                    $(stringify!($name) => Self::$name,)+
                    other => Self::Other(other.to_owned()),
                }
            }

            /// The `type` on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => stringify!($name),)+
                    Self::Other(name) => name,
                }
            }
        }
    };
}

kinds! {
    Create, Update, Delete, Undo, Follow, Join, Leave, Accept, Reject, TentativeAccept, TentativeReject, Announce, Like, Dislike,
    EmojiReact, Block, Flag, Add, Remove, Move, Lock, Warn, Resolve, Invite, Offer, PollVote, QuoteRequest, View, Read, Listen, Ignore,
}

/// An activity as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// Its id, on the actor's origin.
    pub id: String,
    /// What it does.
    pub kind: ActivityKind,
    /// The id of the one who does it.
    pub actor: String,
    /// To what; an id, a document, or a list. Null only for kinds we do not know.
    pub object: Value,
    /// The collection or actor it is aimed at (`Add`, `Remove`, `Move`, `Block`).
    pub target: Option<String>,
    /// To whom.
    pub addressing: Addressing,
    /// The group it belongs to (FEP-1b12).
    pub audience: Vec<String>,
    /// When, as far as said.
    pub published_ms: Option<i64>,
    /// The document as received, for forwarding unchanged.
    pub raw: Value,
}

/// Most code points of one emoji: families and flags have up to ten.
const MAX_EMOJI: usize = 16;

fn is_emoji(text: &str) -> bool {
    if let Some(name) = text.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')) {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'@' | b'.');
        return !name.is_empty() && name.bytes().all(plain);
    }
    let letters = text.chars().next().is_none_or(char::is_alphabetic);
    let one = text.graphemes(true).count() == 1 && text.chars().count() <= MAX_EMOJI;
    one && !letters && !text.is_ascii()
}

/// Who does what, of an activity as it was delivered: as much as is needed to take it or not. The rest of it is read when it
/// is processed.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivered {
    /// The activity's id, on the actor's origin.
    pub id: String,
    /// What it does.
    pub kind: ActivityKind,
    /// The id of the one who does it.
    pub actor: String,
    /// The document as received.
    pub raw: Value,
}

impl Delivered {
    /// Reads an activity; its id must be on its actor's origin (FEP-fe34).
    pub fn parse(raw: Value) -> Result<Self, ModelError> {
        let id = origin::id(&raw)?;
        Self::with_id(raw, id)
    }

    /// The same as it was delivered by its actor, under an id that is made for it where it has none: some are sent so
    /// (Mastodon's `Add` and `Remove`, Mobilizon's `Leave`). Whatever else has no id is an error.
    pub fn parse_delivered(mut raw: Value, id_for: impl FnOnce(&str) -> String) -> Result<Self, ModelError> {
        let nameless = raw.get("id").is_none_or(Value::is_null) && matches!(single_type(&raw)?, "Add" | "Remove" | "Leave");
        if !nameless {
            return Self::parse(raw);
        }
        let id = id_for(&origin::link(&raw, "actor").ok_or(ModelError::Field("actor"))?);
        if let Some(map) = raw.as_object_mut() {
            map.insert("id".to_owned(), Value::from(id.as_str()));
        }
        Self::with_id(raw, id)
    }

    fn with_id(raw: Value, id: String) -> Result<Self, ModelError> {
        let kind = ActivityKind::from_name(single_type(&raw)?);
        let actor = origin::link(&raw, "actor").ok_or(ModelError::Field("actor"))?;
        if !same_origin(&id, &actor) {
            return Err(ModelError::ForeignOrigin("actor"));
        }
        if raw.get("object").is_none_or(Value::is_null) && !matches!(kind, ActivityKind::Other(_)) {
            return Err(ModelError::Field("object"));
        }
        Ok(Self { id, kind, actor, raw })
    }

    /// What it is about; null where it says nothing.
    pub fn object(&self) -> &Value {
        self.raw.get("object").unwrap_or(&Value::Null)
    }

    /// The id of the object, embedded or not; none when there are several.
    pub fn object_id(&self) -> Option<&str> {
        vocab::id_of(self.object())
    }

    /// All of it.
    pub fn open(self) -> Activity {
        let Self { id, kind, actor, raw } = self;
        Activity {
            target: origin::link(&raw, "target"),
            addressing: Addressing::of(&raw),
            audience: vocab::ids(&raw, "audience"),
            published_ms: raw.get("published").and_then(Value::as_str).and_then(vocab::datetime),
            object: raw.get("object").cloned().unwrap_or_default(),
            id,
            kind,
            actor,
            raw,
        }
    }
}

impl Activity {
    /// Reads an activity; its id must be on its actor's origin (FEP-fe34).
    pub fn parse(raw: Value) -> Result<Self, ModelError> {
        Ok(Delivered::parse(raw)?.open())
    }

    /// The id of the object, embedded or not; none when there are several.
    pub fn object_id(&self) -> Option<&str> {
        vocab::id_of(&self.object)
    }

    /// The object when it is embedded whole, not just named.
    pub fn embedded(&self) -> Option<&Value> {
        let value = match &self.object {
            Value::Array(items) => match items.as_slice() {
                [one] => one,
                _ => return None,
            },
            other => other,
        };
        (value.is_object() && value.get("type").is_some()).then_some(value)
    }

    /// All ids it is about: a report names several.
    pub fn object_ids(&self) -> Vec<String> {
        vocab::ids(&self.raw, "object")
    }

    /// The reason somebody gives: Lemmy's `summary`, Mastodon's `content`.
    pub fn reason(&self) -> Option<String> {
        super::label(&self.raw, "summary", 2_000).or_else(|| super::label(&self.raw, "content", 2_000))
    }

    /// The emoji of a reaction (FEP-c0e0): `EmojiReact`, or a `Like` with content. One emoji, or the `:name:` of a picture;
    /// other words are none.
    pub fn reaction(&self) -> Option<String> {
        match self.kind {
            ActivityKind::EmojiReact | ActivityKind::Like => super::label(&self.raw, "content", 64).filter(|text| is_emoji(text)),
            _ => None,
        }
    }
}
