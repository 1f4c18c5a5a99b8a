//! Search: people and communities, hashtags, and anything by its handle or address.

use crate::ports;
use crate::{Error, Hall, Requester, Result, Visible, people};
use domain::handle::Handle;
use std::sync::Arc;
use store::views::{ActorView, PostView};

/// Longest query that is looked at, in characters.
const MAX_QUERY: usize = 500;

/// What kind of thing is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// People and communities.
    Accounts,
    /// Posts, by their address.
    Statuses,
    /// Hashtags.
    Hashtags,
}

/// A search.
#[derive(Debug, Clone)]
pub struct Query {
    /// What was typed.
    pub text: String,
    /// Only this kind; all otherwise.
    pub kind: Option<Kind>,
    /// Ask other instances for a handle or address that is not known here.
    pub resolve: bool,
    /// Most of each kind.
    pub limit: u32,
    /// How many to leave out.
    pub offset: u32,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// People and communities.
    pub actors: Vec<Arc<ActorView>>,
    /// Posts.
    pub posts: Vec<Visible<PostView>>,
    /// Hashtags, with how many posts the requester can see.
    pub tags: Vec<(String, i64)>,
}

/// Searches. Nothing found is an answer, not an error, also where a peer does not answer.
pub async fn search(hall: &Hall, requester: &Requester, query: &Query) -> Result<Found> {
    let text = query.text.trim();
    let mut found = Found::default();
    if text.is_empty() || text.chars().count() > MAX_QUERY {
        return Ok(found);
    }
    let wants = |kind| query.kind.is_none_or(|wanted| wanted == kind);
    let exact = exact(hall, requester, text, query.resolve && requester.is_local() && query.offset == 0).await?;
    match exact {
        Some(ports::Found::Actor(id)) if wants(Kind::Accounts) => {
            found.actors.extend(people::show(hall, requester, id).await.ok());
        }
        Some(ports::Found::Post(id)) if wants(Kind::Statuses) => {
            found.posts.extend(store::posts::by_id(hall.store(), requester, id).await?);
        }
        _ => {}
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(found);
    }
    let nameless = text.trim_matches(['@', '!']).is_empty();
    if wants(Kind::Accounts) && !text.starts_with('#') && !nameless {
        let (name, host) = match Handle::parse(text) {
            Some(handle) => (handle.name, handle.host.filter(|host| !hall.settings().is_here(host))),
            None => (text.trim_start_matches(['@', '!']).to_owned(), None),
        };
        for actor in store::search::actors(hall.store(), requester, &name, host.as_deref(), query.limit, query.offset).await? {
            if !found.actors.iter().any(|there| there.id == actor.id) {
                found.actors.push(actor);
            }
        }
        found.actors.truncate(query.limit as usize);
    }
    if wants(Kind::Hashtags) && !text.contains('@') {
        found.tags = store::search::tags(hall.store(), requester, text, query.limit, query.offset).await?;
    }
    Ok(found)
}

/// What a handle with host, or an address, names; asks the network if it is not known here.
pub async fn resolve(hall: &Hall, requester: &Requester, text: &str) -> Result<Option<ports::Found>> {
    exact(hall, requester, text.trim(), requester.is_local()).await
}

async fn exact(hall: &Hall, requester: &Requester, text: &str, ask: bool) -> Result<Option<ports::Found>> {
    if domain::text::is_web_url(text) {
        return by_address(hall, requester, text, ask).await;
    }
    let Some(handle) = Handle::parse(text).filter(|handle| handle.host.is_some()) else { return Ok(None) };
    if let Some(id) = people::id_of(hall, &handle).await? {
        return Ok(people::show(hall, requester, id).await.ok().map(|actor| ports::Found::Actor(actor.id)));
    }
    let here = handle.host.as_ref().is_some_and(|host| hall.settings().is_here(host));
    if here || !ask {
        return Ok(None);
    }
    let found = quiet(hall.remote().find(requester, &handle).await)?;
    Ok(found.map(ports::Found::Actor))
}

async fn by_address(hall: &Hall, requester: &Requester, address: &str, ask: bool) -> Result<Option<ports::Found>> {
    let conn = hall.store().read();
    if let Some(post) = store::posts::id_by_uri(conn, address).await? {
        // The address of a post that may not be seen is an address at which nothing is.
        return Ok(store::posts::by_id(hall.store(), requester, post.id).await?.map(|_| ports::Found::Post(post.id)));
    }
    if let Some(actor) = store::actors::id_by_uri(conn, address).await? {
        return Ok(people::show(hall, requester, actor).await.ok().map(|actor| ports::Found::Actor(actor.id)));
    }
    if let Some(path) = address.strip_prefix(hall.settings().base()) {
        return by_our_page(hall, requester, path).await;
    }
    if !ask {
        return Ok(None);
    }
    quiet(hall.remote().fetch(requester, address).await)
}

/// Our own pages: `/@name`, `/@name@host`, `/@name/123`. Never fetched: our own rights are not the asker's.
async fn by_our_page(hall: &Hall, requester: &Requester, path: &str) -> Result<Option<ports::Found>> {
    let Some(rest) = path.strip_prefix("/@") else { return Ok(None) };
    match rest.split_once('/') {
        Some((_, id)) => match id.parse() {
            Ok(id) => Ok(store::posts::by_id(hall.store(), requester, id).await?.map(|_| ports::Found::Post(id))),
            Err(_) => Ok(None),
        },
        None => match Handle::parse(rest) {
            Some(handle) => Ok(people::lookup(hall, requester, &handle).await.ok().map(|actor| ports::Found::Actor(actor.id))),
            None => Ok(None),
        },
    }
}

/// A peer that does not answer, or does not want to, is the same as nothing found.
fn quiet<T>(outcome: Result<Option<T>>) -> Result<Option<T>> {
    outcome.or_else(|error: Error| if error.kind == crate::ErrorKind::Internal { Err(error) } else { Ok(None) })
}
