//! The HTML of a status: the title first, where the text does not begin with it anyway.

use domain::text::Html;
use serde::{Serialize, Serializer};
use std::fmt;

/// A post's title and text as one piece of HTML, written without being put together first.
#[derive(Debug, Clone, Copy)]
pub struct Content<'a> {
    title: Option<&'a str>,
    html: &'a str,
}

impl<'a> Content<'a> {
    /// Title and text of one post. Statuses have no titles, so it becomes a paragraph of its own.
    pub fn of(title: Option<&'a str>, html: &'a Html) -> Self {
        let html = html.as_str();
        let title = title.map(str::trim).filter(|title| !title.is_empty() && !begins_with(html, title));
        Self { title, html }
    }
}

impl fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(title) = self.title {
            f.write_str("<p><strong>")?;
            for part in title.split_inclusive(['&', '<', '>', '"']) {
                match part.char_indices().next_back() {
                    Some((at, special @ ('&' | '<' | '>' | '"'))) => {
                        f.write_str(part.get(..at).unwrap_or_default())?;
                        f.write_str(match special {
                            '&' => "&amp;",
                            '<' => "&lt;",
                            '>' => "&gt;",
                            _ => "&quot;",
                        })?;
                    }
                    _ => f.write_str(part)?,
                }
            }
            f.write_str("</strong></p>")?;
        }
        f.write_str(self.html)
    }
}

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.title {
            None => serializer.serialize_str(self.html),
            Some(_) => serializer.collect_str(self),
        }
    }
}

/// Whether the first sentence of this HTML is this title. Titles that were made from the first sentence
/// leave out the handles in front of it and its full stop, and may be cut with an ellipsis.
fn begins_with(html: &str, title: &str) -> bool {
    let bare = title.trim_end_matches(['…', '.']).trim_end();
    let cut = title.ends_with('…');
    let mut text = Words { rest: html };
    let mut wanted = bare.split_whitespace();
    let Some(mut expected) = wanted.next() else { return true };
    let mut started = false;
    loop {
        let Some(word) = text.next_word() else { return false };
        if !started && word.is_handle() && !expected.starts_with('@') {
            continue;
        }
        started = true;
        match wanted.next() {
            Some(next) if word.equals(expected) => expected = next,
            Some(_) => return false,
            None => {
                let ended = bare.ends_with(['!', '?']) || text.at_line_end();
                return word.rest_after(expected).is_some_and(|mut rest| match rest.next() {
                    _ if cut => true,
                    None => ended,
                    Some(next) => next.is_ascii_punctuation(),
                });
            }
        }
    }
}

/// Walks through the words of HTML, tags left out and entities read.
struct Words<'a> {
    rest: &'a str,
}

/// One word as a stretch of HTML that may hold tags and entities.
struct Word<'a>(&'a str);

impl<'a> Words<'a> {
    fn next_word(&mut self) -> Option<Word<'a>> {
        // Tags between words, and white space, are skipped; block tags end a word, inline tags do not.
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix('<') {
                Some(tag) => self.rest = tag.split_once('>').map_or("", |(_, rest)| rest),
                None => break,
            }
        }
        if self.rest.is_empty() {
            return None;
        }
        let end = word_end(self.rest);
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        Some(Word(word))
    }

    /// Whether nothing follows in the same line or paragraph.
    fn at_line_end(&self) -> bool {
        let rest = self.rest.trim_start();
        rest.is_empty() || rest.strip_prefix('<').and_then(|tag| tag.split_once('>')).is_some_and(|(tag, _)| ends_line(tag))
    }
}

fn word_end(html: &str) -> usize {
    let mut tag = None;
    for (at, c) in html.char_indices() {
        match (tag, c) {
            (None, '<') => tag = Some(at),
            (None, c) if c.is_whitespace() => return at,
            (Some(start), '>') => {
                if ends_line(html.get(start + 1..at).unwrap_or_default()) {
                    return start;
                }
                tag = None;
            }
            _ => {}
        }
    }
    html.len()
}

/// Whether this tag (without its brackets) stands between lines or blocks, not inside a line.
fn ends_line(tag: &str) -> bool {
    let name = tag.trim_start_matches('/');
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    matches!(
        name,
        "p" | "br" | "li" | "ul" | "ol" | "blockquote" | "pre" | "div" | "hr" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6"
    )
}

impl<'a> Word<'a> {
    fn chars(&self) -> Chars<'a> {
        Chars { rest: self.0 }
    }

    fn is_handle(&self) -> bool {
        self.chars().next() == Some('@')
    }

    fn equals(&self, text: &str) -> bool {
        self.chars().eq(text.chars())
    }

    /// What follows this text in the word, if the word begins with it.
    fn rest_after(&self, text: &str) -> Option<Chars<'a>> {
        let mut mine = self.chars();
        text.chars().all(|c| mine.next() == Some(c)).then_some(mine)
    }
}

/// Readable characters of a stretch of HTML.
struct Chars<'a> {
    rest: &'a str,
}

impl Iterator for Chars<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        while let Some(tag) = self.rest.strip_prefix('<') {
            self.rest = tag.split_once('>').map_or("", |(_, rest)| rest);
        }
        for (entity, c) in ENTITIES {
            if let Some(rest) = self.rest.strip_prefix(entity) {
                self.rest = rest;
                return Some(c);
            }
        }
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..).unwrap_or_default();
        Some(c)
    }
}

/// The entities that cleaned HTML holds.
const ENTITIES: [(&str, char); 6] =
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&#39;", '\''), ("&nbsp;", '\u{a0}')];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(title: Option<&str>, html: &str) -> String {
        serde_json::from_str(&serde_json::to_string(&Content::of(title, &Html::clean(html))).unwrap()).unwrap()
    }

    #[test]
    fn a_title_of_its_own_stands_first_and_is_escaped() {
        assert_eq!(shown(Some("Red & <green>"), "<p>Text</p>"), "<p><strong>Red &amp; &lt;green&gt;</strong></p><p>Text</p>");
        assert_eq!(shown(None, "<p>Text</p>"), "<p>Text</p>");
        assert_eq!(shown(Some("  "), "<p>Text</p>"), "<p>Text</p>");
    }

    #[test]
    fn a_title_made_from_the_text_is_not_said_twice() {
        for (title, html) in [
            ("One", "<p>One. Two.</p>"),
            ("How do you name tests?", "<p>How do you <em>name</em> tests? I use verbs.</p>"),
            ("Heading", "<h1>Heading</h1><p>text</p>"),
            ("Tom & Jerry", "<p>Tom &amp; Jerry</p>"),
            ("one two…", "<p>one two three</p>"),
            ("Line one", "<p>Line one<br>line two</p>"),
        ] {
            assert_eq!(shown(Some(title), html), Html::clean(html).as_str(), "{title}");
        }
        let mention = "<p><a href=\"https://b.test/@tdd\">@<span>tdd</span></a> Hello all.</p>";
        assert_eq!(shown(Some("Hello all"), mention), Html::clean(mention).as_str());
    }

    #[test]
    fn a_text_that_begins_alike_keeps_its_title() {
        assert!(shown(Some("One"), "<p>One thing. Two.</p>").starts_with("<p><strong>One</strong></p>"));
        assert!(shown(Some("On"), "<p>One. Two.</p>").starts_with("<p><strong>On</strong></p>"));
        assert!(shown(Some("One thing"), "<p>One. Two.</p>").starts_with("<p><strong>One thing</strong></p>"));
        assert!(shown(Some("Longer than the text"), "<p>Longer than</p>").starts_with("<p><strong>"));
        assert!(shown(Some("Title"), "").starts_with("<p><strong>"));
    }
}
