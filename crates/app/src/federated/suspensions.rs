//! Suspending one actor of another instance, where blocking its host would be too much (C275).

use crate::{Error, Hall, Result, effects};
use domain::handle::{self, Handle};
use url::Url;

/// The id of the hall's own actor on the network.
pub(super) fn own_uri(hall: &Hall) -> String {
    format!("{}/actor", hall.settings().base())
}

/// Suspends somebody, by handle or by id on the network. Gives that id.
pub async fn suspend(hall: &Hall, who: &str) -> Result<String> {
    change(hall, who, true).await
}

/// Ends a suspension. What was said meanwhile is not fetched, and what was here before does not come back.
pub async fn restore(hall: &Hall, who: &str) -> Result<String> {
    change(hall, who, false).await
}

/// The ids of those who are suspended.
pub async fn list(hall: &Hall) -> Result<Vec<String>> {
    Ok(store::suspensions::list(hall.store().read(), &own_uri(hall)).await?)
}

async fn change(hall: &Hall, who: &str, suspend: bool) -> Result<String> {
    let (uri, own) = (named(hall, who).await?, own_uri(hall));
    let target = uri.clone();
    let changed = hall.store().write(move |tx| {
        Box::pin(async move {
            if suspend {
                let who = store::suspensions::suspend(tx, &target, &own).await?;
                effects::cleared(tx, who).await?;
            } else if !store::suspensions::end(tx, &target, &own).await? {
                return Err(Error::invalid("not_suspended", "Nobody with this name or id is suspended."));
            }
            let word = if suspend { "actor.suspended" } else { "actor.restored" };
            Ok(store::audit::append(tx, None, word, &target, "").await?)
        })
    });
    changed.await.map(|()| uri)
}

async fn named(hall: &Hall, who: &str) -> Result<String> {
    if let Some(url) = Url::parse(who).ok().filter(Url::has_host) {
        return match handle::of_url(&url) {
            // What people copy is often the address of a page.
            Some(host) if !hall.settings().is_here(&host) => {
                Ok(store::actors::uri_by_page(hall.store().read(), who).await?.unwrap_or_else(|| who.to_owned()))
            }
            _ => Err(Error::invalid("actor_is_here", "Only actors of other servers are suspended by this.")),
        };
    }
    let unknown = || {
        Error::invalid("actor_unknown", format!("“{who}” is not known here. Give the id, https://…, of somebody not seen yet."))
    };
    let handle = Handle::parse(who).filter(|handle| handle.host.is_some()).ok_or_else(unknown)?;
    let conn = hall.store().read();
    let id = store::actors::id_by_handle(conn, &handle).await?.ok_or_else(unknown)?;
    Ok(store::actors::wire(conn, id).await?.ok_or_else(unknown)?.uri)
}
