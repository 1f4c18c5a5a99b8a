//! What somebody is told: notifications, and reports to those who keep order.

use super::{ActorView, PostView};
use domain::id::{NotificationId, ReportId};
use domain::time::Timestamp;
use std::sync::Arc;

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// Somebody should look at it.
    Open,
    /// Dealt with.
    Done,
    /// Taken back by who made it.
    Withdrawn,
}

impl ReportState {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Withdrawn].into_iter().find(|state| state.as_str() == word)
    }
}

/// What a report says it is about, in Mastodon's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReportCategory {
    /// Unwanted advertising.
    Spam,
    /// Against the law.
    Legal,
    /// Against a rule of this hall.
    Violation,
    /// Anything else.
    #[default]
    Other,
}

impl ReportCategory {
    /// Mastodon's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Spam => "spam",
            Self::Legal => "legal",
            Self::Violation => "violation",
            Self::Other => "other",
        }
    }

    /// Reads Mastodon's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Spam, Self::Legal, Self::Violation, Self::Other].into_iter().find(|category| category.as_str() == word)
    }
}

/// A report, for whoever it is for to deal with.
#[derive(Debug)]
pub struct ReportView {
    /// Ours.
    pub id: ReportId,
    /// Who reported: a person, or an instance for one of its people.
    pub reporter: Arc<ActorView>,
    /// The group actor of the community concerned.
    pub community: Option<Arc<ActorView>>,
    /// Why, in the reporter's words; may be empty.
    pub reason: String,
    /// What it is about.
    pub category: ReportCategory,
    /// The other instance was told too.
    pub forwarded: bool,
    /// Where it stands.
    pub state: ReportState,
    /// When it came.
    pub created_at: Timestamp,
    /// Who dealt with it, and when.
    pub decided: Option<(Arc<ActorView>, Timestamp)>,
    /// Who is reported.
    pub people: Vec<Arc<ActorView>>,
    /// The posts reported, as far as the reader may see them.
    pub posts: Vec<PostView>,
    /// How many more are named: deleted, not here, or not for the reader.
    pub unseen: usize,
}

/// What those who keep order elsewhere did about a report, or about what it names.
#[derive(Debug, Clone)]
pub struct ReportNote {
    /// What.
    pub did: Elsewhere,
    /// Who, or the group that passed it on.
    pub by: Arc<ActorView>,
    /// When it came.
    pub at: Timestamp,
}

/// Acts of other servers that stand in a report's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// They dealt with the report.
    Resolved,
    /// They warned whoever it is about.
    Warned,
}

/// Kinds of notification, in Mastodon's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotificationKind {
    /// Mentioned or answered.
    Mention,
    /// Somebody follows, or was let into a community one asked to join.
    Follow,
    /// Somebody wants to follow, or to join a community one moderates.
    FollowRequest,
    /// A post was favourited.
    Favourite,
    /// A post was boosted.
    Reblog,
    /// A post was quoted elsewhere.
    Quote,
    /// A poll that one made or voted in has ended.
    Poll,
    /// Something was reported that one keeps order over.
    AdminReport,
}

impl NotificationKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Mention,
        Self::Follow,
        Self::FollowRequest,
        Self::Favourite,
        Self::Reblog,
        Self::Quote,
        Self::Poll,
        Self::AdminReport,
    ];

    /// Mastodon's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Follow => "follow",
            Self::FollowRequest => "follow_request",
            Self::Favourite => "favourite",
            Self::Reblog => "reblog",
            Self::Quote => "quote",
            Self::Poll => "poll",
            Self::AdminReport => "admin.report",
        }
    }

    /// Reads Mastodon's word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A notification, with its post already checked for the one who reads it.
#[derive(Debug)]
pub struct NotificationView {
    /// Small enough for apps that read it as a number.
    pub id: NotificationId,
    /// What happened.
    pub kind: NotificationKind,
    /// When.
    pub created_at: Timestamp,
    /// Who did it.
    pub actor: Arc<ActorView>,
    /// To which post.
    pub post: Option<PostView>,
    /// In which community (requests to join, and answers).
    pub community: Option<Arc<ActorView>>,
    /// What was reported.
    pub report: Option<ReportView>,
}
