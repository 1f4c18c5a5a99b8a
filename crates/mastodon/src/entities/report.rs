//! Mastodon API: Report entity.

use super::{Account, Moment, Nothing};
use crate::site::Site;
use app::views::{ReportState, ReportView};
use domain::id::{PostId, ReportId};
use serde::Serialize;

/// A report: as those see it whom it is for, or as its reporter made it.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// Ours.
    pub id: ReportId,
    /// It was dealt with.
    pub action_taken: bool,
    /// When.
    pub action_taken_at: Option<Moment>,
    /// What it is about.
    pub category: &'static str,
    /// Why.
    pub comment: &'a str,
    /// The other server was told too.
    pub forwarded: bool,
    /// When it was made.
    pub created_at: Moment,
    /// Which posts.
    pub status_ids: Vec<PostId>,
    /// There are no collections.
    pub collection_ids: Nothing,
    /// Rules have no ids here.
    pub rule_ids: Nothing,
    /// Who is reported.
    pub target_account: Account<'a>,
}

impl<'a> Report<'a> {
    /// A report that was released to whoever deals with it. `None`: nobody that is known here is reported.
    pub(super) fn opened(site: &'a Site, view: &'a ReportView) -> Option<Self> {
        Some(Self {
            id: view.id,
            action_taken: view.state == ReportState::Done,
            action_taken_at: view.decided.as_ref().map(|(_, at)| Moment(*at)),
            category: view.category.as_str(),
            comment: &view.reason,
            forwarded: view.forwarded,
            created_at: Moment(view.created_at),
            status_ids: view.posts.iter().map(|post| post.post.id).collect(),
            collection_ids: [],
            rule_ids: [],
            target_account: Account::of(site, view.people.first()?),
        })
    }
}
