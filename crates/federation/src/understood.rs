//! What is understood: the list of activities by which received ones are dispatched, and which FEDERATION.md shows.

use activitypub::model::ActivityKind;

/// What is done with a kind of activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// A post is taken in.
    Create,
    /// A post or an actor is read anew.
    Update,
    /// A post or an actor goes.
    Delete,
    /// What was done is taken back.
    Undo,
    /// Somebody asks to follow or to be let in.
    Join,
    /// Somebody leaves.
    Leave,
    /// Somebody here asked, and this is the answer.
    Answer(bool),
    /// A boost, or what a group passes on.
    Announce,
    /// A favourite or a vote against.
    React,
    /// A block of a person, or a ban from a community.
    Block,
    /// A report.
    Report,
    /// Something is put into a collection or taken out.
    Collect(bool),
    /// Somebody moved.
    Move,
    /// A post takes no answers any more.
    Lock,
    /// Somebody asks to quote a post.
    Quote,
    /// A choice in a poll.
    Vote,
    /// Kept as it came.
    Keep,
}

/// One kind of activity.
#[derive(Debug)]
pub struct Understood {
    /// Its type.
    pub kind: &'static str,
    /// What is done with it.
    pub verb: Verb,
    /// For people: what becomes of it.
    about: &'static str,
    /// Also taken when a group passes it on (FEP-1b12).
    pub announced: bool,
    /// Sent by us.
    pub sent: bool,
}

const fn row(kind: &'static str, verb: Verb, announced: bool, sent: bool, about: &'static str) -> Understood {
    Understood { kind, verb, about, announced, sent }
}

/// The list.
pub const ACTIVITIES: &[Understood] = &[
    row(
        "Create",
        Verb::Create,
        true,
        true,
        "a post of any kind; a poll (`Question`), a vote in a poll of this hall (see Polls); what we do not know is kept as a titled link; private messages (`ChatMessage`, or a `Note` to people) become direct posts; what is for one person alone on Lemmy or Mbin is sent as a `ChatMessage`, since they read no other",
    ),
    row(
        "Update",
        Verb::Update,
        true,
        true,
        "a post by its author, the newest `updated` wins; of an actor or group: what it says of itself, as it says it; keys change only by its own document, which is read again",
    ),
    row(
        "Delete",
        Verb::Delete,
        true,
        true,
        "by the author, or by whoever keeps order in the community; of an actor: by itself; of a community: by anybody of its server, if there is none at its address either",
    ),
    row(
        "Undo",
        Verb::Undo,
        true,
        true,
        "of everything below that says so, embedded or by its id alone, also before it came; `Undo{Delete}` brings back what its origin shows again, and of ours what the same group removed from its community, for 30 days",
    ),
    row("Follow", Verb::Join, false, true, "of a person or a community; see Joining"),
    row("Join", Verb::Join, false, true, "of a community; of an event: kept"),
    row("Leave", Verb::Leave, false, true, "of a community; of an event: kept"),
    row("Accept", Verb::Answer(true), false, true, "only by the one who was asked"),
    row("Reject", Verb::Answer(false), false, true, "only by the one who was asked; later it ends what was accepted"),
    row("Announce", Verb::Announce, false, true, "by a person: a boost; by a group: what happened in it"),
    row(
        "Like",
        Verb::React,
        true,
        true,
        "a favourite; with `content` its emoji is kept; undone by `Undo`; ours in a community go to its host, in one hosted here they are announced, and go to the author's server if it reads no announcements",
    ),
    row(
        "EmojiReact",
        Verb::React,
        true,
        false,
        "a favourite, shown with its emoji or its `:name:` (FEP-c0e0); other words are a favourite without; undone by `Undo`",
    ),
    row(
        "Dislike",
        Verb::React,
        true,
        false,
        "counted apart, shown to those who lead the community alone; takes the place of a `Like` and the other way round; undone by `Undo`",
    ),
    row(
        "Block",
        Verb::Block,
        true,
        true,
        "of a person here: advice, follows end and nothing more is sent there; with a community as `target`: a ban by whoever moderates it, in that community alone; undone by `Undo`; we send it, announced, where a lead or moderator here bans somebody",
    ),
    row("Flag", Verb::Report, true, true, "a report, see Reports; undone by `Undo`"),
    row(
        "Lock",
        Verb::Lock,
        true,
        true,
        "of a post in a community, by whoever moderates it: nobody answers any more; undone by `Undo`",
    ),
    row(
        "Add",
        Verb::Collect(true),
        true,
        true,
        "to `featured`: a person pins an own post, a community one in it; to a community's `moderators`: by its host, or by a lead where we host it",
    ),
    row("Remove", Verb::Collect(false), true, true, "the opposite of `Add`"),
    row(
        "Move",
        Verb::Move,
        false,
        false,
        "of a person whose new actor names the old one in `alsoKnownAs`: followers here follow there; memberships stay where they are, bans come along",
    ),
    row(
        "Warn",
        Verb::Keep,
        true,
        false,
        "kept; by whoever keeps order in a community here, or its group, shown in the history of a report about it; undone by `Undo`",
    ),
    row(
        "Resolve",
        Verb::Keep,
        true,
        false,
        "kept; by the same, and by the server that the report is from, shown in the history of the report; undone by `Undo`",
    ),
    row(
        "QuoteRequest",
        Verb::Quote,
        false,
        false,
        "of a public post: `Accept` with an approval as `result`, of any other that its actor may see: `Reject` (FEP-044f); the author is told, and the quoting post is taken in; undone by `Undo`",
    ),
    row(
        "PollVote",
        Verb::Vote,
        true,
        false,
        "PieFed's vote: `choice_text` is the choice in the poll that is its `object`; in a poll of ours as a vote by a `Note`, of others' it is passed on and their count is read, see Polls",
    ),
    row("Invite", Verb::Keep, false, false, "kept, if it is about something here"),
    row("Offer", Verb::Keep, false, false, "kept, if it is about something here"),
    row("TentativeAccept", Verb::Keep, false, false, "kept, if it is about something here"),
    row("TentativeReject", Verb::Keep, false, false, "kept, if it is about something here"),
];

/// What is known of a kind. `None`: it means nothing here.
pub fn find(kind: &ActivityKind) -> Option<&'static Understood> {
    ACTIVITIES.iter().find(|row| row.kind == kind.as_str())
}

/// The list as the documentation shows it.
pub fn table() -> String {
    let yes = |yes: bool| if yes { "yes" } else { "no" };
    let line = |row: &Understood| format!("| `{}` | {} | {} | {} |", row.kind, row.about, yes(row.announced), yes(row.sent));
    ACTIVITIES.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_in_the_list_is_known_by_name_and_stands_there_once() {
        for row in ACTIVITIES {
            assert!(ActivityKind::KNOWN.contains(&row.kind), "{}", row.kind);
            assert_eq!(ACTIVITIES.iter().filter(|other| other.kind == row.kind).count(), 1, "{}", row.kind);
        }
        assert!(find(&ActivityKind::View).is_none(), "that somebody looked is nobody's business");
    }
}
