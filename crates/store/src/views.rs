//! What surfaces render: read-only pictures of rows, always reached through a [`crate::Visible`]
//! where an audience is involved.

use domain::attachment::Attachment;
use domain::audience::Audience;
use domain::id::{ActorId, AttachmentId, CommunityId, PostId};
use domain::membership::Membership;
use domain::poll::Poll;
use domain::text::Html;
use domain::time::Timestamp;
use domain::zone::{Door, JoinPolicy, Zone};
use std::sync::Arc;

mod notices;

pub use notices::{Elsewhere, NotificationKind, NotificationView, ReportCategory, ReportNote, ReportState, ReportView};

/// What kind of thing acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorKind {
    /// A human being.
    Person,
    /// A community.
    Group,
    /// A bot.
    Service,
    /// An instance or an application.
    Application,
    /// An organisation.
    Organization,
}

impl ActorKind {
    /// The `ActivityStreams` type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Group => "Group",
            Self::Service => "Service",
            Self::Application => "Application",
            Self::Organization => "Organization",
        }
    }

    /// Reads the `ActivityStreams` type.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Person, Self::Group, Self::Service, Self::Application, Self::Organization]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// One that acts, as shown.
#[derive(Debug, Clone)]
pub struct ActorView {
    /// Ours.
    pub id: ActorId,
    /// The network's.
    pub uri: String,
    /// What it is.
    pub kind: ActorKind,
    /// Name without host.
    pub handle: String,
    /// Canonical host, `None` for local actors.
    pub host: Option<String>,
    /// Display name; may be empty.
    pub name: String,
    /// About.
    pub summary: Html,
    /// The page for people.
    pub url: String,
    /// Picture.
    pub icon: Option<String>,
    /// Decides about followers.
    pub locked: bool,
    /// Wants to be found.
    pub discoverable: bool,
    /// Has acted outside internal communities, so the network may know it.
    pub outside: bool,
    /// Public posts.
    pub posts_count: i64,
    /// Followers, or members of a community.
    pub followers_count: i64,
    /// Followed.
    pub following_count: i64,
    /// Last public post.
    pub last_post_at: Option<Timestamp>,
    /// Since when known here.
    pub created_at: Timestamp,
    /// The community this group actor is.
    pub community: Option<CommunityId>,
    /// That community's ceiling.
    pub zone: Option<Zone>,
}

impl ActorView {
    /// `name` for local actors, `name@host` for others.
    pub fn acct(&self) -> String {
        match &self.host {
            Some(host) => format!("{}@{host}", self.handle),
            None => self.handle.clone(),
        }
    }

    /// The display name, or the handle where there is none.
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.handle } else { &self.name }
    }

    /// Lives here.
    pub fn is_local(&self) -> bool {
        self.host.is_none()
    }
}

/// A link in the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceView {
    /// Where it leads.
    pub url: String,
    /// What it is called.
    pub title: String,
}

/// Something attached to a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentView {
    /// Ours.
    pub id: AttachmentId,
    /// Where it is, and what is said of it.
    pub attachment: Attachment,
}

/// A post's own row, with its mentions and tags. Cached; never shown without a check.
#[derive(Debug, Clone)]
pub struct PostRecord {
    /// Ours.
    pub id: PostId,
    /// The network's.
    pub uri: String,
    /// The page for people.
    pub url: String,
    /// Who wrote (or boosted).
    pub actor: ActorId,
    /// Written here.
    pub local: bool,
    /// Who may ever see it.
    pub audience: Audience,
    /// The community it is in.
    pub community: Option<CommunityId>,
    /// What it boosts.
    pub boost_of: Option<PostId>,
    /// What it answers.
    pub in_reply_to: Option<PostId>,
    /// What it answers, where that is not here.
    pub in_reply_to_uri: Option<String>,
    /// Whom it answers.
    pub in_reply_to_actor: Option<ActorId>,
    /// The thread's first post.
    pub root: PostId,
    /// Title.
    pub title: Option<String>,
    /// Clean HTML.
    pub html: Html,
    /// Markdown, for local posts.
    pub source: Option<String>,
    /// Content warning, may be empty.
    pub spoiler: String,
    /// Hidden behind a warning.
    pub sensitive: bool,
    /// BCP 47.
    pub language: Option<String>,
    /// The link it shares.
    pub resource: Option<ResourceView>,
    /// The conversation's address on the network.
    pub context_uri: Option<String>,
    /// Answers with the same reach.
    pub replies: i64,
    /// Boosts.
    pub boosts: i64,
    /// Favourites.
    pub favourites: i64,
    /// Votes against.
    pub dislikes: i64,
    /// Nobody answers it any more.
    pub locked: bool,
    /// Who saw to that, where it is known.
    pub locked_by: Option<ActorId>,
    /// When written.
    pub created_at: Timestamp,
    /// When changed.
    pub edited_at: Option<Timestamp>,
    /// Who is mentioned.
    pub mentions: Vec<ActorId>,
    /// Hashtags in lower case.
    pub tags: Vec<String>,
    /// The poll it holds.
    pub poll: Option<Poll>,
    /// What is attached to it, in order.
    pub attachments: Vec<AttachmentView>,
}

/// How one requester stands to a poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// It is over.
    pub ended: bool,
    /// Its count may be shown.
    pub shows_result: bool,
    /// A vote of the requester would be taken now.
    pub may_vote: bool,
    /// What the requester chose.
    pub choices: Vec<i64>,
}

/// A post with everything around it, as one requester sees it.
#[derive(Debug)]
pub struct PostView {
    /// The row.
    pub post: Arc<PostRecord>,
    /// Who wrote it.
    pub author: Arc<ActorView>,
    /// The group actor of the community it is in.
    pub community: Option<Arc<ActorView>>,
    /// Who is mentioned.
    pub mentions: Vec<Arc<ActorView>>,
    /// What it boosts, checked by itself.
    pub boost: Option<Box<PostView>>,
    /// What the requester did with it.
    pub mine: Mine,
    /// How the requester stands to its poll, if it holds one.
    pub ballot: Option<Ballot>,
}

/// What the requester did with a post.
#[expect(clippy::struct_excessive_bools, reason = "each is an act of its own, read by name")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mine {
    /// Favourited.
    pub favourited: bool,
    /// Boosted.
    pub boosted: bool,
    /// Bookmarked.
    pub bookmarked: bool,
    /// Pinned to the own page.
    pub pinned: bool,
}

/// A community as one requester sees it: its door always, its room's figures only from inside.
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own, read by name")]
#[derive(Debug, Clone)]
pub struct CommunityView {
    /// Ours; the list's id in the Mastodon API.
    pub id: CommunityId,
    /// The group actor.
    pub actor: Arc<ActorView>,
    /// Its ceiling.
    pub zone: Zone,
    /// Who sees an internal community's door.
    pub door: Door,
    /// How one gets in.
    pub join: JoinPolicy,
    /// What it is for, plain text.
    pub purpose: String,
    /// Hosted here.
    pub local: bool,
    /// Takes `Join` (else `Follow`).
    pub accepts_joins: bool,
    /// How many are in; `None` where the requester sees only the door of a closed room.
    pub members: Option<i64>,
    /// Partner hosts; empty where the requester sees only the door.
    pub partners: Vec<String>,
    /// The requester's standing.
    pub standing: Option<Membership>,
    /// The requester keeps its starters out of Home.
    pub exclusive: bool,
    /// Which replies the list shows: `none`, `list` or `followed`.
    pub replies: String,
    /// The requester may read the room.
    pub room: bool,
}

/// A member in a list of members.
#[derive(Debug, Clone)]
pub struct MemberView {
    /// Who.
    pub actor: Arc<ActorView>,
    /// As what.
    pub membership: Membership,
    /// Since when asked or in.
    pub since: Timestamp,
}

/// Somebody who is banned from a community.
#[derive(Debug, Clone)]
pub struct BannedView {
    /// Who.
    pub actor: Arc<ActorView>,
    /// Since when.
    pub since: Timestamp,
    /// Until when; for good if `None`.
    pub until: Option<Timestamp>,
    /// Who did it, as far as that is known.
    pub by: Option<Arc<ActorView>>,
    /// Why; may be empty.
    pub reason: String,
}

/// That the requester is banned from a community.
#[derive(Debug, Clone)]
pub struct OwnBan {
    /// Until when; for good if `None`.
    pub until: Option<Timestamp>,
    /// Why; may be empty.
    pub reason: String,
}

/// How the requester and another actor stand to each other (Mastodon's Relationship).
#[expect(clippy::struct_excessive_bools, reason = "the shape of Mastodon's Relationship")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RelationshipView {
    /// The other.
    pub id: i64,
    /// The requester follows, or is in the community.
    pub following: bool,
    /// The other follows.
    pub followed_by: bool,
    /// Asked to follow or join, not answered.
    pub requested: bool,
    /// The other asked.
    pub requested_by: bool,
    /// The requester blocks.
    pub blocking: bool,
    /// The other blocks.
    pub blocked_by: bool,
}

/// Everything of a post's earlier form.
#[derive(Debug, Clone)]
pub struct RevisionView {
    /// Title then.
    pub title: Option<String>,
    /// Text then.
    pub html: Html,
    /// Warning then.
    pub spoiler: String,
    /// Hidden then.
    pub sensitive: bool,
    /// Written when.
    pub created_at: Timestamp,
}

impl PostView {
    /// The same view once more, for an answer to the same requester that shows a post twice.
    pub(crate) fn again(&self) -> Self {
        Self {
            post: self.post.clone(),
            author: self.author.clone(),
            community: self.community.clone(),
            mentions: self.mentions.clone(),
            boost: self.boost.as_ref().map(|boost| Box::new(boost.again())),
            mine: self.mine,
            ballot: self.ballot.clone(),
        }
    }
}
