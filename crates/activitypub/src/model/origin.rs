//! Origins (FEP-fe34): who may speak for an id is decided by scheme, host and port.

use serde_json::Value;
use url::Url;

use super::ModelError;
use crate::vocab;

/// Ids longer than this are refused; peers' databases cut far earlier.
const MAX_URL: usize = 2_048;

/// Scheme and host of an http(s) URL of the plainest form, which needs no parsing to be understood: nearly every id that
/// comes is of it, and parsing several of them is a good part of what taking an activity costs. `None`: not of that form.
fn plainly(text: &str) -> Option<&str> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?.split_once('/')?.0;
    // A last label that is a number, and what IDNA reads otherwise, is for the parser to judge; so are ports.
    let last = host.rsplit('.').next().unwrap_or_default();
    let named = last.starts_with(|first: char| first.is_ascii_lowercase()) && !host.contains("xn--");
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    let whole = text.len() <= MAX_URL && text.bytes().all(|b| b.is_ascii_graphic()) && host.bytes().all(plain);
    let end = text.find("://")? + 3 + host.len();
    text.get(..end).filter(|_| named && whole && !host.starts_with('.') && !host.contains(".."))
}

/// Whether this is an http(s) URL that has a host and no credentials.
pub fn is_http_url(text: &str) -> bool {
    plainly(text).is_some() || http_url(text).is_some()
}

/// Parses an http(s) URL that has a host and no credentials.
pub fn http_url(text: &str) -> Option<Url> {
    if text.len() > MAX_URL || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let plain =
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none();
    plain.then_some(url)
}

/// Whether two ids have the same scheme, host and port (FEP-fe34 "Origin-based security model").
///
/// Compared after URL normalisation: case and default ports do not matter.
pub fn same_origin(a: &str, b: &str) -> bool {
    if let (Some(a), Some(b)) = (plainly(a), plainly(b)) {
        return a == b;
    }
    match (http_url(a), http_url(b)) {
        (Some(a), Some(b)) => a.origin() == b.origin(),
        _ => false,
    }
}

/// Whether two URLs have the same host name, on whatever scheme and port.
pub fn same_host(a: &str, b: &str) -> bool {
    match (http_url(a), http_url(b)) {
        (Some(a), Some(b)) => a.host() == b.host(),
        _ => false,
    }
}

/// Whether a URL or id points to the server named `host`, in whatever spelling: any scheme and
/// port, any case, with or without the root dot. For refusing foreign documents that claim our ids.
pub fn is_on_host(url: &str, host: &str) -> bool {
    let name = |text: &str| text.trim_end_matches('.').to_ascii_lowercase();
    let wanted = name(host.split(':').next().unwrap_or(host));
    Url::parse(url.trim()).ok().and_then(|url| url.host_str().map(name)).is_some_and(|found| found == wanted)
}

/// The document's own id.
pub(super) fn id(value: &Value) -> Result<String, ModelError> {
    value.get("id").and_then(Value::as_str).filter(|id| is_http_url(id)).map(str::to_owned).ok_or(ModelError::Field("id"))
}

/// The http(s) id in an optional field.
pub(super) fn link(value: &Value, field: &str) -> Option<String> {
    vocab::id_of(value.get(field)?).filter(|id| is_http_url(id)).map(str::to_owned)
}

/// The same, only if it is on the origin of `owner`.
pub(super) fn own_link(value: &Value, field: &str, owner: &str) -> Option<String> {
    link(value, field).filter(|found| same_origin(found, owner))
}

/// The page of something (`url`): a string, a `Link`, or a list of these, on the host of `owner`.
///
/// A page on another host would let one server dress up as another, so it reads as absent.
pub(super) fn page(value: &Value, owner: &str) -> Option<String> {
    let entries = value.get("url").map(vocab::one_or_many)?;
    let is_page = |entry: &&Value| {
        entry.is_string() || entry.get("mediaType").and_then(Value::as_str).is_none_or(|m| m.starts_with("text/html"))
    };
    entries.into_iter().filter(is_page).filter_map(href).find(|found| same_host(found, owner)).map(str::to_owned)
}

/// Where a link or media value points: a string, an object's `href`, or its `url`.
pub(super) fn href(value: &Value) -> Option<&str> {
    let found = match value {
        Value::String(text) => Some(text.as_str()),
        Value::Object(map) => {
            map.get("href").and_then(Value::as_str).or_else(|| vocab::one_or_many(map.get("url")?).into_iter().find_map(shallow))
        }
        Value::Array(items) => items.iter().find_map(shallow),
        _ => None,
    };
    found.filter(|text| is_http_url(text))
}

fn shallow(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(map) => map.get("href").or_else(|| map.get("url"))?.as_str(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plain_is_what_the_parser_reads() {
        for text in ["https://a.example/", "http://a/b?c#d", "https://1.2.example/@x", "https://a-b.c-d.example//x\\y@z:1"] {
            assert_eq!(plainly(text).unwrap(), http_url(text).unwrap().origin().ascii_serialization(), "{text}");
        }
        for text in [
            "https://a.example",
            "https://A.example/",
            "HTTPS://a.example/",
            "https://a.example:443/",
            "https://a.example./",
            "https://u@a.example/",
            "https://u:p@a.example/",
            "https://a.example\\@b.example/",
            "https://a.example?b/",
            "https://a.example#b/",
            "https://1.2.3.4/",
            "https://a.1/",
            "https://0x7f.0x1/",
            "https://[::1]/",
            "https://xn--a/",
            "https:///a",
            "https://.a/",
            "https://a..b/",
            "https://ä.example/",
            "https://a.example/ä",
            "https://a.example/ b",
            "https://a%2eexample/",
            "https://a_b.example/",
            "ftp://a.example/",
            "a.example/",
            "",
        ] {
            assert_eq!(plainly(text), None, "{text}");
        }
    }
}
