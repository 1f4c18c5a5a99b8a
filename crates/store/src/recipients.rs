//! From an audience that may leave the hall to inboxes. Computed right before queueing, and
//! checked again at the moment of sending.

use crate::conn::{Conn, json_list, params};
use crate::instances::shut;
use crate::{Result, StoreError};
use domain::audience::{OutboundAudience, Reach};
use domain::id::{ActorId, CommunityId, PostId};
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;
use std::sync::LazyLock;

/// Inboxes something may be sent to: folded to one per receiving server where the server offers it.
///
/// ```
/// use store::recipients::Recipients;
/// let nobody = Recipients::default();
/// assert!(nobody.is_empty() && nobody.community().is_none());
/// ```
/// Nobody else names one:
/// ```compile_fail,E0451
/// use store::recipients::Recipients;
/// let somebody = Recipients { inboxes: [("https://x.test/inbox".into(), "x.test".into())].into(), community: None };
/// ```
/// ```compile_fail,E0616
/// use store::recipients::Recipients;
/// let mut somebody = Recipients::default();
/// somebody.inboxes.insert(("https://x.test/inbox".into(), "x.test".into()));
/// ```
#[derive(Debug, Default)]
pub struct Recipients {
    inboxes: BTreeSet<(String, String)>,
    community: Option<CommunityId>,
}

impl Recipients {
    /// (inbox, canonical host), each once.
    pub fn inboxes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inboxes.iter().map(|(inbox, host)| (inbox.as_str(), host.as_str()))
    }

    /// The closed community whose members these are: sending asks again whether they still are.
    pub fn community(&self) -> Option<CommunityId> {
        self.community
    }

    /// Nobody.
    pub fn is_empty(&self) -> bool {
        self.inboxes.is_empty()
    }

    /// How many inboxes.
    pub fn len(&self) -> usize {
        self.inboxes.len()
    }

    /// The first so many of those after this inbox.
    #[must_use]
    pub fn after(&self, inbox: &str, most: usize) -> Self {
        let inboxes = self.inboxes.iter().filter(|(this, _)| this.as_str() > inbox).take(most).cloned().collect();
        Self { inboxes, community: self.community }
    }

    /// These and those; a closed community's recipients stay bound to it.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.inboxes.extend(other.inboxes);
        self.community = self.community.or(other.community);
        self
    }

    /// Without the inboxes of these hosts.
    #[must_use]
    pub fn without_hosts(mut self, hosts: &HashSet<String>) -> Self {
        self.inboxes.retain(|(_, host)| !hosts.contains(host));
        self
    }

    /// The inboxes that are on these servers, or those that are on none of them. What runs on a server is known by where it
    /// is, which the hosts of handles need not say.
    #[must_use]
    pub fn of_servers(mut self, servers: &HashSet<String>, on: bool) -> Self {
        let server = |inbox: &str| Some(inbox.split_once("://")?.1.split('/').next()?.to_owned());
        self.inboxes.retain(|(inbox, _)| server(inbox).is_some_and(|server| servers.contains(&server)) == on);
        self
    }

    /// Without the inboxes of this host.
    #[must_use]
    pub fn without_host(mut self, host: &str) -> Self {
        self.inboxes.retain(|(_, h)| h != host);
        self
    }
}

const INBOX: &str = "COALESCE(a.shared_inbox, a.inbox), a.host";

/// An actor of another instance that can be sent something.
static REMOTE: LazyLock<String> =
    LazyLock::new(|| format!("a.host IS NOT NULL AND a.inbox IS NOT NULL AND a.deleted_at IS NULL AND NOT {}", shut("a.host")));

async fn gather(conn: &Conn, sql: &str, values: Vec<sea_orm::Value>, community: Option<CommunityId>) -> Result<Recipients> {
    let mut inboxes = BTreeSet::new();
    for row in conn.scan(sql.to_owned(), values).await? {
        inboxes.insert((row.get(0)?, row.get(1)?));
    }
    Ok(Recipients { inboxes, community })
}

/// For a post by its author: followers and mentioned people as far as the audience reaches, and the
/// community's own inbox where another hall hosts it.
pub async fn of_post(conn: &Conn, audience: OutboundAudience, author: ActorId, post: PostId) -> Result<Recipients> {
    let remote = &*REMOTE;
    // Who blocked the author is sent nothing more.
    let mentioned = format!(
        "SELECT DISTINCT {INBOX} FROM post_mentions pm JOIN actors a ON a.id = pm.actor_id WHERE pm.post_id = $1 AND {remote} \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = a.id AND b.target_id = $2)"
    );
    let followers = format!(
        "SELECT DISTINCT {INBOX} FROM follows f JOIN actors a ON a.id = f.follower_id WHERE f.target_id = $1 AND f.state = 'active' AND {remote} \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = a.id AND b.target_id = $1)"
    );
    match audience.reach() {
        Reach::World { community, .. } => {
            let mut all = gather(conn, &mentioned, params![post.0, author.0], None)
                .await?
                .and(gather(conn, &followers, params![author.0], None).await?);
            if let Some(community) = community {
                all = all.and(host_of(conn, community).await?);
            }
            Ok(all)
        }
        Reach::Members { community, .. } => host_of(conn, community).await,
        Reach::Followers => Ok(gather(conn, &mentioned, params![post.0, author.0], None)
            .await?
            .and(gather(conn, &followers, params![author.0], None).await?)),
        Reach::Mentioned => gather(conn, &mentioned, params![post.0, author.0], None).await,
    }
}

/// The inbox of a community that another hall hosts; nobody for one of ours.
pub async fn host_of(conn: &Conn, community: CommunityId) -> Result<Recipients> {
    let remote = &*REMOTE;
    // The group's own inbox, not the shared one: this is addressed to the group.
    let sql = format!(
        "SELECT a.inbox, a.host FROM communities c JOIN actors a ON a.id = c.actor_id WHERE c.id = $1 AND c.local = FALSE AND {remote}"
    );
    gather(conn, &sql, params![community.0], None).await
}

/// The remote members of a community hosted here, but for those who blocked `author`. Of a partner community only those
/// whose organisation is named; of an internal one nobody.
pub async fn members(conn: &Conn, community: CommunityId, author: Option<ActorId>) -> Result<Recipients> {
    let remote = &*REMOTE;
    let sql = format!(
        "SELECT DISTINCT {INBOX} FROM memberships m JOIN communities c ON c.id = m.community_id JOIN actors a ON a.id = m.actor_id \
         WHERE m.community_id = $1 AND m.state = 'active' AND c.local AND c.deleted_at IS NULL AND {remote} \
         AND (c.zone = 'open' OR (c.zone = 'partner' AND EXISTS (SELECT 1 FROM agreements g WHERE g.community_id = c.id AND g.host = a.host))) \
         AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.actor_id = a.id AND b.target_id = $2)"
    );
    let closed = conn.exists("SELECT 1 FROM communities WHERE id = $1 AND zone <> 'open'", params![community.0]).await?;
    gather(conn, &sql, params![community.0, author.map_or(0, |author| author.0)], closed.then_some(community)).await
}

/// Particular actors, at their own inboxes.
pub async fn directly(conn: &Conn, actors: &[ActorId]) -> Result<Recipients> {
    let remote = &*REMOTE;
    let sql = format!("SELECT a.inbox, a.host FROM actors a WHERE {} AND {remote}", conn.in_list("a.id", 1));
    gather(conn, &sql, params![json_list(actors.iter().map(|id| id.0))], None).await
}

/// The servers of particular actors: whatever comes there by a shared inbox is looked at, whomever it is about.
pub async fn servers_of(conn: &Conn, actors: &[ActorId]) -> Result<Recipients> {
    let remote = &*REMOTE;
    let sql = format!("SELECT DISTINCT {INBOX} FROM actors a WHERE {} AND {remote}", conn.in_list("a.id", 1));
    gather(conn, &sql, params![json_list(actors.iter().map(|id| id.0))], None).await
}

/// The author of another hall's post, at their own inbox. In a closed community hosted here they are reached only as
/// long as they are a member of it.
pub async fn author_of(conn: &Conn, post: PostId) -> Result<Recipients> {
    let remote = &*REMOTE;
    let sql = format!(
        "SELECT a.inbox, a.host, CASE WHEN p.reach = 'members' AND c.local THEN c.id END FROM posts p JOIN actors a ON a.id = p.actor_id \
         LEFT JOIN communities c ON c.id = p.community_id WHERE p.id = $1 AND p.deleted_at IS NULL AND {remote}"
    );
    let Some(row) = conn.one(&sql, params![post.0]).await? else { return Ok(Recipients::default()) };
    let community = row.get::<Option<i64>>(2)?.map(CommunityId);
    Ok(Recipients { inboxes: BTreeSet::from([(row.get(0)?, row.get(1)?)]), community })
}

/// Who voted in a poll that everybody may see, for news of its count.
pub async fn voters(conn: &Conn, post: PostId) -> Result<Recipients> {
    let remote = &*REMOTE;
    let sql =
        format!("SELECT DISTINCT {INBOX} FROM poll_votes v JOIN actors a ON a.id = v.actor_id WHERE v.post_id = $1 AND {remote}");
    gather(conn, &sql, params![post.0], None).await
}

/// Wherever this actor sent something of this, to whomever that was: for the news that it is gone. Who got it as a member
/// of a closed community is told as one.
pub async fn told(conn: &Conn, by: ActorId, object_uri: &str) -> Result<Recipients> {
    let sql = format!(
        "SELECT DISTINCT l.inbox, l.host FROM release_ledger l JOIN outbox_activities o ON o.uri = l.activity_uri \
         WHERE l.object_uri = $1 AND o.actor_id = $2 AND l.community_id IS NULL AND NOT {}",
        shut("l.host")
    );
    gather(conn, &sql, params![object_uri, by.0], None).await
}

/// The hosts that run one of these and hear what a community hosted here passes on: its members', and those it told of
/// `told_of`.
pub async fn hear(conn: &Conn, community: CommunityId, told_of: Option<&str>, software: &[&str]) -> Result<HashSet<String>> {
    let runs = conn.in_texts("i.software", 2);
    let mut sql = format!(
        "SELECT a.host FROM memberships m JOIN communities c ON c.id = m.community_id JOIN actors a ON a.id = m.actor_id \
         JOIN instances i ON i.host = a.host WHERE m.community_id = $1 AND m.state = 'active' AND c.deleted_at IS NULL AND {runs}"
    );
    let mut values = params![community.0, list(software)?];
    if let Some(object) = told_of {
        let _ = write!(
            sql,
            " UNION SELECT l.host FROM release_ledger l JOIN outbox_activities o ON o.uri = l.activity_uri \
             JOIN communities c ON c.actor_id = o.actor_id JOIN instances i ON i.host = l.host \
             WHERE l.object_uri = $3 AND c.id = $1 AND {runs}"
        );
        values.extend(params![object]);
    }
    conn.scan(sql, values).await?.iter().map(|row| row.get(0)).collect()
}

fn list(texts: &[&str]) -> Result<String> {
    serde_json::to_string(texts).map_err(|error| StoreError::Other(error.to_string()))
}

/// The hosts that say they run one of these.
pub async fn running(conn: &Conn, software: &[&str]) -> Result<HashSet<String>> {
    let sql = format!("SELECT host FROM instances WHERE {}", conn.in_texts("software", 1));
    conn.scan(sql, params![list(software)?]).await?.iter().map(|row| row.get(0)).collect()
}

/// An actor's followers elsewhere, for news about the actor itself.
pub async fn followers(conn: &Conn, actor: ActorId) -> Result<Recipients> {
    let remote = &*REMOTE;
    let sql = format!(
        "SELECT DISTINCT {INBOX} FROM follows f JOIN actors a ON a.id = f.follower_id WHERE f.target_id = $1 AND f.state = 'active' AND {remote}"
    );
    gather(conn, &sql, params![actor.0], None).await
}
