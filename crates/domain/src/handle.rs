//! Handles and hosts: one name space for accounts and communities, one spelling for every host.

use std::fmt;

/// A name that is not allowed, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadHandle {
    /// Wrong length or characters.
    #[error("a handle has 3 to 20 of the characters a-z, 0-9 and _")]
    Shape,
    /// A word the server needs for itself.
    #[error("this handle is reserved")]
    Reserved,
}

/// Words that would be mistaken for the server itself.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "root",
    "system",
    "support",
    "moderator",
    "security",
    "abuse",
    "postmaster",
    "webmaster",
    "actor",
    "instance",
    "guildhall",
    "hall",
    "everyone",
    "here",
    "all",
    "api",
    "oauth",
    "inbox",
];

/// Checks a new local handle (account or community): `[a-z0-9_]{3,20}`, not reserved.
pub fn check_new(handle: &str) -> Result<(), BadHandle> {
    let shape =
        (3..=20).contains(&handle.len()) && handle.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !shape {
        return Err(BadHandle::Shape);
    }
    if RESERVED.contains(&handle) { Err(BadHandle::Reserved) } else { Ok(()) }
}

/// A handle as typed: `name`, `@name`, `@name@host`, `name@host` or `!name@host`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle {
    /// The name, in lower case.
    pub name: String,
    /// The host in canonical form, if one was given.
    pub host: Option<String>,
}

impl Handle {
    /// Reads a typed handle. `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = text.strip_prefix(['@', '!']).unwrap_or(text);
        let (name, host) = match bare.split_once('@') {
            Some((name, host)) => (name, Some(canonical_host(host)?)),
            None => (bare, None),
        };
        let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let fits = !name.is_empty() && name.len() <= 64 && name.bytes().all(inner);
        fits.then(|| Self { name: name.to_ascii_lowercase(), host })
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) => write!(f, "{}@{host}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The one spelling of a host: lower-case A-label, no trailing dot, port only if it is not the scheme's own.
/// `None` for what is not a host.
pub fn canonical_host(text: &str) -> Option<String> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '/' | '?' | '#' | '@' | '\\' | '%');
    if text.is_empty() || text.len() > 253 || text.contains(odd) {
        return None;
    }
    let url = url::Url::parse(&format!("https://{text}/")).ok()?;
    of_url(&url)
}

/// The canonical host (with a non-default port) of a URL.
pub fn of_url(url: &url::Url) -> Option<String> {
    let host = url.host_str()?.trim_end_matches('.').to_ascii_lowercase();
    if host.is_empty() {
        return None;
    }
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_host_is_one_host() {
        for text in ["P.test", "p.test.", "p.test:443", "p.test"] {
            assert_eq!(canonical_host(text).as_deref(), Some("p.test"), "{text}");
        }
        assert_eq!(canonical_host("bücher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(canonical_host("p.test:8080").as_deref(), Some("p.test:8080"));
        for bad in ["", "a/b", "a b", "u@h", "%41"] {
            assert_eq!(canonical_host(bad), None, "{bad}");
        }
    }

    #[test]
    fn handles_are_read_in_every_usual_form() {
        let expected = Handle { name: "tdd".into(), host: Some("b.test".into()) };
        for text in ["@tdd@b.test", "tdd@b.test", "!TDD@B.test", " @tdd@b.test. "] {
            assert_eq!(Handle::parse(text).as_ref(), Some(&expected), "{text}");
        }
        assert_eq!(Handle::parse("two words"), None);
        assert_eq!(Handle::parse("@a@b@c"), None);
    }

    #[test]
    fn reserved_and_misshapen_names_are_refused() {
        assert_eq!(check_new("tdd"), Ok(()));
        assert_eq!(check_new("admin"), Err(BadHandle::Reserved));
        for bad in ["ab", "Upper", "with-dash", "a23456789012345678901", "ümlaut"] {
            assert_eq!(check_new(bad), Err(BadHandle::Shape), "{bad}");
        }
    }
}
