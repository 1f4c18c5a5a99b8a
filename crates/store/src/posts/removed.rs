//! What the host of another community removed of our people's: kept for a while, because it may bring it back.

use super::write::PostEdit;
use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::draft::ResourceLink;
use domain::id::PostId;
use domain::policy::{Permit, act};
use domain::text::Html;
use domain::time::Timestamp;

const WORDS: &str = "title, html, source, spoiler, sensitive, language, resource_url, resource_title";

/// Deletes a post of this hall, and keeps its words beside it.
pub async fn delete_keeping(tx: &Tx, permit: Permit<act::Delete>) -> Result<()> {
    let post = PostId(permit.target());
    let words = one(tx, &format!("SELECT {WORDS} FROM posts WHERE id = $1 AND deleted_at IS NULL"), post).await?;
    super::delete(tx, permit).await?;
    match words {
        Some(words) => keep(tx, post, &words).await,
        None => Ok(()),
    }
}

/// Brings a post back with the words that were kept. `false`: they are not kept any more.
pub async fn restore_kept(tx: &Tx, permit: Permit<act::Restore>) -> Result<bool> {
    let sql = format!("DELETE FROM removed_posts WHERE post_id = $1 RETURNING {WORDS}");
    match one(tx, &sql, PostId(permit.target())).await? {
        Some(words) => super::restore(tx, permit, &words).await,
        None => Ok(false),
    }
}

async fn keep(tx: &Tx, post: PostId, words: &PostEdit) -> Result<()> {
    let sql = format!(
        "INSERT INTO removed_posts (post_id, {WORDS}, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (post_id) DO NOTHING"
    );
    let (link, title) = words.resource.clone().map(|resource| (resource.url, resource.title)).unzip();
    let values = params![
        post.0,
        words.title.clone(),
        words.html.as_str(),
        words.source.clone(),
        words.spoiler.clone(),
        words.sensitive,
        words.language.clone(),
        link,
        title,
        tx.now().0
    ];
    tx.exec(&sql, values).await?;
    Ok(())
}

/// Forgets what was removed so many milliseconds ago, some at a time.
pub async fn prune_removed(tx: &Tx, older_than: i64) -> Result<()> {
    let some = "SELECT post_id FROM removed_posts WHERE removed_at < $1 LIMIT 1000";
    let sql = format!("DELETE FROM removed_posts WHERE post_id IN ({some})");
    tx.exec(&sql, params![tx.now().plus(-older_than).0]).await?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "it was cleaned before it was stored")]
async fn one(conn: &Conn, sql: &str, post: PostId) -> Result<Option<PostEdit>> {
    let Some(row) = conn.one(sql, params![post.0]).await? else { return Ok(None) };
    let link: (Option<String>, Option<String>) = (row.get(6)?, row.get(7)?);
    Ok(Some(PostEdit {
        title: row.get(0)?,
        html: Html::stored(row.get(1)?),
        source: row.get(2)?,
        spoiler: row.get(3)?,
        sensitive: row.get(4)?,
        language: row.get(5)?,
        resource: link.0.map(|url| ResourceLink { title: link.1.unwrap_or_else(|| url.clone()), url }),
        mentions: Vec::new(),
        tags: Vec::new(),
        // Nothing is attached to posts of this hall yet.
        attachments: Vec::new(),
        edited_at: Timestamp(0),
    }))
}
