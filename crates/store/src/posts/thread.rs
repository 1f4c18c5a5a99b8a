//! A post's conversation: what it answers, and what answers it.

use super::assemble::assemble;
use crate::conn::params;
use crate::views::PostView;
use crate::{Result, Store, Visible, scope};
use domain::id::PostId;
use domain::requester::Requester;
use std::collections::HashMap;

/// Most posts of one conversation that are read.
const LIMIT: i64 = 4_000;

/// Ancestors, nearest last; descendants, depth first.
#[derive(Debug, Default)]
pub struct Context {
    /// What the post answers, up to the thread's first post.
    pub ancestors: Vec<Visible<PostView>>,
    /// What answers it.
    pub descendants: Vec<Visible<PostView>>,
}

/// The conversation around a post that the requester may see; each post in it is checked by itself.
/// `limit` bounds each direction.
pub async fn context(store: &Store, requester: &Requester, id: PostId, limit: usize) -> Result<Context> {
    let sql = format!(
        "SELECT p.id, p.in_reply_to FROM posts p WHERE p.root_id = (SELECT root_id FROM posts WHERE id = $3) AND p.boost_of IS NULL \
         AND {} ORDER BY p.id LIMIT $4",
        scope::posts("p")
    );
    let rows = store.read().all(&sql, scope::who_and(requester, params![id.0, LIMIT])).await?;
    let mut parents: HashMap<PostId, Option<PostId>> = HashMap::new();
    let mut children: HashMap<PostId, Vec<PostId>> = HashMap::new();
    for row in &rows {
        let (post, parent) = (PostId(row.get(0)?), row.get::<Option<i64>>(1)?.map(PostId));
        parents.insert(post, parent);
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(post);
        }
    }
    if !parents.contains_key(&id) {
        return Ok(Context::default());
    }
    let mut ancestors = Vec::new();
    let mut at = parents.get(&id).copied().flatten();
    while let Some(parent) = at.filter(|parent| parents.contains_key(parent) && !ancestors.contains(parent)) {
        ancestors.push(parent);
        at = parents.get(&parent).copied().flatten();
    }
    ancestors.truncate(limit);
    ancestors.reverse();
    // A stack instead of recursion: a hostile chain of replies must not use up ours.
    let mut descendants = Vec::new();
    let mut stack: Vec<PostId> = children.get(&id).into_iter().flatten().rev().copied().collect();
    while let Some(post) = stack.pop() {
        if descendants.len() >= limit {
            break;
        }
        descendants.push(post);
        stack.extend(children.get(&post).into_iter().flatten().rev().copied());
    }
    Ok(Context {
        ancestors: assemble(store, requester, &ancestors).await?,
        descendants: assemble(store, requester, &descendants).await?,
    })
}

/// Which posts of a conversation are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of the thread with this first post.
    Thread(PostId),
    /// What answers this post.
    Replies(PostId),
}

impl Part {
    fn condition(self) -> (&'static str, PostId) {
        match self {
            Self::Thread(root) => ("p.root_id = $3", root),
            Self::Replies(parent) => ("p.in_reply_to = $3", parent),
        }
    }
}

/// Ours and the network's ids of the posts of a conversation that the requester may see, oldest first, after this one.
pub async fn listed(
    store: &Store,
    requester: &Requester,
    part: Part,
    after: PostId,
    limit: u32,
) -> Result<Vec<Visible<(PostId, String)>>> {
    let (condition, id) = part.condition();
    let sql = format!(
        "SELECT p.id, p.uri FROM posts p WHERE {condition} AND p.boost_of IS NULL AND p.id > $4 AND {} ORDER BY p.id LIMIT {limit}",
        scope::posts("p")
    );
    let rows = store.read().all(&sql, scope::who_and(requester, params![id.0, after.0])).await?;
    rows.iter().map(|row| Ok(Visible::prove(requester, (PostId(row.get(0)?), row.get(1)?)))).collect()
}

/// How many those are.
pub async fn count(store: &Store, requester: &Requester, part: Part) -> Result<i64> {
    let (condition, id) = part.condition();
    let sql = format!("SELECT COUNT(*) FROM posts p WHERE {condition} AND p.boost_of IS NULL AND {}", scope::posts("p"));
    store.read().number(&sql, scope::who_and(requester, params![id.0])).await
}
