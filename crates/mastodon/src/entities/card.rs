//! Mastodon API: `PreviewCard` entity. A shared link is a status with a card.

use super::Nothing;
use app::views::ResourceView;
use serde::Serialize;

/// The card of a shared link. Nothing is fetched for it: title and address are what the member gave.
#[derive(Debug, Serialize)]
pub struct Card<'a> {
    url: &'a str,
    title: &'a str,
    description: &'static str,
    language: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
    author_name: &'static str,
    author_url: &'static str,
    provider_name: &'a str,
    provider_url: &'static str,
    html: &'static str,
    width: u32,
    height: u32,
    image: Option<&'a str>,
    image_description: &'static str,
    embed_url: &'static str,
    blurhash: Option<&'a str>,
    published_at: Option<&'a str>,
    authors: Nothing,
}

impl<'a> Card<'a> {
    /// A shared link's card.
    pub fn of(resource: &'a ResourceView) -> Self {
        Self {
            url: &resource.url,
            title: &resource.title,
            description: "",
            language: None,
            kind: "link",
            author_name: "",
            author_url: "",
            provider_name: host(&resource.url),
            provider_url: "",
            html: "",
            width: 0,
            height: 0,
            image: None,
            image_description: "",
            embed_url: "",
            blurhash: None,
            published_at: None,
            authors: [],
        }
    }
}

/// The host in an absolute web address, as it stands there; parsed by hand so that nothing is allocated.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_provider_is_the_host() {
        assert_eq!(host("https://www.example.org/a?b"), "example.org");
        assert_eq!(host("http://example.org:8080"), "example.org:8080");
        assert_eq!(host("https://example.org?x=/y"), "example.org");
    }
}
