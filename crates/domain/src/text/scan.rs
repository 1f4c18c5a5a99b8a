//! Finding mentions, hashtags and links in what people write, in one linear pass.

use crate::handle::Handle;

/// What a stretch of text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKind {
    /// `@name` or `@name@host`.
    Mention(Handle),
    /// `#tag`, without the `#`, as written.
    Hashtag(String),
    /// An http(s) URL.
    Link,
}

/// One find, as byte positions in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it is.
    pub kind: TokenKind,
}

/// All mentions, hashtags and links, in order, not overlapping.
pub fn scan(text: &str) -> Vec<Token> {
    let mut finder = linkify::LinkFinder::new();
    finder.kinds(&[linkify::LinkKind::Url]);
    let mut tokens: Vec<Token> = finder
        .links(text)
        .filter(|link| link.as_str().starts_with("http://") || link.as_str().starts_with("https://"))
        .map(|link| Token { start: link.start(), end: link.end(), kind: TokenKind::Link })
        .collect();
    let links: Vec<(usize, usize)> = tokens.iter().map(|t| (t.start, t.end)).collect();
    let mut previous: Option<char> = None;
    let mut skip_until = 0;
    let mut next_link = links.iter().peekable();
    for (at, c) in text.char_indices() {
        while next_link.peek().is_some_and(|(_, end)| *end <= at) {
            next_link.next();
        }
        let in_link = next_link.peek().is_some_and(|(start, _)| *start <= at);
        if at >= skip_until && !in_link && !previous.is_some_and(joins) {
            let found = match c {
                '@' => mention_at(text, at),
                '#' => hashtag_at(text, at),
                _ => None,
            };
            if let Some(token) = found {
                skip_until = token.end;
                tokens.push(token);
            }
        }
        previous = Some(c);
    }
    tokens.sort_by_key(|token| token.start);
    tokens
}

/// A character before `@` or `#` that makes it part of a word.
fn joins(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '/' | '@' | '#' | '&' | '.')
}

fn mention_at(text: &str, at: usize) -> Option<Token> {
    let rest = text.get(at + 1..)?;
    let name_len = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')).count();
    let name = rest.get(..name_len)?.trim_end_matches(['.', '-']);
    if name.is_empty() {
        return None;
    }
    let after = rest.get(name.len()..)?;
    let host = after.strip_prefix('@').map(host_prefix).filter(|host| !host.is_empty());
    let end = at + 1 + name.len() + host.map_or(0, |host| host.len() + 1);
    let handle = Handle::parse(text.get(at..end)?)?;
    Some(Token { start: at, end, kind: TokenKind::Mention(handle) })
}

/// The longest start of the text that can be a host with a port.
fn host_prefix(text: &str) -> &str {
    let len: usize = text.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | ':')).map(char::len_utf8).sum();
    let host = text.get(..len).unwrap_or_default().trim_end_matches(['.', ':', '-']);
    match host.split_once(':') {
        Some((name, port)) if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

fn hashtag_at(text: &str, at: usize) -> Option<Token> {
    let rest = text.get(at + 1..)?;
    let len: usize = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').take(100).map(char::len_utf8).sum();
    let tag = rest.get(..len)?;
    let has_letter = tag.chars().any(char::is_alphabetic);
    has_letter.then(|| Token { start: at, end: at + 1 + len, kind: TokenKind::Hashtag(tag.to_owned()) })
}

/// The distinct handles mentioned, in order.
pub fn mentions(text: &str) -> Vec<Handle> {
    let mut found = Vec::new();
    for token in scan(text) {
        if let TokenKind::Mention(handle) = token.kind
            && !found.contains(&handle)
        {
            found.push(handle);
        }
    }
    found
}

/// The distinct hashtags in lower case, in order.
pub fn hashtags(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for token in scan(text) {
        if let TokenKind::Hashtag(tag) = token.kind {
            let tag = tag.to_lowercase();
            if !found.contains(&tag) {
                found.push(tag);
            }
        }
    }
    found
}

/// The handles that stand as the text's first or last token (a community's handle there
/// puts the post into that community).
pub fn bare_at_edges(text: &str) -> Vec<Handle> {
    let trimmed = text.trim();
    let mut found = Vec::new();
    for token in scan(trimmed) {
        let edge = token.start == 0 || token.end == trimmed.len();
        if let (true, TokenKind::Mention(handle)) = (edge, token.kind)
            && !found.contains(&handle)
        {
            found.push(handle);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_tags_and_links_are_told_apart() {
        let text = "@ann@b.test:80 see https://x.test/@no#no and #Tag, mail a@b.c (#2 @bob).";
        assert_eq!(mentions(text).iter().map(ToString::to_string).collect::<Vec<_>>(), ["ann@b.test:80", "bob"]);
        assert_eq!(hashtags(text), ["tag"]);
    }

    #[test]
    fn only_handles_at_the_edges_address_a_community() {
        let at = |text| bare_at_edges(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(at("@tdd@b.test hello"), ["tdd@b.test"]);
        assert_eq!(at("hello @tdd@b.test"), ["tdd@b.test"]);
        assert_eq!(at("hello @tdd@b.test there"), Vec::<String>::new());
        assert_eq!(at("@one x @two"), ["one", "two"]);
    }

    #[test]
    fn scanning_a_megabyte_of_traps_is_linear() {
        for part in ["@", "@a@", "#", "http://", "a@b."] {
            let text = part.repeat(200_000 / part.len());
            assert!(scan(&text).len() <= text.len());
        }
    }
}
