//! Writing posts. Every insert demands an audience, every write a permit.

use super::attachments;
use super::record::columns;
use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::attachment::Attachment;
use domain::audience::{Audience, Reach};
use domain::draft::ResourceLink;
use domain::id::{ActorId, PostId};
use domain::policy::{Permit, act};
use domain::text::Html;
use domain::time::Timestamp;

/// A post to be stored.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// Ours, already chosen.
    pub id: PostId,
    /// The network's.
    pub uri: String,
    /// The page for people.
    pub url: String,
    /// Written here.
    pub local: bool,
    /// Who may ever see it.
    pub audience: Audience,
    /// What it answers: (post, its author, the thread's first post).
    pub parent: Option<(PostId, ActorId, PostId)>,
    /// What it answers, where that is not here.
    pub parent_uri: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Clean HTML.
    pub html: Html,
    /// Markdown of local posts.
    pub source: Option<String>,
    /// Content warning.
    pub spoiler: String,
    /// Hidden behind a warning.
    pub sensitive: bool,
    /// BCP 47.
    pub language: Option<String>,
    /// The link it shares.
    pub resource: Option<ResourceLink>,
    /// The conversation's address on the network.
    pub context_uri: Option<String>,
    /// Who is mentioned; only people who may see it.
    pub mentions: Vec<ActorId>,
    /// Hashtags in lower case.
    pub tags: Vec<String>,
    /// What is attached to it, in order.
    pub attachments: Vec<Attachment>,
    /// When written.
    pub created_at: Timestamp,
}

/// Stores a post and moves the counts that outsiders see only if everybody may see the post.
pub async fn insert(tx: &Tx, permit: Permit<act::Publish>, new: &NewPost) -> Result<()> {
    let author = permit.actor();
    let (reach, listed, zone, community) = columns(&new.audience);
    let sql = "INSERT INTO posts (id, uri, url, actor_id, local, reach, listed, zone, community_id, in_reply_to, in_reply_to_uri, \
        in_reply_to_actor, root_id, title, html, source, spoiler, sensitive, language, resource_url, resource_title, context_uri, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";
    let root = new.parent.map_or(new.id, |(_, _, root)| root);
    tx.exec(
        sql,
        params![
            new.id.0,
            new.uri.clone(),
            new.url.clone(),
            author.0,
            new.local,
            reach,
            listed,
            zone.map(str::to_owned),
            community,
            new.parent.map(|(id, ..)| id.0),
            new.parent_uri.clone(),
            new.parent.map(|(_, actor, _)| actor.0),
            root.0,
            new.title.clone(),
            new.html.as_str(),
            new.source.clone(),
            new.spoiler.clone(),
            new.sensitive,
            new.language.clone(),
            new.resource.as_ref().map(|r| r.url.clone()),
            new.resource.as_ref().map(|r| r.title.clone()),
            new.context_uri.clone(),
            new.created_at.0
        ],
    )
    .await?;
    hang(tx, new.id, &new.mentions, &new.tags).await?;
    attachments::attach(tx, new.id, &new.attachments).await?;
    if new.audience.is_world() {
        let sql = "UPDATE actors SET posts_count = posts_count + 1, \
            last_post_at = CASE WHEN last_post_at > $2 THEN last_post_at ELSE $2 END WHERE id = $1";
        tx.exec(sql, params![author.0, new.created_at.0]).await?;
        tx.touch(|touched| touched.actors.push(author));
    }
    if let Some((parent, ..)) = new.parent {
        count_reply(tx, parent, &new.audience, 1).await?;
    }
    Ok(())
}

async fn hang(tx: &Tx, id: PostId, mentions: &[ActorId], tags: &[String]) -> Result<()> {
    for actor in mentions {
        let sql = "INSERT INTO post_mentions (post_id, actor_id) VALUES ($1, $2) ON CONFLICT (post_id, actor_id) DO NOTHING";
        tx.exec(sql, params![id.0, actor.0]).await?;
    }
    for tag in tags {
        let sql = "INSERT INTO post_tags (post_id, tag) VALUES ($1, $2) ON CONFLICT (post_id, tag) DO NOTHING";
        tx.exec(sql, params![id.0, tag.clone()]).await?;
    }
    Ok(())
}

/// A reply counts only on a post of the same reach: a number must not tell of what is hidden.
pub(super) async fn count_reply(tx: &Tx, parent: PostId, audience: &Audience, step: i64) -> Result<()> {
    let (reach, ..) = columns(audience);
    let sql =
        "UPDATE posts SET replies_count = replies_count + $3 WHERE id = $1 AND reach = $2 AND reach IN ('world', 'members')";
    tx.exec(sql, params![parent.0, reach, step]).await?;
    tx.touch(|touched| touched.posts.push(parent));
    Ok(())
}

/// A changed post. The audience is not among what can change.
#[derive(Debug, Clone)]
pub struct PostEdit {
    /// Title.
    pub title: Option<String>,
    /// Clean HTML.
    pub html: Html,
    /// Markdown of local posts.
    pub source: Option<String>,
    /// Content warning.
    pub spoiler: String,
    /// Hidden behind a warning.
    pub sensitive: bool,
    /// BCP 47.
    pub language: Option<String>,
    /// The link it shares.
    pub resource: Option<ResourceLink>,
    /// Who is mentioned now.
    pub mentions: Vec<ActorId>,
    /// Hashtags now.
    pub tags: Vec<String>,
    /// What is attached to it now, in order.
    pub attachments: Vec<Attachment>,
    /// When changed.
    pub edited_at: Timestamp,
}

/// Changes a post and keeps its former text as a revision. `false`: an equal or newer text is already there.
pub async fn edit(tx: &Tx, permit: Permit<act::Edit>, new: &PostEdit) -> Result<bool> {
    let id = PostId(permit.target());
    let newer = tx
        .exists(
            "SELECT 1 FROM posts WHERE id = $1 AND deleted_at IS NULL AND COALESCE(edited_at, 0) < $2",
            params![id.0, new.edited_at.0],
        )
        .await?;
    if !newer {
        return Ok(false);
    }
    let sql = "INSERT INTO revisions (id, post_id, title, html, source, spoiler, sensitive, reach, listed, zone, community_id, created_at) \
        SELECT $2, id, title, html, source, spoiler, sensitive, reach, listed, zone, community_id, COALESCE(edited_at, created_at) FROM posts WHERE id = $1";
    tx.exec(sql, params![id.0, tx.next_id()]).await?;
    let sql = "UPDATE posts SET title = $2, html = $3, source = $4, spoiler = $5, sensitive = $6, language = $7, resource_url = $8, \
        resource_title = $9, edited_at = $10 WHERE id = $1";
    tx.exec(
        sql,
        params![
            id.0,
            new.title.clone(),
            new.html.as_str(),
            new.source.clone(),
            new.spoiler.clone(),
            new.sensitive,
            new.language.clone(),
            new.resource.as_ref().map(|r| r.url.clone()),
            new.resource.as_ref().map(|r| r.title.clone()),
            new.edited_at.0
        ],
    )
    .await?;
    tx.exec("DELETE FROM post_tags WHERE post_id = $1", params![id.0]).await?;
    // Mentions only grow: somebody once addressed in a direct message keeps what was said to them.
    hang(tx, id, &new.mentions, &new.tags).await?;
    attachments::replace(tx, id, &new.attachments).await?;
    tx.touch(|touched| touched.posts.push(id));
    Ok(true)
}

/// Stores a boost: a post of its own, with its own id and the boosted post's audience. `None`: already boosted.
pub async fn boost(
    tx: &Tx,
    booster: ActorId,
    original: PostId,
    audience: &Audience,
    uri: impl Fn(PostId) -> String + Send,
    local: bool,
    at: Timestamp,
) -> Result<Option<PostId>> {
    let there = "SELECT 1 FROM posts WHERE actor_id = $1 AND boost_of = $2 AND deleted_at IS NULL";
    if tx.exists(there, params![booster.0, original.0]).await? {
        return Ok(None);
    }
    let id = PostId(tx.next_id());
    insert_boost(tx, (id, uri(id)), booster, original, audience, local, at).await?;
    Ok(Some(id))
}

/// Stores a community's boost of a starter that was announced long ago, in its place by time. `None`: already boosted.
pub async fn boost_of_old(
    tx: &Tx,
    booster: ActorId,
    original: PostId,
    audience: &Audience,
    uri: String,
    at: Timestamp,
) -> Result<Option<PostId>> {
    if boost_by(tx, booster, original).await?.is_some() {
        return Ok(None);
    }
    let id = id_of_old(tx, at).await?;
    insert_boost(tx, (id, uri), booster, original, audience, false, at).await?;
    Ok(Some(id))
}

/// An unused id of that time, so that what comes late stands where it belongs in every list.
pub async fn id_of_old(tx: &Tx, at: Timestamp) -> Result<PostId> {
    for _ in 0..8 {
        let id = tx.id_at(at);
        if !tx.exists("SELECT 1 FROM posts WHERE id = $1", params![id]).await? {
            return Ok(PostId(id));
        }
    }
    Ok(PostId(tx.next_id()))
}

async fn insert_boost(
    tx: &Tx,
    (id, uri): (PostId, String),
    booster: ActorId,
    original: PostId,
    audience: &Audience,
    local: bool,
    at: Timestamp,
) -> Result<()> {
    let (reach, listed, zone, community) = columns(audience);
    let sql = "INSERT INTO posts (id, uri, actor_id, local, reach, listed, zone, community_id, boost_of, root_id, html, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $1, '', $10)";
    let values = params![id.0, uri, booster.0, local, reach, listed, zone.map(str::to_owned), community, original.0, at.0];
    tx.exec(sql, values).await?;
    // A community's own boost is how its starters travel, not somebody's liking.
    let counted = "UPDATE posts SET boosts_count = boosts_count + 1 WHERE id = $1 \
        AND NOT EXISTS (SELECT 1 FROM communities c WHERE c.actor_id = $2)";
    tx.exec(counted, params![original.0, booster.0]).await?;
    tx.touch(|touched| touched.posts.push(original));
    Ok(())
}

/// Takes a boost back.
pub async fn remove_boost(tx: &Tx, booster: ActorId, original: PostId) -> Result<Option<(PostId, String)>> {
    let sql = "SELECT id, uri FROM posts WHERE actor_id = $1 AND boost_of = $2 AND deleted_at IS NULL";
    let Some(row) = tx.one(sql, params![booster.0, original.0]).await? else { return Ok(None) };
    let (id, uri) = (PostId(row.get(0)?), row.get::<String>(1)?);
    tx.exec("UPDATE posts SET deleted_at = $2 WHERE id = $1", params![id.0, tx.now().0]).await?;
    tx.exec("DELETE FROM home_entries WHERE post_id = $1", params![id.0]).await?;
    let counted = "UPDATE posts SET boosts_count = boosts_count - 1 WHERE id = $1 \
        AND NOT EXISTS (SELECT 1 FROM communities c WHERE c.actor_id = $2)";
    tx.exec(counted, params![original.0, booster.0]).await?;
    tx.touch(|touched| touched.posts.extend([id, original]));
    Ok(Some((id, uri)))
}

/// Replies that came before what they answer: hangs them on it, if they stay within its reach.
pub async fn adopt_replies(tx: &Tx, parent: PostId, uri: &str) -> Result<()> {
    let sql = "SELECT id, reach, listed, zone, community_id FROM posts WHERE in_reply_to IS NULL AND in_reply_to_uri = $1 AND deleted_at IS NULL";
    for row in tx.all(sql, params![uri]).await? {
        let audience =
            super::audience(&row.get::<String>(1)?, row.get(2)?, row.get::<Option<String>>(3)?.as_deref(), row.get(4)?)?;
        attach_orphan(tx, PostId(row.get(0)?), parent, &audience).await?;
    }
    Ok(())
}

/// Hangs one orphan and its whole thread on a parent.
pub async fn attach_orphan(tx: &Tx, orphan: PostId, parent: PostId, orphan_audience: &Audience) -> Result<()> {
    let sql = "SELECT actor_id, root_id, reach, listed, zone, community_id FROM posts WHERE id = $1";
    let Some(row) = tx.one(sql, params![parent.0]).await? else { return Ok(()) };
    let parent_audience =
        super::audience(&row.get::<String>(2)?, row.get(3)?, row.get::<Option<String>>(4)?.as_deref(), row.get(5)?)?;
    let fits = orphan_audience.within(&parent_audience) || matches!(parent_audience.reach(), Reach::World { .. });
    let (actor, root) = (row.get::<i64>(0)?, row.get::<i64>(1)?);
    // Posts that claim to answer each other in a circle stay apart: a thread has a first post.
    if !fits || root == orphan.0 {
        return Ok(());
    }
    tx.exec("UPDATE posts SET in_reply_to = $2, in_reply_to_actor = $3 WHERE id = $1", params![orphan.0, parent.0, actor])
        .await?;
    tx.exec("UPDATE posts SET root_id = $2 WHERE root_id = $1", params![orphan.0, root]).await?;
    tx.touch(|touched| touched.posts.push(orphan));
    count_reply(tx, parent, orphan_audience, 1).await
}

/// A thread that was known outside any room turns out to be in an open community of another hall, whose group says so:
/// what people of other halls wrote in it for everybody is in the room from now on. Who may see it stays the same. What
/// our people wrote stays theirs alone: a group that takes a thread in must not be able to remove it.
pub async fn enter_room(tx: &Tx, permit: Permit<act::Publish>, root: PostId) -> Result<()> {
    let theirs = "root_id = $1 AND reach = 'world' AND community_id IS NULL AND local = FALSE";
    let ids = tx.all(&format!("SELECT id FROM posts WHERE {theirs}"), params![root.0]).await?;
    let sql = &format!("UPDATE posts SET community_id = $2, zone = 'open' WHERE {theirs}");
    tx.exec(sql, params![root.0, permit.target()]).await?;
    for row in &ids {
        let id = PostId(row.get(0)?);
        tx.touch(|touched| touched.posts.push(id));
    }
    Ok(())
}

/// A public post of somebody elsewhere that was known outside any room is in an open community from now on: this one alone,
/// on its own author's word. Who may see it stays the same.
pub async fn enter_room_alone(tx: &Tx, permit: Permit<act::Publish>, post: PostId) -> Result<()> {
    let sql = "UPDATE posts SET community_id = $2, zone = 'open' \
        WHERE id = $1 AND reach = 'world' AND community_id IS NULL AND local = FALSE";
    if tx.exec(sql, params![post.0, permit.target()]).await? > 0 {
        tx.touch(|touched| touched.posts.push(post));
    }
    Ok(())
}

/// Somebody's boost of a post.
pub async fn boost_by(conn: &Conn, booster: ActorId, original: PostId) -> Result<Option<PostId>> {
    let sql = "SELECT id FROM posts WHERE actor_id = $1 AND boost_of = $2 AND deleted_at IS NULL";
    conn.one(sql, params![booster.0, original.0]).await?.map(|row| row.get(0).map(PostId)).transpose()
}
