//! Normalised content before it is a post: what a form, an app and the wire are translated into.

use crate::audience::Visibility;
use crate::id::{CommunityId, PostId};
use crate::policy::Refusal;
use crate::poll::PollDraft;

/// Longest text of a local post, in characters.
pub const MAX_TEXT: usize = 5_000;
/// Longest title, in characters.
pub const MAX_TITLE: usize = 200;
/// Longest content warning, in characters.
pub const MAX_SPOILER: usize = 500;
/// Longest URL of a resource, in bytes.
pub const MAX_URL: usize = 2_048;
/// Most mentions and tags that are kept of one post.
pub const MAX_MENTIONS: usize = 50;
/// Longest text of a post from the wire, in bytes of HTML.
pub const MAX_REMOTE_HTML: usize = 128 * 1024;

/// A link shared with the community's library: the post's own text is the note on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceLink {
    /// Absolute http(s) URL.
    pub url: String,
    /// What the link is called.
    pub title: String,
}

/// What a local author wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Markdown.
    pub text: String,
    /// A title, if the author gave one.
    pub title: Option<String>,
    /// A content warning.
    pub spoiler: String,
    /// Hide behind a warning.
    pub sensitive: bool,
    /// BCP 47 language, if known.
    pub language: Option<String>,
    /// Who should be able to read it, within the community's reach.
    pub visibility: Visibility,
    /// The community the post is put into by the web form; apps use the text's first or last handle.
    pub community: Option<CommunityId>,
    /// What it answers.
    pub in_reply_to: Option<PostId>,
    /// The link it shares.
    pub resource: Option<ResourceLink>,
    /// The poll it holds.
    pub poll: Option<PollDraft>,
}

impl Draft {
    /// A plain text of this visibility.
    pub fn new(text: impl Into<String>, visibility: Visibility) -> Self {
        Self {
            text: text.into(),
            title: None,
            spoiler: String::new(),
            sensitive: false,
            language: None,
            visibility,
            community: None,
            in_reply_to: None,
            resource: None,
            poll: None,
        }
    }

    /// Lengths and forms. Everything that is wrong has a code of its own.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.text.trim().is_empty() && self.resource.is_none() {
            return Err(Refusal::invalid("text_blank", "Write something first: the text is empty."));
        }
        if self.text.chars().count() > MAX_TEXT {
            return Err(Refusal::invalid("text_too_long", "The text is too long: 5000 characters are the limit."));
        }
        if self.spoiler.chars().count() > MAX_SPOILER {
            return Err(Refusal::invalid("warning_too_long", "The content warning is too long: 500 characters are the limit."));
        }
        if let Some(title) = &self.title
            && title.chars().count() > MAX_TITLE
        {
            return Err(Refusal::invalid("title_too_long", "The title is too long: 200 characters are the limit."));
        }
        if let Some(resource) = &self.resource {
            if !crate::text::is_web_url(&resource.url) || resource.url.len() > MAX_URL {
                return Err(Refusal::invalid("link_invalid", "The link is not a web address (http or https)."));
            }
            if resource.title.chars().count() > MAX_TITLE {
                return Err(Refusal::invalid("title_too_long", "The title is too long: 200 characters are the limit."));
            }
        }
        if let Some(poll) = &self.poll {
            poll.check()?;
        }
        if let Some(language) = &self.language
            && !is_language(language)
        {
            return Err(Refusal::invalid("language_invalid", "The language is not a known language code."));
        }
        Ok(())
    }
}

/// Whether this looks like a BCP 47 tag (`en`, `de-AT`, `zh-Hant`).
pub fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_lowercase())
        && tag.len() <= 16
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
