//! Reports from other halls: kept for those who keep order here.

use crate::{Error, Hall, Requester, Result};
use domain::policy;
use store::reports::{self, NewReport};
use store::views::ReportCategory;
use store::{Tx, facts, posts};

/// Most things one report may name.
const MAX_OBJECTS: usize = 50;

/// Keeps a report. At least one thing it names must be here and visible to the reporter, or be somebody here.
/// Gives whether it is new.
pub async fn receive(hall: &Hall, requester: &Requester, uri: &str, about: Vec<String>, reason: String) -> Result<bool> {
    let (requester, uri) = (requester.clone(), uri.to_owned());
    hall.store().write(move |tx| Box::pin(async move { keep(tx, &requester, uri, about, reason).await })).await
}

async fn keep(tx: &Tx, requester: &Requester, uri: String, about: Vec<String>, reason: String) -> Result<bool> {
    let (mut objects, mut here, mut community) = (Vec::new(), false, None);
    for object in about.into_iter().take(MAX_OBJECTS) {
        let post = match posts::id_by_uri(tx, &object).await?.filter(|post| !post.deleted) {
            Some(post) => facts::post(tx, requester, post.id).await?.filter(|facts| policy::can_see(requester, facts)),
            None => None,
        };
        let person = match store::actors::id_by_uri(tx, &object).await? {
            Some(id) if store::actors::outside_here(tx, id).await? => Some(id),
            _ => None,
        };
        here |= post.is_some() || person.is_some();
        community = community.or(post.as_ref().and_then(|post| post.community.as_ref()).map(|community| community.id));
        let who = person.or(post.as_ref().map(|post| post.author));
        objects.push((object, who, post.map(|post| post.id)));
    }
    if !here {
        return Err(Error::not_found());
    }
    let permit = policy::receive_report(requester)?;
    let reporter = permit.actor();
    let report = NewReport { uri, community, reason, category: ReportCategory::Other, forwarded: false, objects };
    let Some(id) = reports::keep(tx, &permit, &report).await? else { return Ok(false) };
    crate::reports::tell(tx, id, reporter).await?;
    store::audit::append(tx, Some(reporter), "report.received", &report.uri, "").await?;
    Ok(true)
}

/// The reporter takes a report back. `false`: there is none of theirs.
pub async fn withdraw(hall: &Hall, requester: &Requester, uri: &str) -> Result<bool> {
    let (actor, uri) = (requester.actor(), uri.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let mine = actor.is_some() && reports::reporter(tx, &uri).await? == actor;
                if mine {
                    reports::withdraw(tx, &uri).await?;
                }
                Ok::<_, Error>(mine)
            })
        })
        .await
}
