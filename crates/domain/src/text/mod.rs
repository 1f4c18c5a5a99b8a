//! Safe text: reading what people write, cleaning what comes from outside.

mod clean;
mod render;
mod scan;
mod title;

pub use clean::{Html, plain};
pub use render::{Links, render_markdown};
pub use scan::{Token, TokenKind, bare_at_edges, hashtags, mentions, scan};
pub use title::{derive_title, shorten, without_title};

/// Whether this is an absolute http(s) URL with a host and without credentials.
pub fn is_web_url(text: &str) -> bool {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return false;
    }
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|h| !h.is_empty())
            && url.username().is_empty()
            && url.password().is_none()
    })
}
