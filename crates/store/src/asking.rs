//! Requests to be let into communities of other halls that got no answer yet.

use crate::Result;
use crate::conn::{Conn, Tx, params};
use crate::memberships::{set_state, standing};
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

/// Whose time to ask again has come, some at a time. Who got an answer meanwhile is let go; whose last request is still on
/// its way does not ask yet.
pub async fn due(tx: &Tx) -> Result<Vec<(CommunityId, ActorId)>> {
    let sql = format!(
        "SELECT m.community_id, m.actor_id, {} FROM memberships m WHERE m.asks_again_at <= $1 ORDER BY m.asks_again_at LIMIT 200",
        on_its_way()
    );
    let mut all = Vec::new();
    for row in tx.all(&sql, params![tx.now().0]).await? {
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

/// Somebody presses the button once more. True if it helps to ask again: half a minute after the last time, and if no
/// request is on its way. It does not count as one of those that are made without them.
pub async fn pressed(tx: &Tx, community: CommunityId, actor: ActorId) -> Result<bool> {
    let sql = format!(
        "UPDATE memberships SET asked_at = $3 WHERE community_id = $1 AND actor_id = $2 AND state = 'pending' AND asked_at <= $4 \
         AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.community_id = $1 AND m.actor_id = $2 AND {})",
        on_its_way()
    );
    let now = tx.now();
    Ok(tx.exec(&sql, params![community.0, actor.0, now.0, now.plus(-MINUTE / 2).0]).await? > 0)
}

/// Whether a request of the membership `m` waits to be sent.
fn on_its_way() -> &'static str {
    "EXISTS (SELECT 1 FROM communities k JOIN actors g ON g.id = k.actor_id JOIN deliveries d ON d.host = g.host \
     JOIN outbox_activities o ON o.id = d.activity_id WHERE k.id = m.community_id AND d.state = 'waiting' \
     AND o.actor_id = m.actor_id AND o.kind IN ('Follow', 'Join'))"
}

async fn set_next(tx: &Tx, community: CommunityId, actor: ActorId, at: Option<i64>) -> Result<()> {
    let sql = "UPDATE memberships SET asks_again_at = $3 WHERE community_id = $1 AND actor_id = $2";
    tx.exec(sql, params![community.0, actor.0, at]).await?;
    Ok(())
}

/// The request with this id was refused for good where it was sent: to ask on would be in vain. Any other id changes nothing.
pub(crate) async fn turned_away(tx: &Tx, uri: &str) -> Result<()> {
    let asking = "SELECT community_id, actor_id FROM memberships WHERE uri = $1 AND state = 'pending'";
    for row in tx.all(asking, params![uri]).await? {
        let (community, actor) = (CommunityId(row.get(0)?), ActorId(row.get(1)?));
        set_state(tx, community, actor, MembershipState::Rejected).await?;
        set_next(tx, community, actor, None).await?;
    }
    Ok(())
}
