//! What stands around every page: title, navigation, who is signed in.

use crate::answer::Fail;
use crate::assets;
use crate::show::Face;
use app::{Hall, Requester, people};

/// Which part of the hall a page is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Home.
    Home,
    /// The directory.
    Communities,
    /// Notifications.
    Notifications,
    /// Search.
    Search,
    /// Elsewhere.
    Other,
}

/// What stands around a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Of the page.
    pub title: String,
    /// The organisation, or nothing where it is not known.
    pub organisation: String,
    /// Who is signed in.
    pub me: Option<Face>,
    /// Which part.
    pub place: Place,
    /// The style sheet.
    pub style: &'static str,
    /// The favicon.
    pub favicon: &'static str,
    /// What has just been done.
    pub notice: Option<&'static str>,
    /// Search engines may keep this page.
    pub indexed: bool,
    /// Without navigation, so that nothing leads away from a decision.
    pub alone: bool,
}

impl Frame {
    /// Around a page for this requester.
    pub async fn of(hall: &Hall, requester: &Requester, place: Place, title: impl Into<String>) -> Result<Self, Fail> {
        let me = match requester.actor().filter(|_| requester.is_local()) {
            Some(actor) => Some(Face::of(&*people::show(hall, requester, actor).await?)),
            None => None,
        };
        let organisation = hall.settings().organisation.clone();
        Ok(Self { organisation, me, place, ..Self::bare(title) })
    }

    /// Around a page that knows neither hall nor requester.
    pub fn bare(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            organisation: String::new(),
            me: None,
            place: Place::Other,
            style: assets::style_url(),
            favicon: assets::favicon_url(),
            notice: None,
            indexed: false,
            alone: false,
        }
    }

    /// The same without navigation.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// The same under another title.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// The same, saying what has just been done (`?done=joined` and the like; anything unknown says nothing).
    #[must_use]
    pub fn after(mut self, done: Option<&str>) -> Self {
        self.notice = match done {
            Some("posted") => Some("Posted."),
            Some("changed") => Some("Your changes are saved."),
            Some("deleted") => Some("The post is deleted."),
            Some("joined") => Some("Welcome! You are a member now."),
            Some("asked") => Some("Your request is on its way. You will get a notification when it is answered."),
            Some("left") => Some("You have left the community. Its posts are out of your Home."),
            Some("withdrawn") => Some("Your request is withdrawn."),
            Some("started") => Some("Your community is there. Say hello, and invite others."),
            Some("accepted") => Some("Accepted. They will be told."),
            Some("declined") => Some("Declined."),
            Some("banned") => Some("Banned. You find them below, if you want to lift the ban."),
            Some("lifted") => Some("The ban is lifted. They may join again."),
            Some("followed") => Some("You follow them now, or they have been asked."),
            Some("unfollowed") => Some("You no longer follow them."),
            Some("waiting") => Some("Thank you. An admin looks at new accounts; you can sign in once yours is let in."),
            Some("ready") => Some("Your account is there. Sign in to begin."),
            Some("signed_out") => Some("You are signed out."),
            Some("reported") => Some("Thank you. Your report is with those who keep order here."),
            Some("settled") => Some("Marked as dealt with. You can open it again."),
            Some("reopened") => Some("The report is open again."),
            Some("cleared") => Some("All notifications are cleared."),
            _ => None,
        };
        self
    }

    /// Whether this link leads to where the page is.
    pub fn is(&self, place: &str) -> bool {
        matches!(
            (self.place, place),
            (Place::Home, "home")
                | (Place::Communities, "communities")
                | (Place::Notifications, "notifications")
                | (Place::Search, "search")
        )
    }

    /// The `<title>`.
    pub fn full_title(&self) -> String {
        let hall = if self.organisation.is_empty() { "Guildhall" } else { self.organisation.as_str() };
        format!("{} · {hall}", self.title)
    }
}
