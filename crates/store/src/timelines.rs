//! Timelines: keyset-paged on an index, scoped in the query.

use crate::conn::{Tx, params};
use crate::posts::assemble;
use crate::views::PostView;
use crate::{Result, Store, Visible, scope};
use domain::id::{ActorId, CommunityId, PostId};
use domain::page::Page;
use domain::requester::Requester;
use sea_orm::Value;

/// Which posts of a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Everything in it.
    All,
    /// Thread starters only.
    Starters,
    /// Shared links only.
    Resources,
}

/// Which posts of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountFilter {
    /// Without replies.
    pub no_replies: bool,
    /// Without boosts.
    pub no_boosts: bool,
    /// Only what has something attached; boosts have nothing themselves.
    pub attached: bool,
}

/// Home: what the requester follows, with its communities' starters as their boosts.
pub async fn home(store: &Store, requester: &Requester, page: &Page) -> Result<Vec<Visible<PostView>>> {
    let Some(account) = requester.account() else { return Ok(Vec::new()) };
    let select = format!(
        "SELECT h.post_id FROM home_entries h JOIN posts p ON p.id = h.post_id WHERE h.account_id = $3 AND {}",
        scope::posts_and_boosted("p")
    );
    run(store, requester, &select, "h.post_id", page, params![account.0]).await
}

/// Public posts, of this hall or of all that is known.
pub async fn public(store: &Store, requester: &Requester, local: bool, page: &Page) -> Result<Vec<Visible<PostView>>> {
    let only_local = if local { "AND p.local" } else { "" };
    let select = format!(
        "SELECT p.id FROM posts p WHERE p.reach = 'world' AND p.listed {only_local} AND p.boost_of IS NULL AND p.deleted_at IS NULL \
         AND $3 = 0 AND {}",
        scope::posts("p")
    );
    run(store, requester, &select, "p.id", page, params![0_i64]).await
}

/// A community's room, bare posts.
pub async fn community(
    store: &Store,
    requester: &Requester,
    id: CommunityId,
    room: Room,
    page: &Page,
) -> Result<Vec<Visible<PostView>>> {
    let only = match room {
        Room::All => "",
        Room::Starters => "AND p.in_reply_to IS NULL AND p.in_reply_to_uri IS NULL",
        Room::Resources => "AND p.resource_url IS NOT NULL",
    };
    let select =
        format!("SELECT p.id FROM posts p WHERE p.community_id = $3 AND p.boost_of IS NULL {only} AND {}", scope::posts("p"));
    run(store, requester, &select, "p.id", page, params![id.0]).await
}

/// What an actor wrote and boosted.
pub async fn account(
    store: &Store,
    requester: &Requester,
    actor: ActorId,
    filter: AccountFilter,
    page: &Page,
) -> Result<Vec<Visible<PostView>>> {
    let replies = if filter.no_replies { "AND p.in_reply_to IS NULL AND p.in_reply_to_uri IS NULL" } else { "" };
    let boosts = if filter.no_boosts { "AND p.boost_of IS NULL" } else { "" };
    let attached = if filter.attached { "AND p.attachments_count > 0" } else { "" };
    let select = format!(
        "SELECT p.id FROM posts p WHERE p.actor_id = $3 {replies} {boosts} {attached} AND {}",
        scope::posts_and_boosted("p")
    );
    run(store, requester, &select, "p.id", page, params![actor.0]).await
}

/// Most posts that are shown at the top of a page.
const PINNED: u32 = 20;

/// What an actor keeps at the top of its page, the latest first.
pub async fn pinned(store: &Store, requester: &Requester, actor: ActorId) -> Result<Vec<Visible<PostView>>> {
    let sql = format!(
        "SELECT f.post_id FROM featured f JOIN posts p ON p.id = f.post_id WHERE f.actor_id = $3 AND p.boost_of IS NULL AND {} \
         ORDER BY f.created_at DESC, f.post_id DESC LIMIT {PINNED}",
        scope::posts("p")
    );
    let rows = store.read().all(&sql, scope::who_and(requester, params![actor.0])).await?;
    let ids = rows.iter().map(|row| row.get(0).map(PostId)).collect::<Result<Vec<_>>>()?;
    assemble(store, requester, &ids).await
}

/// Posts with a hashtag.
pub async fn tag(store: &Store, requester: &Requester, tag: &str, page: &Page) -> Result<Vec<Visible<PostView>>> {
    let select =
        format!("SELECT t.post_id FROM post_tags t JOIN posts p ON p.id = t.post_id WHERE t.tag = $3 AND {}", scope::posts("p"));
    run(store, requester, &select, "t.post_id", page, params![tag.to_lowercase()]).await
}

async fn run(
    store: &Store,
    requester: &Requester,
    select: &str,
    key: &str,
    page: &Page,
    more: Vec<Value>,
) -> Result<Vec<Visible<PostView>>> {
    let order = if page.upwards() { "ASC" } else { "DESC" };
    // The limit is part of the text: SQLite plans a statement anew at every run when its limit is a parameter.
    let sql = format!("{select} AND {key} < $4 AND {key} > $5 ORDER BY {key} {order} LIMIT {}", page.limit);
    let mut values = scope::who_and(requester, more);
    values.extend(params![page.below(), page.above()]);
    let rows = store.read().all(&sql, values).await?;
    let mut ids = Vec::with_capacity(rows.len());
    for row in &rows {
        ids.push(PostId(row.get(0)?));
    }
    if page.upwards() {
        ids.reverse();
    }
    assemble(store, requester, &ids).await
}

/// Puts a post into its author's own Home.
pub async fn add_to_own_home(tx: &Tx, author: ActorId, post: PostId) -> Result<()> {
    let sql = "INSERT INTO home_entries (account_id, post_id, actor_id) SELECT id, $2, $1 FROM accounts WHERE actor_id = $1 \
        ON CONFLICT (account_id, post_id) DO NOTHING";
    tx.exec(sql, params![author.0, post.0]).await?;
    Ok(())
}

/// Puts a person's post or boost into the Homes of their followers here. A reply goes only to
/// those who also follow the one it answers.
pub async fn add_to_followers_homes(tx: &Tx, post: PostId) -> Result<()> {
    let sql = "INSERT INTO home_entries (account_id, post_id, actor_id) SELECT a.id, p.id, p.actor_id FROM posts p \
        JOIN follows f ON f.target_id = p.actor_id AND f.state = 'active' JOIN accounts a ON a.actor_id = f.follower_id \
        WHERE p.id = $1 AND p.deleted_at IS NULL AND (p.in_reply_to_actor IS NULL OR p.in_reply_to_actor = p.actor_id \
        OR a.actor_id = p.in_reply_to_actor OR EXISTS (SELECT 1 FROM follows g WHERE g.follower_id = f.follower_id \
        AND g.target_id = p.in_reply_to_actor AND g.state = 'active')) ON CONFLICT (account_id, post_id) DO NOTHING";
    tx.exec(sql, params![post.0]).await?;
    Ok(())
}

/// Puts a community's boost of a starter into the Homes of its members here, so many at a time.
/// Gives the last account reached, to go on from, or `None` when all have it.
pub async fn add_to_members_homes(tx: &Tx, community: CommunityId, boost: PostId, after: i64, batch: i64) -> Result<Option<i64>> {
    let people = "SELECT a.id FROM memberships m JOIN accounts a ON a.actor_id = m.actor_id \
        WHERE m.community_id = $1 AND m.state = 'active' AND m.exclusive = FALSE AND a.id > $2 ORDER BY a.id LIMIT $3";
    let reached = tx.number(&format!("SELECT MAX(id) FROM ({people}) x"), params![community.0, after, batch]).await?;
    if reached == 0 {
        return Ok(None);
    }
    let sql = format!(
        "INSERT INTO home_entries (account_id, post_id, actor_id) SELECT x.id, $4, (SELECT actor_id FROM communities WHERE id = $1) \
         FROM ({people}) x WHERE TRUE ON CONFLICT (account_id, post_id) DO NOTHING"
    );
    tx.exec(&sql, params![community.0, after, batch, boost.0]).await?;
    Ok(Some(reached))
}

/// Fills a Home with what a newly followed actor said last.
pub async fn add_recent_to_home(tx: &Tx, follower: ActorId, actor: ActorId, limit: i64) -> Result<()> {
    let sql = "INSERT INTO home_entries (account_id, post_id, actor_id) \
        SELECT a.id, p.id, $2 FROM accounts a, (SELECT id FROM posts WHERE actor_id = $2 AND deleted_at IS NULL AND in_reply_to IS NULL \
        ORDER BY id DESC LIMIT $3) p WHERE a.actor_id = $1 ON CONFLICT (account_id, post_id) DO NOTHING";
    tx.exec(sql, params![follower.0, actor.0, limit]).await?;
    Ok(())
}

/// Whether a post or boost stands in anybody's Home.
pub async fn in_any_home(tx: &Tx, post: PostId) -> Result<bool> {
    tx.exists("SELECT 1 FROM home_entries WHERE post_id = $1", params![post.0]).await
}

/// Takes somebody's posts out of a Home.
pub async fn remove_from_home(tx: &Tx, follower: ActorId, actor: ActorId) -> Result<()> {
    let sql = "DELETE FROM home_entries WHERE account_id = (SELECT id FROM accounts WHERE actor_id = $1) AND actor_id = $2";
    tx.exec(sql, params![follower.0, actor.0]).await?;
    Ok(())
}

/// Puts a community's boost into one person's Home, unless they keep its starters out of it; the bare
/// post, if it stood there, gives way.
pub async fn add_boost_to_home(tx: &Tx, person: ActorId, group: ActorId, boost: PostId) -> Result<()> {
    let sql = "INSERT INTO home_entries (account_id, post_id, actor_id) SELECT a.id, $3, $2 FROM accounts a \
        JOIN memberships m ON m.actor_id = a.actor_id JOIN communities c ON c.id = m.community_id \
        WHERE a.actor_id = $1 AND c.actor_id = $2 AND m.state = 'active' AND m.exclusive = FALSE ON CONFLICT (account_id, post_id) DO NOTHING";
    tx.exec(sql, params![person.0, group.0, boost.0]).await?;
    let sql = "DELETE FROM home_entries WHERE account_id = (SELECT id FROM accounts WHERE actor_id = $1) \
        AND post_id = (SELECT boost_of FROM posts WHERE id = $2)";
    tx.exec(sql, params![person.0, boost.0]).await?;
    Ok(())
}
