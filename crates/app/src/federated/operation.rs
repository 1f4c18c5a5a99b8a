//! For whoever runs the hall: how federation stands, sending again, and what could not be carried out.

use crate::{Error, Hall, Result};
use domain::handle::{self, Handle};
pub use store::dead_letters::DeadLetter;
pub use store::instances::Rule;
pub use store::operation::{HostStatus, State};

/// Every known host and what waits for it.
pub async fn status(hall: &Hall) -> Result<Vec<HostStatus>> {
    Ok(store::operation::status(hall.store()).await?)
}

/// A host by its name, however it is written. `None`: it is not known.
async fn known(hall: &Hall, host: &str) -> Result<Option<String>> {
    let Some(host) = handle::canonical_host(host) else { return Ok(None) };
    match store::operation::is_blocked(hall.store().read(), &host).await? {
        Some(true) => Err(Error::denied("blocked", "This host is blocked: nothing is sent there.")),
        Some(false) => Ok(Some(host)),
        None => Ok(None),
    }
}

/// What waits for a host is due at once, and what was given up waits again. Gives how many; `None`: no such host.
pub async fn retry_host(hall: &Hall, host: &str) -> Result<Option<i64>> {
    let Some(host) = known(hall, host).await? else { return Ok(None) };
    let retried =
        hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::operation::retry_host(tx, &host).await?) }));
    retried.await.map(Some)
}

/// One delivery is tried again. `false`: there is none with this number.
pub async fn retry_delivery(hall: &Hall, id: i64) -> Result<bool> {
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::operation::retry_delivery(tx, id).await?) })).await
}

/// Queues again what a host may have missed. Gives how many activities; `None`: no such host.
pub async fn resync_host(hall: &Hall, host: &str, days: i64) -> Result<Option<i64>> {
    let Some(host) = known(hall, host).await? else { return Ok(None) };
    Ok(Some(store::operation::resync_host(hall.store(), &host, days).await?))
}

/// Queues again what a community of this hall announced. Gives how many activities; `None`: no such community.
pub async fn resync_community(hall: &Hall, handle: &str, days: i64) -> Result<Option<i64>> {
    let Some(handle) = Handle::parse(handle) else { return Ok(None) };
    let conn = hall.store().read();
    let Some(group) = store::actors::id_by_handle(conn, &handle).await? else { return Ok(None) };
    let Some(community) = store::communities::of_actor(conn, group).await? else { return Ok(None) };
    Ok(Some(store::operation::resync_community(hall.store(), community, group, days).await?))
}

/// What could not be carried out, newest first.
pub async fn dead_letters(hall: &Hall) -> Result<Vec<DeadLetter>> {
    Ok(store::dead_letters::list(hall.store().read()).await?)
}

/// Puts one back into its queue. `false`: there is none with this number.
pub async fn replay(hall: &Hall, id: i64) -> Result<bool> {
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::dead_letters::replay(tx, id).await?) })).await
}

/// What the operator decides about a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// It is on the list.
    Listed(bool),
    /// Nothing is exchanged with it and with what lies below it.
    Blocked(bool),
}

/// Decides about a host. Gives its canonical name.
pub async fn rule(hall: &Hall, host: &str, ruling: Ruling) -> Result<String> {
    let invalid = || Error::invalid("host_invalid", format!("“{host}” is not the name of a server."));
    let name = domain::handle::canonical_host(host).ok_or_else(invalid)?;
    if hall.settings().is_here(&name) {
        return Err(Error::invalid("host_is_here", "This is the hall itself."));
    }
    let host = name.clone();
    let written = hall.store().write(move |tx| {
        Box::pin(async move {
            let word = match ruling {
                Ruling::Listed(listed) => {
                    store::instances::set_listed(tx, &host, listed).await?;
                    if listed { "host.listed" } else { "host.unlisted" }
                }
                Ruling::Blocked(blocked) => {
                    store::instances::set_blocked(tx, &host, blocked).await?;
                    if blocked { "host.blocked" } else { "host.unblocked" }
                }
            };
            Ok::<_, Error>(store::audit::append(tx, None, word, &host, "").await?)
        })
    });
    written.await.map(|()| name)
}

/// Hosts about which the operator decided.
pub async fn rules(hall: &Hall) -> Result<Vec<Rule>> {
    Ok(store::instances::ruled(hall.store().read()).await?)
}
