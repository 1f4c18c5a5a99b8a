//! Mastodon API: Status, Context, `StatusEdit` and `StatusSource` entities.

use super::{Account, Acct, Approval, Card, Content, MediaAttachment, Moment, Nothing, Poll, open};
use crate::site::Site;
use app::views::{ActorView, PostView, RevisionView};
use app::{Requester, Result, Visible};
use domain::id::{ActorId, PostId};
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};
use std::sync::Arc;

/// A post, or a boost of one (then `reblog` holds the post).
#[derive(Debug, Serialize)]
pub struct Status<'a> {
    id: PostId,
    created_at: Moment,
    in_reply_to_id: Option<PostId>,
    in_reply_to_account_id: Option<ActorId>,
    sensitive: bool,
    spoiler_text: &'a str,
    visibility: &'static str,
    language: Option<&'a str>,
    uri: &'a str,
    url: Option<&'a str>,
    replies_count: i64,
    reblogs_count: i64,
    favourites_count: i64,
    quotes_count: i64,
    edited_at: Option<Moment>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    mine: Option<Mine>,
    content: Content<'a>,
    /// The source, only where a deleted post is handed back to be written again.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    reblog: Option<Box<Status<'a>>>,
    application: Option<()>,
    account: Account<'a>,
    media_attachments: Vec<MediaAttachment<'a>>,
    mentions: Mentions<'a>,
    tags: Tags<'a>,
    emojis: Nothing,
    card: Option<Card<'a>>,
    poll: Option<Poll<'a>>,
    quote: Option<()>,
    quote_approval: Approval,
    tagged_collections: Nothing,
}

/// What a signed-in requester did with a status; left out for strangers.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "Mastodon's shape")]
struct Mine {
    favourited: bool,
    reblogged: bool,
    muted: bool,
    bookmarked: bool,
    pinned: bool,
    filtered: Nothing,
}

impl<'a> Status<'a> {
    /// A post that this requester may see, as they see it.
    pub fn of(site: &'a Site, requester: &Requester, post: &'a Visible<PostView>) -> Result<Self> {
        Ok(Self::opened(site, requester, open(requester, post)?))
    }

    /// A page of them.
    pub fn all(site: &'a Site, requester: &Requester, posts: &'a [Visible<PostView>]) -> Result<Vec<Self>> {
        posts.iter().map(|post| Self::of(site, requester, post)).collect()
    }

    /// The same with the text it was written as, for an author who deletes it to write it again.
    #[must_use]
    pub fn with_text(self, text: &'a str) -> Self {
        Self { text: Some(text), ..self }
    }

    /// Where it stands in a list.
    pub fn cursor(&self) -> i64 {
        self.id.0
    }

    /// A view that came out of a proof made for this requester.
    pub(super) fn opened(site: &'a Site, requester: &Requester, view: &'a PostView) -> Self {
        // A boost's row says who and when; everything else is the boosted post's, which apps that
        // know nothing of boosts show instead.
        let inner = view.boost.as_deref().unwrap_or(view);
        let (row, post) = (&view.post, &inner.post);
        let is_boost = view.boost.is_some();
        Self {
            id: row.id,
            created_at: Moment(row.created_at),
            in_reply_to_id: row.in_reply_to,
            in_reply_to_account_id: row.in_reply_to_actor,
            sensitive: post.sensitive,
            spoiler_text: &post.spoiler,
            visibility: row.audience.visibility().as_str(),
            language: post.language.as_deref(),
            uri: &row.uri,
            url: Some(row.url.as_str()).filter(|url| !url.is_empty()),
            replies_count: post.replies.max(0),
            reblogs_count: post.boosts.max(0),
            favourites_count: post.favourites.max(0),
            quotes_count: 0,
            edited_at: post.edited_at.map(Moment),
            mine: requester.account().map(|_| Mine::of(inner)),
            content: Content::of(post.title.as_deref(), &post.html),
            text: None,
            reblog: view.boost.as_deref().map(|boosted| Box::new(Self::opened(site, requester, boosted))),
            application: None,
            account: Account::of(site, &view.author),
            media_attachments: MediaAttachment::all(&post.attachments),
            mentions: Mentions(&inner.mentions),
            tags: Tags { site, names: &post.tags },
            emojis: [],
            card: post.resource.as_ref().filter(|_| !is_boost).map(Card::of),
            poll: Poll::opened(requester, inner).filter(|_| !is_boost),
            quote: None,
            quote_approval: if row.local && row.audience.is_world() && !is_boost { Approval::PUBLIC } else { Approval::NONE },
            tagged_collections: [],
        }
    }
}

impl Mine {
    fn of(view: &PostView) -> Self {
        let mine = view.mine;
        Self {
            favourited: mine.favourited,
            reblogged: mine.boosted,
            muted: false,
            bookmarked: mine.bookmarked,
            pinned: mine.pinned,
            filtered: [],
        }
    }
}

/// Mastodon API: `Status::Mention` entities.
#[derive(Debug)]
struct Mentions<'a>(&'a [Arc<ActorView>]);

#[derive(Serialize)]
struct Mention<'a> {
    id: ActorId,
    username: &'a str,
    url: &'a str,
    acct: Acct<'a>,
}

impl Serialize for Mentions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|actor| Mention {
            id: actor.id,
            username: &actor.handle,
            url: if actor.url.is_empty() { &actor.uri } else { &actor.url },
            acct: Acct(actor),
        }))
    }
}

/// Mastodon API: `Status::Tag` entities.
#[derive(Debug)]
struct Tags<'a> {
    site: &'a Site,
    names: &'a [String],
}

#[derive(Serialize)]
struct TagLink<'a> {
    name: &'a str,
    url: super::search::TagUrl<'a>,
}

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.names.len()))?;
        for name in self.names {
            list.serialize_element(&TagLink { name, url: super::search::TagUrl { site: self.site, name } })?;
        }
        list.end()
    }
}

/// What stands around a post in its thread.
#[derive(Debug, Serialize)]
pub struct Context<'a> {
    /// What it answers, from the thread's first post on.
    pub ancestors: Vec<Status<'a>>,
    /// What answers it.
    pub descendants: Vec<Status<'a>>,
}

/// An earlier (or the present) form of a post.
#[derive(Debug, Serialize)]
pub struct StatusEdit<'a> {
    content: Content<'a>,
    spoiler_text: &'a str,
    sensitive: bool,
    created_at: Moment,
    account: Account<'a>,
    media_attachments: Vec<MediaAttachment<'a>>,
    emojis: Nothing,
}

impl<'a> StatusEdit<'a> {
    /// An earlier form, by the author of the post it belongs to.
    pub fn of(site: &'a Site, requester: &Requester, author: &'a ActorView, form: &'a Visible<RevisionView>) -> Result<Self> {
        let form = open(requester, form)?;
        Ok(Self {
            content: Content::of(form.title.as_deref(), &form.html),
            spoiler_text: &form.spoiler,
            sensitive: form.sensitive,
            created_at: Moment(form.created_at),
            account: Account::of(site, author),
            // What an earlier form had is not kept.
            media_attachments: Vec::new(),
            emojis: [],
        })
    }

    /// The present form of a post.
    pub fn now(site: &'a Site, requester: &Requester, post: &'a Visible<PostView>) -> Result<Self> {
        let view = open(requester, post)?;
        Ok(Self {
            content: Content::of(view.post.title.as_deref(), &view.post.html),
            spoiler_text: &view.post.spoiler,
            sensitive: view.post.sensitive,
            created_at: Moment(view.post.edited_at.unwrap_or(view.post.created_at)),
            account: Account::of(site, &view.author),
            media_attachments: MediaAttachment::all(&view.post.attachments),
            emojis: [],
        })
    }
}

/// What a post was written as, to be edited.
#[derive(Debug, Serialize)]
pub struct StatusSource<'a> {
    /// Whose source.
    pub id: PostId,
    /// Markdown.
    pub text: &'a str,
    /// The content warning.
    pub spoiler_text: &'a str,
}
