//! Outgoing posts: `Note`, `Article`, `Tombstone` (AS2, FEP-b2b8, FEP-044f, FEP-7888).

use serde_json::{Map, Value, json};

use super::Fields;
use super::actor::markdown;
use crate::vocab::{PUBLIC, rfc3339};

/// Somebody mentioned; the href must stand in `to` or `cc` too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The actor's id.
    pub href: String,
    /// `@user@host`
    pub name: String,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hashtag {
    /// The page of the tag.
    pub href: String,
    /// Without the hash sign.
    pub name: String,
}

/// A link attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where to.
    pub href: String,
    /// What it is called.
    pub name: Option<String>,
}

/// A medium attached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Media {
    /// Where it is.
    pub url: String,
    /// Its media type.
    pub media_type: String,
    /// The description for those who cannot see it.
    pub description: Option<String>,
    /// A blurred preview.
    pub blurhash: Option<String>,
    /// Width in pixels.
    pub width: Option<u64>,
    /// Height in pixels.
    pub height: Option<u64>,
}

/// Who may quote a post without asking (FEP-044f).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QuotePolicy {
    /// Anybody.
    #[default]
    Anyone,
    /// Only the author.
    Nobody,
}

/// The `preview` of an article (FEP-b2b8): what microblogs may show instead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PreviewParams {
    /// The short text as HTML.
    pub content_html: String,
}

/// What a post is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostParams {
    /// The id.
    pub id: String,
    /// The readable page.
    pub url: String,
    /// The author.
    pub attributed_to: String,
    /// Primary addressees.
    pub to: Vec<String>,
    /// Secondary addressees.
    pub cc: Vec<String>,
    /// The group (FEP-1b12).
    pub audience: Option<String>,
    /// The title; only articles and polls have one.
    pub name: Option<String>,
    /// The text as HTML.
    pub content_html: String,
    /// An article's abstract as HTML; a note's content warning as plain text.
    pub summary: Option<String>,
    /// The Markdown it was made from.
    pub source_markdown: Option<String>,
    /// An article's preview.
    pub preview: Option<PreviewParams>,
    /// What it answers.
    pub in_reply_to: Option<String>,
    /// The conversation, resolvable (FEP-7888, FEP-f228).
    pub context: Option<String>,
    /// The collection of replies, by its URL.
    pub replies: Option<String>,
    /// When it was made.
    pub published_ms: i64,
    /// When it was last changed; only if it was, because peers show it as edited.
    pub updated_ms: Option<i64>,
    /// The language of the text.
    pub language: Option<String>,
    /// To be hidden at first.
    pub sensitive: bool,
    /// Who is mentioned.
    pub mentions: Vec<Mention>,
    /// Tags.
    pub hashtags: Vec<Hashtag>,
    /// Links attached, first in the list because Lemmy takes the first one.
    pub links: Vec<Link>,
    /// Media attached.
    pub media: Vec<Media>,
    /// Who may quote it.
    pub quote_policy: QuotePolicy,
    /// How many favourited it, where that is told.
    pub likes: Option<u64>,
    /// How many boosted it, where that is told.
    pub shares: Option<u64>,
    /// Whether it takes answers, where its thread can be locked (Lemmy).
    pub comments_enabled: Option<bool>,
    /// The resource it presents (our extension).
    pub resource: Option<Value>,
}

/// A `Note`: everything that is not a thread starter.
pub fn note(params: &PostParams) -> Value {
    post("Note", params).document()
}

/// A `Page`: a thread starter as link aggregators write it, with title and source.
pub fn page(params: &PostParams) -> Value {
    let mut out = post("Page", params);
    out.maybe("name", params.name.as_deref());
    out.document()
}

/// An `Article`: a thread starter with title, abstract, preview and source.
pub fn article(params: &PostParams) -> Value {
    let mut out = post("Article", params);
    out.maybe("name", params.name.as_deref());
    if let Some(preview) = &params.preview {
        out.put(
            "preview",
            json!({
                "type": "Note",
                "attributedTo": params.attributed_to,
                "content": preview.content_html,
                "published": rfc3339(params.published_ms),
            }),
        );
    }
    out.document()
}

pub(super) fn post(kind: &str, p: &PostParams) -> Fields {
    let mut out = Fields::default();
    out.put("id", p.id.as_str())
        .put("type", kind)
        .put("url", p.url.as_str())
        .put("attributedTo", p.attributed_to.as_str())
        .put("to", p.to.clone())
        .put("cc", p.cc.clone())
        .maybe("audience", p.audience.as_deref())
        .put("content", p.content_html.as_str())
        .put("mediaType", "text/html")
        .maybe("contentMap", p.language.as_deref().map(|l| content_map(l, &p.content_html)))
        .maybe("language", p.language.as_deref().map(|l| json!({"identifier": l, "name": l})))
        .maybe("summary", p.summary.as_deref())
        .maybe("source", p.source_markdown.as_deref().map(markdown))
        .put("inReplyTo", p.in_reply_to.as_deref())
        .maybe("context", p.context.as_deref())
        .maybe("replies", p.replies.as_deref().map(super::collection::replies))
        .maybe("likes", p.likes.map(counted))
        .maybe("shares", p.shares.map(counted))
        .maybe("commentsEnabled", p.comments_enabled)
        .time("published", Some(p.published_ms))
        .time("updated", p.updated_ms)
        .put("sensitive", p.sensitive)
        .put("tag", tags(p))
        .put("attachment", attachments(p))
        .put("interactionPolicy", interaction_policy(p))
        .maybe("resource", p.resource.clone());
    out
}

/// A collection of which only the number is told.
fn counted(total: u64) -> Value {
    json!({"type": "Collection", "totalItems": total})
}

fn content_map(language: &str, html: &str) -> Value {
    let mut map = Map::new();
    map.insert(language.to_owned(), Value::from(html));
    Value::Object(map)
}

fn tags(p: &PostParams) -> Vec<Value> {
    let mentions = p.mentions.iter().map(|m| json!({"type": "Mention", "href": m.href, "name": m.name}));
    let hashtags = p.hashtags.iter().map(|h| json!({"type": "Hashtag", "href": h.href, "name": format!("#{}", h.name)}));
    mentions.chain(hashtags).collect()
}

fn attachments(p: &PostParams) -> Vec<Value> {
    let links = p.links.iter().map(|link| {
        let mut out = Fields::default();
        out.put("type", "Link").put("href", link.href.as_str()).maybe("name", link.name.as_deref());
        out.part()
    });
    let media = p.media.iter().map(|medium| {
        let mut out = Fields::default();
        out.put("type", "Document")
            .put("url", medium.url.as_str())
            .put("mediaType", medium.media_type.as_str())
            .maybe("name", medium.description.as_deref())
            .maybe("blurhash", medium.blurhash.as_deref())
            .maybe("width", medium.width)
            .maybe("height", medium.height);
        out.part()
    });
    links.chain(media).collect()
}

/// Without a policy nobody may quote (FEP-044f); the author alone means nobody else.
fn interaction_policy(p: &PostParams) -> Value {
    let approved = match p.quote_policy {
        QuotePolicy::Anyone => PUBLIC,
        QuotePolicy::Nobody => p.attributed_to.as_str(),
    };
    json!({"canQuote": {"automaticApproval": [approved]}})
}

/// What remains of a deleted object (AS2 vocabulary section 3.3).
pub fn tombstone(id: &str, former_type: Option<&str>, deleted_ms: Option<i64>) -> Value {
    let mut out = Fields::default();
    out.put("id", id).put("type", "Tombstone").maybe("formerType", former_type).time("deleted", deleted_ms);
    out.document()
}
