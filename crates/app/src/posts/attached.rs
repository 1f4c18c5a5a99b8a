//! What another server attached to a post, as far as it may be shown here.

use crate::Result;
use domain::attachment::Attachment;
use store::{Tx, instances};

/// All but what lies at a blocked host, which is neither asked nor told of. That a host is on no list of peers says nothing
/// here: servers keep their pictures at hosts that are no servers of the network.
pub(super) async fn allowed(tx: &Tx, attachments: &[Attachment]) -> Result<Vec<Attachment>> {
    let hosts: Vec<String> = attachments.iter().filter_map(host).collect();
    if hosts.is_empty() {
        return Ok(Vec::new());
    }
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    let blocked = instances::blocked_by_name(tx, &hosts).await?;
    let open = |attachment: &&Attachment| host(attachment).is_some_and(|host| !blocked.contains(host.as_str()));
    Ok(attachments.iter().filter(open).cloned().collect())
}

/// What has no host is on no web.
fn host(attachment: &Attachment) -> Option<String> {
    url::Url::parse(&attachment.url).ok().and_then(|url| domain::handle::of_url(&url))
}
