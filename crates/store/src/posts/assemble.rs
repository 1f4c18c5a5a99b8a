//! From ids that a scoped query gave to views: a constant number of queries however many posts.

use super::record::load;
use crate::conn::{json_list, params};
use crate::views::{ActorView, Ballot, Mine, PostRecord, PostView};
use crate::{Result, Store, Visible, actors, scope};
use domain::id::{ActorId, CommunityId, PostId};
use domain::requester::Requester;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// One post, if the requester may see it. The page everybody opens: seen and done with it in one query.
pub async fn by_id(store: &Store, requester: &Requester, id: PostId) -> Result<Option<Visible<PostView>>> {
    let sql = format!(
        "SELECT p.boost_of, \
         CASE WHEN EXISTS (SELECT 1 FROM favourites x WHERE x.post_id = p.id AND x.actor_id = $1) THEN TRUE ELSE FALSE END, \
         CASE WHEN EXISTS (SELECT 1 FROM posts x WHERE x.boost_of = p.id AND x.actor_id = $1 AND x.deleted_at IS NULL) THEN TRUE ELSE FALSE END, \
         CASE WHEN EXISTS (SELECT 1 FROM bookmarks x WHERE x.post_id = p.id AND x.account_id = $4) THEN TRUE ELSE FALSE END, \
         CASE WHEN EXISTS (SELECT 1 FROM featured x WHERE x.post_id = p.id AND x.actor_id = $1) THEN TRUE ELSE FALSE END \
         FROM posts p WHERE p.id = $3 AND {}",
        scope::posts_and_boosted("p")
    );
    let account = requester.account().map_or(-1, |account| account.0);
    let Some(row) = store.read().one(&sql, scope::who_and(requester, params![id.0, account])).await? else { return Ok(None) };
    let done = match row.get::<Option<i64>>(0)? {
        // What was done with a boost is told of what it boosts too.
        Some(boosted) => mine(store, requester, [id, PostId(boosted)].into_iter()).await?,
        None => HashMap::from([(
            id,
            Mine { favourited: row.get(1)?, boosted: row.get(2)?, bookmarked: row.get(3)?, pinned: row.get(4)? },
        )]),
    };
    Ok(views(store, requester, &[id], Some(done)).await?.pop())
}

/// Those of these posts that the requester may see, in the order of the ids given.
pub async fn by_ids(store: &Store, requester: &Requester, ids: &[PostId]) -> Result<Vec<Visible<PostView>>> {
    let conn = store.read();
    let sql = format!("SELECT p.id FROM posts p WHERE {} AND {}", conn.in_list("p.id", 3), scope::posts_and_boosted("p"));
    let rows = conn.all(&sql, scope::who_and(requester, params![json_list(ids.iter().map(|id| id.0))])).await?;
    let mut seen = Vec::with_capacity(rows.len());
    for row in &rows {
        seen.push(PostId(row.get(0)?));
    }
    let ordered: Vec<PostId> = ids.iter().copied().filter(|id| seen.contains(id)).collect();
    assemble(store, requester, &ordered).await
}

/// Those of these posts that the requester may see, by id, each once: for what hangs on other things.
pub(crate) async fn seen(
    store: &Store,
    requester: &Requester,
    ids: impl Iterator<Item = PostId>,
) -> Result<HashMap<PostId, PostView>> {
    let ids: Vec<PostId> = ids.collect::<BTreeSet<_>>().into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let seen = by_ids(store, requester, &ids).await?;
    Ok(seen.into_iter().filter_map(|view| view.take(requester).ok()).map(|view| (view.post.id, view)).collect())
}

/// Builds views of posts whose ids came out of a query with [`scope::posts_and_boosted`] in it.
pub(crate) async fn assemble(store: &Store, requester: &Requester, ids: &[PostId]) -> Result<Vec<Visible<PostView>>> {
    views(store, requester, ids, None).await
}

/// `done`: what the requester did with these posts, where that is known already.
async fn views(
    store: &Store,
    requester: &Requester,
    ids: &[PostId],
    done: Option<HashMap<PostId, Mine>>,
) -> Result<Vec<Visible<PostView>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let conn = store.read();
    let mut posts = load(store, conn, ids.iter().copied()).await?;
    let boosted: Vec<PostId> = posts.values().filter_map(|post| post.boost_of).collect();
    if !boosted.is_empty() {
        posts.extend(load(store, conn, boosted).await?);
    }
    let groups = groups(store, posts.values()).await?;
    let people = posts.values().flat_map(|post| std::iter::once(post.actor).chain(post.mentions.iter().copied()));
    let people = actors::load(store, conn, people.chain(groups.values().copied())).await?;
    let mine = match done {
        Some(done) => done,
        None => mine(store, requester, posts.keys().copied()).await?,
    };
    let ballots = crate::polls::ballots(store, requester, posts.values()).await?;
    let parts = Parts { posts, people, groups, mine, ballots, hall: requester.is_local() };
    Ok(ids.iter().filter_map(|id| parts.view(*id, true)).map(|view| Visible::prove(requester, view)).collect())
}

struct Parts {
    posts: HashMap<PostId, Arc<PostRecord>>,
    people: HashMap<ActorId, Arc<ActorView>>,
    groups: HashMap<CommunityId, ActorId>,
    mine: HashMap<PostId, Mine>,
    ballots: HashMap<PostId, Ballot>,
    /// The requester has an account here, and may know of people who acted only inside.
    hall: bool,
}

impl Parts {
    fn view(&self, id: PostId, outer: bool) -> Option<PostView> {
        let post = self.posts.get(&id)?;
        let boost = match post.boost_of {
            Some(inner) if outer => Some(Box::new(self.view(inner, false)?)),
            Some(_) => return None,
            None => None,
        };
        let community = post.community.and_then(|id| self.groups.get(&id)).and_then(|actor| self.people.get(actor)).cloned();
        Some(PostView {
            author: self.people.get(&post.actor)?.clone(),
            community,
            mentions: post
                .mentions
                .iter()
                .filter_map(|id| self.people.get(id).filter(|p| p.outside || self.hall).cloned())
                .collect(),
            boost,
            mine: self.mine.get(&id).copied().unwrap_or_default(),
            ballot: self.ballots.get(&id).cloned(),
            post: post.clone(),
        })
    }
}

/// The group actors of the communities these posts are in.
async fn groups<'a>(store: &Store, posts: impl Iterator<Item = &'a Arc<PostRecord>>) -> Result<HashMap<CommunityId, ActorId>> {
    let mut found = HashMap::new();
    let mut missing = Vec::new();
    for id in posts.filter_map(|post| post.community) {
        if found.contains_key(&id) || missing.contains(&id) {
            continue;
        }
        match store.caches().groups.get(&id) {
            Some(actor) => {
                found.insert(id, actor);
            }
            None => missing.push(id),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let conn = store.read();
    let sql = format!("SELECT id, actor_id FROM communities WHERE {}", conn.in_list("id", 1));
    for row in conn.all(&sql, params![json_list(missing.iter().map(|id| id.0))]).await? {
        let (id, actor) = (CommunityId(row.get(0)?), ActorId(row.get(1)?));
        store.caches().groups.insert(id, actor);
        found.insert(id, actor);
    }
    Ok(found)
}

/// What the requester did with these posts.
async fn mine(store: &Store, requester: &Requester, ids: impl Iterator<Item = PostId>) -> Result<HashMap<PostId, Mine>> {
    let (Some(account), Some(actor)) = (requester.account(), requester.actor()) else { return Ok(HashMap::new()) };
    let conn = store.read();
    let sql = format!(
        "SELECT post_id, 1 FROM favourites WHERE actor_id = $1 AND {0} \
         UNION ALL SELECT boost_of, 2 FROM posts WHERE actor_id = $1 AND {1} AND deleted_at IS NULL \
         UNION ALL SELECT post_id, 3 FROM bookmarks WHERE account_id = $2 AND {0} \
         UNION ALL SELECT post_id, 4 FROM featured WHERE actor_id = $1 AND {0}",
        conn.in_list("post_id", 3),
        conn.in_list("boost_of", 3)
    );
    let mut found: HashMap<PostId, Mine> = HashMap::new();
    for row in conn.all(&sql, params![actor.0, account.0, json_list(ids.map(|id| id.0))]).await? {
        let mine = found.entry(PostId(row.get(0)?)).or_default();
        match row.get::<i32>(1)? {
            1 => mine.favourited = true,
            2 => mine.boosted = true,
            3 => mine.bookmarked = true,
            _ => mine.pinned = true,
        }
    }
    Ok(found)
}
