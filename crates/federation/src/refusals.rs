//! Who is not let into partner communities, and why. A refusal is given only by this list.
//!
//! A reply written on a plain microblog server goes to the replier's own followers: such software
//! knows no audience of a group, so one reply would carry a closed conversation outside.

/// Software that cannot keep a reply inside a group, by its `NodeInfo` name, with the reason.
const MICROBLOGS: &[(&str, &str)] = &[
    ("mastodon", "replies are addressed to the replier's followers"),
    ("hometown", "as Mastodon"),
    ("pleroma", "replies are addressed to the replier's followers"),
    ("akkoma", "as Pleroma"),
    ("misskey", "notes are addressed to the author's followers"),
    ("firefish", "as Misskey"),
    ("iceshrimp", "as Misskey"),
    ("sharkey", "as Misskey"),
    ("gotosocial", "replies are addressed to the replier's followers"),
    ("pixelfed", "comments are addressed to the author's followers"),
    ("snac", "replies are addressed to the replier's followers"),
    ("takahe", "replies are addressed to the replier's followers"),
    ("microblogpub", "replies are addressed to the replier's followers"),
    ("threads", "replies are public"),
    ("wordpress", "comments are public"),
    ("writefreely", "posts are public"),
];

/// Why accounts on this software may not be in a partner community; `None` if they may.
pub fn partner_refusal(software: &str) -> Option<&'static str> {
    let name = software.to_ascii_lowercase();
    MICROBLOGS.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microblogs_are_refused_with_a_reason_and_others_are_not() {
        assert!(partner_refusal("Mastodon").is_some());
        assert_eq!(partner_refusal("guildhall"), None);
        assert_eq!(partner_refusal("lemmy"), None);
    }
}
