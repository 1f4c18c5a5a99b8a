//! Reports from other halls: kept for those who keep order here.

use crate::{Error, Hall, Requester, Result};
use domain::id::{ActorId, CommunityId, PostId};
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

/// What a report names, as the store keeps it.
type Object = (String, Option<ActorId>, Option<PostId>);

async fn keep(tx: &Tx, requester: &Requester, uri: String, about: Vec<String>, reason: String) -> Result<bool> {
    let permit = policy::receive_report(requester)?;
    let reporter = permit.actor();
    if reports::is_known(tx, &uri).await? {
        return Ok(false);
    }
    let rooms = by_room(tx, requester, about).await?;
    if reports::too_many(tx, reporter).await? {
        return Err(Error::denied("too_many_reports", "Your server has reported too much within the hour."));
    }
    let mut new = false;
    for (number, (community, objects)) in rooms.into_iter().enumerate() {
        let uri = if number == 0 { uri.clone() } else { reports::in_room(&uri, community) };
        let reason = reason.clone();
        let report = NewReport { uri, community, reason, category: ReportCategory::Other, forwarded: false, objects };
        if reports::same(tx, reporter, &report).await?.is_some() {
            continue;
        }
        let Some(id) = reports::keep(tx, &permit, &report).await? else { continue };
        crate::reports::tell(tx, id, reporter).await?;
        store::audit::append(tx, Some(reporter), "report.received", &report.uri, "").await?;
        new = true;
    }
    Ok(new)
}

/// What is named, each room's posts apart: who keeps order in one is not told what was said in another. People, and
/// what is not here, are named in all of them.
async fn by_room(tx: &Tx, requester: &Requester, about: Vec<String>) -> Result<Vec<(Option<CommunityId>, Vec<Object>)>> {
    let (mut rooms, mut everywhere, mut here) = (Vec::<(Option<CommunityId>, Vec<Object>)>::new(), Vec::new(), false);
    for object in about.into_iter().take(MAX_OBJECTS) {
        let post = match posts::id_by_uri(tx, &object).await?.filter(|post| !post.deleted) {
            Some(post) => facts::post(tx, requester, post.id).await?.filter(|facts| policy::can_see(requester, facts)),
            None => None,
        };
        if let Some(post) = post {
            let community = post.community.as_ref().map(|community| community.id);
            let named = (object, Some(post.author), Some(post.id));
            crate::reports::put(&mut rooms, community, named);
            continue;
        }
        let person = match store::actors::id_by_uri(tx, &object).await? {
            Some(id) if store::actors::outside_here(tx, id).await? => Some(id),
            _ => None,
        };
        here |= person.is_some();
        everywhere.push((object, person, None));
    }
    if rooms.is_empty() {
        return if here { Ok(vec![(None, everywhere)]) } else { Err(Error::not_found()) };
    }
    for (_, objects) in &mut rooms {
        objects.extend(everywhere.iter().cloned());
    }
    Ok(rooms)
}

/// The reporter takes a report back. `false`: there is none of theirs.
pub async fn withdraw(hall: &Hall, requester: &Requester, uri: &str) -> Result<bool> {
    let Some(actor) = requester.actor() else { return Ok(false) };
    let uri = uri.to_owned();
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(reports::withdraw(tx, actor, &uri).await?) })).await
}
