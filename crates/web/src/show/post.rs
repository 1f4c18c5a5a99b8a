//! One post as a card.

use super::attachment::AttachmentCard;
use super::poll::PollCard;
use super::when::When;
use super::{Clean, Face};
use crate::icon::{self, Icon};
use app::views::{Mine, PostRecord, PostView};
use app::{Error, Requester, Visible};
use domain::audience::{Reach, Visibility};
use domain::zone::Zone;
use std::sync::Arc;

/// Who can read something, short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readers {
    /// For the style sheet.
    pub class: &'static str,
    /// Beside the words.
    pub icon: Icon,
    /// Who.
    pub words: &'static str,
}

/// A link of the library.
#[derive(Debug, Clone)]
pub struct LinkCard {
    /// Where it leads: http or https only.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// Its host, always shown.
    pub host: String,
}

/// One post as a card.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that a template asks, not a state")]
pub struct PostCard {
    /// The row this card stands for in its list: the boost, where it is one.
    pub row: i64,
    /// Decimal.
    pub id: String,
    /// Its page.
    pub href: String,
    /// Who wrote it.
    pub author: Face,
    /// Who brought it here.
    pub boosted_by: Option<Face>,
    /// Where it is.
    pub community: Option<Face>,
    /// It answers something.
    pub is_reply: bool,
    /// The link it shares.
    pub link: Option<LinkCard>,
    /// The poll it holds.
    pub poll: Option<PollCard>,
    /// What is attached to it.
    pub attached: Vec<AttachmentCard>,
    /// When.
    pub when: When,
    /// Changed when.
    pub edited: Option<When>,
    /// Who can read it.
    pub readers: Readers,
    /// What the requester did with it.
    pub mine: Mine,
    /// The requester has an account here.
    pub signed_in: bool,
    /// The requester wrote it.
    pub own: bool,
    /// The requester may take it away.
    pub removable: bool,
    /// The requester keeps order where it is, and may lock its thread.
    pub lockable: bool,
    /// It begins a thread in a community that the requester may pin it in.
    pub featurable: bool,
    /// It stands at the top of the page.
    pub featured: bool,
    /// May be passed on: everybody can read it.
    pub boostable: bool,
    /// How deep in its thread, at most 3.
    pub depth: usize,
    post: Arc<PostRecord>,
}

impl PostCard {
    /// The card of a post that was released to this requester.
    pub fn of(requester: &Requester, visible: &Visible<PostView>) -> Result<Self, Error> {
        visible.open(requester).map(|view| Self::draw(requester, view)).map_err(Error::internal)
    }

    /// Cards of a whole list.
    pub fn all(requester: &Requester, list: &[Visible<PostView>]) -> Result<Vec<Self>, Error> {
        list.iter().map(|visible| Self::of(requester, visible)).collect()
    }

    /// Cards of what is kept at the top of a page.
    pub fn pinned(requester: &Requester, list: &[Visible<PostView>]) -> Result<Vec<Self>, Error> {
        let mut cards = Self::all(requester, list)?;
        for card in &mut cards {
            card.featured = true;
        }
        Ok(cards)
    }

    /// The card of a view that hangs on something already opened (a notification).
    pub fn draw(requester: &Requester, view: &PostView) -> Self {
        let shown = view.boost.as_deref().unwrap_or(view);
        let post = shown.post.clone();
        let own = requester.is_local() && requester.actor() == Some(post.actor);
        Self {
            row: view.post.id.0,
            id: post.id.to_string(),
            href: format!("/@{}/{}", shown.author.acct(), post.id),
            author: Face::of(&shown.author),
            boosted_by: view.boost.as_ref().map(|_| Face::of(&view.author)),
            // A community's own boost says already where the post is.
            community: shown
                .community
                .as_deref()
                .filter(|group| view.boost.is_none() || group.id != view.author.id)
                .map(Face::of),
            is_reply: post.in_reply_to.is_some() || post.in_reply_to_uri.is_some(),
            link: post.resource.as_ref().and_then(|link| link_card(&link.url, &link.title)),
            poll: PollCard::of(shown),
            attached: AttachmentCard::all(&post.attachments),
            when: When::at(post.created_at),
            edited: post.edited_at.map(When::at),
            readers: readers(post.audience.reach()),
            mine: shown.mine,
            signed_in: requester.is_local(),
            own,
            removable: own,
            lockable: false,
            featurable: false,
            featured: false,
            boostable: post.audience.is_world(),
            depth: 0,
            post,
        }
    }

    /// The post's row.
    pub fn post(&self) -> &PostRecord {
        &self.post
    }

    /// The text.
    pub fn html(&self) -> Clean<'_> {
        Clean(&self.post.html)
    }

    /// It has no text: what it says is its title, or what is attached.
    pub fn is_wordless(&self) -> bool {
        self.post.html.as_str().is_empty()
    }

    /// The warning in front of the text, if there is one.
    pub fn warning(&self) -> Option<&str> {
        match self.post.spoiler.as_str() {
            "" if self.post.sensitive => Some("Marked as sensitive by its author"),
            "" => None,
            warning => Some(warning),
        }
    }

    /// What a link to this post is called.
    pub fn name(&self) -> String {
        self.post.title.clone().unwrap_or_else(|| format!("Post by {}", self.author.name))
    }
}

/// A link that may be shown: anything but http(s) is not one.
pub fn link_card(url: &str, title: &str) -> Option<LinkCard> {
    let parsed = url::Url::parse(url).ok().filter(|_| domain::text::is_web_url(url))?;
    let host = domain::handle::of_url(&parsed)?;
    let title = if title.trim().is_empty() { host.clone() } else { title.to_owned() };
    Some(LinkCard { url: url.to_owned(), title, host })
}

/// Who can read this, in few words.
pub fn readers(reach: Reach) -> Readers {
    match reach {
        Reach::World { community: Some(_), .. } => {
            Readers { class: "open", icon: icon::GLOBE, words: "Open community: everybody can read" }
        }
        Reach::World { listed: true, .. } => Readers { class: "open", icon: icon::GLOBE, words: "Public" },
        Reach::World { listed: false, .. } => Readers { class: "open", icon: icon::GLOBE, words: "Public, not listed" },
        Reach::Members { zone: Zone::Internal, .. } => {
            Readers { class: "internal", icon: icon::LOCK, words: "Internal: members only" }
        }
        Reach::Members { .. } => Readers { class: "partner", icon: icon::PARTNERS, words: "Partner: members only" },
        Reach::Followers => Readers { class: "internal", icon: icon::PEOPLE, words: "Followers" },
        Reach::Mentioned => Readers { class: "internal", icon: icon::LETTER, words: "Only people mentioned" },
    }
}

/// The same for a visibility that was only asked for.
pub fn asked_readers(visibility: Visibility, zone: Option<Zone>) -> Readers {
    match (zone, visibility) {
        (Some(Zone::Internal), _) => Readers { class: "internal", icon: icon::LOCK, words: "Internal" },
        (Some(Zone::Partner), _) => Readers { class: "partner", icon: icon::PARTNERS, words: "Partner" },
        (_, Visibility::Public | Visibility::Unlisted) => Readers { class: "open", icon: icon::GLOBE, words: "Open" },
        (_, Visibility::Private) => Readers { class: "internal", icon: icon::PEOPLE, words: "Followers" },
        (_, Visibility::Direct) => Readers { class: "internal", icon: icon::LETTER, words: "Message" },
    }
}

/// Sets how deep each answer stands below the focused post.
pub fn indented(focus: i64, mut answers: Vec<PostCard>) -> Vec<PostCard> {
    let mut depths = std::collections::HashMap::from([(focus, 0_usize)]);
    for card in &mut answers {
        let above = card.post.in_reply_to.and_then(|parent| depths.get(&parent.0).copied()).unwrap_or(0);
        card.depth = above.min(3);
        depths.insert(card.post.id.0, above + 1);
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links_and_their_host_is_shown() {
        let card = link_card("https://Example.org/a?b#c", "").unwrap();
        assert_eq!((card.host.as_str(), card.title.as_str()), ("example.org", "example.org"));
        for bad in ["javascript:alert(1)", "data:text/html,x", "//evil.example/", "java\tscript:x", "https://u:p@a.example/", ""]
        {
            assert!(link_card(bad, "x").is_none(), "{bad}");
        }
    }

    #[test]
    fn every_reach_says_who_reads() {
        let internal = Reach::Members { community: domain::id::CommunityId(1), zone: Zone::Internal };
        assert_eq!(readers(internal).class, "internal");
        assert_eq!(readers(Reach::World { community: None, listed: true }).words, "Public");
    }
}
