//! HTML by allow-list. Whatever becomes [`Html`] has passed here, so templates may print it as it is.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

/// HTML that holds only what the allow-list lets through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Html(String);

/// Deepest nesting of tags that is cleaned; deeper input is shown as plain text, because the
/// parser's tree is walked recursively when it is dropped.
const MAX_DEPTH: usize = 100;
/// Most character references in HTML that is read as such: the parser takes a time that grows with the square of them.
const MAX_REFERENCES: usize = 2_000;
/// How often HTML is read until nothing changes any more; after that only its text is kept.
const MAX_PASSES: usize = 4;

impl Html {
    /// Cleans HTML from anywhere.
    pub fn clean(untrusted: &str) -> Self {
        if depth(untrusted) > MAX_DEPTH || untrusted.matches('&').count() > MAX_REFERENCES {
            return Self::of_text(&decode(&strip(untrusted)));
        }
        let mut clean = pass(untrusted);
        // What a browser would read differently from what was written is read again, until both agree (C147).
        for _ in 0..MAX_PASSES {
            let again = pass(&clean);
            if again == clean {
                return Self(clean);
            }
            clean = again;
        }
        Self::of_text(&decode(&strip(&clean)))
    }

    /// Plain text as HTML.
    pub fn of_text(text: &str) -> Self {
        let escaped = ammonia::clean_text(text).replace("&#10;", "\n").replace("&#32;", " ");
        Self(format!("<p>{}</p>", escaped.replace('\n', "<br>")))
    }

    /// What was cleaned before it was stored. Only `store` calls this (clippy's `disallowed-methods` closes it).
    pub fn stored(html: String) -> Self {
        Self(html)
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The HTML, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads and writes once.
fn pass(html: &str) -> String {
    // A byte order mark at the beginning is one to the next reader, who would not show it.
    let clean = cleaner().clean(html).to_string();
    // Our own hashtags say what they are: Mastodon makes the preview of a post of its first link that is none.
    clean.trim_start_matches('\u{feff}').replace(HASHTAG, TAGGED)
}

const HASHTAG: &str = "class=\"mention hashtag\" rel=\"nofollow noopener noreferrer ugc\"";
const TAGGED: &str = "class=\"mention hashtag\" rel=\"tag nofollow noopener noreferrer ugc\"";

fn cleaner() -> &'static ammonia::Builder<'static> {
    static CLEANER: OnceLock<ammonia::Builder<'static>> = OnceLock::new();
    CLEANER.get_or_init(|| {
        let mut builder = ammonia::Builder::empty();
        builder
            .tags(HashSet::from([
                "p",
                "br",
                "a",
                "span",
                "time",
                "del",
                "s",
                "pre",
                "code",
                "em",
                "strong",
                "b",
                "i",
                "u",
                "ul",
                "ol",
                "li",
                "blockquote",
                "h1",
                "h2",
                "h3",
                "h4",
                "h5",
                "h6",
                "hr",
                "table",
                "thead",
                "tbody",
                "tr",
                "th",
                "td",
            ]))
            .tag_attributes(HashMap::from([
                ("a", HashSet::from(["href", "translate"])),
                ("ol", HashSet::from(["start"])),
                ("time", HashSet::from(["datetime"])),
            ]))
            .allowed_classes(HashMap::from([
                ("a", HashSet::from(["mention", "hashtag", "u-url"])),
                ("span", HashSet::from(["h-card", "invisible", "ellipsis"])),
            ]))
            .url_schemes(HashSet::from(["http", "https", "mailto"]))
            .url_relative(ammonia::UrlRelative::Deny)
            .clean_content_tags(HashSet::from([
                "script", "style", "noscript", "template", "iframe", "title", "textarea", "svg", "math",
            ]))
            .link_rel(Some("nofollow noopener noreferrer ugc"))
            .strip_comments(true);
        builder
    })
}

/// How deep tags may nest at worst, in one pass and without a tree.
fn depth(html: &str) -> usize {
    let bytes = html.as_bytes();
    let (mut open, mut worst) = (0_usize, 0_usize);
    for pair in bytes.windows(2) {
        match pair {
            [b'<', b'/'] => open = open.saturating_sub(1),
            [b'<', c] if c.is_ascii_alphabetic() => {
                open += 1;
                worst = worst.max(open);
            }
            _ => {}
        }
    }
    // Tags that need no closing count here too; a long flat list of paragraphs is not deep.
    let void = html.matches("<br").count()
        + html.matches("<p").count()
        + html.matches("<li").count()
        + html.matches("<img").count()
        + html.matches("<hr").count();
    worst.saturating_sub(void)
}

/// Everything outside angle brackets.
fn strip(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

/// The readable text of cleaned HTML: paragraphs and line breaks as new lines, entities decoded.
pub fn plain(html: &Html) -> String {
    let mut text = String::with_capacity(html.0.len());
    let mut rest = html.0.as_str();
    while let Some(start) = rest.find('<') {
        text.push_str(rest.get(..start).unwrap_or_default());
        let tail = rest.get(start..).unwrap_or_default();
        let end = tail.find('>').map_or(tail.len(), |at| at + 1);
        let tag = tail.get(..end).unwrap_or_default();
        if ["<br", "</p", "</li", "</h", "</pre", "</blockquote", "</tr"].iter().any(|t| tag.starts_with(t)) {
            text.push('\n');
        }
        rest = tail.get(end..).unwrap_or_default();
    }
    text.push_str(rest);
    decode(&text).trim().to_owned()
}

/// The references that cleaning writes, as what they stand for.
fn decode(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_handlers_do_not_pass() {
        for bad in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\"java\tscript:alert(1)\">x</a>",
            "<svg><script>alert(1)</script></svg>",
            "<p style=\"background:url(javascript:1)\" onclick=x>y</p>",
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        ] {
            let html = Html::clean(bad).into_string();
            for sign in ["<script", "onerror=", "href=\"java", "<img", "style=", "onclick", "<svg", "<math"] {
                assert!(!html.contains(sign), "{bad} gave {html}");
            }
        }
    }

    #[test]
    fn cleaning_twice_changes_nothing() {
        for text in ["<p>a<b>c</p>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "a < b & c > d"] {
            let once = Html::clean(text);
            assert_eq!(Html::clean(once.as_str()), once);
        }
    }

    #[test]
    fn a_hundred_thousand_nested_tags_are_only_text() {
        let bomb = format!("{}x", "<b>".repeat(100_000));
        assert_eq!(plain(&Html::clean(&bomb)), "x");
    }

    #[test]
    fn many_paragraphs_are_not_deep() {
        let long = "<p>word</p>".repeat(2_000);
        assert!(Html::clean(&long).as_str().contains("<p>word</p>"));
        assert!(Html::clean(&"<p>word".repeat(200)).as_str().contains("<p>word</p>"));
    }
}
