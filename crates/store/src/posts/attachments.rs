//! What other servers attached to their posts. It is read with the post, by the same right.

use crate::conn::{Conn, Row, Tx, json_list, params};
use crate::views::AttachmentView;
use crate::{Result, StoreError};
use domain::attachment::{Attachment, AttachmentKind};
use domain::id::{AttachmentId, PostId};
use std::collections::HashMap;

/// Attaches these to a post that has none, and says so on the post.
pub(super) async fn attach(tx: &Tx, post: PostId, attachments: &[Attachment]) -> Result<()> {
    if attachments.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO post_attachments (id, post_id, position, kind, url, media_type, description, width, height, blurhash, \
        focus_x, focus_y) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let mut count = 0_i32;
    for one in attachments {
        let (width, height) = one.size.unzip();
        let (x, y) = one.focus.unzip();
        let values = params![
            tx.next_id(),
            post.0,
            count,
            one.kind.as_str(),
            one.url.clone(),
            one.media_type.clone(),
            one.description.clone(),
            width,
            height,
            one.blurhash.clone(),
            x,
            y
        ];
        tx.exec(sql, values).await?;
        count += 1;
    }
    tx.exec("UPDATE posts SET attachments_count = $2 WHERE id = $1", params![post.0, count]).await?;
    Ok(())
}

/// Attaches these in place of what is there.
pub(super) async fn replace(tx: &Tx, post: PostId, attachments: &[Attachment]) -> Result<()> {
    detach(tx, post).await?;
    attach(tx, post, attachments).await
}

/// Takes away whatever is attached to a post.
pub(super) async fn detach(tx: &Tx, post: PostId) -> Result<()> {
    if tx.exec("DELETE FROM post_attachments WHERE post_id = $1", params![post.0]).await? > 0 {
        tx.exec("UPDATE posts SET attachments_count = 0 WHERE id = $1", params![post.0]).await?;
    }
    Ok(())
}

/// What is attached to these posts, in order.
pub(super) async fn load(conn: &Conn, posts: &[PostId]) -> Result<HashMap<PostId, Vec<AttachmentView>>> {
    let sql = format!(
        "SELECT post_id, id, kind, url, media_type, description, width, height, blurhash, focus_x, focus_y \
         FROM post_attachments WHERE {} ORDER BY post_id, position",
        conn.in_list("post_id", 1)
    );
    let mut found: HashMap<PostId, Vec<AttachmentView>> = HashMap::new();
    for row in conn.all(&sql, params![json_list(posts.iter().map(|id| id.0))]).await? {
        found.entry(PostId(row.get(0)?)).or_default().push(read(&row)?);
    }
    Ok(found)
}

fn read(row: &Row) -> Result<AttachmentView> {
    let kind: String = row.get(2)?;
    let attachment = Attachment {
        kind: AttachmentKind::parse(&kind).ok_or_else(|| StoreError::Corrupt(format!("attachment {kind}")))?,
        url: row.get(3)?,
        media_type: row.get(4)?,
        description: row.get(5)?,
        size: row.get::<Option<i32>>(6)?.zip(row.get(7)?),
        blurhash: row.get(8)?,
        focus: row.get::<Option<i32>>(9)?.zip(row.get(10)?),
    };
    Ok(AttachmentView { id: AttachmentId(row.get(1)?), attachment })
}
