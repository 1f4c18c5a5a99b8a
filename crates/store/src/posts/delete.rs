//! A post is deleted: its words are gone, its id stays taken.

use super::write::count_reply;
use crate::conn::{Conn, Tx, params};
use crate::{Result, acts};
use domain::id::{ActorId, PostId};
use domain::policy::{Permit, act};

/// Deletes a post for good: its text is gone, its id stays taken, its boosts and notifications go with it.
pub async fn delete(tx: &Tx, permit: Permit<act::Delete>) -> Result<()> {
    let id = PostId(permit.target());
    let sql = "SELECT actor_id, reach, listed, zone, community_id, in_reply_to, uri, \
        (SELECT a.uri FROM actors a WHERE a.id = posts.actor_id) FROM posts WHERE id = $1 AND deleted_at IS NULL";
    let Some(row) = tx.one(sql, params![id.0]).await? else { return Ok(()) };
    let author = ActorId(row.get(0)?);
    let audience = super::audience(&row.get::<String>(1)?, row.get(2)?, row.get::<Option<String>>(3)?.as_deref(), row.get(4)?)?;
    let now = tx.now().0;
    tombstone(tx, &row.get::<String>(6)?, &row.get::<String>(7)?).await?;
    // Whoever said earlier that it is gone did not take it down, and cannot bring it back.
    acts::forget_all(tx, "Delete", &row.get::<String>(6)?).await?;
    let blank = format!("UPDATE posts SET {BLANK} WHERE (id = $1 OR boost_of = $1) AND deleted_at IS NULL");
    let boosts = tx.all("SELECT id FROM posts WHERE boost_of = $1 AND deleted_at IS NULL", params![id.0]).await?;
    tx.exec(&blank, params![id.0, now]).await?;
    clear(tx, id).await?;
    if audience.is_world() {
        tx.exec("UPDATE actors SET posts_count = posts_count - 1 WHERE id = $1", params![author.0]).await?;
        tx.touch(|touched| touched.actors.push(author));
    }
    if let Some(parent) = row.get::<Option<i64>>(5)? {
        count_reply(tx, PostId(parent), &audience, -1).await?;
    }
    let mut gone = vec![id];
    for row in boosts {
        gone.push(PostId(row.get(0)?));
    }
    tx.touch(|touched| touched.posts.extend(gone));
    Ok(())
}

/// What becomes of a deleted post's row; $2 is now.
pub(crate) const BLANK: &str = "deleted_at = $2, html = '', source = NULL, title = NULL, spoiler = '', resource_url = NULL, resource_title = NULL, \
    attachments_count = 0";

/// The same for the posts of an actor who is gone, so many at once: the boosts of each go too. Gives after which to go
/// on; `None` when all are done.
pub async fn clear_some(tx: &Tx, actor: ActorId, after: i64, most: i64) -> Result<Option<i64>> {
    let sql = format!(
        "SELECT id FROM posts WHERE actor_id = $1 AND id > $2 AND boost_of IS NULL AND deleted_at IS NOT NULL ORDER BY id LIMIT {most}"
    );
    let some = tx.all(&sql, params![actor.0, after]).await?;
    let boosts = format!("UPDATE posts SET {BLANK} WHERE boost_of = $1 AND deleted_at IS NULL RETURNING id");
    let mut last = after;
    for row in &some {
        last = row.get(0)?;
        for boost in tx.all(&boosts, params![last, tx.now().0]).await? {
            let boost = PostId(boost.get(0)?);
            tx.touch(|touched| touched.posts.push(boost));
        }
        clear(tx, PostId(last)).await?;
    }
    Ok(i64::try_from(some.len()).is_ok_and(|read| read == most).then_some(last))
}

/// Whatever stands beside a deleted post, and whatever was said of it elsewhere in its words.
pub(crate) async fn clear(tx: &Tx, id: PostId) -> Result<()> {
    for table in ["revisions", "received_objects", "awaited_posts", "removed_posts", "featured", "notifications"] {
        tx.exec(&format!("DELETE FROM {table} WHERE post_id = $1"), params![id.0]).await?;
    }
    crate::outbox::hollow(tx, id).await?;
    crate::polls::forget(tx, id).await?;
    super::attachments::detach(tx, id).await?;
    tx.exec("DELETE FROM home_entries WHERE post_id IN (SELECT id FROM posts WHERE id = $1 OR boost_of = $1)", params![id.0])
        .await?;
    Ok(())
}

/// Remembers that a network id is gone, so that it is never taken up again, whatever comes late.
pub async fn tombstone(tx: &Tx, uri: &str, actor_uri: &str) -> Result<()> {
    let sql = "INSERT INTO tombstones (uri, actor_uri, deleted_at) VALUES ($1, $2, $3) ON CONFLICT (uri, actor_uri) DO NOTHING";
    tx.exec(sql, params![uri, actor_uri, tx.now().0]).await?;
    Ok(())
}

/// Whether this network id was deleted by this actor: what anybody else says takes no id away.
pub async fn tombstoned(conn: &Conn, uri: &str, actor_uri: &str) -> Result<bool> {
    conn.exists("SELECT 1 FROM tombstones WHERE uri = $1 AND actor_uri = $2", params![uri, actor_uri]).await
}
