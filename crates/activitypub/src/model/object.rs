//! Incoming objects: posts, events, polls, tombstones (AS2 vocabulary section 3.3).

use serde_json::Value;

use super::media::attachments;
use super::origin::{self, href, http_url, link};
use super::{EventDoc, LinkDoc, MediaDoc, ModelError, PollDoc, label, same_origin, single_type};
use crate::vocab::{self, Addressing};

/// Longest text in bytes; a longer one is refused, not cut, because cut HTML misleads.
pub const MAX_TEXT: usize = 64 * 1024;
const MAX_MENTIONS: usize = 50;
const MAX_HASHTAGS: usize = 64;
const MAX_TITLE: usize = 500;
/// Where a post names what it quotes (facts 80).
const QUOTES: &[&str] = &["quote", "quoteUri", "quoteUrl", "_misskey_quote"];

/// What kind of object it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each variant is the ActivityStreams type of its name")]
pub enum ObjectKind {
    Note,
    Article,
    Page,
    Question,
    Event,
    Video,
    Tombstone,
    /// Any other type, by its name.
    Other(String),
}

impl ObjectKind {
    /// The kind for a `type`.
    pub fn from_name(name: &str) -> Self {
        match name {
            "Note" => Self::Note,
            "Article" => Self::Article,
            "Page" => Self::Page,
            "Question" => Self::Question,
            "Event" => Self::Event,
            "Video" => Self::Video,
            "Tombstone" => Self::Tombstone,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The `type` on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Note => "Note",
            Self::Article => "Article",
            Self::Page => "Page",
            Self::Question => "Question",
            Self::Event => "Event",
            Self::Video => "Video",
            Self::Tombstone => "Tombstone",
            Self::Other(name) => name,
        }
    }
}

/// Somebody mentioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionDoc {
    /// The actor's id.
    pub href: String,
    /// The handle as written, `@user@host`.
    pub name: String,
}

/// An object as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectDoc {
    /// Its id.
    pub id: String,
    /// What kind it is.
    pub kind: ObjectKind,
    /// The one author; none only for a `Tombstone`. See [`Self::author`].
    pub attributed_to: Option<String>,
    /// Groups it is attributed to besides; a claim.
    pub groups: Vec<String>,
    /// The title, or the choice a poll vote names.
    pub name: Option<String>,
    /// The text, HTML not yet sanitised.
    pub content: Option<String>,
    /// A content warning or abstract, as its kind has it.
    pub summary: Option<String>,
    /// The media type of `content`; HTML unless it says otherwise.
    pub media_type: Option<String>,
    /// The source, only if it is Markdown.
    pub source_markdown: Option<String>,
    /// What it answers.
    pub in_reply_to: Option<String>,
    /// What it quotes (FEP-044f, or the names that others use).
    pub quote: Option<String>,
    /// To whom.
    pub addressing: Addressing,
    /// The group it belongs to (FEP-1b12).
    pub audience: Vec<String>,
    /// When it was made.
    pub published_ms: Option<i64>,
    /// When it was last changed.
    pub updated_ms: Option<i64>,
    /// Its page, on the id's host.
    pub url: Option<String>,
    /// The language of the text.
    pub language: Option<String>,
    /// To be hidden at first.
    pub sensitive: bool,
    /// The conversation (FEP-7888).
    pub context: Option<String>,
    /// Who is mentioned.
    pub mentions: Vec<MentionDoc>,
    /// Tags without their hash sign.
    pub hashtags: Vec<String>,
    /// Links attached.
    pub links: Vec<LinkDoc>,
    /// Media attached.
    pub media: Vec<MediaDoc>,
    /// The resource a post presents (our extension), as it came.
    pub resource: Option<Value>,
    /// The event's fields, for an `Event`.
    pub event: Option<EventDoc>,
    /// The poll's fields, for anything with choices.
    pub poll: Option<PollDoc>,
    /// The document as received, with everything that is not read here.
    pub raw: Value,
}

impl ObjectDoc {
    /// Reads an object; it must be on its author's origin (FEP-fe34) and have exactly one.
    pub fn parse(value: &Value) -> Result<Self, ModelError> {
        let kind = ObjectKind::from_name(single_type(value)?);
        let id = origin::id(value)?;
        let (attributed_to, groups) = author(value, &kind)?;
        if attributed_to.as_ref().is_some_and(|a| !same_origin(a, &id)) {
            return Err(ModelError::ForeignOrigin("attributedTo"));
        }
        let time = |field: &str| value.get(field).and_then(Value::as_str).and_then(vocab::datetime);
        let tags = value.get("tag").map(vocab::one_or_many).unwrap_or_default();
        let (links, media) = attachments(value);
        Ok(Self {
            attributed_to,
            groups,
            name: label(value, "name", MAX_TITLE),
            content: bounded(value, "content")?,
            summary: bounded(value, "summary")?,
            media_type: label(value, "mediaType", 100),
            source_markdown: markdown(value)?,
            in_reply_to: link(value, "inReplyTo"),
            quote: QUOTES.iter().find_map(|field| link(value, field)),
            addressing: Addressing::of(value),
            audience: vocab::ids(value, "audience"),
            published_ms: time("published"),
            updated_ms: time("updated"),
            url: origin::page(value, &id),
            language: language(value),
            sensitive: vocab::boolean(value, "sensitive").unwrap_or(false),
            context: link(value, "context"),
            mentions: tags.iter().filter_map(|t| mention(t)).take(MAX_MENTIONS).collect(),
            hashtags: hashtags(&tags),
            links,
            media,
            resource: value.get("resource").or_else(|| value.get("guildhall:resource")).filter(|r| r.is_object()).cloned(),
            event: (kind == ObjectKind::Event).then(|| EventDoc::parse(value)),
            poll: PollDoc::parse(value),
            raw: value.clone(),
            id,
            kind,
        })
    }

    /// The author, where there must be one.
    pub fn author(&self) -> Result<&str, ModelError> {
        self.attributed_to.as_deref().ok_or(ModelError::Attribution)
    }
}

/// Exactly one person. Groups may stand beside, as `PeerTube`'s channels do. Mobilizon attributes what is written in a
/// group to the group, with the author as `actor`, and private messages to nobody but their `actor`: believed where
/// both are of one origin.
fn author(value: &Value, kind: &ObjectKind) -> Result<(Option<String>, Vec<String>), ModelError> {
    let entries = vocab::attributions(value).map_err(|_| ModelError::Attribution)?;
    let (groups, mut persons): (Vec<_>, Vec<_>) = entries.into_iter().partition(|a| a.group);
    let mut groups: Vec<String> = groups.into_iter().map(|a| a.id).collect();
    if *kind == ObjectKind::Event
        && let Some(organiser) = link(value, "actor")
    {
        let others = persons.into_iter().map(|a| a.id).filter(|id| *id != organiser);
        groups.extend(others);
        return Ok((Some(organiser), groups));
    }
    if let Some(actor) = link(value, "actor")
        && let [] | [_] = persons.as_slice()
        && persons.iter().all(|a| a.id != actor && same_origin(&a.id, &actor))
        && *kind != ObjectKind::Tombstone
    {
        groups.extend(persons.into_iter().map(|a| a.id));
        return Ok((Some(actor), groups));
    }
    let first = persons.pop().map(|a| a.id);
    match first {
        Some(person) if persons.is_empty() && http_url(&person).is_some() => Ok((Some(person), groups)),
        None if *kind == ObjectKind::Tombstone => Ok((None, groups)),
        _ => Err(ModelError::Attribution),
    }
}

fn bounded(value: &Value, field: &'static str) -> Result<Option<String>, ModelError> {
    let text = vocab::text(value, field).filter(|t| !t.is_empty());
    if text.as_ref().is_some_and(|t| t.len() > MAX_TEXT) {
        return Err(ModelError::TooLong(field));
    }
    Ok(text)
}

fn markdown(value: &Value) -> Result<Option<String>, ModelError> {
    let Some(source) = value.get("source") else {
        return Ok(None);
    };
    let is_markdown = source
        .get("mediaType")
        .and_then(Value::as_str)
        .is_some_and(|m| m.split(';').next().is_some_and(|m| m.trim() == "text/markdown"));
    if !is_markdown {
        return Ok(None);
    }
    bounded(source, "content").map_err(|_| ModelError::TooLong("source"))
}

/// BCP 47, by shape: the single key of the language map, or Lemmy's and Mobilizon's fields.
fn language(value: &Value) -> Option<String> {
    let mapped = ["contentMap", "nameMap"].iter().find_map(|field| {
        let map = value.get(*field)?.as_object()?;
        let mut keys = map.keys();
        keys.next().filter(|_| map.len() == 1)
    });
    let found = match (mapped, value.get("language"), value.get("inLanguage")) {
        (Some(key), _, _) => key.as_str(),
        (None, Some(Value::String(text)), _) => text,
        (None, Some(language), _) => language.get("identifier")?.as_str()?,
        (None, None, Some(other)) => other.as_str()?,
        _ => return None,
    };
    let shaped =
        (2..=35).contains(&found.len()) && found.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && found != "und";
    shaped.then(|| found.to_owned())
}

fn mention(tag: &Value) -> Option<MentionDoc> {
    if !vocab::types(tag).contains(&"Mention") {
        return None;
    }
    Some(MentionDoc { href: href(tag)?.to_owned(), name: label(tag, "name", 500).unwrap_or_default() })
}

fn hashtags(tags: &[&Value]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for tag in tags.iter().filter(|t| vocab::types(t).contains(&"Hashtag")) {
        let Some(name) = label(tag, "name", 100) else {
            continue;
        };
        let name = name.trim_start_matches('#').to_owned();
        if !name.is_empty() && !name.contains(char::is_whitespace) && !found.contains(&name) {
            found.push(name);
        }
        if found.len() == MAX_HASHTAGS {
            break;
        }
    }
    found
}
