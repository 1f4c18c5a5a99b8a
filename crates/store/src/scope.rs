//! The visibility scope: the same rule as `domain::policy`, as SQL, and the proof that it was asked.
//!
//! Every query that lists posts or communities contains one of these fragments. By convention `$1` is
//! the requester's actor (-1 for strangers) and `$2` its host (empty for people of this hall).

use crate::conn::params;
use domain::requester::Requester;
use sea_orm::Value;

/// *This* requester, at this epoch, may see this. Made only by this crate's scoped queries; it cannot
/// be copied or serialised, and opens only for the requester it was made for.
///
/// ```
/// use domain::requester::Requester;
/// use store::scope::Visible;
/// fn words(anyone: &Requester, post: &Visible<String>) -> Option<String> {
///     post.open(anyone).ok().cloned()
/// }
/// ```
/// Nobody writes one down, or has one made:
/// ```compile_fail,E0451
/// use store::scope::Visible;
/// let post = Visible { value: String::new(), seal: (0, 0) };
/// ```
/// ```compile_fail,E0624
/// use domain::requester::Requester;
/// use store::scope::Visible;
/// let post = Visible::prove(&Requester::anonymous(), String::new());
/// ```
/// What is inside comes out for a requester only; it is neither copied nor serialised:
/// ```compile_fail,E0616
/// use store::scope::Visible;
/// fn words(post: &Visible<String>) -> &String {
///     &post.value
/// }
/// ```
/// ```compile_fail,E0308
/// use store::scope::Visible;
/// fn copy(post: &Visible<String>) -> Visible<String> {
///     post.clone()
/// }
/// ```
/// ```compile_fail,E0277
/// use store::scope::Visible;
/// fn write(post: &Visible<String>) -> serde_json::Result<String> {
///     serde_json::to_string(post)
/// }
/// ```
#[derive(Debug)]
pub struct Visible<T> {
    value: T,
    seal: (i64, i64),
}

/// A proof was shown to somebody it was not made for. A mistake of ours, never of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this was released to somebody else")]
pub struct WrongRequester;

impl<T> Visible<T> {
    pub(crate) fn prove(requester: &Requester, value: T) -> Self {
        Self { value, seal: requester.seal() }
    }

    /// The thing, for the requester it was released to.
    pub fn open(&self, requester: &Requester) -> Result<&T, WrongRequester> {
        if self.seal == requester.seal() { Ok(&self.value) } else { Err(WrongRequester) }
    }

    /// The thing itself, for the requester it was released to.
    pub fn take(self, requester: &Requester) -> Result<T, WrongRequester> {
        if self.seal == requester.seal() { Ok(self.value) } else { Err(WrongRequester) }
    }
}

/// `$1` and `$2` of every scoped query.
pub(crate) fn who(requester: &Requester) -> Vec<Value> {
    params![requester.actor().map_or(-1, |actor| actor.0), requester.host().unwrap_or_default().to_owned()]
}

/// `$1`, `$2` and then these.
pub(crate) fn who_and(requester: &Requester, more: Vec<Value>) -> Vec<Value> {
    let mut values = who(requester);
    values.extend(more);
    values
}

/// The requester is in the room of the community whose id is in this column, and its ceiling lets
/// things go to where the requester is.
fn in_room(column: &str, zone_column: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM memberships m JOIN communities c ON c.id = m.community_id \
         WHERE m.community_id = {column} AND m.actor_id = $1 AND m.state = 'active' \
         AND c.deleted_at IS NULL AND c.zone <> 'open' \
         AND ($2 = '' OR (c.zone = 'partner' AND {zone_column} = 'partner' \
              AND EXISTS (SELECT 1 FROM agreements g WHERE g.community_id = c.id AND g.host = $2))))"
    )
}

/// Posts in this table alias that the requester may see.
pub(crate) fn posts(alias: &str) -> String {
    let room = in_room(&format!("{alias}.community_id"), &format!("{alias}.zone"));
    format!(
        "({alias}.deleted_at IS NULL AND (\
           {alias}.reach = 'world' \
           OR ({alias}.reach = 'members' AND {room}) \
           OR ({alias}.reach IN ('followers', 'mentioned') AND ({alias}.actor_id = $1 \
               OR EXISTS (SELECT 1 FROM post_mentions pm WHERE pm.post_id = {alias}.id AND pm.actor_id = $1))) \
           OR ({alias}.reach = 'followers' AND EXISTS (SELECT 1 FROM follows f \
               WHERE f.follower_id = $1 AND f.target_id = {alias}.actor_id AND f.state = 'active'))) \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = {alias}.actor_id AND b.target_id = $1))"
    )
}

/// The same, and what a boost boosts is checked by itself.
pub(crate) fn posts_and_boosted(alias: &str) -> String {
    format!(
        "({} AND ({alias}.boost_of IS NULL OR EXISTS (SELECT 1 FROM posts o WHERE o.id = {alias}.boost_of AND {})))",
        posts(alias),
        posts("o")
    )
}

/// Reports in this alias that are for the requester to deal with: a lead or moderator of the community concerned, or,
/// where it has none here, whoever administers (`admin`). Nobody sees reports about themselves, and what was said in a
/// closed room is for whoever is in it.
pub(crate) fn reports(alias: &str, admin: bool) -> String {
    let room = in_room("p.community_id", "p.zone");
    let keeper = |of: &str| {
        format!(
            "k.community_id = {alias}.community_id AND k.state = 'active' AND k.role IN ('lead', 'moderator') AND kc.local \
             AND kc.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM report_objects o WHERE o.report_id = {alias}.id AND o.actor_id = {of})"
        )
    };
    let nobody_else = if admin {
        format!(
            "OR NOT EXISTS (SELECT 1 FROM memberships k JOIN communities kc ON kc.id = k.community_id \
             JOIN accounts ka ON ka.actor_id = k.actor_id AND ka.deleted_at IS NULL WHERE {})",
            keeper("k.actor_id")
        )
    } else {
        String::new()
    };
    format!(
        "($2 = '' AND NOT EXISTS (SELECT 1 FROM report_objects o WHERE o.report_id = {alias}.id AND o.actor_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM report_objects o JOIN posts p ON p.id = o.post_id WHERE o.report_id = {alias}.id \
             AND p.reach = 'members' AND NOT {room}) \
         AND (EXISTS (SELECT 1 FROM memberships k JOIN communities kc ON kc.id = k.community_id WHERE k.actor_id = $1 AND {}) \
             {nobody_else}))",
        keeper("$1")
    )
}

/// Communities in this alias whose door the requester may see; `hall` says that the requester has an account here.
pub(crate) fn doors(alias: &str, hall: bool) -> String {
    let hall_sees = if hall {
        format!("OR {alias}.zone = 'partner' OR ({alias}.zone = 'internal' AND {alias}.door = 'hall')")
    } else {
        String::new()
    };
    format!(
        "({alias}.deleted_at IS NULL AND ({alias}.zone = 'open' {hall_sees} \
           OR ($2 <> '' AND {alias}.zone = 'partner' AND EXISTS (SELECT 1 FROM agreements g WHERE g.community_id = {alias}.id AND g.host = $2)) \
           OR ($2 = '' AND EXISTS (SELECT 1 FROM memberships m WHERE m.community_id = {alias}.id AND m.actor_id = $1 AND m.state IN ('active', 'pending')))))"
    )
}

/// Communities in this alias whose room the requester may see.
pub(crate) fn rooms(alias: &str) -> String {
    let room = in_room(&format!("{alias}.id"), &format!("{alias}.zone"));
    format!("({alias}.deleted_at IS NULL AND ({alias}.zone = 'open' OR {room}))")
}
