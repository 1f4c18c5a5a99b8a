//! Activities of this hall: written once, delivered to many, fetchable by those who may see their object.

use crate::conn::{Conn, Row, Tx, params};
use crate::{Result, Store, Visible, scope};
use domain::id::{ActorId, CommunityId, PostId};
use domain::page::Page;
use domain::requester::Requester;
use serde_json::{Value, json};

/// An activity to be kept.
#[derive(Debug, Clone)]
pub struct NewActivity {
    /// Its id on the network.
    pub uri: String,
    /// Who acts.
    pub actor: ActorId,
    /// Its type.
    pub kind: String,
    /// The post it is about.
    pub post: Option<PostId>,
    /// The community it is in.
    pub community: Option<CommunityId>,
    /// The object's id on the network.
    pub object_uri: Option<String>,
    /// The JSON as sent.
    pub body: String,
    /// Everybody may fetch it.
    pub public: bool,
}

/// A kept activity.
#[derive(Debug, Clone)]
pub struct StoredActivity {
    /// Ours.
    pub id: i64,
    /// What was kept.
    pub activity: NewActivity,
    /// What it said of its post was taken out.
    pub hollow: bool,
}

const COLUMNS: &str = "id, uri, actor_id, kind, post_id, community_id, object_uri, body, public, hollow";

fn read(row: &Row) -> Result<StoredActivity> {
    Ok(StoredActivity {
        id: row.get(0)?,
        activity: NewActivity {
            uri: row.get(1)?,
            actor: ActorId(row.get(2)?),
            kind: row.get(3)?,
            post: row.get::<Option<i64>>(4)?.map(PostId),
            community: row.get::<Option<i64>>(5)?.map(CommunityId),
            object_uri: row.get(6)?,
            body: row.get(7)?,
            public: row.get(8)?,
        },
        hollow: row.get(9)?,
    })
}

/// Keeps an activity; gives its row. The same id again gives the first row, unchanged.
pub async fn keep(tx: &Tx, new: &NewActivity) -> Result<i64> {
    let sql = "INSERT INTO outbox_activities (id, uri, actor_id, kind, post_id, community_id, object_uri, body, public, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (uri) DO NOTHING";
    let n = new.clone();
    let values = params![
        tx.next_id(),
        n.uri,
        n.actor.0,
        n.kind,
        n.post.map(|id| id.0),
        n.community.map(|id| id.0),
        n.object_uri,
        n.body,
        n.public,
        tx.now().0
    ];
    tx.exec(sql, values).await?;
    tx.number("SELECT id FROM outbox_activities WHERE uri = $1", params![new.uri.clone()]).await
}

/// The condition that an activity `o` says of nothing deleted that it is there; that it was deleted is said.
pub(crate) const STANDS: &str = "NOT (o.kind IN ('Create', 'Update', 'Announce') AND o.uri NOT LIKE '%/announce/d-%' AND EXISTS \
    (SELECT 1 FROM posts p WHERE p.id = o.post_id AND p.deleted_at IS NOT NULL))";

/// What a post said is taken out of every activity that holds it; who was told stays, so that they can be told of its
/// end. There may be very many (everything that was ever passed on about the post), so they are read some at a time.
pub(crate) async fn hollow(tx: &Tx, post: PostId) -> Result<()> {
    let sql = "SELECT id, body FROM outbox_activities WHERE post_id = $1 AND id > $2 \
        AND kind IN ('Create', 'Update', 'Announce') AND uri NOT LIKE '%/announce/d-%' AND NOT hollow ORDER BY id LIMIT 100";
    let mut last = 0_i64;
    loop {
        let some = tx.all(sql, params![post.0, last]).await?;
        for row in &some {
            let body: String = row.get(1)?;
            last = row.get(0)?;
            // What this hall wrote it can read; if not, nothing is lost but the text.
            let mut body: Value = serde_json::from_str(&body).unwrap_or_default();
            if !body.is_null() && !without_text(&mut body) {
                continue;
            }
            tx.exec("UPDATE outbox_activities SET body = $2, hollow = TRUE WHERE id = $1", params![last, body.to_string()])
                .await?;
        }
        if some.is_empty() {
            return Ok(());
        }
    }
}

/// An activity about a tombstone, however deep it is wrapped, without the proof of the whole, which would be wrong.
/// `false`: it only names its object, and stays as it is.
fn without_text(activity: &mut Value) -> bool {
    let Some(members) = activity.as_object_mut() else { return false };
    let Some(object) = members.get_mut("object").filter(|object| object.is_object()) else { return false };
    if object.get("object").is_some() {
        if !without_text(object) {
            return false;
        }
    } else {
        *object = json!({ "id": object.get("id"), "type": "Tombstone" });
    }
    members.remove("proof");
    true
}

/// A kept activity by its id on the network.
pub async fn by_uri(conn: &Conn, uri: &str) -> Result<Option<StoredActivity>> {
    let sql = format!("SELECT {COLUMNS} FROM outbox_activities WHERE uri = $1");
    conn.one(&sql, params![uri]).await?.map(|row| read(&row)).transpose()
}

/// A kept activity by its row.
pub async fn by_id(conn: &Conn, id: i64) -> Result<Option<StoredActivity>> {
    let sql = format!("SELECT {COLUMNS} FROM outbox_activities WHERE id = $1");
    conn.one(&sql, params![id]).await?.map(|row| read(&row)).transpose()
}

/// An actor's `Create` and `Announce` activities about posts that the requester may see: what is for everybody, and
/// what a closed community announced to its members. Of what a community announced only its starters and their changes:
/// readers look at a few entries and take each for a post (`PieFed` at ten), and what was answered is found by the post.
/// One that was emptied and came back stands there by its id.
fn shown() -> String {
    format!(
        "outbox_activities WHERE actor_id = $3 AND (public OR community_id IS NOT NULL) AND kind IN ('Create', 'Announce') AND NOT hollow \
         AND (uri NOT LIKE '%/announce%' OR uri LIKE '%/announce/c' OR uri LIKE '%/announce/u-%' OR (uri LIKE '%/announce' \
         AND EXISTS (SELECT 1 FROM outbox_activities c WHERE c.uri = outbox_activities.uri || '/c' AND c.hollow))) \
         AND EXISTS (SELECT 1 FROM posts p WHERE p.id = outbox_activities.post_id AND {} \
         AND (outbox_activities.uri NOT LIKE '%/announce%' OR (p.in_reply_to IS NULL AND p.in_reply_to_uri IS NULL)))",
        scope::posts("p")
    )
}

/// What the requester may read of an actor's outbox, newest first.
pub async fn shown_of(store: &Store, requester: &Requester, actor: ActorId, page: &Page) -> Result<Vec<Visible<StoredActivity>>> {
    let sql = format!("SELECT {COLUMNS} FROM {} AND id < $4 AND id > $5 ORDER BY id DESC LIMIT {}", shown(), page.limit);
    let values = scope::who_and(requester, params![actor.0, page.below(), page.above()]);
    let rows = store.read().all(&sql, values).await?;
    rows.iter().map(|row| Ok(Visible::prove(requester, read(row)?))).collect()
}

/// How many those are.
pub async fn shown_count(store: &Store, requester: &Requester, actor: ActorId) -> Result<i64> {
    let sql = format!("SELECT COUNT(*) FROM {}", shown());
    store.read().number(&sql, scope::who_and(requester, params![actor.0])).await
}
