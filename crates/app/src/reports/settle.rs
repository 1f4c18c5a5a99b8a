//! Deal with a report.

use crate::{Hall, Requester, Result};
use domain::id::ReportId;
use domain::policy;
use store::{audit, facts, reports};

/// Marks a report as dealt with, or opens it again.
pub async fn settle(hall: &Hall, requester: &Requester, id: ReportId, done: bool) -> Result<()> {
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let permit = policy::settle(&requester, facts::report(tx, &requester, id).await?.as_ref())?;
                let who = permit.actor();
                reports::settle(tx, permit, done).await?;
                let act = if done { "report.done" } else { "report.reopened" };
                Ok(audit::append(tx, Some(who), act, &id.to_string(), "").await?)
            })
        })
        .await
}
