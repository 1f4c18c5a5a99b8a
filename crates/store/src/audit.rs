//! Who did what, in a chain of hashes that shows when a line was changed or taken out; and the
//! journal of what was revoked, which must survive a restore.

use crate::conn::params;
use crate::{Conn, Result, Tx};
use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::id::ActorId;

/// Adds a line. `act` is a stable word such as `account.created`; `detail` holds no secrets.
pub async fn append(tx: &Tx, actor: Option<ActorId>, act: &str, target: &str, detail: &str) -> Result<()> {
    let before: String = match tx.one("SELECT chain FROM audit_log ORDER BY id DESC LIMIT 1", params![]).await? {
        Some(row) => row.get(0)?,
        None => String::new(),
    };
    let at = tx.now().0;
    let actor = actor.map(|actor| actor.0);
    let chain = link(&before, at, actor, [act, target, detail]);
    let sql = "INSERT INTO audit_log (at, actor_id, act, target, detail, chain) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.exec(sql, params![at, actor, act, target, detail, chain]).await.map(|_| ())
}

/// Adds a line unless this actor has the same one of the last day: what anybody may try again and again fills no table.
pub async fn append_daily(tx: &Tx, actor: ActorId, act: &str, target: &str, detail: &str) -> Result<()> {
    let sql = "SELECT 1 FROM audit_log WHERE actor_id = $1 AND act = $2 AND target = $3 AND detail = $4 AND at > $5";
    if tx.exists(sql, params![actor.0, act, target, detail, tx.now().0 - domain::time::DAY]).await? {
        return Ok(());
    }
    append(tx, Some(actor), act, target, detail).await
}

/// Whether this line about this actor stands there.
pub async fn has(tx: &Tx, actor: ActorId, act: &str, target: &str, detail: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM audit_log WHERE actor_id = $1 AND act = $2 AND target = $3 AND detail = $4";
    tx.exists(sql, params![actor.0, act, target, detail]).await
}

/// Follows the chain; the id of the first line that does not fit.
pub async fn first_broken(conn: &Conn) -> Result<Option<i64>> {
    let sql = "SELECT id, at, actor_id, act, target, detail, chain FROM audit_log WHERE id > $1 ORDER BY id LIMIT 500";
    let (mut last, mut before) = (0_i64, String::new());
    loop {
        let rows = conn.all(sql, params![last]).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        for row in rows {
            last = row.get(0)?;
            let (act, target, detail): (String, String, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
            let chain: String = row.get(6)?;
            if link(&before, row.get(1)?, row.get(2)?, [&act, &target, &detail]) != chain {
                return Ok(Some(last));
            }
            before = chain;
        }
    }
}

/// Each part is preceded by its length, so that no two different lines hash alike.
fn link(before: &str, at: i64, actor: Option<i64>, texts: [&str; 3]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(before.as_bytes());
    context.update(&at.to_be_bytes());
    context.update(&actor.unwrap_or_default().to_be_bytes());
    for text in texts {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(context.finish())
}

/// Writes down that a credential, membership or agreement ended, so that a restored backup can be
/// told again. `subject` is a hash or an id, never a secret.
pub async fn journal_revocation(tx: &Tx, kind: &str, subject: &str) -> Result<()> {
    let sql = "INSERT INTO revocations (kind, subject, at) VALUES ($1, $2, $3)";
    tx.exec(sql, params![kind, subject, tx.now().0]).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn moving_a_letter_between_two_fields_changes_the_link() {
        assert_ne!(link("", 1, None, ["ab", "c", ""]), link("", 1, None, ["a", "bc", ""]));
        assert_ne!(link("", 1, None, ["a", "b", "c"]), link("x", 1, None, ["a", "b", "c"]));
    }
}
