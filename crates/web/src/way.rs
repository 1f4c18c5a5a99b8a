//! Addresses inside the hall: ways back, and ways to older things.

use auth::Params;
use domain::page::Page;

/// Things on one page of a list.
pub const PAGE: u32 = 20;

/// A path of this hall to go back to, or none. Only a plain absolute path: browsers read `//host`,
/// `/\host` and control characters as ways out.
pub fn safe(path: Option<&str>) -> Option<&str> {
    path.filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.len() <= 4_000
            && !path.contains('\\')
            && !path.chars().any(|c| c.is_control() || c.is_whitespace())
            && !decodes_to_a_way_out(path)
    })
}

/// `/%2F%2Fhost` is harmless by itself, but a proxy in between may decode it.
fn decodes_to_a_way_out(path: &str) -> bool {
    let low = path.to_ascii_lowercase();
    let rest = low.trim_start_matches('/');
    rest.starts_with("%2f") || rest.starts_with("%5c") || low.starts_with("/web/%2f") || low.contains("/%2f%2f")
}

/// Where a form wants to go back to.
pub fn back(params: &Params, otherwise: &str) -> String {
    safe(params.filled("return_to")).unwrap_or(otherwise).to_owned()
}

/// The same path saying what was done.
pub fn with_done(path: &str, done: &str) -> String {
    let (path, fragment) = path.split_once('#').map_or((path, None), |(path, fragment)| (path, Some(fragment)));
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty() && !part.starts_with("done=")).collect();
    let done = format!("done={done}");
    parts.push(&done);
    let fragment = fragment.map_or_else(String::new, |fragment| format!("#{fragment}"));
    format!("{bare}?{}{fragment}", parts.join("&"))
}

/// The stretch of a list that was asked for.
pub fn stretch(params: &Params) -> Page {
    let id = |name| params.number(name).filter(|id| *id >= 0);
    Page { max_id: id("max_id"), since_id: id("since_id"), min_id: None, limit: PAGE }
}

/// The way to what is older, if this page was full.
pub fn older(path: &str, shown: usize, last: Option<i64>) -> Option<String> {
    let full = shown >= usize::try_from(PAGE).unwrap_or(usize::MAX);
    let joint = if path.contains('?') { '&' } else { '?' };
    last.filter(|_| full).map(|last| format!("{path}{joint}max_id={last}"))
}

/// The way to what comes next in a list that goes upwards, if this page was full.
pub fn further(path: &str, shown: usize, last: Option<i64>) -> Option<String> {
    older(path, shown, last).map(|way| way.replace("max_id=", "since_id="))
}

/// Where somebody is in a list, to come back to it.
pub fn here(path: &str, params: &Params) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    match params.number("max_id") {
        Some(id) if id >= 0 => format!("{path}{joint}max_id={id}"),
        _ => path.to_owned(),
    }
}

/// A text as part of a path or query.
pub fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// A title of two parts, not too long.
pub fn title(kind: &str, name: &str) -> String {
    format!("{kind} “{}”", domain::text::shorten(name, 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_of_this_hall_are_ways_back() {
        for good in ["/", "/home", "/@tdd@b.test/1?x=1#p2", "/oauth/authorize?redirect_uri=https%3A%2F%2Fapp.example%2Fcb"] {
            assert_eq!(safe(Some(good)), Some(good));
        }
        for bad in [
            "",
            "home",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
            "https://evil.example",
            "/%2F%2Fevil",
            "/%5cevil",
            "/web/%2F%2Fevil",
            "/a\nb",
            "/a b",
            "javascript:alert(1)",
            "/\u{a0}x",
        ] {
            assert_eq!(safe(Some(bad)), None, "{bad}");
        }
    }

    #[test]
    fn what_was_done_is_said_once() {
        assert_eq!(with_done("/@tdd?done=asked&tab=members#x", "joined"), "/@tdd?tab=members&done=joined#x");
        assert_eq!(with_done("/home", "posted"), "/home?done=posted");
    }

    #[test]
    fn older_is_offered_only_after_a_full_page() {
        assert_eq!(older("/home", 3, Some(9)), None);
        assert_eq!(older("/search?q=a", 20, Some(9)).as_deref(), Some("/search?q=a&max_id=9"));
    }
}
