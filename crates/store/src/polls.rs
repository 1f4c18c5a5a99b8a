//! Polls: what is asked, who chose what, how it is counted, and what is due for them.

use crate::conn::{Conn, Tx, json_list, params};
use crate::memberships::membership;
use crate::posts::audience;
use crate::views::{Ballot, PostRecord};
use crate::{Result, Store, notifications};
use domain::id::{ActorId, PostId};
use domain::policy::{Permit, act, vote_counts};
use domain::poll::{Choice, Poll};
use domain::requester::Requester;
use domain::time::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// Hangs a poll on a post that was just stored.
pub async fn insert(tx: &Tx, post: PostId, poll: &Poll) -> Result<()> {
    let over = poll.ended(tx.now());
    let sql =
        "INSERT INTO polls (post_id, multiple, hidden, ends_at, voters_count, ended, due_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let end = poll.ends_at.map(|end| end.0);
    tx.exec(sql, params![post.0, poll.multiple, poll.hidden, end, poll.voters, over, end.filter(|_| !over)]).await?;
    put_choices(tx, post, &poll.choices).await?;
    tx.exec("UPDATE posts SET has_poll = TRUE WHERE id = $1", params![post.0]).await?;
    tx.touch(|touched| touched.posts.push(post));
    Ok(())
}

async fn put_choices(tx: &Tx, post: PostId, choices: &[Choice]) -> Result<()> {
    for (position, choice) in (0_i64..).zip(choices) {
        let sql = "INSERT INTO poll_options (post_id, position, name, votes_count) VALUES ($1, $2, $3, $4)";
        tx.exec(sql, params![post.0, position, choice.name.clone(), choice.votes]).await?;
    }
    Ok(())
}

/// Takes a post's poll away, with everybody's votes.
pub(crate) async fn forget(tx: &Tx, post: PostId) -> Result<()> {
    for table in ["poll_votes", "poll_options", "polls"] {
        tx.exec(&format!("DELETE FROM {table} WHERE post_id = $1"), params![post.0]).await?;
    }
    Ok(())
}

/// Changes a post's poll, in the act of changing the post. Votes on another question do not count for this one; where
/// the question stays, its end may move and the votes stay.
pub async fn change(tx: &Tx, post: PostId, new: &Poll) -> Result<()> {
    match read(tx, post).await? {
        Some(old) if old.asks_the_same(new) => {
            let over = new.ended(tx.now());
            let end = new.ends_at.map(|end| end.0);
            let sql = "UPDATE polls SET hidden = $2, ends_at = $3, ended = $4, due_at = $5 WHERE post_id = $1";
            tx.exec(sql, params![post.0, new.hidden, end, over, end.filter(|_| !over)]).await?;
            tx.touch(|touched| touched.posts.push(post));
            Ok(())
        }
        _ => {
            forget(tx, post).await?;
            insert(tx, post, new).await
        }
    }
}

/// Takes over what the poll's own hall has counted, if it asks the same and this is not older news. `at` is when that
/// hall said so.
pub async fn count(tx: &Tx, post: PostId, told: &Poll, at: Timestamp) -> Result<bool> {
    let Some(known) = read(tx, post).await?.filter(|known| known.asks_the_same(told)) else { return Ok(false) };
    // An end that was reached is over for good: nobody is told twice.
    let over = known.ended(tx.now());
    let end = if over { known.ends_at } else { told.ends_at.or(known.ends_at) }.map(|end| end.0);
    let sql = "UPDATE polls SET voters_count = $2, hidden = $3, ends_at = $4, counted_at = $5, \
        due_at = CASE WHEN ended THEN NULL ELSE $4 END WHERE post_id = $1 AND counted_at <= $5";
    if tx.exec(sql, params![post.0, told.voters, told.hidden, end, at.0]).await? == 0 {
        return Ok(false);
    }
    for (position, choice) in (0_i64..).zip(&told.choices) {
        let sql = "UPDATE poll_options SET votes_count = $3 WHERE post_id = $1 AND position = $2";
        tx.exec(sql, params![post.0, position, choice.votes]).await?;
    }
    tx.touch(|touched| touched.posts.push(post));
    Ok(true)
}

/// Counts somebody's votes, each once. `false`: all of them were counted before.
pub async fn vote(tx: &Tx, permit: Permit<act::Vote>, choices: &[i64]) -> Result<bool> {
    let (post, voter) = (PostId(permit.target()), permit.actor());
    let first = chosen(tx, post, voter).await?.is_empty();
    let mut counted = false;
    for position in choices {
        let sql =
            "INSERT INTO poll_votes (post_id, actor_id, position, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        if tx.exec(sql, params![post.0, voter.0, *position, tx.now().0]).await? > 0 {
            let sql = "UPDATE poll_options SET votes_count = votes_count + 1 WHERE post_id = $1 AND position = $2";
            tx.exec(sql, params![post.0, *position]).await?;
            counted = true;
        }
    }
    if counted && first {
        tx.exec("UPDATE polls SET voters_count = voters_count + 1 WHERE post_id = $1", params![post.0]).await?;
    }
    tx.touch(|touched| touched.posts.push(post));
    Ok(counted)
}

/// What somebody chose, in order.
pub async fn chosen(conn: &Conn, post: PostId, voter: ActorId) -> Result<Vec<i64>> {
    let sql = "SELECT position FROM poll_votes WHERE post_id = $1 AND actor_id = $2 ORDER BY position";
    conn.all(sql, params![post.0, voter.0]).await?.iter().map(|row| row.get(0)).collect()
}

/// A post's poll, not yet checked for anybody.
pub async fn read(conn: &Conn, post: PostId) -> Result<Option<Poll>> {
    Ok(load(conn, [post]).await?.remove(&post))
}

/// The polls of these posts.
pub(crate) async fn load(conn: &Conn, posts: impl IntoIterator<Item = PostId>) -> Result<HashMap<PostId, Poll>> {
    let sql = format!(
        "SELECT p.post_id, p.multiple, p.hidden, p.ends_at, p.voters_count, o.name, o.votes_count FROM polls p \
         JOIN poll_options o ON o.post_id = p.post_id WHERE {} ORDER BY o.post_id, o.position",
        conn.in_list("p.post_id", 1)
    );
    let mut found: HashMap<PostId, Poll> = HashMap::new();
    for row in conn.all(&sql, params![json_list(posts.into_iter().map(|id| id.0))]).await? {
        let poll = found.entry(PostId(row.get(0)?)).or_default();
        poll.multiple = row.get(1)?;
        poll.hidden = row.get(2)?;
        poll.ends_at = row.get::<Option<i64>>(3)?.map(Timestamp);
        poll.voters = row.get(4)?;
        poll.choices.push(Choice { name: row.get(5)?, votes: row.get(6)? });
    }
    Ok(found)
}

/// How the requester stands to the polls of these posts. Without a poll among them this asks nothing.
pub(crate) async fn ballots<'a>(
    store: &Store,
    requester: &Requester,
    posts: impl Iterator<Item = &'a Arc<PostRecord>>,
) -> Result<HashMap<PostId, Ballot>> {
    let asked: Vec<&Arc<PostRecord>> = posts.filter(|post| post.poll.is_some()).collect();
    if asked.is_empty() {
        return Ok(HashMap::new());
    }
    let (mut mine, mut standings) = (HashMap::<PostId, Vec<i64>>::new(), HashMap::new());
    let voter = requester.actor().filter(|_| requester.is_local());
    if let Some(voter) = voter {
        let conn = store.read();
        let sql = format!(
            "SELECT post_id, position, NULL, NULL FROM poll_votes WHERE actor_id = $1 AND {} \
             UNION ALL SELECT community_id, 0, role, state FROM memberships WHERE actor_id = $1 AND {} ORDER BY 1, 2",
            conn.in_list("post_id", 2),
            conn.in_list("community_id", 3)
        );
        let posts = json_list(asked.iter().map(|post| post.id.0));
        let rooms = json_list(asked.iter().filter_map(|post| post.community).map(|id| id.0));
        for row in conn.all(&sql, params![voter.0, posts, rooms]).await? {
            match membership(row.get(2)?, row.get(3)?)? {
                Some(standing) => {
                    standings.insert(row.get::<i64>(0)?, standing);
                }
                None => mine.entry(PostId(row.get(0)?)).or_default().push(row.get(1)?),
            }
        }
    }
    let now = store.clock().now();
    let ballot = |post: &Arc<PostRecord>| {
        let poll = post.poll.as_ref()?;
        let choices = mine.remove(&post.id).unwrap_or_default();
        let standing = post.community.and_then(|id| standings.get(&id.0)).copied();
        let counts = voter.is_some() && vote_counts(&post.audience, standing);
        let ended = poll.ended(now);
        let may_vote = counts && !ended && choices.is_empty();
        Some((post.id, Ballot { ended, shows_result: poll.shows_result(now), may_vote, choices }))
    };
    Ok(asked.into_iter().filter_map(ballot).collect())
}

/// Something will have to be done for this poll at this time, if not before.
pub async fn schedule(tx: &Tx, post: PostId, at: Timestamp) -> Result<()> {
    let sql = "UPDATE polls SET due_at = $2 WHERE post_id = $1 AND (due_at IS NULL OR due_at > $2)";
    tx.exec(sql, params![post.0, at.0]).await?;
    Ok(())
}

/// A poll for which something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Whose.
    pub post: PostId,
    /// Who made it.
    pub author: ActorId,
    /// It has ended, and this is the first to notice.
    pub ended: bool,
    /// It is counted here, and other halls may know of it.
    pub told_outside: bool,
}

/// Whether anything is due.
pub async fn any_due(store: &Store) -> Result<bool> {
    store.read().exists("SELECT 1 FROM polls WHERE due_at <= $1", params![store.clock().now().0]).await
}

/// Takes what is due, each once: the rows say afterwards that it is done, in the transaction that does it.
pub async fn take_due(tx: &Tx) -> Result<Vec<Due>> {
    let now = tx.now();
    let sql = "SELECT q.post_id, q.ends_at, q.ended, p.actor_id, p.local, p.reach, p.listed, p.zone, p.community_id FROM polls q \
        JOIN posts p ON p.id = q.post_id WHERE q.due_at <= $1 ORDER BY q.due_at LIMIT 50";
    let mut due = Vec::new();
    for row in tx.all(sql, params![now.0]).await? {
        let (post, ends_at, before) = (PostId(row.get(0)?), row.get::<Option<i64>>(1)?, row.get::<bool>(2)?);
        let over = ends_at.is_some_and(|end| end <= now.0);
        let next = ends_at.filter(|_| !over && !before);
        tx.exec("UPDATE polls SET ended = $2, due_at = $3 WHERE post_id = $1", params![post.0, over || before, next]).await?;
        let audience = audience(&row.get::<String>(5)?, row.get(6)?, row.get::<Option<String>>(7)?.as_deref(), row.get(8)?)?;
        // What is told is read anew: another process may have counted a moment ago.
        tx.touch(|touched| touched.posts.push(post));
        let told_outside = row.get::<bool>(4)? && audience.outbound().is_some();
        due.push(Due { post, author: ActorId(row.get(3)?), ended: over && !before, told_outside });
    }
    Ok(due)
}

/// Tells people of this hall who voted that a poll has ended, a batch at a time after this account; its author first
/// of all. Gives the last account reached, if there may be more.
pub async fn tell_ended(tx: &Tx, post: PostId, author: ActorId, after: i64, batch: i64) -> Result<Option<i64>> {
    if after == 0 {
        notifications::poll_ended(tx, author, author, post).await?;
    }
    let sql = format!(
        "SELECT a.id, a.actor_id FROM (SELECT DISTINCT actor_id FROM poll_votes WHERE post_id = $1) v \
         JOIN accounts a ON a.actor_id = v.actor_id WHERE a.id > $2 ORDER BY a.id LIMIT {batch}"
    );
    let rows = tx.all(&sql, params![post.0, after]).await?;
    let mut reached = None;
    for row in &rows {
        notifications::poll_ended(tx, ActorId(row.get(1)?), author, post).await?;
        reached = Some(row.get(0)?);
    }
    Ok(reached.filter(|_| i64::try_from(rows.len()).unwrap_or(i64::MAX) >= batch))
}
