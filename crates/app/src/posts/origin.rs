//! Where a post comes from: written here, or received.

use domain::attachment::Attachment;
use domain::id::{ActorId, PostId};
use domain::poll::Poll;
use domain::text::Html;
use domain::time::Timestamp;

/// Where a draft comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Written here.
    Here {
        /// The client's key: the same key with the same draft gives the same post.
        idempotency_key: Option<String>,
    },
    /// Received from another hall.
    Network(Box<NetworkPost>),
}

/// How a post from the network got here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Its author, or the community it is in, sent it: it is news.
    Delivered,
    /// Somebody here looked it up.
    LookedUp,
    /// Read in the background, to complete a community or a thread. What is missing around it is not asked for again:
    /// one look must not lead to ever more.
    ReadUp,
}

impl Arrival {
    /// What was not sent is old: it stands at its own time, tells nobody, and enters no Home.
    pub(super) fn is_news(self) -> bool {
        self == Self::Delivered
    }
}

/// What only a received post has.
#[derive(Debug, Clone)]
pub struct NetworkPost {
    /// How it got here.
    pub arrival: Arrival,
    /// The network's id.
    pub uri: String,
    /// The page for people.
    pub url: Option<String>,
    /// Cleaned.
    pub html: Html,
    /// Markdown, if it was sent.
    pub source: Option<String>,
    /// When it says it was written; never later than now.
    pub published: Timestamp,
    /// What it answers, where that is not known here.
    pub parent_uri: Option<String>,
    /// The post of this hall that it quotes.
    pub quotes: Option<PostId>,
    /// Whom it mentions.
    pub mention_uris: Vec<String>,
    /// Its hashtags.
    pub hashtags: Vec<String>,
    /// Its conversation.
    pub context_uri: Option<String>,
    /// The activity as received, to be announced if we host the community.
    pub activity: Option<String>,
    /// The poll it holds.
    pub poll: Option<Poll>,
    /// What is attached to it.
    pub attachments: Vec<Attachment>,
    /// Type and JSON of the object as it came: what is not understood now may be later.
    pub received: Option<(String, String)>,
    /// It names the community it is for as its audience (FEP-1b12), as forums do, and does not just mention it.
    pub handed_in: bool,
    /// The group of another hall's community that announced it, verified: its word that this belongs there.
    pub announced_by: Option<ActorId>,
}
