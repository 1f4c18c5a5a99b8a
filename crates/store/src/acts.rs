//! Activities of others that have no row of another kind: kept as they came, so that they can be taken back by their
//! id alone, shown, and understood better later.

use crate::Result;
use crate::conn::{Conn, Tx, params};
use domain::id::{ActorId, CommunityId};

/// An activity as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedAct {
    /// Its id on the network.
    pub uri: String,
    /// Who did it.
    pub actor: ActorId,
    /// Its type.
    pub kind: String,
    /// To what.
    pub object_uri: String,
    /// Where, if it is aimed at something.
    pub target_uri: Option<String>,
    /// The community it is in.
    pub community: Option<CommunityId>,
    /// The reason given; may be empty.
    pub reason: String,
    /// The JSON as received.
    pub body: String,
}

/// Keeps it, once.
pub async fn keep(tx: &Tx, act: &ReceivedAct) -> Result<()> {
    let sql = "INSERT INTO received_acts (uri, actor_id, kind, object_uri, target_uri, community_id, reason, body, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (uri) DO NOTHING";
    let a = act.clone();
    let values =
        params![a.uri, a.actor.0, a.kind, a.object_uri, a.target_uri, a.community.map(|id| id.0), a.reason, a.body, tx.now().0];
    tx.exec(sql, values).await?;
    Ok(())
}

const COLUMNS: &str = "uri, actor_id, kind, object_uri, target_uri, community_id, reason, body";

/// A kept activity by its id.
pub async fn by_uri(conn: &Conn, uri: &str) -> Result<Option<ReceivedAct>> {
    let sql = format!("SELECT {COLUMNS} FROM received_acts WHERE uri = $1");
    let Some(row) = conn.one(&sql, params![uri]).await? else { return Ok(None) };
    Ok(Some(ReceivedAct {
        uri: row.get(0)?,
        actor: ActorId(row.get(1)?),
        kind: row.get(2)?,
        object_uri: row.get(3)?,
        target_uri: row.get(4)?,
        community: row.get::<Option<i64>>(5)?.map(CommunityId),
        reason: row.get(6)?,
        body: row.get(7)?,
    }))
}

/// Whether this actor did this to that, and has not taken it back.
pub async fn did(conn: &Conn, actor: ActorId, kind: &str, object_uri: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM received_acts WHERE object_uri = $1 AND kind = $2 AND actor_id = $3";
    conn.exists(sql, params![object_uri, kind, actor.0]).await
}

/// Whoever did this to that, it does not count any more.
pub(crate) async fn forget_all(tx: &Tx, kind: &str, object_uri: &str) -> Result<()> {
    tx.exec("DELETE FROM received_acts WHERE object_uri = $1 AND kind = $2", params![object_uri, kind]).await?;
    Ok(())
}

/// It was taken back.
pub async fn forget(tx: &Tx, actor: ActorId, kind: &str, object_uri: &str) -> Result<()> {
    let sql = "DELETE FROM received_acts WHERE object_uri = $1 AND kind = $2 AND actor_id = $3";
    tx.exec(sql, params![object_uri, kind, actor.0]).await?;
    Ok(())
}

/// The one with this id was taken back.
pub async fn forget_one(tx: &Tx, actor: ActorId, uri: &str) -> Result<()> {
    tx.exec("DELETE FROM received_acts WHERE uri = $1 AND actor_id = $2", params![uri, actor.0]).await?;
    Ok(())
}
