//! Accounts: making one, signing in and out, and what people say about themselves.

pub mod create;
pub mod identify;
pub mod me;
pub mod register;
pub mod sign_in;
pub mod sign_out;
pub mod update_profile;

/// Shortest password, in bytes.
pub const PASSWORD_MIN: usize = 10;
/// Longest password, in bytes: hashing must not become a way to keep the server busy.
pub const PASSWORD_MAX: usize = 1_024;

/// Whether this looks like an e-mail address that mail can be sent to.
fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';' | '<' | '>' | '"' | '\\' | '@');
    !name.is_empty()
        && name.len() <= 64
        && !name.contains(odd)
        && text.len() <= 254
        && domain::handle::canonical_host(host).is_some_and(|host| !host.contains(':'))
}

/// Two or three letters, perhaps with a region: `de`, `pt-BR`.
fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once('-').map_or((text, None), |(language, region)| (language, Some(region)));
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_lowercase())
        && region.is_none_or(|region| (2..=8).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::{is_email, is_language};

    #[test]
    fn addresses_are_checked_for_what_mail_would_choke_on() {
        for good in ["ada@example.org", "a.b+c@sub.example.org", "ada@localhost"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "ada", "@example.org", "ada@", "a b@example.org", "a@b@example.org", "a@b,c@d.org", "a\n@example.org"] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }

    #[test]
    fn languages_are_short_words() {
        assert!(is_language("de") && is_language("pt-BR"));
        assert!(!is_language("") && !is_language("german") && !is_language("d'"));
    }
}
