//! The rows of posts, with mentions and tags, through the cache.

use super::attachments;
use crate::conn::{Conn, Row, json_list, params};
use crate::views::{PostRecord, ResourceView, RevisionView};
use crate::{Result, Store, StoreError, Visible, scope};
use domain::audience::{Audience, Reach};
use domain::id::{ActorId, CommunityId, PostId};
use domain::poll::Poll;
use domain::requester::Requester;
use domain::text::Html;
use domain::time::Timestamp;
use domain::zone::Zone;
use std::collections::HashMap;
use std::sync::Arc;

const COLUMNS: &str = "id, uri, url, actor_id, local, reach, listed, zone, community_id, boost_of, in_reply_to, in_reply_to_uri, \
    in_reply_to_actor, root_id, title, html, source, spoiler, sensitive, language, resource_url, resource_title, context_uri, \
    replies_count, boosts_count, favourites_count, created_at, edited_at, has_poll, dislikes_count, locked_at, locked_by, attachments_count";

/// Reads a stored audience.
#[expect(clippy::disallowed_methods, reason = "this is where a stored audience is read back")]
pub(crate) fn audience(reach: &str, listed: bool, zone: Option<&str>, community: Option<i64>) -> Result<Audience> {
    let reach = match reach {
        "world" => Reach::World { community: community.map(CommunityId), listed },
        "members" => {
            let zone = zone.and_then(Zone::parse).filter(|zone| *zone != Zone::Open);
            let (community, zone) =
                community.zip(zone).ok_or_else(|| StoreError::Corrupt("a members' audience without its community".into()))?;
            Reach::Members { community: CommunityId(community), zone }
        }
        "followers" => Reach::Followers,
        "mentioned" => Reach::Mentioned,
        other => return Err(StoreError::Corrupt(format!("audience {other}"))),
    };
    Ok(Audience::stored(reach))
}

/// The columns reach, listed, zone, `community_id` of an audience.
pub(crate) fn columns(audience: &Audience) -> (&'static str, bool, Option<&'static str>, Option<i64>) {
    let community = audience.community().map(|id| id.0);
    match audience.reach() {
        Reach::World { listed, .. } => ("world", listed, community.map(|_| Zone::Open.as_str()), community),
        Reach::Members { zone, .. } => ("members", false, Some(zone.as_str()), community),
        Reach::Followers => ("followers", false, None, None),
        Reach::Mentioned => ("mentioned", false, None, None),
    }
}

#[expect(clippy::disallowed_methods, reason = "the HTML was cleaned before it was stored")]
fn read(row: &Row) -> Result<PostRecord> {
    let uri: String = row.get(1)?;
    let community: Option<i64> = row.get(8)?;
    let resource: Option<String> = row.get(20)?;
    let resource_title: Option<String> = row.get(21)?;
    let stamp = |at: Option<i64>| at.map(Timestamp);
    Ok(PostRecord {
        id: PostId(row.get(0)?),
        url: row.get::<Option<String>>(2)?.unwrap_or_else(|| uri.clone()),
        uri,
        actor: ActorId(row.get(3)?),
        local: row.get(4)?,
        audience: audience(&row.get::<String>(5)?, row.get(6)?, row.get::<Option<String>>(7)?.as_deref(), community)?,
        community: community.map(CommunityId),
        boost_of: row.get::<Option<i64>>(9)?.map(PostId),
        in_reply_to: row.get::<Option<i64>>(10)?.map(PostId),
        in_reply_to_uri: row.get(11)?,
        in_reply_to_actor: row.get::<Option<i64>>(12)?.map(ActorId),
        root: PostId(row.get(13)?),
        title: row.get(14)?,
        html: Html::stored(row.get(15)?),
        source: row.get(16)?,
        spoiler: row.get(17)?,
        sensitive: row.get(18)?,
        language: row.get(19)?,
        resource: resource.map(|url| ResourceView { title: resource_title.unwrap_or_else(|| url.clone()), url }),
        context_uri: row.get(22)?,
        replies: row.get(23)?,
        boosts: row.get(24)?,
        favourites: row.get(25)?,
        created_at: Timestamp(row.get(26)?),
        edited_at: stamp(row.get(27)?),
        dislikes: row.get(29)?,
        locked: row.get::<Option<i64>>(30)?.is_some(),
        locked_by: row.get::<Option<i64>>(31)?.map(ActorId),
        mentions: Vec::new(),
        tags: Vec::new(),
        poll: row.get::<bool>(28)?.then(Poll::default),
        attachments: Vec::new(),
    })
}

/// Rows by id, from the cache where possible. Deleted posts are not among them.
pub(crate) async fn load(
    store: &Store,
    conn: &Conn,
    ids: impl IntoIterator<Item = PostId>,
) -> Result<HashMap<PostId, Arc<PostRecord>>> {
    let mut found = HashMap::new();
    let mut missing = Vec::new();
    for id in ids {
        if found.contains_key(&id) || missing.contains(&id) {
            continue;
        }
        match store.caches().posts.get(&id) {
            Some(post) => {
                found.insert(id, post);
            }
            None => missing.push(id),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let list = json_list(missing.iter().map(|id| id.0));
    let sql = format!("SELECT {COLUMNS} FROM posts WHERE {} AND deleted_at IS NULL", conn.in_list("id", 1));
    let (mut fresh, mut laden) = (HashMap::new(), Vec::new());
    for row in conn.all(&sql, params![list.clone()]).await? {
        let post = read(&row)?;
        if row.get::<i32>(32)? > 0 {
            laden.push(post.id);
        }
        fresh.insert(post.id, post);
    }
    // Mentions and tags in one query: a tag has a text, a mention an actor.
    let sql = format!(
        "SELECT post_id, actor_id, NULL FROM post_mentions WHERE {0} UNION ALL SELECT post_id, 0, tag FROM post_tags WHERE {0} ORDER BY 1, 2",
        conn.in_list("post_id", 1)
    );
    for row in conn.all(&sql, params![list]).await? {
        let Some(post) = fresh.get_mut(&PostId(row.get(0)?)) else { continue };
        match row.get::<Option<String>>(2)? {
            Some(tag) => post.tags.push(tag),
            None => post.mentions.push(ActorId(row.get(1)?)),
        }
    }
    let asking: Vec<PostId> = fresh.values().filter(|post| post.poll.is_some()).map(|post| post.id).collect();
    if !asking.is_empty() {
        let mut polls = crate::polls::load(conn, asking.iter().copied()).await?;
        for id in asking {
            if let Some(post) = fresh.get_mut(&id) {
                post.poll = polls.remove(&id);
            }
        }
    }
    if !laden.is_empty() {
        for (id, attached) in attachments::load(conn, &laden).await? {
            if let Some(post) = fresh.get_mut(&id) {
                post.attachments = attached;
            }
        }
    }
    for (id, post) in fresh {
        let post = Arc::new(post);
        store.caches().posts.insert(id, post.clone());
        found.insert(id, post);
    }
    Ok(found)
}

/// One row, unchecked: for translation on behalf of a requester who has already been asked about,
/// and for jobs, which check recipients by themselves.
pub async fn record(store: &Store, id: PostId) -> Result<Option<Arc<PostRecord>>> {
    Ok(load(store, store.read(), [id]).await?.remove(&id))
}

/// The same, past the cache: for what is sent out and stays as it was sent.
pub async fn record_now(store: &Store, id: PostId) -> Result<Option<Arc<PostRecord>>> {
    store.caches().posts.invalidate(&id);
    record(store, id).await
}

/// What is needed to hang something on a post or to recognise it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handle {
    /// Ours.
    pub id: PostId,
    /// Who wrote it.
    pub actor: ActorId,
    /// The thread's first post.
    pub root: PostId,
    /// Already deleted.
    pub deleted: bool,
    /// Written here.
    pub local: bool,
}

/// A post's id on the network.
pub async fn uri(conn: &Conn, id: PostId) -> Result<Option<String>> {
    let row = conn.one("SELECT uri FROM posts WHERE id = $1", params![id.0]).await?;
    row.map(|row| row.get(0)).transpose()
}

/// The community whose room a post is in, also of a deleted one.
pub async fn room(conn: &Conn, id: PostId) -> Result<Option<CommunityId>> {
    let row = conn.one("SELECT community_id FROM posts WHERE id = $1", params![id.0]).await?;
    Ok(row.map(|row| row.get::<Option<i64>>(0)).transpose()?.flatten().map(CommunityId))
}

/// The id of a post by the network's id, deleted or not.
pub async fn id_by_uri(conn: &Conn, uri: &str) -> Result<Option<Handle>> {
    handle_where(conn, "uri = $1", params![uri]).await
}

/// The same by our id.
pub async fn handle(conn: &Conn, id: PostId) -> Result<Option<Handle>> {
    handle_where(conn, "id = $1", params![id.0]).await
}

/// What somebody wrote and nobody removed, in a community or (`None`) everywhere: so many after this one, in order, each
/// with its id on the network.
pub async fn written_by(
    conn: &Conn,
    author: ActorId,
    community: Option<CommunityId>,
    after: PostId,
    most: i64,
) -> Result<Vec<(PostId, String)>> {
    let sql = format!(
        "SELECT id, uri FROM posts WHERE actor_id = $1 AND id > $2 AND boost_of IS NULL AND deleted_at IS NULL \
         AND ($3 = 0 OR community_id = $3) ORDER BY id LIMIT {most}"
    );
    let rows = conn.all(&sql, params![author.0, after.0, community.map_or(0, |id| id.0)]).await?;
    rows.iter().map(|row| Ok((PostId(row.get(0)?), row.get(1)?))).collect()
}

/// When a post of this hall that everybody could see was deleted, and its id on the network.
pub async fn buried(conn: &Conn, id: PostId) -> Result<Option<(String, Timestamp)>> {
    let sql = "SELECT p.uri, p.deleted_at FROM posts p JOIN actors a ON a.id = p.actor_id WHERE p.id = $1 AND p.local AND p.boost_of IS NULL \
        AND p.deleted_at IS NOT NULL AND p.reach = 'world' AND a.outside AND (p.community_id IS NULL OR EXISTS (SELECT 1 FROM communities c \
        WHERE c.id = p.community_id AND c.zone = 'open' AND c.deleted_at IS NULL))";
    let Some(row) = conn.one(sql, params![id.0]).await? else { return Ok(None) };
    Ok(Some((row.get(0)?, Timestamp(row.get(1)?))))
}

async fn handle_where(conn: &Conn, condition: &str, values: Vec<sea_orm::Value>) -> Result<Option<Handle>> {
    let sql = format!(
        "SELECT id, actor_id, root_id, CASE WHEN deleted_at IS NULL THEN FALSE ELSE TRUE END, local FROM posts WHERE {condition}"
    );
    let Some(row) = conn.one(&sql, values).await? else { return Ok(None) };
    let (id, actor, root) = (PostId(row.get(0)?), ActorId(row.get(1)?), PostId(row.get(2)?));
    Ok(Some(Handle { id, actor, root, deleted: row.get(3)?, local: row.get(4)? }))
}

/// A post's earlier forms, oldest first, if the requester may see the post now and each form's own audience.
#[expect(clippy::disallowed_methods, reason = "the HTML was cleaned before it was stored")]
pub async fn revisions(store: &Store, requester: &Requester, id: PostId) -> Result<Vec<Visible<RevisionView>>> {
    // An edit never widens, so a form's audience is never narrower than the present one, which is checked.
    let sql = format!(
        "SELECT r.title, r.html, r.spoiler, r.sensitive, r.created_at FROM revisions r JOIN posts p ON p.id = r.post_id \
         WHERE r.post_id = $3 AND {} ORDER BY r.id",
        scope::posts("p")
    );
    let rows = store.read().all(&sql, scope::who_and(requester, params![id.0])).await?;
    rows.iter()
        .map(|row| {
            let view = RevisionView {
                title: row.get(0)?,
                html: Html::stored(row.get(1)?),
                spoiler: row.get(2)?,
                sensitive: row.get(3)?,
                created_at: Timestamp(row.get(4)?),
            };
            Ok(Visible::prove(requester, view))
        })
        .collect()
}

/// The author's own Markdown.
pub async fn source(store: &Store, requester: &Requester, id: PostId) -> Result<Option<(String, String)>> {
    let sql = "SELECT source, html, spoiler FROM posts WHERE id = $1 AND actor_id = $2 AND deleted_at IS NULL";
    let me = requester.actor().map_or(-1, |actor| actor.0);
    let Some(row) = store.read().one(sql, params![id.0, me]).await? else { return Ok(None) };
    let source: Option<String> = row.get(0)?;
    Ok(Some((source.unwrap_or_default(), row.get(2)?)))
}
