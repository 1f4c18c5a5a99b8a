//! Markdown to safe HTML, with mentions, hashtags and links made clickable.

use super::clean::Html;
use super::scan::{TokenKind, scan};
use crate::handle::Handle;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};

/// Where mentions and hashtags lead.
pub trait Links {
    /// The page of a mentioned actor, or `None` to leave the text as it is.
    fn mention(&self, handle: &Handle) -> Option<String>;
    /// The page of a hashtag.
    fn hashtag(&self, tag: &str) -> String;
}

/// Longest nesting of block quotes and lists that is rendered as such.
const MAX_NESTING: usize = 16;

/// Renders Markdown. Raw HTML in the source is shown as text; line ends are kept, as
/// people who write in a plain field expect.
pub fn render_markdown(source: &str, links: &dyn Links) -> Html {
    let mut out = String::with_capacity(source.len() + 64);
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let flat = flatten(source);
    let mut verbatim = 0_usize;
    let mut text = String::new();
    let mut events = Vec::new();
    for event in Parser::new_ext(&flat, options) {
        if let (Event::Text(part), 0) = (&event, verbatim) {
            text.push_str(part);
            continue;
        }
        flush(&mut text, &mut events, links);
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Link { .. }) => verbatim += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Link) => verbatim = verbatim.saturating_sub(1),
            _ => {}
        }
        match event {
            Event::SoftBreak => events.push(Event::HardBreak),
            Event::Html(raw) | Event::InlineHtml(raw) => events.push(Event::Text(raw)),
            Event::Start(Tag::Image { dest_url, title, id, .. }) => {
                events.push(Event::Start(Tag::Link { link_type: pulldown_cmark::LinkType::Inline, dest_url, title, id }));
            }
            Event::End(TagEnd::Image) => events.push(Event::End(TagEnd::Link)),
            other => events.push(other),
        }
    }
    flush(&mut text, &mut events, links);
    pulldown_cmark::html::push_html(&mut out, events.into_iter());
    Html::clean(&out)
}

/// Cuts runaway nesting: a line that starts with more quote or list markers than anybody means.
fn flatten(source: &str) -> String {
    source
        .lines()
        .map(|line| {
            let markers = line.chars().take_while(|c| matches!(c, '>' | '-' | '*' | '+' | ' ')).filter(|c| *c != ' ').count();
            if markers > MAX_NESTING { line.trim_start_matches(['>', '-', '*', '+', ' ']) } else { line }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn flush(text: &mut String, events: &mut Vec<Event<'_>>, links: &dyn Links) {
    if text.is_empty() {
        return;
    }
    let whole = std::mem::take(text);
    let mut at = 0;
    for token in scan(&whole) {
        let shown = whole.get(token.start..token.end).unwrap_or_default();
        let html = match &token.kind {
            TokenKind::Mention(handle) => links.mention(handle).map(|href| {
                format!(
                    "<span class=\"h-card\" translate=\"no\"><a href=\"{}\" class=\"u-url mention\">@<span>{}</span></a></span>",
                    escape(&href),
                    escape(&handle.name)
                )
            }),
            TokenKind::Hashtag(tag) => {
                let href = links.hashtag(&tag.to_lowercase());
                Some(format!("<a href=\"{}\" class=\"mention hashtag\">#<span>{}</span></a>", escape(&href), escape(tag)))
            }
            TokenKind::Link => Some(format!("<a href=\"{0}\">{0}</a>", escape(shown))),
        };
        let Some(html) = html else { continue };
        push_text(events, whole.get(at..token.start));
        events.push(Event::InlineHtml(CowStr::from(html)));
        at = token.end;
    }
    push_text(events, whole.get(at..));
}

fn push_text(events: &mut Vec<Event<'_>>, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        events.push(Event::Text(CowStr::from(text.to_owned())));
    }
}

/// Escapes text for an HTML attribute or element.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;

    impl Links for Known {
        fn mention(&self, handle: &Handle) -> Option<String> {
            (handle.name == "ann").then(|| "https://a.test/@ann".to_owned())
        }
        fn hashtag(&self, tag: &str) -> String {
            format!("https://a.test/tags/{tag}")
        }
    }

    fn html(source: &str) -> String {
        render_markdown(source, &Known).into_string()
    }

    #[test]
    fn mentions_are_linked_only_when_known() {
        assert!(html("hi @ann").contains("href=\"https://a.test/@ann\""));
        assert!(!html("hi @eve").contains("<a"));
    }

    #[test]
    fn code_keeps_its_signs() {
        assert!(!html("`@ann #x`").contains("<a"));
        assert!(!html("```\n@ann\n```").contains("<a"));
    }

    #[test]
    fn raw_html_is_shown_as_text() {
        assert!(html("<script>alert(1)</script>").contains("&lt;script&gt;"));
    }

    #[test]
    fn underscores_in_handles_and_links_survive() {
        assert!(html("see https://x.test/a_b_c").contains("href=\"https://x.test/a_b_c\""));
    }

    #[test]
    fn nesting_bombs_stay_bounded() {
        for bomb in [">".repeat(50_000), "[".repeat(50_000), "*".repeat(50_000), "- ".repeat(10_000)] {
            assert!(html(&bomb).len() < bomb.len() * 40 + 1_000);
        }
    }
}
