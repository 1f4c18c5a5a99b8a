//! Consequences of acts, as rows: `Hall` ones stay inside, `Wire` ones become activities.

use crate::Result;
use domain::id::{ActorId, CommunityId, PostId};
use serde::{Deserialize, Serialize};
use store::Tx;
use store::effects::{Lane, enqueue};

/// What happens inside the hall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Hall {
    /// Put a person's post or boost into their followers' Homes and tell those mentioned.
    Spread {
        /// The post or boost.
        post: PostId,
    },
    /// Put a community's boost of a starter into its members' Homes, a batch at a time.
    SpreadInCommunity {
        /// The community.
        community: CommunityId,
        /// Its boost.
        boost: PostId,
        /// Go on after this account's id.
        after: String,
    },
    /// Tell those who made a poll or voted in it that it has ended, a batch at a time.
    PollEnded {
        /// The post.
        post: PostId,
        /// Its author.
        author: ActorId,
        /// Go on after this account's id.
        after: String,
    },
    /// Take away what stands beside the posts of an actor who is gone, a batch at a time.
    Cleared {
        /// The actor.
        actor: ActorId,
        /// Go on after this post's id.
        after: String,
    },
}

/// What other instances are told. `federation` carries it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Wire {
    /// A person of this hall published: `Create` to its recipients; in a community hosted here also announced.
    Published {
        /// The post.
        post: PostId,
    },
    /// A person of this hall changed a post: `Update`, and announced like the post.
    Edited {
        /// The post.
        post: PostId,
        /// When, in milliseconds; part of the activity's id.
        at: i64,
    },
    /// A post is gone: `Delete` by its author if local; by the community if a moderator removed it; and
    /// `Undo` of the community's announcement.
    Deleted {
        /// The post, whose row is kept without its text.
        post: PostId,
        /// Who deleted it.
        by: ActorId,
    },
    /// An activity of another hall's member in a community hosted here: announced as it was received.
    Relay {
        /// The community.
        community: CommunityId,
        /// The post it is about, if known.
        post: Option<PostId>,
        /// The JSON as received.
        activity: String,
        /// It is a thread starter, so the object is announced as well.
        starter: bool,
    },
    /// A person of this hall boosted.
    Boosted {
        /// The boost.
        boost: PostId,
    },
    /// A person of this hall took a boost back.
    Unboosted {
        /// Who.
        actor: ActorId,
        /// Of which post.
        original: PostId,
        /// The id of the `Announce`.
        uri: String,
    },
    /// A person of this hall favourited.
    Favourited {
        /// Who.
        actor: ActorId,
        /// Which post.
        post: PostId,
        /// The id of the `Like`.
        uri: String,
    },
    /// A person of this hall took a favourite back.
    Unfavourited {
        /// Who.
        actor: ActorId,
        /// Which post.
        post: PostId,
        /// The id of the `Like`.
        uri: String,
    },
    /// A person of this hall voted in another hall's poll: a vote for each choice, to the poll's author only.
    Voted {
        /// Who.
        actor: ActorId,
        /// The post with the poll.
        post: PostId,
        /// The choices by their texts, as they were when the vote was given.
        choices: Vec<String>,
    },
    /// A poll of this hall was counted: `Update` that changes nothing but the numbers.
    Counted {
        /// The post with the poll.
        post: PostId,
        /// When, in milliseconds; part of the activity's id.
        at: i64,
    },
    /// A person of this hall asks another hall's community to be let in: `Join` or `Follow`.
    JoinAsked {
        /// The community.
        community: CommunityId,
        /// Who asks.
        actor: ActorId,
    },
    /// A person of this hall left another hall's community: `Leave` or `Undo{Follow}`.
    Left {
        /// The community.
        community: CommunityId,
        /// Who left.
        actor: ActorId,
    },
    /// A community hosted here answers a remote request to join.
    JoinAnswered {
        /// The community.
        community: CommunityId,
        /// Who asked.
        actor: ActorId,
        /// Yes or no.
        accepted: bool,
    },
    /// A person of this hall asks to follow a remote person.
    FollowAsked {
        /// Who asks.
        follower: ActorId,
        /// Whom.
        target: ActorId,
    },
    /// A person of this hall follows a remote person no more.
    Unfollowed {
        /// Who.
        follower: ActorId,
        /// Whom.
        target: ActorId,
        /// The id of the `Follow`.
        uri: Option<String>,
    },
    /// A person of this hall answers a remote request to follow.
    FollowAnswered {
        /// Who asked.
        follower: ActorId,
        /// Who answers.
        target: ActorId,
        /// Yes or no.
        accepted: bool,
        /// The id of the `Follow`, as received.
        uri: Option<String>,
    },
    /// Somebody who keeps order in a community hosted here locked a thread, or opened it again: `Lock`, or its
    /// `Undo`, announced.
    Locked {
        /// The community.
        community: CommunityId,
        /// The thread's first post.
        post: PostId,
        /// Who.
        by: ActorId,
        /// When it was locked, in milliseconds; part of the activity's id.
        at: i64,
        /// Locked, or open again.
        locked: bool,
    },
    /// A post was pinned or taken off: `Add` or `Remove`. In a community hosted here it is announced; a person's own
    /// pin goes to their followers.
    Featured {
        /// The community.
        community: Option<CommunityId>,
        /// The post.
        post: PostId,
        /// Who.
        by: ActorId,
        /// When, in milliseconds; part of the activity's id.
        at: i64,
        /// Pinned, or not any more.
        featured: bool,
    },
    /// Somebody was banned from a community hosted here, or may come back: `Block`, or its `Undo`, announced.
    Banned(Banned),
    /// The hall passes a report on: `Flag` by an actor of its own, which does not say who made it.
    Reported {
        /// The id of the `Flag`.
        uri: String,
        /// Who is reported.
        about: ActorId,
        /// The community it happened in.
        community: Option<CommunityId>,
        /// The ids of who and what is reported.
        objects: Vec<String>,
        /// Why.
        comment: String,
    },
    /// Somebody of another hall asked to quote a post: `Accept` with the address of the approval, or `Reject`.
    QuoteAnswered(QuoteAnswered),
    /// A local actor's profile changed: `Update` to its followers or members.
    ProfileChanged {
        /// Whose.
        actor: ActorId,
        /// When, in milliseconds; part of the activity's id.
        at: i64,
    },
}

/// A ban, or its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Banned {
    /// The community.
    pub community: CommunityId,
    /// Whom.
    pub who: ActorId,
    /// Who did it.
    pub by: ActorId,
    /// When they were banned, in milliseconds; part of the activity's id.
    pub at: i64,
    /// Until when, in milliseconds; for good if it is not said.
    pub until: Option<i64>,
    /// Why; may be empty.
    pub reason: String,
    /// Banned, or not any more.
    pub banned: bool,
}

/// The answer to who asks to quote a post (FEP-044f).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteAnswered {
    /// The post of this hall.
    pub post: PostId,
    /// Who asks.
    pub who: ActorId,
    /// The id of the `QuoteRequest`.
    pub request: String,
    /// The id of the post that quotes.
    pub quoting: String,
    /// The approval's number; none: no.
    pub approval: Option<i64>,
}

impl Wire {
    /// What it is about: consequences about one thing are carried out in the order of their acts.
    fn subject(&self) -> String {
        match self {
            Self::Published { post }
            | Self::Edited { post, .. }
            | Self::Deleted { post, .. }
            | Self::Counted { post, .. }
            | Self::Locked { post, .. }
            | Self::Featured { post, .. }
            | Self::Voted { post, .. }
            | Self::Relay { post: Some(post), .. } => format!("post {post}"),
            Self::Relay { community, .. } => format!("community {community}"),
            Self::Boosted { boost } => format!("boost {boost}"),
            // The boost's address ends with its id.
            Self::Unboosted { uri, .. } => format!("boost {}", uri.rsplit('/').next().unwrap_or(uri)),
            Self::Favourited { actor, post, .. } | Self::Unfavourited { actor, post, .. } => format!("favourite {actor} {post}"),
            Self::JoinAsked { community, actor }
            | Self::Left { community, actor }
            | Self::JoinAnswered { community, actor, .. } => {
                format!("membership {community} {actor}")
            }
            Self::Banned(Banned { community, who, .. }) => format!("membership {community} {who}"),
            Self::FollowAsked { follower, target }
            | Self::Unfollowed { follower, target, .. }
            | Self::FollowAnswered { follower, target, .. } => format!("follow {follower} {target}"),
            Self::ProfileChanged { actor, .. } => format!("actor {actor}"),
            Self::QuoteAnswered(QuoteAnswered { quoting, .. }) => format!("quote {quoting}"),
            Self::Reported { uri, .. } => format!("report {uri}"),
        }
    }
}

pub(crate) async fn inside(tx: &Tx, effect: &Hall) -> Result<()> {
    let payload = serde_json::to_string(effect).map_err(crate::Error::internal)?;
    Ok(enqueue(tx, Lane::Hall, "", &payload).await?)
}

/// Somebody is gone: what stands beside their posts goes too.
pub(crate) async fn cleared(tx: &Tx, who: Option<ActorId>) -> Result<()> {
    match who {
        Some(actor) => inside(tx, &Hall::Cleared { actor, after: "0".to_owned() }).await,
        None => Ok(()),
    }
}

pub(crate) async fn outside(tx: &Tx, effect: &Wire) -> Result<()> {
    let payload = serde_json::to_string(effect).map_err(crate::Error::internal)?;
    Ok(enqueue(tx, Lane::Wire, &effect.subject(), &payload).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_version_wrote_is_read() {
        let kept = r#"{"effect":"banned","community":"1","who":"2","by":"3","at":4,"until":null,"reason":"x","banned":true}"#;
        let ban = Banned {
            community: CommunityId(1),
            who: ActorId(2),
            by: ActorId(3),
            at: 4,
            until: None,
            reason: "x".to_owned(),
            banned: true,
        };
        assert_eq!(serde_json::from_str::<Wire>(kept).unwrap(), Wire::Banned(ban));
    }
}
