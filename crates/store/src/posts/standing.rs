//! What is said about a post by those who keep order or by its author: pinned, locked, restored; and the object
//! as it came from outside.

use super::attachments;
use super::write::PostEdit;
use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::id::{ActorId, CommunityId, PostId};
use domain::policy::{Permit, act};
use domain::time::Timestamp;

/// Most bytes of a received object that are kept.
const MAX_BODY: usize = 64 * 1024;

/// Keeps an object as it came, the latest form: what is not understood now may be later.
pub async fn keep_received(tx: &Tx, post: PostId, kind: &str, body: &str) -> Result<()> {
    if body.len() > MAX_BODY {
        return Ok(());
    }
    let sql = "INSERT INTO received_objects (post_id, kind, body) VALUES ($1, $2, $3) \
        ON CONFLICT (post_id) DO UPDATE SET kind = excluded.kind, body = excluded.body";
    tx.exec(sql, params![post.0, kind, body]).await?;
    Ok(())
}

/// Type and JSON of a received object.
pub async fn received(conn: &Conn, post: PostId) -> Result<Option<(String, String)>> {
    let row = conn.one("SELECT kind, body FROM received_objects WHERE post_id = $1", params![post.0]).await?;
    row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
}

/// Locks a post, so that nobody answers, or opens it again; `by` is said beside it. Gives when the
/// lock that is set, or undone, was set. `None`: it was so already, and nothing changed.
pub async fn set_locked(
    tx: &Tx,
    permit: &Permit<act::Moderate>,
    post: PostId,
    locked: bool,
    by: ActorId,
) -> Result<Option<Timestamp>> {
    let _ = permit;
    let row = tx.one("SELECT locked_at FROM posts WHERE id = $1", params![post.0]).await?;
    let before = row.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten();
    if before.is_some() == locked {
        return Ok(None);
    }
    let now = tx.now().0;
    let (at, by) = if locked { (Some(now), Some(by.0)) } else { (None, None) };
    tx.exec("UPDATE posts SET locked_at = $2, locked_by = $3 WHERE id = $1", params![post.0, at, by]).await?;
    tx.touch(|touched| touched.posts.push(post));
    Ok(Some(Timestamp(before.unwrap_or(now))))
}

/// How many posts an actor keeps at the top.
pub async fn featured_count(tx: &Tx, of: ActorId) -> Result<i64> {
    tx.number("SELECT COUNT(*) FROM featured WHERE actor_id = $1", params![of.0]).await
}

/// What an actor keeps at the top, newest first, and since when.
pub async fn featured_of(tx: &Tx, of: ActorId) -> Result<Vec<(PostId, Timestamp)>> {
    let sql = "SELECT post_id, created_at FROM featured WHERE actor_id = $1 ORDER BY created_at DESC, post_id DESC";
    tx.all(sql, params![of.0]).await?.iter().map(|row| Ok((PostId(row.get(0)?), Timestamp(row.get(1)?)))).collect()
}

/// Of what an actor keeps at the top these stand above each other, the last one first.
pub async fn order_featured(tx: &Tx, of: ActorId, posts: &[PostId]) -> Result<()> {
    for (at, post) in (tx.now().0..).zip(posts) {
        let sql = "UPDATE featured SET created_at = $3 WHERE actor_id = $1 AND post_id = $2";
        tx.exec(sql, params![of.0, post.0, at]).await?;
    }
    Ok(())
}

/// Pins a post to an actor's page, or takes it off. `false`: it was so already.
pub async fn set_featured(tx: &Tx, of: ActorId, post: PostId, featured: bool) -> Result<bool> {
    let sql = if featured {
        "INSERT INTO featured (actor_id, post_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (actor_id, post_id) DO NOTHING"
    } else {
        "DELETE FROM featured WHERE actor_id = $1 AND post_id = $2 AND $3 >= 0"
    };
    Ok(tx.exec(sql, params![of.0, post.0, tx.now().0]).await? > 0)
}

/// What this actor took away may come again.
pub async fn forget_tombstone(tx: &Tx, uri: &str, actor_uri: &str) -> Result<()> {
    tx.exec("DELETE FROM tombstones WHERE uri = $1 AND actor_uri = $2", params![uri, actor_uri]).await?;
    Ok(())
}

/// A remote author, or the community it was removed from, brings a deleted post back, with the text its origin shows
/// now, or that was kept of one of ours. `false`: it was not deleted.
pub async fn restore(tx: &Tx, permit: Permit<act::Restore>, now: &PostEdit) -> Result<bool> {
    let post = PostId(permit.target());
    let sql = "SELECT uri, actor_id, reach, in_reply_to, (SELECT a.uri FROM actors a WHERE a.id = posts.actor_id) FROM posts WHERE id = $1 AND deleted_at IS NOT NULL AND boost_of IS NULL";
    let Some(row) = tx.one(sql, params![post.0]).await? else { return Ok(false) };
    let (uri, author, reach) = (row.get::<String>(0)?, ActorId(row.get(1)?), row.get::<String>(2)?);
    forget_tombstone(tx, &uri, &row.get::<String>(4)?).await?;
    let sql = "UPDATE posts SET deleted_at = NULL, title = $2, html = $3, source = $4, spoiler = $5, sensitive = $6, language = $7, \
        resource_url = $8, resource_title = $9 WHERE id = $1";
    tx.exec(
        sql,
        params![
            post.0,
            now.title.clone(),
            now.html.as_str(),
            now.source.clone(),
            now.spoiler.clone(),
            now.sensitive,
            now.language.clone(),
            now.resource.as_ref().map(|r| r.url.clone()),
            now.resource.as_ref().map(|r| r.title.clone())
        ],
    )
    .await?;
    attachments::replace(tx, post, &now.attachments).await?;
    if reach == "world" {
        tx.exec("UPDATE actors SET posts_count = posts_count + 1 WHERE id = $1", params![author.0]).await?;
        tx.touch(|touched| touched.actors.push(author));
    }
    if let Some(parent) = row.get::<Option<i64>>(3)? {
        let sql =
            "UPDATE posts SET replies_count = replies_count + 1 WHERE id = $1 AND reach = $2 AND reach IN ('world', 'members')";
        tx.exec(sql, params![parent, reach]).await?;
        tx.touch(|touched| touched.posts.push(PostId(parent)));
    }
    tx.touch(|touched| touched.posts.push(post));
    Ok(true)
}

/// A community's own announcement, which went with its post, comes back with it, in its old place. Gives it.
pub async fn announced_again(tx: &Tx, community: CommunityId, post: PostId) -> Result<Option<PostId>> {
    // That it was deleted is what the community says no longer.
    let sql = "UPDATE outbox_activities SET hollow = TRUE WHERE post_id = $1 AND uri LIKE '%/announce/d-%'";
    tx.exec(sql, params![post.0]).await?;
    let sql = "UPDATE posts SET deleted_at = NULL WHERE boost_of = $1 AND deleted_at IS NOT NULL \
        AND actor_id = (SELECT c.actor_id FROM communities c WHERE c.id = $2) RETURNING id";
    let Some(row) = tx.one(sql, params![post.0, community.0]).await? else { return Ok(None) };
    let boost = PostId(row.get(0)?);
    tx.touch(|touched| touched.posts.push(boost));
    Ok(Some(boost))
}
