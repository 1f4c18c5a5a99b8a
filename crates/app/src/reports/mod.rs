//! Reports: making one, reading those that are for oneself, and dealing with them.

mod report;
mod settle;

pub use report::{NewReport, report};
pub use settle::settle;
pub use store::views::{ReportCategory, ReportState};

use crate::{Error, Hall, Requester, Result, Visible};
use domain::id::{CommunityId, ReportId};
use domain::page::Page;
use domain::time::Timestamp;
use store::Tx;
use store::views::{ReportNote, ReportView};

/// Reports that are for the requester, newest first: open ones, or all others; of one community or of all.
pub async fn list(
    hall: &Hall,
    requester: &Requester,
    community: Option<CommunityId>,
    open: bool,
    page: &Page,
) -> Result<Vec<Visible<ReportView>>> {
    Ok(store::reports::list(hall.store(), requester, community, open, page).await?)
}

/// One of them.
pub async fn show(hall: &Hall, requester: &Requester, id: ReportId) -> Result<Visible<ReportView>> {
    store::reports::by_ids(hall.store(), requester, &[id]).await?.into_iter().next().ok_or_else(Error::not_found)
}

/// What those who keep order elsewhere did about one of them, oldest first.
pub async fn history(hall: &Hall, requester: &Requester, id: ReportId) -> Result<Vec<Visible<ReportNote>>> {
    Ok(store::reports::history(hall.store(), requester, id).await?)
}

/// How many open ones are for the requester, of one community or of all; counted up to 100.
pub async fn open(hall: &Hall, requester: &Requester, community: Option<CommunityId>) -> Result<i64> {
    Ok(store::reports::open(hall.store(), requester, community).await?)
}

/// When the requester made this report, and whether the other server is told: all that they see of it later.
pub async fn made(hall: &Hall, requester: &Requester, id: ReportId) -> Result<(Timestamp, bool)> {
    let actor = requester.actor().ok_or_else(Error::not_found)?;
    store::reports::made(hall.store().read(), actor, id).await?.ok_or_else(Error::not_found)
}

/// Tells those whom a report is for. Gives whether there is anybody.
pub(crate) async fn tell(tx: &Tx, id: ReportId, reporter: domain::id::ActorId) -> Result<bool> {
    let keepers = store::reports::keepers(tx, id).await?;
    for keeper in keepers.iter().filter(|keeper| **keeper != reporter) {
        store::notifications::reported(tx, *keeper, reporter, id).await?;
    }
    Ok(!keepers.is_empty())
}

/// Puts something to what is known of its room.
pub(crate) fn put<T>(rooms: &mut Vec<(Option<CommunityId>, Vec<T>)>, room: Option<CommunityId>, one: T) {
    match rooms.iter_mut().find(|(known, _)| *known == room) {
        Some((_, all)) => all.push(one),
        None => rooms.push((room, vec![one])),
    }
}
