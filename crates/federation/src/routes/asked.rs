//! A request as the routes of this crate read it.

use axum::http::{HeaderMap, Uri};
use std::collections::HashMap;

/// A request without its body.
#[derive(Debug)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// Path and query as they were on the wire: that is what was signed.
    pub path_and_query: String,
    /// The path alone.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    params: HashMap<String, String>,
    query: HashMap<String, String>,
}

impl Asked {
    /// From the parts of a request.
    pub fn new(method: &str, uri: &Uri, headers: HeaderMap, params: HashMap<String, String>) -> Self {
        let mut query = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            // The first counts; a second one of the same name is nobody's form.
            query.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        let path_and_query = uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string);
        Self { method: method.to_owned(), path_and_query, path: uri.path().to_owned(), headers, params, query }
    }

    /// A part of the path.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str)
    }

    /// A part of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// All headers in order, as signatures speak about them; `None` if one is not text.
    pub fn signed_headers(&self) -> Option<Vec<(&str, &str)>> {
        self.headers.iter().map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect()
    }

    /// Whether a signature says that its key is on this host; nothing is checked.
    pub fn is_signed_on(&self, host: &str) -> bool {
        let key = format!("://{host}/");
        let values = ["signature", "signature-input"].into_iter().filter_map(|name| self.headers.get(name)?.to_str().ok());
        values.into_iter().any(|value| value.contains(&key))
    }

    /// The host that a signature says its key is on; nothing is checked.
    pub fn signed_on(&self) -> Option<String> {
        let values = ["signature-input", "signature"].into_iter().filter_map(|name| self.headers.get(name)?.to_str().ok());
        let mut keys = values.filter_map(|value| {
            let at = value.to_ascii_lowercase().find("keyid=\"")?;
            value.get(at + 7..)?.split('"').next()
        });
        keys.find_map(crate::host_of)
    }

    /// Whether an `ActivityPub` document is wanted rather than a page (facts 19).
    pub fn wants_activity(&self) -> bool {
        wants_activity(&self.headers)
    }
}

/// Whether these headers ask for an `ActivityPub` document rather than a page (facts 19).
pub fn wants_activity(headers: &HeaderMap) -> bool {
    let values = headers.get_all("accept").iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let ours = media.eq_ignore_ascii_case("application/activity+json") || media.eq_ignore_ascii_case("application/ld+json");
        ours && !parts.any(|part| matches!(part.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(accept: Option<&str>) -> Asked {
        let mut headers = HeaderMap::new();
        if let Some(accept) = accept {
            headers.insert("accept", accept.parse().unwrap());
        }
        Asked::new("GET", &"/p/1?a=b&a=c".parse().unwrap(), headers, HashMap::new())
    }

    #[test]
    fn documents_go_to_those_who_ask_for_them() {
        for yes in [
            "application/activity+json",
            "application/activity+json, application/ld+json",
            "text/html;q=0.5, application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/ld+json",
            "text/html, Application/Activity+JSON;q=0.1",
        ] {
            assert!(asked(Some(yes)).wants_activity(), "{yes}");
        }
        for no in
            [None, Some("*/*"), Some("text/html"), Some("application/json"), Some("application/activity+json;q=0, text/html")]
        {
            assert!(!asked(no).wants_activity(), "{no:?}");
        }
    }

    #[test]
    fn the_first_of_two_query_values_counts() {
        let asked = asked(None);
        assert_eq!(asked.query("a"), Some("b"));
        assert_eq!(asked.path_and_query, "/p/1?a=b&a=c");
        assert_eq!(asked.path, "/p/1");
    }
}
