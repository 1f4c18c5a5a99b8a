//! What is to be read from other instances in the background: asked for in the transaction of its cause.

use crate::{Error, Hall, Result};
use domain::handle;
use domain::id::{ActorId, CommunityId};
use domain::peers::Peers;
use domain::zone::Zone;
use store::fetches::Kind;
use store::{Tx, communities, fetches};
use url::Url;

pub use store::fetches::{Job, Kind as FetchKind};

/// The domain under which somebody can make as many hosts as they like, as far as its form tells (C114). Two neighbours
/// under one public suffix only wait for each other.
pub fn domain_of(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let host = handle::of_url(&url)?;
    let Some(url::Host::Domain(name)) = url.host() else { return Some(host) };
    let labels: Vec<&str> = name.trim_end_matches('.').split('.').collect();
    let kept = match labels.as_slice() {
        // `co.uk` and its like
        [.., second, top] if top.len() == 2 && second.len() <= 3 => 3,
        _ => 2,
    };
    if labels.len() <= kept {
        return Some(host);
    }
    Some(labels.iter().skip(labels.len() - kept).copied().collect::<Vec<_>>().join("."))
}

/// Somebody of this hall is in a community of another: its older posts are read.
pub(crate) async fn ask_for_community(tx: &Tx, community: CommunityId, member: ActorId) -> Result<()> {
    let Some(wire) = communities::wire(tx, community).await?.filter(|wire| !wire.local) else { return Ok(()) };
    let Some(host) = domain_of(&wire.uri) else { return Ok(()) };
    fetches::ask(tx, Kind::Community, &wire.uri, &host, Some(member)).await?;
    Ok(())
}

/// Parts of the thread around this post are missing here. `closed`: the community whose members alone may read it; of
/// one that is hosted here nothing is missing.
pub(crate) async fn ask_for_thread(tx: &Tx, post_uri: &str, closed: Option<CommunityId>) -> Result<()> {
    let Some(host) = domain_of(post_uri) else { return Ok(()) };
    if let Some(community) = closed
        && communities::wire(tx, community).await?.is_none_or(|group| group.local || group.zone != Zone::Partner)
    {
        return Ok(());
    }
    fetches::ask_in(tx, Kind::Thread, post_uri, &host, None, closed).await?;
    Ok(())
}

/// Somebody voted in this poll of another hall: its count is read there soon, once for several votes.
pub(crate) async fn ask_for_count(tx: &Tx, post_uri: &str) -> Result<()> {
    if let Some(host) = domain_of(post_uri) {
        fetches::ask(tx, Kind::Poll, post_uri, &host, None).await?;
    }
    Ok(())
}

/// Somebody looks at a thread that began elsewhere: what was said in it meanwhile is read, once in a while.
pub async fn ask_thread(hall: &Hall, post_uri: &str, closed: Option<CommunityId>) -> Result<()> {
    if hall.settings().peers == Peers::Nobody || !fetches::would_ask(hall.store(), Kind::Thread, post_uri).await? {
        return Ok(());
    }
    if let Some(community) = closed
        && communities::wire(hall.store().read(), community).await?.is_none_or(|group| group.local)
    {
        return Ok(());
    }
    let uri = post_uri.to_owned();
    hall.store().write(move |tx| Box::pin(async move { ask_for_thread(tx, &uri, closed).await })).await
}

/// The community, if only its members may read what is in it.
pub async fn closed(hall: &Hall, community: CommunityId) -> Result<Option<CommunityId>> {
    let there = communities::wire(hall.store().read(), community).await?;
    Ok(there.filter(|group| group.zone != Zone::Open).map(|_| community))
}

/// Whether a community's older posts are being read.
pub async fn under_way(hall: &Hall, group_uri: &str) -> Result<bool> {
    Ok(fetches::under_way(hall.store().read(), Kind::Community, group_uri).await?)
}

/// The job begins, maybe again: nothing is in its hands.
pub async fn begin(hall: &Hall) -> Result<()> {
    Ok(fetches::begin(hall.store()).await?)
}

/// Takes due ones, at most one of each host.
pub async fn claim(hall: &Hall) -> Result<Vec<Job>> {
    Ok(fetches::claim(hall.store()).await?)
}

/// Read, as far as its bounds allow.
pub async fn done(hall: &Hall, job: Job, outcome: String) -> Result<()> {
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(fetches::done(tx, &job, &outcome).await?) })).await
}

/// To be tried again later.
pub async fn failed(hall: &Hall, job: Job, reason: String) -> Result<()> {
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(fetches::failed(tx, &job, &reason).await?) })).await
}

#[cfg(test)]
mod tests {
    use super::domain_of;

    #[test]
    fn all_hosts_under_one_domain_wait_in_one_queue() {
        for (uri, queue) in [
            ("https://a.x.test/p/1", "x.test"),
            ("https://b.c.x.test/p/1", "x.test"),
            ("https://x.test/p/1", "x.test"),
            ("https://a.x.co.uk/p/1", "x.co.uk"),
            ("https://x.co.uk/p/1", "x.co.uk"),
            ("http://127.0.0.1:8080/p/1", "127.0.0.1:8080"),
        ] {
            assert_eq!(domain_of(uri).as_deref(), Some(queue), "{uri}");
        }
    }
}
