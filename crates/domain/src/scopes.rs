//! OAuth scopes in Mastodon's dialect (<https://docs.joinmastodon.org/api/oauth-scopes/>).

use std::collections::BTreeSet;

/// The top-level scopes that can be asked for.
const TOP: &[&str] = &["read", "write", "follow", "push", "profile"];

/// The children of `read` and `write` that are understood.
const CHILDREN: &[&str] = &[
    "accounts",
    "blocks",
    "bookmarks",
    "favourites",
    "filters",
    "follows",
    "lists",
    "mutes",
    "notifications",
    "search",
    "statuses",
    "conversations",
    "media",
    "reports",
];

/// What the old word `follow` stands for.
const FOLLOW: &[&str] = &["read:follows", "write:follows", "read:blocks", "write:blocks", "read:mutes", "write:mutes"];

/// A set of scopes as granted, such as `read write:statuses`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(BTreeSet<String>);

/// A scope word that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scope is not known")]
pub struct UnknownScope;

impl Scopes {
    /// Reads a list separated by white space (or `+`, as some clients send). Unknown words are refused.
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        let mut set = BTreeSet::new();
        for word in text.split([' ', '+', '\n', '\t']).filter(|word| !word.is_empty()) {
            if !known(word) {
                return Err(UnknownScope);
            }
            set.insert(word.to_owned());
        }
        Ok(Self(set))
    }

    /// Everything a person may do: what the web pages run with.
    pub fn all() -> Self {
        Self(TOP.iter().map(|word| (*word).to_owned()).collect())
    }

    /// Whether the wanted scope (`read:statuses`, `write`, …) is covered.
    pub fn allow(&self, wanted: &str) -> bool {
        if self.0.contains(wanted) {
            return true;
        }
        let parent = wanted.split_once(':').map(|(parent, _)| parent);
        parent.is_some_and(|parent| self.0.contains(parent)) || (self.0.contains("follow") && FOLLOW.contains(&wanted))
    }

    /// Whether every scope of `other` is covered: a grant never exceeds what was registered.
    pub fn cover(&self, other: &Self) -> bool {
        other.0.iter().all(|scope| self.allow(scope))
    }

    /// Nothing granted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The single words, sorted.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// All words this server knows, for the metadata document.
    pub fn supported() -> Vec<String> {
        let children = ["read", "write"].iter().flat_map(|top| CHILDREN.iter().map(move |child| format!("{top}:{child}")));
        TOP.iter().map(|word| (*word).to_owned()).chain(children).collect()
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}

fn known(word: &str) -> bool {
    TOP.contains(&word)
        || word.split_once(':').is_some_and(|(top, child)| matches!(top, "read" | "write") && CHILDREN.contains(&child))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_covers_its_children_and_not_the_other_way() {
        let read = Scopes::parse("read").unwrap_or_default();
        assert!(read.allow("read:statuses"));
        assert!(!read.allow("write:statuses"));
        let narrow = Scopes::parse("read:statuses").unwrap_or_default();
        assert!(!narrow.allow("read"));
        assert!(!narrow.allow("read:accounts"));
        assert!(read.cover(&narrow) && !narrow.cover(&read));
    }

    #[test]
    fn unknown_scopes_are_refused() {
        for bad in ["admin", "read:everything", "write:", "READ"] {
            assert_eq!(Scopes::parse(bad), Err(UnknownScope), "{bad}");
        }
    }
}
