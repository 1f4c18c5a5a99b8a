//! Whoever wrote what is quoted elsewhere is told where.

use crate::{Requester, Result};
use domain::id::PostId;
use domain::policy;
use store::views::NotificationKind;
use store::{Tx, facts, notifications};

/// Tells the author of a post of this hall that the requester quoted it: in a post that everybody may read, and if the
/// requester could read what is quoted. Once for each post.
pub(crate) async fn tell(tx: &Tx, requester: &Requester, quoted: PostId, quoting: PostId) -> Result<()> {
    let (quoted, quoting) = (facts::post(tx, requester, quoted).await?, facts::post(tx, requester, quoting).await?);
    let (Some(quoted), Some(quoting)) = (quoted, quoting) else { return Ok(()) };
    let theirs = quoting.audience.is_world() && requester.actor() == Some(quoting.author);
    if theirs && quoted.local && policy::can_see(requester, &quoted) {
        notifications::notify(tx, quoted.author, NotificationKind::Quote, quoting.author, Some(quoting.id), None).await?;
    }
    Ok(())
}
