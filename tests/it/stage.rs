//! A hall with an honest peer and a hostile one, for what must be refused.

use domain::audience::Visibility;
use domain::id::PostId;
use domain::peers::Peers;
use domain::zone::{Door, JoinPolicy, Zone};
use kit::poll::becomes;
use kit::{Answer, Client, Community, Hall, Peer, PeerActor, Person, Way};
use serde_json::{Value, json};
use store::instances;

tokio::task_local! {
    /// With whom a stage's hall federates, where it is not everybody; both peers are on its list.
    pub static AMONG: Peers;
}

/// Puts a host on a hall's list, or takes it off.
pub async fn list(hall: &Hall, host: &str, listed: bool) {
    let host = host.to_owned();
    hall.store.write(move |tx| Box::pin(async move { instances::set_listed(tx, &host, listed).await })).await.unwrap();
}

/// The scene.
pub struct Stage {
    pub hall: Hall,
    pub honest: Peer,
    pub hostile: Peer,
    /// On the honest peer, followed by `ada`.
    pub vic: PeerActor,
    /// On the hostile peer, with a neighbour there.
    pub mal: PeerActor,
    pub neighbour: PeerActor,
    pub ada: Person,
    pub open: Community,
    pub inner: Community,
    pub inside: PostId,
}

impl Stage {
    pub async fn new() -> Self {
        Self::signing(Way::Cavage).await
    }

    /// The same, with everybody elsewhere signing this way.
    pub async fn signing(way: Way) -> Self {
        let peers = AMONG.try_with(|peers| *peers).unwrap_or_default();
        let hall = Hall::with("Stage", |config| config.federation = peers).await;
        let (honest, hostile) = (Peer::start().await, Peer::start().await);
        for peer in [&honest, &hostile] {
            list(&hall, &peer.host, true).await;
        }
        let vic = honest.actor("vic", "Person").signing(way);
        let (mal, neighbour) = (hostile.actor("mal", "Person").signing(way), hostile.actor("neighbour", "Person").signing(way));
        let ada = hall.person("ada").await;
        let open = hall.community(&ada, "gardens", Zone::Open, &[]).await;
        let inner = hall.community_with(&ada, "cellar", Zone::Internal, Door::Members, JoinPolicy::Open, &[]).await;
        let inside = hall.post_in(&ada, &inner, "CNRYinside").await;
        let stage = Self { hall, honest, hostile, vic, mal, neighbour, ada, open, inner, inside };
        stage.follow_vic().await;
        stage
    }

    async fn follow_vic(&self) {
        let client = self.client();
        let found = client.read(&format!("/api/v2/search?resolve=true&q=%40vic%40{}", self.honest.host)).await;
        let id = found["accounts"][0]["id"].as_str().unwrap().to_owned();
        client.post(&format!("/api/v1/accounts/{id}/follow"), &json!({})).await;
        let follow = || async { self.honest.delivered().into_iter().find(|activity| activity["type"] == "Follow") };
        let follow = kit::eventually(kit::poll::PATIENCE, follow).await.unwrap();
        let accept = self.vic.does("Accept", &self.honest.at("/accept/1"), &follow);
        assert_eq!(self.vic.post(&self.inbox(), &accept).await.status, 202);
        becomes("the follow", || async {
            client.read(&format!("/api/v1/accounts/relationships?id[]={id}")).await[0]["following"] == true
        })
        .await;
    }

    pub fn client(&self) -> Client {
        self.hall.as_person(&self.ada)
    }

    pub fn inbox(&self) -> String {
        format!("{}/inbox", self.hall.base)
    }

    /// An id on the hostile, and on the honest peer.
    pub fn bad(&self, path: &str) -> String {
        self.hostile.at(path)
    }

    pub fn good(&self, path: &str) -> String {
        self.honest.at(path)
    }

    /// A note of `vic`, received, and kept at its place over there.
    pub async fn known_note(&self, path: &str, text: &str) -> Value {
        let note = self.vic.note(&self.good(path), text);
        self.honest.say(path, &note);
        assert_eq!(self.vic.post(&self.inbox(), &self.vic.creates(&note)).await.status, 202);
        let uri = self.good(path);
        becomes("the note is here", || async { store::posts::id_by_uri(self.hall.store.read(), &uri).await.unwrap().is_some() })
            .await;
        note
    }

    /// Lets everything that was received be looked at, what it leads to be read elsewhere, and what is told be sent.
    /// What waits for a host that is away, or that took no earlier one, is not waited for.
    pub async fn settled(&self) {
        becomes("what was received is looked at", || async {
            // What is queued while this is asked is due only then, and counts as well.
            let now = self.hall.store.clock().now().0;
            let soon = now + 2 * domain::time::SECOND;
            let sql = format!(
                "SELECT (SELECT COUNT(*) FROM inbox_queue WHERE state = 'waiting' AND (attempts = 0 OR claimed_by > 0)) \
                 + (SELECT COUNT(*) FROM effects WHERE state = 'waiting' AND (attempts = 0 OR claimed_by > 0)) \
                 + (SELECT COUNT(*) FROM fetch_jobs WHERE state = 'waiting' AND due_at <= {soon} AND (attempts = 0 OR leased_until >= {now})) \
                 + (SELECT COUNT(*) FROM deliveries d JOIN instances i ON i.host = d.host WHERE d.state = 'waiting' \
                    AND (i.claimed_by > 0 OR (d.attempts = 0 AND i.failures = 0 AND i.due_at <= {soon})))"
            );
            self.hall.db.raw().await.number(&sql).await == 0
        })
        .await;
    }

    /// What others could have changed.
    pub async fn state(&self) -> Vec<Vec<String>> {
        self.settled().await;
        let vic = &self.vic.uri;
        let mut raw = self.hall.db.raw().await;
        let mut all = Vec::new();
        for sql in [
            "SELECT uri, html, in_reply_to, deleted_at, replies_count, boosts_count, favourites_count FROM posts ORDER BY id",
            "SELECT follower_id, target_id, state FROM follows ORDER BY 1, 2",
            "SELECT community_id, actor_id, role, state FROM memberships ORDER BY 1, 2",
            "SELECT actor_id, post_id FROM favourites ORDER BY 1, 2",
            "SELECT kind, actor_id, post_id FROM notifications ORDER BY id",
            &format!(
                "SELECT uri, name, inbox, key_id, key_pem, deleted_at FROM actors WHERE uri = '{vic}' OR host IS NULL ORDER BY id"
            ),
            "SELECT zone, door, join_policy, purpose FROM communities WHERE local ORDER BY id",
        ] {
            all.extend(raw.rows(sql).await);
        }
        all
    }

    /// Delivers something; nothing may come of it. Gives the answer.
    pub async fn in_vain(&self, actor: &PeerActor, activity: &Value) -> Answer {
        let before = self.state().await;
        let answer = actor.post(&self.inbox(), activity).await;
        assert_eq!(self.state().await, before, "{} {}: {activity}", answer.status, answer.text());
        answer
    }

    /// Something public that `ada` wrote.
    pub async fn public_post(&self, text: &str) -> (PostId, String) {
        let post = self.hall.post(&self.ada, text, Visibility::Public).await;
        (post, format!("{}/p/{post}", self.hall.base))
    }
}
