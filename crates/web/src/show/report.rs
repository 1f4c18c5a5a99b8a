//! One report as a card, for whoever deals with it.

use super::post::PostCard;
use super::when::When;
use super::{Face, counted};
use app::views::{Elsewhere, ReportCategory, ReportNote, ReportState, ReportView};
use app::{Error, Requester, Visible};

/// One report as shown.
#[derive(Debug)]
pub struct ReportCard {
    /// For paging.
    pub row: i64,
    /// Its page.
    pub href: String,
    /// Who reported.
    pub by: Face,
    /// From which server, where it is another one.
    pub from: Option<String>,
    /// In which community.
    pub community: Option<Face>,
    /// The reporter's words; may be empty.
    pub reason: String,
    /// What it is about, where that was said.
    pub category: Option<&'static str>,
    /// The other server was told too.
    pub forwarded: bool,
    /// Somebody should look at it.
    pub open: bool,
    /// Taken back by whoever made it.
    pub withdrawn: bool,
    /// When it came.
    pub when: When,
    /// Who dealt with it, and when.
    pub decided: Option<(Face, When)>,
    /// Who is reported.
    pub people: Vec<Face>,
    /// What is reported.
    pub posts: Vec<PostCard>,
    /// What else is named.
    pub unseen: Option<String>,
}

impl ReportCard {
    /// The card of a report that was released to this requester.
    pub fn of(requester: &Requester, visible: &Visible<ReportView>) -> Result<Self, Error> {
        let view = visible.open(requester).map_err(Error::internal)?;
        let unseen = i64::try_from(view.unseen).unwrap_or(i64::MAX);
        Ok(Self {
            row: view.id.0,
            href: format!("/reports/{}", view.id),
            by: Face::of(&view.reporter),
            from: view.reporter.host.clone(),
            community: view.community.as_deref().map(Face::of),
            reason: view.reason.clone(),
            category: category(view.category),
            forwarded: view.forwarded,
            open: view.state == ReportState::Open,
            withdrawn: view.state == ReportState::Withdrawn,
            when: When::at(view.created_at),
            decided: view.decided.as_ref().map(|(who, at)| (Face::of(who), When::at(*at))),
            people: view.people.iter().map(|who| Face::of(who)).collect(),
            posts: view.posts.iter().map(|post| PostCard::draw(requester, post)).collect(),
            unseen: (unseen > 0).then(|| counted(unseen, "thing more is", "things more are")),
        })
    }

    /// What a link to it is called.
    pub fn name(&self) -> String {
        let names: Vec<&str> = self.people.iter().map(|who| who.name.as_str()).collect();
        if names.is_empty() { "Report".to_owned() } else { format!("Report about {}", names.join(", ")) }
    }
}

/// What was done elsewhere, as shown in the history of a report.
#[derive(Debug)]
pub struct Note {
    /// What.
    pub words: &'static str,
    /// By whom.
    pub by: Face,
    /// On which server, where that is known.
    pub host: Option<String>,
    /// When.
    pub when: When,
}

impl Note {
    /// Of what was released to this requester.
    pub fn of(requester: &Requester, visible: &Visible<ReportNote>) -> Result<Self, Error> {
        let note = visible.open(requester).map_err(Error::internal)?;
        let words = match note.did {
            Elsewhere::Resolved => "Resolved",
            Elsewhere::Warned => "Warning given",
        };
        Ok(Self { words, by: Face::of(&note.by), host: note.by.host.clone(), when: When::at(note.at) })
    }
}

fn category(category: ReportCategory) -> Option<&'static str> {
    match category {
        ReportCategory::Spam => Some("Spam"),
        ReportCategory::Legal => Some("Against the law"),
        ReportCategory::Violation => Some("Against the rules"),
        ReportCategory::Other => None,
    }
}
