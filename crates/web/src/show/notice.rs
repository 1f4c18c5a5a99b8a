//! Notifications as sentences.

use super::Face;
use super::attachment::in_place_of_text;
use super::post::PostCard;
use super::when::When;
use crate::icon::{self, Icon};
use app::views::{NotificationKind, NotificationView};
use app::{Error, Requester, Visible};
use domain::text::plain;

/// One notification as shown.
#[derive(Debug)]
pub struct NoticeCard {
    /// For paging.
    pub row: i64,
    /// Who did it.
    pub who: Face,
    /// Beside the words.
    pub icon: Icon,
    /// What they did: the rest of a sentence that begins with their name.
    pub did: &'static str,
    /// In which community.
    pub community: Option<Face>,
    /// When.
    pub when: When,
    /// To which post.
    pub post: Option<PostCard>,
    /// The post's first words.
    pub excerpt: Option<String>,
    /// The page of what was reported.
    pub report: Option<String>,
}

impl NoticeCard {
    /// The card of a notification of this requester.
    pub fn of(requester: &Requester, visible: &Visible<NotificationView>) -> Result<Self, Error> {
        let view = visible.open(requester).map_err(Error::internal)?;
        let post = view.post.as_ref().map(|post| PostCard::draw(requester, post));
        let (icon, did) = sentence(view, post.as_ref());
        Ok(Self {
            row: view.id.0,
            who: Face::of(&view.actor),
            icon,
            did,
            // A community that lets somebody in is named already: it is the one who did it.
            community: view.community.as_deref().filter(|community| community.id != view.actor.id).map(Face::of),
            when: When::at(view.created_at),
            excerpt: post.as_ref().map(excerpt),
            report: view.report.as_ref().map(|report| format!("/reports/{}", report.id)),
            post,
        })
    }
}

fn sentence(view: &NotificationView, post: Option<&PostCard>) -> (Icon, &'static str) {
    match view.kind {
        NotificationKind::Mention if post.is_some_and(|post| post.is_reply) => (icon::REPLY, "replied in a thread with you"),
        NotificationKind::Mention => (icon::REPLY, "mentioned you"),
        NotificationKind::Follow if view.community.is_some() => (icon::PEOPLE, "let you in. You are a member now"),
        NotificationKind::Follow => (icon::PEOPLE, "follows you now"),
        NotificationKind::FollowRequest if view.community.is_some() => (icon::PEOPLE, "asks to join"),
        NotificationKind::FollowRequest => (icon::PEOPLE, "asks to follow you"),
        NotificationKind::Favourite => (icon::STAR, "liked your post"),
        NotificationKind::Reblog => (icon::BOOST, "passed your post on"),
        NotificationKind::Quote => (icon::BOOST, "quoted your post"),
        NotificationKind::AdminReport => (icon::FLAG, "reported something that you keep order over"),
        NotificationKind::Poll if post.is_some_and(|post| post.own) => (icon::POLL, "– your poll has ended"),
        NotificationKind::Poll => (icon::POLL, "asked in a poll that has ended"),
    }
}

/// The first words of a post; a warning hides them.
pub fn excerpt(card: &PostCard) -> String {
    if let Some(warning) = card.warning() {
        return format!("Content warning: {warning}");
    }
    let attached = in_place_of_text(&card.attached).filter(|_| card.is_wordless());
    let text = card.post().title.clone().or(attached).unwrap_or_else(|| plain(&card.post().html));
    let mut short: String = text.chars().take(140).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
