//! From views to what templates print. Everything with an audience comes in as `(&Requester, &Visible<T>)`.

pub mod attachment;
pub mod community;
pub mod notice;
pub mod poll;
pub mod post;
pub mod report;
pub mod when;

use app::views::{ActorKind, ActorView};
use askama::filters::HtmlSafe;
use domain::text::Html;
use std::fmt;

/// HTML that has passed the allow-list; templates print it as it is.
#[derive(Debug, Clone, Copy)]
pub struct Clean<'a>(pub &'a Html);

impl fmt::Display for Clean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl HtmlSafe for Clean<'_> {}

/// Somebody as a name with a picture and a page.
#[derive(Debug, Clone)]
pub struct Face {
    /// Their page in this hall.
    pub href: String,
    /// Shown name.
    pub name: String,
    /// `@name` or `@name@host`.
    pub at: String,
    /// First letter, where there is no picture.
    pub initial: String,
    /// One of six colours, always the same for the same actor.
    pub tint: u8,
    /// A picture that the content policy lets through.
    pub picture: Option<String>,
    /// A community.
    pub group: bool,
}

impl Face {
    /// Of this actor.
    pub fn of(actor: &ActorView) -> Self {
        let acct = actor.acct();
        let name = actor.label().to_owned();
        Self {
            initial: name.chars().find(|c| c.is_alphanumeric()).map_or_else(|| "·".to_owned(), String::from),
            tint: acct.bytes().fold(7_u8, |sum, b| sum.wrapping_mul(31).wrapping_add(b)) % 6,
            picture: actor.icon.clone().filter(|url| url.starts_with("https://")),
            group: actor.kind == ActorKind::Group,
            href: format!("/@{acct}"),
            at: format!("@{acct}"),
            name,
        }
    }
}

/// `1 member`, `2 members`.
pub fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "member", "members"), "1 member");
        assert_eq!(counted(0, "member", "members"), "0 members");
    }
}
