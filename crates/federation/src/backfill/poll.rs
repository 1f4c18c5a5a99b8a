//! The count of a poll, as its own server shows it.

use super::reading::Stop;
use crate::Federation;
use crate::inbox::VerifiedActor;
use crate::resolve::ResolveError;
use crate::translate::poll;
use activitypub::model::ObjectDoc;
use app::federated::fetches::Job;
use app::federated::posts;
use app::polls::{NetworkCount, receive_count};

/// Reads the poll once more. Nothing of the post but the count changes.
pub async fn count(federation: &Federation, job: &Job) -> Result<usize, Stop> {
    let hall = federation.hall();
    let refused = |code| Stop::Failed(ResolveError::Refused(code));
    if posts::by_uri(hall, &job.target).await?.is_none_or(|there| there.deleted) {
        return Err(refused("gone"));
    }
    let value = federation.document_again(&job.target).await?;
    let object = ObjectDoc::parse(&value).map_err(|error| refused(error.code()))?;
    let author = VerifiedActor::by_uri(federation, object.author().map_err(|error| refused(error.code()))?).await?;
    let poll = poll::asked(&object).ok_or_else(|| refused("not_taken"))?;
    let counted = NetworkCount { poll, at: app::federated::now(hall), activity: None };
    receive_count(hall, &author.requester, &job.target, counted).await?;
    Ok(0)
}
