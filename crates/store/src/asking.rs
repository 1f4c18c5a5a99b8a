//! Requests to be let into communities of other halls that got no answer yet.

use crate::Result;
use crate::conn::{Conn, Tx, params};
use crate::memberships::standing;
use domain::id::{ActorId, CommunityId};
use domain::membership::MembershipState;
use domain::time::{DAY, HOUR, MINUTE};
use domain::zone::JoinPolicy;

/// How long after each request the next one goes out. Some servers begin to send to a host only some time after they have
/// met it, and what they answered before that is never sent: the first answer of all.
const PAUSES: &[i64] = &[MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY];
/// The same where a person decides: they take their time, and some servers take a second request for a new one.
const WHERE_SOMEBODY_DECIDES: &[i64] = &[DAY, 3 * DAY];

/// Somebody asks, or asks again: counts it, and sets when to ask next if nothing comes of it.
pub async fn asked(tx: &Tx, community: CommunityId, actor: ActorId) -> Result<()> {
    let sql = "UPDATE memberships SET asks = asks + 1, asked_at = $3 WHERE community_id = $1 AND actor_id = $2 \
        RETURNING asks, (SELECT join_policy FROM communities WHERE id = $1)";
    let now = tx.now();
    let Some(row) = tx.one(sql, params![community.0, actor.0, now.0]).await? else { return Ok(()) };
    let times = usize::try_from(row.get::<i64>(0)?).unwrap_or_default();
    let open = row.get::<String>(1)? == JoinPolicy::Open.as_str();
    let pauses = if open { PAUSES } else { WHERE_SOMEBODY_DECIDES };
    let next = times.checked_sub(1).and_then(|number| pauses.get(number)).map(|pause| now.plus(*pause).0);
    set_next(tx, community, actor, next).await
}

/// Forgets the requests of an earlier time: the next one is the first again.
pub async fn begin(tx: &Tx, community: CommunityId, actor: ActorId) -> Result<()> {
    tx.exec("UPDATE memberships SET asks = 0 WHERE community_id = $1 AND actor_id = $2", params![community.0, actor.0]).await?;
    Ok(())
}

/// Whether anything is due: one look at an index.
pub async fn any_due(conn: &Conn, now: i64) -> Result<bool> {
    conn.exists("SELECT 1 FROM memberships WHERE asks_again_at <= $1", params![now]).await
}

/// Whose time to ask again has come, some at a time. Who got an answer meanwhile is let go; where something still waits
/// to be sent to that host, it is not asked yet.
pub async fn due(tx: &Tx) -> Result<Vec<(CommunityId, ActorId)>> {
    let sql = "SELECT m.community_id, m.actor_id, EXISTS (SELECT 1 FROM communities k JOIN actors g ON g.id = k.actor_id \
        JOIN deliveries d ON d.host = g.host WHERE k.id = m.community_id AND d.state = 'waiting') \
        FROM memberships m WHERE m.asks_again_at <= $1 ORDER BY m.asks_again_at LIMIT 200";
    let mut all = Vec::new();
    for row in tx.all(sql, params![tx.now().0]).await? {
        let (community, actor) = (CommunityId(row.get(0)?), ActorId(row.get(1)?));
        if standing(tx, community, actor).await?.is_none_or(|there| there.state != MembershipState::Pending) {
            set_next(tx, community, actor, None).await?;
        } else if row.get(2)? {
            set_next(tx, community, actor, Some(tx.now().plus(10 * MINUTE).0)).await?;
        } else {
            all.push((community, actor));
        }
    }
    Ok(all)
}

/// Whether somebody still waits, and asked so long ago that it helps to ask again when they press the button once more.
pub async fn waits(tx: &Tx, community: CommunityId, actor: ActorId) -> Result<bool> {
    let sql = "SELECT 1 FROM memberships WHERE community_id = $1 AND actor_id = $2 AND state = 'pending' AND asked_at <= $3";
    tx.exists(sql, params![community.0, actor.0, tx.now().plus(-MINUTE / 2).0]).await
}

async fn set_next(tx: &Tx, community: CommunityId, actor: ActorId, at: Option<i64>) -> Result<()> {
    let sql = "UPDATE memberships SET asks_again_at = $3 WHERE community_id = $1 AND actor_id = $2";
    tx.exec(sql, params![community.0, actor.0, at]).await?;
    Ok(())
}
