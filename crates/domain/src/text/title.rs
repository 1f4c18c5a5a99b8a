//! Titles and summaries made from a text: a thread starter always has a title on the wire.

use super::{Html, plain};

/// Longest derived title, in characters.
const TITLE: usize = 100;

/// A title from the first sentence, at most 100 characters. Leading handles are left out:
/// they address the post, they do not name it.
pub fn derive_title(text: &str) -> String {
    let line = without_handles(text).lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line = line.trim_start_matches(['#', '>', '*', '-', ' ']);
    let sentence = line
        .char_indices()
        .find(|(at, c)| matches!(c, '.' | '!' | '?') && line.get(at + c.len_utf8()..).is_some_and(|tail| tail.starts_with(' ')))
        .and_then(|(at, c)| line.get(..at + c.len_utf8()))
        .unwrap_or(line);
    shorten(sentence.trim_end_matches('.'), TITLE)
}

fn without_handles(text: &str) -> &str {
    let mut rest = text.trim();
    while rest.starts_with('@') {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        rest = rest.get(end..).unwrap_or_default().trim_start();
    }
    rest
}

/// The HTML of a text without its first sentence, where its title was derived from that and stands there as it is, so
/// that whoever is shown title and text reads it once. `None`: it has to be repeated.
pub fn without_title(html: &Html, title: &str) -> Option<Html> {
    // A first paragraph that is the title, whatever it is marked up with.
    if let Some((first, rest)) = html.as_str().split_once("</p>")
        && let Some(first) = first.strip_prefix("<p>")
    {
        let first = plain(&Html::clean(first));
        if without_handles(&first).trim_end_matches('.') == title {
            return Some(Html::clean(rest.trim_start()));
        }
    }
    let first = Html::of_text(title).into_string();
    let first = first.strip_prefix("<p>")?.strip_suffix("</p>")?;
    let rest = html.as_str().strip_prefix("<p>")?.strip_prefix(first)?;
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    if let Some(after) = rest.strip_prefix("</p>") {
        return Some(Html::clean(after.trim_start()));
    }
    let after = rest.strip_prefix(' ').or_else(|| rest.strip_prefix("<br>"))?;
    Some(Html::clean(&format!("<p>{}", after.trim_start())))
}

/// At most so many characters, cut at a word and with an ellipsis.
pub fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let cut: String = text.chars().take(limit.saturating_sub(1)).collect();
    let at = cut.rfind(char::is_whitespace).filter(|at| *at > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", cut.get(..at).unwrap_or(&cut).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_names_the_post() {
        assert_eq!(derive_title("@tdd@b.test How do you name tests? I use verbs."), "How do you name tests?");
        assert_eq!(derive_title("# Heading\n\ntext"), "Heading");
        assert_eq!(derive_title("One. Two."), "One");
        assert!(derive_title(&"word ".repeat(60)).chars().count() <= 100);
    }

    #[test]
    fn a_title_that_was_the_beginning_is_not_read_twice() {
        for (html, title, rest) in [
            (
                "<p>How do you name tests? I use <em>verbs</em>.</p>",
                "How do you name tests?",
                Some("<p>I use <em>verbs</em>.</p>"),
            ),
            ("<p>One</p><p>Two</p>", "One", Some("<p>Two</p>")),
            ("<p>One. Two.</p>", "One", Some("<p>Two.</p>")),
            ("<p>One &amp; only.</p>", "One & only", Some("")),
            ("<p>Line<br>next</p>", "Line", Some("<p>next</p>")),
            ("<p>@tdd@b.test <em>One</em> word.</p><p>Two</p>", "One word", Some("<p>Two</p>")),
            ("<p><em>One</em> word. More.</p>", "One word", None),
            ("<p>Oneness</p>", "One", None),
            ("<ul><li>One</li></ul>", "One", None),
        ] {
            assert_eq!(without_title(&Html::clean(html), title).map(Html::into_string).as_deref(), rest, "{html}");
        }
    }

    #[test]
    fn shortening_cuts_at_words() {
        assert_eq!(shorten("one two three", 9), "one two…");
        assert_eq!(shorten("short", 9), "short");
    }
}
