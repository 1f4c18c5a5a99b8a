//! Favourites, votes against, and bookmarks.

use crate::conn::{Conn, Tx, json_list, params};
use crate::views::ActorView;
use crate::{Result, Store, actors};
use domain::id::{AccountId, ActorId, PostId};
use domain::page::Page;
use domain::policy::{Permit, act};
use domain::requester::Requester;
use std::collections::HashMap;
use std::sync::Arc;

/// What a reaction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// A favourite, with the emoji it was given with.
    Favourite(Option<String>),
    /// The opposite: a vote against.
    Dislike,
}

impl Reaction {
    fn table(&self) -> (&'static str, &'static str) {
        match self {
            Self::Favourite(_) => ("favourites", "favourites_count"),
            Self::Dislike => ("dislikes", "dislikes_count"),
        }
    }
}

/// Stores a favourite. `false`: it was there already.
pub async fn favourite(tx: &Tx, permit: Permit<act::React>, uri: Option<&str>) -> Result<bool> {
    react(tx, permit, &Reaction::Favourite(None), uri).await
}

/// Stores a reaction; one for and one against exclude each other, the later stands. `false`: it was there already.
pub async fn react(tx: &Tx, permit: Permit<act::React>, reaction: &Reaction, uri: Option<&str>) -> Result<bool> {
    let (actor, post) = (permit.actor(), PostId(permit.target()));
    let other = match reaction {
        Reaction::Favourite(_) => Reaction::Dislike,
        Reaction::Dislike => Reaction::Favourite(None),
    };
    withdraw(tx, actor, post, &other).await?;
    let uri = uri.map(str::to_owned);
    let new = match reaction {
        Reaction::Favourite(emoji) => {
            let sql = "INSERT INTO favourites (actor_id, post_id, uri, created_at, emoji) VALUES ($1, $2, $3, $4, $5) \
                ON CONFLICT (actor_id, post_id) DO NOTHING";
            let new = tx.exec(sql, params![actor.0, post.0, uri.clone(), tx.now().0, emoji.clone()]).await? > 0;
            if !new && emoji.is_some() {
                // Another emoji on the same post: one favourite each, the latest word counts.
                let sql = "UPDATE favourites SET emoji = $3, uri = COALESCE($4, uri) WHERE actor_id = $1 AND post_id = $2";
                tx.exec(sql, params![actor.0, post.0, emoji.clone(), uri]).await?;
            }
            new
        }
        Reaction::Dislike => {
            let sql = "INSERT INTO dislikes (actor_id, post_id, uri, created_at) VALUES ($1, $2, $3, $4) \
                ON CONFLICT (actor_id, post_id) DO NOTHING";
            tx.exec(sql, params![actor.0, post.0, uri, tx.now().0]).await? > 0
        }
    };
    if new {
        count(tx, post, reaction, 1).await?;
    }
    Ok(new)
}

/// Takes a favourite back. Gives its activity's id if there was one.
pub async fn unfavourite(tx: &Tx, actor: ActorId, post: PostId) -> Result<Option<Option<String>>> {
    withdraw(tx, actor, post, &Reaction::Favourite(None)).await
}

/// Takes a reaction back. Gives its activity's id if there was one.
pub async fn withdraw(tx: &Tx, actor: ActorId, post: PostId, reaction: &Reaction) -> Result<Option<Option<String>>> {
    let (table, _) = reaction.table();
    let sql = format!("SELECT uri FROM {table} WHERE actor_id = $1 AND post_id = $2");
    let Some(row) = tx.one(&sql, params![actor.0, post.0]).await? else { return Ok(None) };
    tx.exec(&format!("DELETE FROM {table} WHERE actor_id = $1 AND post_id = $2"), params![actor.0, post.0]).await?;
    count(tx, post, reaction, -1).await?;
    Ok(Some(row.get(0)?))
}

async fn count(tx: &Tx, post: PostId, reaction: &Reaction, step: i64) -> Result<()> {
    let (_, column) = reaction.table();
    tx.exec(&format!("UPDATE posts SET {column} = {column} + $2 WHERE id = $1"), params![post.0, step]).await?;
    tx.touch(|touched| touched.posts.push(post));
    Ok(())
}

/// Who reacted to which post by this activity, and how.
pub async fn by_uri(conn: &Conn, uri: &str) -> Result<Option<(ActorId, PostId, Reaction)>> {
    let sql = "SELECT actor_id, post_id, 1 FROM favourites WHERE uri = $1 UNION ALL SELECT actor_id, post_id, 2 FROM dislikes WHERE uri = $1";
    let Some(row) = conn.one(sql, params![uri]).await? else { return Ok(None) };
    let reaction = if row.get::<i32>(2)? == 1 { Reaction::Favourite(None) } else { Reaction::Dislike };
    Ok(Some((ActorId(row.get(0)?), PostId(row.get(1)?), reaction)))
}

/// Who favourited a post, or boosted it, the latest known first. The caller has asked whether the post may be seen.
pub async fn people(
    store: &Store,
    requester: &Requester,
    post: PostId,
    boosts: bool,
    page: &Page,
) -> Result<Vec<Arc<ActorView>>> {
    let from = if boosts {
        "SELECT b.actor_id AS id FROM posts b WHERE b.boost_of = $1 AND b.deleted_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM communities c WHERE c.actor_id = b.actor_id)"
    } else {
        "SELECT f.actor_id AS id FROM favourites f WHERE f.post_id = $1"
    };
    // Who acted only inside is not named to anybody outside; who blocked the requester is not shown to them.
    let sql = format!(
        "SELECT a.id FROM ({from}) x JOIN actors a ON a.id = x.id WHERE a.deleted_at IS NULL AND (a.outside OR $5) \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = a.id AND b.target_id = $4) \
         AND a.id < $2 AND a.id > $3 ORDER BY a.id {} LIMIT {}",
        if page.upwards() { "ASC" } else { "DESC" },
        page.limit
    );
    let me = requester.actor().map_or(-1, |actor| actor.0);
    let values = params![post.0, page.below(), page.above(), me, requester.is_local()];
    let mut ids = Vec::new();
    for row in store.read().all(&sql, values).await? {
        ids.push(ActorId(row.get(0)?));
    }
    if page.upwards() {
        ids.reverse();
    }
    let people = actors::load(store, store.read(), ids.iter().copied()).await?;
    Ok(ids.iter().filter_map(|id| people.get(id).cloned()).collect())
}

/// With which emoji a post was favourited, the most frequent first, and how often each. The caller has asked whether the
/// post may be seen.
pub async fn emoji(conn: &Conn, post: PostId) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT emoji, COUNT(*) FROM favourites WHERE post_id = $1 AND emoji IS NOT NULL GROUP BY emoji \
        ORDER BY COUNT(*) DESC, emoji LIMIT 8";
    let rows = conn.all(sql, params![post.0]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The emoji with which each of these people favourited a post.
pub async fn emoji_of(conn: &Conn, post: PostId, people: &[ActorId]) -> Result<HashMap<ActorId, String>> {
    let list = json_list(people.iter().map(|id| id.0));
    let sql = format!(
        "SELECT actor_id, emoji FROM favourites WHERE post_id = $1 AND emoji IS NOT NULL AND {}",
        conn.in_list("actor_id", 2)
    );
    let rows = conn.all(&sql, params![post.0, list]).await?;
    rows.iter().map(|row| Ok((ActorId(row.get(0)?), row.get(1)?))).collect()
}

/// Keeps or forgets a bookmark.
pub async fn bookmark(tx: &Tx, account: AccountId, permit: Permit<act::React>, keep: bool) -> Result<()> {
    let sql = if keep {
        "INSERT INTO bookmarks (account_id, post_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (account_id, post_id) DO NOTHING"
    } else {
        "DELETE FROM bookmarks WHERE account_id = $1 AND post_id = $2 AND $3 >= 0"
    };
    tx.exec(sql, params![account.0, permit.target(), tx.now().0]).await?;
    Ok(())
}
