//! Actors of other servers that nothing here has to do with any more. A flood of strangers must not stay for ever (C139).

use crate::Result;
use crate::conn::{Conn, Tx, json_list, params};
use domain::id::ActorId;

/// Every column that names an actor: those that refer to `actors` (a test compares them with the schema), and the audit
/// log's, which must not point to nobody. Columns that repeat what another one of the same thing names need no place here
/// (`posts.in_reply_to_actor`, `home_entries.actor_id`, `communities.created_by`), nor does who asked for a read.
pub const TIES: &[(&str, &str)] = &[
    ("accounts", "actor_id"),
    ("actor_keys", "actor_id"),
    ("audit_log", "actor_id"),
    ("blocks", "actor_id"),
    ("blocks", "target_id"),
    ("communities", "actor_id"),
    ("dislikes", "actor_id"),
    ("favourites", "actor_id"),
    ("featured", "actor_id"),
    ("follows", "follower_id"),
    ("follows", "target_id"),
    ("memberships", "actor_id"),
    ("memberships", "banned_by"),
    ("notifications", "actor_id"),
    ("outbox_activities", "actor_id"),
    ("poll_votes", "actor_id"),
    ("post_mentions", "actor_id"),
    ("posts", "actor_id"),
    ("posts", "locked_by"),
    ("quotes", "actor_id"),
    ("received_acts", "actor_id"),
    ("report_objects", "actor_id"),
    ("reports", "decided_by"),
    ("reports", "reporter_id"),
];

/// How many actors one look goes through.
const WINDOW: i64 = 500;

/// What one look found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Who can be forgotten.
    pub strays: Vec<ActorId>,
    /// Where the next look begins; from the start again, if this one came to the end.
    pub next: Option<ActorId>,
}

/// Looks through some actors after this one, in the order of their ids, for those whose document was last read before that
/// time, in milliseconds, and that nothing names.
pub async fn look(conn: &Conn, after: ActorId, before: i64) -> Result<Look> {
    let window = format!("SELECT id FROM actors WHERE id > $1 ORDER BY id LIMIT {WINDOW}");
    let sql = format!("SELECT COUNT(*), COALESCE(MAX(id), 0) FROM ({window}) w");
    let Some(row) = conn.one(&sql, params![after.0]).await? else { return Ok(Look::default()) };
    let (many, last): (i64, i64) = (row.get(0)?, row.get(1)?);
    let sql = format!("SELECT a.id FROM actors a WHERE a.id > $1 AND a.id <= $2 AND {}", forgettable(3));
    let rows = conn.scan(sql, params![after.0, last, before]).await?;
    let strays = rows.iter().map(|row| row.get(0).map(ActorId)).collect::<Result<_>>()?;
    Ok(Look { strays, next: (many == WINDOW).then_some(ActorId(last)) })
}

/// Forgets these, unless something names them by now. Whoever comes again is looked up anew.
pub async fn forget(tx: &Tx, strays: &[ActorId], before: i64) -> Result<()> {
    let these = tx.in_list("a.id", 1);
    let sql =
        format!("DELETE FROM actors WHERE id IN (SELECT a.id FROM actors a WHERE {these} AND {}) RETURNING id", forgettable(2));
    for row in tx.all(&sql, params![json_list(strays.iter().map(|id| id.0)), before]).await? {
        let id = ActorId(row.get(0)?);
        tx.touch(|touched| touched.actors.push(id));
    }
    Ok(())
}

/// Whether `a` can be forgotten. Who is deleted or suspended is remembered as such, and of a partner's host everybody: that
/// their keys change must be noticed.
fn forgettable(parameter: usize) -> String {
    let ties = TIES.iter().map(|(table, column)| format!(" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{column} = a.id)"));
    let ties: String = ties.collect();
    format!(
        "(a.host IS NOT NULL AND a.deleted_at IS NULL AND COALESCE(a.fetched_at, a.created_at) < ${parameter} \
         AND NOT EXISTS (SELECT 1 FROM agreements g WHERE g.host = a.host){ties})"
    )
}
