//! In which form a server takes what our people post into its communities and report: one row per software, by its `NodeInfo` name.

use app::federated::{CommunityWire, actors};

use crate::{Federation, host_of};

/// What begins a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starter {
    /// `Article` with title, abstract and preview: taken by most (FEP-b2b8).
    Article,
    /// `Page`, what link aggregators write themselves.
    Page,
    /// `Note` that mentions the group: how microblogs post into one.
    Note,
    /// `Article`; for the group's own server one attributed to the group, with the author as its `actor`.
    GroupsArticle,
}

/// What a report names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportsForm {
    /// Who is reported and all that is, in one list.
    Whole,
    /// One thing each: of a list nothing, or only the first, is read.
    Each,
}

/// What is for one person alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageForm {
    /// A `Note` like any other.
    Note,
    /// A `ChatMessage`, and nothing else.
    Chat,
}

/// The forms for one kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// What begins a thread.
    pub starter: Starter,
    /// The author's followers are addressed beside the group.
    pub followers: bool,
    /// The group is mentioned as well, so that answers from microblogs reach it.
    pub mention: bool,
    /// How it hears reports.
    pub reports: ReportsForm,
    /// Its groups announce what their own people do in them, not only what others do.
    pub announces_own: bool,
    /// How it reads what is for one person alone.
    pub message: MessageForm,
    /// What it refuses each time.
    pub refuses: &'static [Unwanted],
}

/// What a server may refuse whenever it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwanted {
    /// A `Question`.
    Poll,
    /// From a group, the id alone of what begins a thread.
    BareId,
    /// From a group, what its own people said.
    Echo,
    /// From a group, what it was sent already.
    Twice,
}

const fn shape(starter: Starter, followers: bool, mention: bool) -> Shape {
    Shape {
        starter,
        followers,
        mention,
        reports: ReportsForm::Whole,
        announces_own: true,
        message: MessageForm::Note,
        refuses: &[],
    }
}

/// For our own kind.
const OURS: Shape = shape(Starter::Article, true, true);
/// For software that is not listed: whichever way it finds the group, it is there.
const UNKNOWN: Shape = shape(Starter::Article, true, true);

const SHAPES: &[(&str, Shape)] = &[
    ("guildhall", OURS),
    // a starter names the group and the public and nobody else, a comment the public, the group and whom it answers
    (
        "lemmy",
        Shape {
            reports: ReportsForm::Each,
            message: MessageForm::Chat,
            refuses: &[Unwanted::Poll, Unwanted::BareId, Unwanted::Echo, Unwanted::Twice],
            ..shape(Starter::Page, false, false)
        },
    ),
    ("piefed", Shape { reports: ReportsForm::Each, ..shape(Starter::Page, false, false) }),
    // threads are pages, notes are its microblog
    ("mbin", Shape { announces_own: false, message: MessageForm::Chat, ..shape(Starter::Page, true, false) }),
    ("kbin", Shape { announces_own: false, message: MessageForm::Chat, ..shape(Starter::Page, true, false) }),
    ("nodebb", shape(Starter::Article, true, true)),
    // takes no `Page`
    ("discourse", shape(Starter::Article, true, true)),
    ("mobilizon", shape(Starter::GroupsArticle, true, false)),
    ("friendica", shape(Starter::Note, true, true)),
    ("guppe", shape(Starter::Note, true, true)),
    ("smithereen", shape(Starter::Note, true, true)),
];

/// The row of a software.
pub fn of_software(name: Option<&str>) -> Shape {
    let name = name.unwrap_or_default().to_ascii_lowercase();
    SHAPES.iter().find(|(known, _)| *known == name).map_or(UNKNOWN, |(_, shape)| *shape)
}

/// Software that takes from a group what the group passes on (FEP-1b12): what an author says beside it is said twice.
pub const HEARS_GROUPS: &[&str] = &["guildhall", "lemmy", "piefed", "mbin", "kbin"];

/// The software that refuses this.
pub fn refusing(what: Unwanted) -> Vec<&'static str> {
    SHAPES.iter().filter(|(_, shape)| shape.refuses.contains(&what)).map(|(name, _)| *name).collect()
}

impl Federation {
    /// Whether a host refuses this each time, as far as it is known what runs there.
    pub(super) async fn refuses(&self, host: &str, what: Unwanted) -> app::Result<bool> {
        Ok(of_software(actors::software(self.hall(), host).await?.as_deref()).refuses.contains(&what))
    }

    /// Whether the groups of an actor's host announce what their own people do in them. Where it is not known what runs
    /// there it is asked.
    pub(crate) async fn announces_its_own(&self, actor_uri: &str) -> app::Result<bool> {
        let Some(host) = host_of(actor_uri) else { return Ok(true) };
        if let Some(known) = self.0.announcing.get(&host) {
            return Ok(known);
        }
        let software = self.software(actor_uri).await;
        let announces = of_software(software.as_deref()).announces_own;
        if software.is_some() {
            self.0.announcing.insert(host, announces);
        }
        Ok(announces)
    }

    /// Whether a host takes thread starters only as its groups' articles, as far as it is known what runs there.
    pub(crate) async fn reads_groups_articles(&self, host: &str) -> app::Result<bool> {
        let software = actors::software(self.hall(), host).await?;
        Ok(of_software(software.as_deref()).starter == Starter::GroupsArticle)
    }

    /// Whether a message to nobody but this person is a `ChatMessage`, as far as it is known what runs there.
    pub(super) async fn chats_with(&self, person: &str) -> app::Result<bool> {
        let software = match host_of(person) {
            Some(host) => actors::software(self.hall(), &host).await?,
            None => None,
        };
        Ok(of_software(software.as_deref()).message == MessageForm::Chat)
    }

    /// The form for a community, as far as it is known what its server runs: nothing is asked for here, because a post
    /// is also written out for whoever reads it.
    pub(super) async fn shape(&self, group: &CommunityWire) -> app::Result<Shape> {
        if group.local {
            return Ok(OURS);
        }
        let software = match host_of(&group.uri) {
            Some(host) => actors::software(self.hall(), &host).await?,
            None => None,
        };
        // A server that hides what it runs, and takes `Join`, is of our own kind.
        Ok(match software {
            None if group.accepts_joins => OURS,
            known => of_software(known.as_deref()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_software_has_its_form_and_others_get_the_widest() {
        assert_eq!(of_software(Some("Lemmy")).starter, Starter::Page);
        assert_eq!(of_software(Some("mobilizon")).starter, Starter::GroupsArticle);
        assert_eq!(of_software(Some("never heard of")), UNKNOWN);
        assert_eq!(of_software(None), UNKNOWN);
    }
}
