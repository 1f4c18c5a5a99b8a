//! Mastodon API: Notification entity.

use super::{Account, Moment, Report, Status, open};
use crate::site::Site;
use app::views::NotificationView;
use app::{Requester, Result, Visible};
use domain::id::NotificationId;
use serde::{Serialize, Serializer};

/// Something happened that concerns the requester.
#[derive(Debug, Serialize)]
pub struct Notification<'a> {
    id: NotificationId,
    #[serde(rename = "type")]
    kind: &'static str,
    group_key: GroupKey,
    created_at: Moment,
    account: Account<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<Report<'a>>,
}

impl<'a> Notification<'a> {
    /// A notification of this requester. What it is about was checked when it was read.
    pub fn of(site: &'a Site, requester: &Requester, proof: &'a Visible<NotificationView>) -> Result<Self> {
        let view = open(requester, proof)?;
        Ok(Self {
            id: view.id,
            kind: view.kind.as_str(),
            group_key: GroupKey(view.id),
            created_at: Moment(view.created_at),
            account: Account::of(site, &view.actor),
            status: view.post.as_ref().map(|post| Status::opened(site, requester, post)),
            report: view.report.as_ref().and_then(|report| Report::opened(site, report)),
        })
    }
}

/// Nothing is grouped: every notification is a group of its own.
#[derive(Debug)]
struct GroupKey(NotificationId);

impl Serialize for GroupKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("ungrouped-{}", self.0))
    }
}
