//! `WebFinger` (RFC 7033) as the fediverse uses it, with FEP-2c59 and Lemmy's type property.

use serde_json::{Value, json};
use url::Host;

use crate::model::{ActorKind, http_url};

/// What somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// `acct:user@host`
    Account {
        /// The local part as written; compare it without case.
        user: String,
        /// The host in lower case and ASCII form, with a port if one was given.
        host: String,
    },
    /// An http(s) URL: an actor's id or page.
    Url(String),
}

/// The resource or document cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebfingerError {
    /// Not a handle and not an http(s) URL.
    #[error("the resource cannot be read")]
    Resource,
    /// A JRD without subject or of another shape.
    #[error("the WebFinger document cannot be read")]
    Document,
}

impl Resource {
    /// Reads `acct:user@host`, `user@host`, `@user@host`, `acct:@user@host` or a URL.
    pub fn parse(text: &str) -> Result<Self, WebfingerError> {
        let text = text.trim();
        if text.len() > 2_048 {
            return Err(WebfingerError::Resource);
        }
        let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            return http_url(text).map(|url| Self::Url(url.into())).ok_or(WebfingerError::Resource);
        }
        let bare = match text.get(..5) {
            Some(scheme) if scheme.eq_ignore_ascii_case("acct:") => text.get(5..).unwrap_or_default(),
            _ => text,
        };
        let bare = bare.strip_prefix('@').unwrap_or(bare);
        let (user, host) = bare.split_once('@').ok_or(WebfingerError::Resource)?;
        let shaped =
            !user.is_empty() && user.len() <= 200 && user.chars().all(|c| c.is_alphanumeric() || "_.-~!$&'()*+,;=%".contains(c));
        if !shaped {
            return Err(WebfingerError::Resource);
        }
        Ok(Self::Account { user: user.to_owned(), host: ascii_host(host)? })
    }

    /// The `resource` parameter for a query.
    pub fn as_query(&self) -> String {
        match self {
            Self::Account { user, host } => format!("acct:{user}@{host}"),
            Self::Url(url) => url.clone(),
        }
    }
}

/// UTS 46 lower-case ASCII form, so that one host has one spelling.
fn ascii_host(text: &str) -> Result<String, WebfingerError> {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !text.ends_with(']') => (name, Some(port)),
        _ => (text, None),
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let host = Host::parse(name).map_err(|_| WebfingerError::Resource)?;
    match port {
        None => Ok(host.to_string()),
        Some(port) => {
            let digits = port.bytes().all(|b| b.is_ascii_digit());
            let port: u16 = port.parse().map_err(|_| WebfingerError::Resource)?;
            match (digits, port) {
                (false, _) | (_, 0) => Err(WebfingerError::Resource),
                (_, 443 | 80) => Ok(host.to_string()),
                _ => Ok(format!("{host}:{port}")),
            }
        }
    }
}

const TYPE_PROPERTY: &str = "https://www.w3.org/ns/activitystreams#type";
const ACTIVITY_JSON: &str = "application/activity+json";
const PROFILE_PAGE: &str = "http://webfinger.net/rel/profile-page";

/// The answer about an actor (RFC 7033 section 4.4), one `self` link with the exact type
/// peers compare, and Lemmy's property saying whether it is a `Group` or a `Person`.
pub fn jrd(subject: &str, aliases: &[String], self_href: &str, profile_href: &str, kind: ActorKind) -> Value {
    json!({
        "subject": subject,
        "aliases": aliases,
        "links": [
            {"rel": PROFILE_PAGE, "type": "text/html", "href": profile_href},
            {
                "rel": "self",
                "type": ACTIVITY_JSON,
                "href": self_href,
                "properties": {TYPE_PROPERTY: kind.as_str()},
            },
        ],
    })
}

/// A `self` link to an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfLink {
    /// The actor's id.
    pub href: String,
    /// What kind of actor, as far as said; tells a group and a person of one name apart.
    pub kind: Option<ActorKind>,
}

/// What a JRD says about an actor; all of it claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JrdInfo {
    /// Normally `acct:user@host`.
    pub subject: String,
    /// ActivityPub actors, in order.
    pub self_links: Vec<SelfLink>,
}

/// Reads a JRD; only http(s) `self` links of an ActivityPub type count.
pub fn parse_jrd(value: &Value) -> Result<JrdInfo, WebfingerError> {
    let subject = value.get("subject").and_then(Value::as_str).filter(|s| !s.is_empty()).ok_or(WebfingerError::Document)?;
    let links = value.get("links").and_then(Value::as_array).ok_or(WebfingerError::Document)?;
    Ok(JrdInfo { subject: subject.to_owned(), self_links: links.iter().take(100).filter_map(self_link).collect() })
}

fn self_link(link: &Value) -> Option<SelfLink> {
    let text = |field: &str| link.get(field).and_then(Value::as_str);
    let media = text("type").unwrap_or_default();
    let ours = media.starts_with(ACTIVITY_JSON)
        || (media.starts_with("application/ld+json") && media.contains("https://www.w3.org/ns/activitystreams"));
    if text("rel") != Some("self") || !ours {
        return None;
    }
    Some(SelfLink {
        href: text("href").filter(|h| http_url(h).is_some())?.to_owned(),
        kind: link.get("properties").and_then(|p| p.get(TYPE_PROPERTY)).and_then(Value::as_str).and_then(ActorKind::from_name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(user: &str, host: &str) -> Resource {
        Resource::Account { user: user.to_owned(), host: host.to_owned() }
    }

    #[test]
    fn handles_are_read_in_every_spelling() {
        for text in ["acct:Ann@S.test", "Ann@s.test", "@Ann@s.test", "ACCT:@Ann@s.test", "Ann@s.test.", "Ann@s.test:443"] {
            assert_eq!(Resource::parse(text), Ok(account("Ann", "s.test")), "{text}");
        }
        assert_eq!(Resource::parse("a@Bücher.example"), Ok(account("a", "xn--bcher-kva.example")));
        assert_eq!(Resource::parse("a@s.test:8443"), Ok(account("a", "s.test:8443")));
        assert_eq!(Resource::parse("HTTPS://S.test/a/1"), Ok(Resource::Url("https://s.test/a/1".to_owned())));
        assert_eq!(account("a", "s.test").as_query(), "acct:a@s.test");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "@",
            "a@",
            "@s.test",
            "a",
            "a@b@c",
            "a b@s.test",
            "a/b@s.test",
            "a@s.test/x",
            "a@s.test:0",
            "a@s.test:+1",
            "mailto:a@s.test",
            "https://u:p@s.test/",
            "https://",
            "a@é/",
        ] {
            assert_eq!(Resource::parse(text), Err(WebfingerError::Resource), "{text}");
        }
    }

    #[test]
    fn what_we_write_we_can_read() {
        let doc = jrd(
            "acct:gardeners@s.test",
            &["https://s.test/@gardeners".to_owned()],
            "https://s.test/a/1",
            "https://s.test/@gardeners",
            ActorKind::Group,
        );
        let info = parse_jrd(&doc).unwrap();
        assert_eq!(info.subject, "acct:gardeners@s.test");
        assert_eq!(info.self_links, [SelfLink { href: "https://s.test/a/1".to_owned(), kind: Some(ActorKind::Group) }]);
    }

    #[test]
    fn only_activitypub_self_links_count() {
        let info = parse_jrd(&json!({"subject": "acct:a@x.test", "links": [
            {"rel": "self", "type": "text/html", "href": "https://x.test/1"},
            {"rel": "self", "type": ACTIVITY_JSON, "href": "javascript:alert(1)"},
            {"rel": "self", "type": "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"", "href": "https://x.test/2"},
            "text", {"rel": "self"},
        ]}))
        .unwrap();
        assert_eq!(info.self_links.len(), 1);
        assert_eq!(parse_jrd(&json!({"links": []})), Err(WebfingerError::Document));
        assert_eq!(parse_jrd(&json!([])), Err(WebfingerError::Document));
    }
}
