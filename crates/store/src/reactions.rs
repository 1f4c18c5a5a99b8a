//! Favourites and bookmarks.

use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::id::{AccountId, ActorId, PostId};
use domain::policy::{Permit, act};

/// Stores a favourite. `false`: it was there already.
pub async fn favourite(tx: &Tx, permit: Permit<act::React>, uri: Option<&str>) -> Result<bool> {
    let sql = "INSERT INTO favourites (actor_id, post_id, uri, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (actor_id, post_id) DO NOTHING";
    let new = tx.exec(sql, params![permit.actor().0, permit.target(), uri.map(str::to_owned), tx.now().0]).await? > 0;
    if new {
        count(tx, PostId(permit.target()), 1).await?;
    }
    Ok(new)
}

/// Takes a favourite back. Gives its activity's id if there was one.
pub async fn unfavourite(tx: &Tx, actor: ActorId, post: PostId) -> Result<Option<Option<String>>> {
    let sql = "SELECT uri FROM favourites WHERE actor_id = $1 AND post_id = $2";
    let Some(row) = tx.one(sql, params![actor.0, post.0]).await? else { return Ok(None) };
    tx.exec("DELETE FROM favourites WHERE actor_id = $1 AND post_id = $2", params![actor.0, post.0]).await?;
    count(tx, post, -1).await?;
    Ok(Some(row.get(0)?))
}

async fn count(tx: &Tx, post: PostId, step: i64) -> Result<()> {
    tx.exec("UPDATE posts SET favourites_count = favourites_count + $2 WHERE id = $1", params![post.0, step]).await?;
    tx.touch(|touched| touched.posts.push(post));
    Ok(())
}

/// The post that this favourite activity was about, and who favourited.
pub async fn by_uri(conn: &Conn, uri: &str) -> Result<Option<(ActorId, PostId)>> {
    let row = conn.one("SELECT actor_id, post_id FROM favourites WHERE uri = $1", params![uri]).await?;
    row.map(|row| Ok((ActorId(row.get(0)?), PostId(row.get(1)?)))).transpose()
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
