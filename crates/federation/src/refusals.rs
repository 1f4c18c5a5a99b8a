//! What is refused, and why. A refusal is given only by the lists here: who is not let into partner communities,
//! and which activities are not taken.
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
    ("mbin", "what is written in a group is public"),
    ("kbin", "as Mbin"),
    ("threads", "replies are public"),
    ("wordpress", "comments are public"),
    ("writefreely", "posts are public"),
];

/// Why accounts on this software may not be in a partner community; `None` if they may.
pub fn partner_refusal(software: &str) -> Option<&'static str> {
    let name = software.to_ascii_lowercase();
    MICROBLOGS.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
}

/// Why an activity with this code was not taken.
pub fn reason(code: &str) -> Option<&'static str> {
    REFUSALS.iter().chain(AT_THE_DOOR).find(|(known, _)| *known == code).map(|(_, reason)| *reason)
}

/// The code under which a refusal is recorded: one of the list, always.
pub fn listed(code: &str) -> &'static str {
    let found = REFUSALS.iter().find(|(known, _)| *known == code);
    found.map_or_else(
        || {
            tracing::warn!(code, "a refusal that the list does not know");
            "rule_of_this_hall"
        },
        |(known, _)| known,
    )
}

/// The list as the documentation shows it.
pub fn table() -> String {
    rows(REFUSALS)
}

/// What a delivery is answered before anything of it is looked at, as the documentation shows it.
pub fn door_table() -> String {
    rows(AT_THE_DOOR)
}

fn rows(list: &[(&str, &str)]) -> String {
    let rows: Vec<String> = list.iter().map(|(code, reason)| format!("| `{code}` | {reason} |")).collect();
    rows.join("\n")
}

/// Code and reason of every delivery that is turned away for its form, or for now. Those of a signature are told by
/// [`activitypub::signature::SignatureError`].
const AT_THE_DOOR: &[(&str, &str)] = &[
    ("body_encoding", "send the body without compression"),
    ("body_late", "the body did not come in time"),
    ("body_too_large", "the body has more than 1 MiB"),
    ("body_type", "send the body as application/activity+json"),
    ("header_unreadable", "a header is not plain text"),
    ("inbox_full", "too much is waiting here; send it again later"),
    ("key_unreachable", "the key could not be fetched; send it again later"),
];

/// Code and reason of every activity that is not taken.
const REFUSALS: &[(&str, &str)] = &[
    ("asked_a_moment_ago", "its origin was asked about this a moment ago; strangers do not make us ask again and again"),
    ("asked_of_another", "the answer comes from somebody else than the one who was asked"),
    ("audience_of_another_group", "a group passes on only what is addressed to it"),
    ("awaits_its_community", "what is in another server's community is taken from that community's own announcement"),
    ("ban_is_over", "the ban it speaks of has already ended"),
    ("banned", "the author is banned from the community"),
    ("blocked", "this server is blocked here"),
    ("cannot_be_undone", "this kind of activity cannot be taken back, or what it took away is gone for good"),
    ("choice_unknown", "the poll has no such choice"),
    ("direct_in_community", "a direct message does not go into a community"),
    ("gone", "its author deleted it"),
    ("groups_do_not_move", "a community does not move to another address"),
    ("json_duplicate_key", "the JSON has one key twice"),
    ("json_encoding", "the JSON is not UTF-8 without a byte order mark"),
    ("json_syntax", "the JSON cannot be read"),
    ("json_too_deep", "the JSON has more than 32 levels"),
    ("json_too_large", "the JSON has more than 1 MiB"),
    ("key_of_another", "the key belongs to somebody else"),
    ("key_unknown", "there is no such key"),
    ("kind_not_supported", "this kind of activity or object means nothing here"),
    ("locked", "the thread is locked: nobody can answer it"),
    ("model_attribution", "an object must have exactly one author, with an id"),
    ("model_field", "a field that must be there is missing or has no usable form"),
    ("model_foreign_origin", "an id is on another origin than its owner (FEP-fe34)"),
    ("model_not_an_object", "it is not a JSON object"),
    ("model_too_long", "a text has more than 64 KiB; it is not cut, because cut HTML misleads"),
    ("model_type", "a document must have exactly one type"),
    ("model_unexpected_type", "it is of another type than what is expected there"),
    ("never_asked", "nobody here asked for what this answers"),
    ("no_back_link", "the new actor's own document does not say that it was the old one before"),
    ("no_id", "the document says no id"),
    (
        "nobody_here_asked_for_it",
        "nobody here follows its author, is named or quoted in it, or shares a community with it; or what it asks for is not here",
    ),
    ("nobody_vouches_for_it", "neither its actor's own server, nor a proof, nor its origin says that it is real"),
    ("not_a_community", "only a community passes on activities or takes members"),
    (
        "not_a_member",
        "only who is in the community writes and votes in it; where anybody may join, whoever names it as audience begins threads",
    ),
    ("not_a_moderator", "its actor does not keep order in this community, or not over this person"),
    ("not_a_remote_actor", "its actor is not one of another server"),
    ("not_an_address", "an id is not a usable http(s) address"),
    ("not_fetched", "what it names could not be fetched from its origin"),
    ("not_found", "what it is about is not here, or not for its actor: the two are never told apart"),
    ("not_in_this_community", "what it is about is in another community than the one that speaks"),
    ("not_public", "what was only fetched does not go into a closed community"),
    ("not_taken", "what it names is nothing that is kept here"),
    ("not_the_actor", "somebody else did what this undoes or changes"),
    ("not_the_author", "only the author speaks for a post"),
    ("not_your_community", "a ban counts only in a community of whoever bans"),
    ("object_foreign", "its object is on another origin than its actor, and is not embedded for us to believe"),
    ("object_missing", "it names no object, or several where one is meant"),
    ("our_own_id", "what is ours never comes from outside"),
    ("poll_ended", "a vote after the end of the poll"),
    ("poll_vote", "a vote in a poll that is not here"),
    ("private_in_open_community", "what is for followers only does not go into an open community"),
    ("quotes_something_else", "the post in it does not quote the post that it asks to quote"),
    ("reply_leaves_community", "a direct answer would take a closed community's thread out"),
    ("rule_of_this_hall", "a rule of this hall that has no line of its own"),
    ("signature_bad", "the signature does not fit the key"),
    ("signer_is_not_actor", "another actor signed it"),
    ("thread_unknown", "it answers something that is not here and could not be read within some minutes"),
    ("too_large_to_keep", "what is only kept has more than 64 KiB"),
    ("type_changed", "an actor does not change its type"),
    ("undone_before_it_came", "its actor took it back before it came"),
    ("webfinger", "the handle is not confirmed by its own host"),
];

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
