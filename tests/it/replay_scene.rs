//! A hall and, on loopback, one peer per host that a payload names. Addresses are moved there, keys are the test's,
//! and everything goes the way it goes in life: signed, into the inbox, through the queue, to the use case.

use crate::replay_words::{actors_named, group_like, origin_of, things_named};
use activitypub::keys::RsaKeyPair;
use domain::audience::Visibility;
use domain::id::ActorId;
use domain::membership::{MembershipState, Role};
use domain::zone::Zone;
use kit::{Community, Hall, Peer, PeerActor, Person, eventually, poll::PATIENCE};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;

/// What here an address of a payload stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ours {
    /// Somebody with an account here.
    Person,
    /// An open community hosted here.
    Group,
    /// A public post of that person.
    Post,
    /// A post in that community.
    PostInGroup,
}

/// The addresses that the project's own payloads use for what is here.
pub const HERE: [(&str, Ours); 4] = [
    ("https://hall.example/person", Ours::Person),
    ("https://hall.example/group", Ours::Group),
    ("https://hall.example/post", Ours::Post),
    ("https://hall.example/post-in-group", Ours::PostInGroup),
];

/// One hall with its peers.
pub struct Scene {
    pub hall: Hall,
    pub ada: Person,
    pub gardens: Community,
    peers: BTreeMap<String, Peer>,
    ours: HashMap<String, String>,
    documents: HashMap<String, Value>,
}

/// One key for everybody: what is looked at here is not cryptography.
fn key() -> Arc<RsaKeyPair> {
    static KEY: OnceLock<Arc<RsaKeyPair>> = OnceLock::new();
    KEY.get_or_init(|| Arc::new(RsaKeyPair::generate().unwrap())).clone()
}

impl Scene {
    pub async fn new() -> Self {
        let hall = Hall::start("Replay").await;
        let ada = hall.person("ada").await;
        let gardens = hall.community(&ada, "gardens", Zone::Open, &[]).await;
        let post = hall.post(&ada, "something public", Visibility::Public).await;
        let inside = hall.post_in(&ada, &gardens, "something in the gardens").await;
        let mut scene = Self { hall, ada, gardens, peers: BTreeMap::new(), ours: HashMap::new(), documents: HashMap::new() };
        for (address, ours) in HERE {
            let here = match ours {
                Ours::Person => format!("{}/a/{}", scene.hall.base, scene.ada.actor),
                Ours::Group => format!("{}/a/{}", scene.hall.base, scene.gardens.actor),
                Ours::Post => format!("{}/p/{post}", scene.hall.base),
                Ours::PostInGroup => format!("{}/p/{inside}", scene.hall.base),
            };
            scene.ours.insert(address.to_owned(), here);
        }
        scene
    }

    /// From now on this address means something here.
    pub fn stands_for(&mut self, address: &str, ours: Ours) {
        let wanted = HERE.iter().find(|(_, one)| *one == ours).map(|(address, _)| *address).unwrap();
        let here = self.ours[wanted].clone();
        self.ours.insert(address.to_owned(), here);
    }

    /// The same payload with every address moved to where it is answered here.
    pub async fn moved(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.address(text).await),
            Value::Array(items) => {
                let mut moved = Vec::with_capacity(items.len());
                for item in items {
                    moved.push(Box::pin(self.moved(item)).await);
                }
                Value::Array(moved)
            }
            Value::Object(map) => {
                let mut moved = serde_json::Map::new();
                for (name, field) in map {
                    let stays = matches!(name.as_str(), "@context" | "content" | "contentMap" | "summary" | "source" | "name");
                    moved.insert(name.clone(), if stays { field.clone() } else { Box::pin(self.moved(field)).await });
                }
                Value::Object(moved)
            }
            other => other.clone(),
        }
    }

    pub async fn address(&mut self, text: &str) -> String {
        if let Some(here) = self.ours.get(text) {
            return here.clone();
        }
        let below = |(known, here): (&String, &String)| {
            Some(format!("{here}{}", text.strip_prefix(&format!("{known}/")).map(|rest| format!("/{rest}"))?))
        };
        if let Some(here) = self.ours.iter().find_map(below) {
            return here;
        }
        let Some((host, rest)) = origin_of(text) else { return text.to_owned() };
        if host == "www.w3.org" || rest.starts_with("/ns/") {
            return text.to_owned();
        }
        if !self.peers.contains_key(&host) {
            self.peers.insert(host.clone(), Peer::start().await);
        }
        format!("{}{rest}", self.peers[&host].base)
    }

    /// Keeps a (moved) document at its own address; an actor gets the test's key.
    pub fn keep(&mut self, document: &Value) {
        let Some(id) = document["id"].as_str().map(str::to_owned) else { return };
        let mut document = document.clone();
        document["@context"] = json!("https://www.w3.org/ns/activitystreams");
        if document["inbox"].is_string() {
            let named = document["publicKey"]["id"].as_str().filter(|key| key.starts_with(&id)).map(str::to_owned);
            let key_id = named.unwrap_or_else(|| format!("{id}#main-key"));
            document["publicKey"] = json!({"id": key_id, "owner": id, "publicKeyPem": key().public_pem()});
        }
        let Some(peer) = self.peers.values().find(|peer| id.starts_with(&format!("{}/", peer.base)) || id == peer.base) else {
            return;
        };
        let path = id[peer.base.len()..].split('#').next().unwrap();
        peer.say(if path.is_empty() { "/" } else { path }, &document);
        self.documents.insert(id, document);
    }

    /// Makes up whatever a (moved) payload names and nobody has shown yet.
    pub fn complete(&mut self, payload: &Value) {
        for uri in actors_named(payload) {
            self.make_up_actor(&uri);
        }
        let by = payload["actor"].as_str().or_else(|| payload["actor"]["id"].as_str()).map(str::to_owned);
        for uri in things_named(payload) {
            if self.documents.contains_key(&uri) || uri.starts_with(&self.hall.base) {
                continue;
            }
            let Some(base) = self.base_of(&uri) else { continue };
            let author = by.clone().filter(|by| by.starts_with(&base) && !group_like(by));
            let author = author.unwrap_or_else(|| format!("{base}/users/somebody"));
            self.make_up_actor(&author);
            let group = actors_named(payload).into_iter().find(|uri| group_like(uri) && !uri.starts_with(&self.hall.base));
            let to = json!(["https://www.w3.org/ns/activitystreams#Public"]);
            let mut note = json!({
                "id": uri, "type": "Note", "attributedTo": author, "content": "<p>made up</p>", "to": to, "cc": [],
                "published": "2021-01-01T00:00:00Z",
            });
            if let Some(group) = group {
                note["audience"] = json!(group);
                note["cc"] = json!([group]);
            }
            self.keep(&note);
        }
    }

    fn base_of(&self, uri: &str) -> Option<String> {
        self.peers.values().map(|peer| peer.base.clone()).find(|base| uri.starts_with(&format!("{base}/")))
    }

    fn make_up_actor(&mut self, uri: &str) {
        if self.documents.contains_key(uri) || self.base_of(uri).is_none() {
            return;
        }
        let name: String = uri.rsplit('/').next().unwrap_or("x").chars().filter(char::is_ascii_alphanumeric).collect();
        let kind = if group_like(uri) { "Group" } else { "Person" };
        let mut actor = json!({
            "id": uri, "type": kind, "preferredUsername": if name.is_empty() { "x".to_owned() } else { name },
            "inbox": format!("{uri}/inbox"), "outbox": format!("{uri}/outbox"), "followers": format!("{uri}/followers"),
        });
        if kind == "Group" {
            actor["attributedTo"] = json!(format!("{uri}/moderators"));
            actor["featured"] = json!(format!("{uri}/featured"));
        }
        self.keep(&actor);
    }

    /// Somebody over there, who signs.
    pub fn signer(&self, uri: &str) -> PeerActor {
        let document = &self.documents[uri];
        PeerActor {
            uri: uri.to_owned(),
            key_id: document["publicKey"]["id"].as_str().unwrap().to_owned(),
            name: document["preferredUsername"].as_str().unwrap_or_default().to_owned(),
            key: key(),
            edwards: std::sync::Arc::new(activitypub::keys::Ed25519KeyPair::generate().unwrap()),
            way: kit::Way::Cavage,
        }
    }

    /// Whether this is a group that a peer shows.
    pub fn is_group(&self, uri: &str) -> bool {
        self.documents.get(uri).is_some_and(|document| document["type"] == "Group")
    }

    /// `ada` looks for an address, so that it is known here.
    pub async fn look_up(&self, uri: &str) {
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", uri).finish();
        self.hall.as_person(&self.ada).get(&format!("/api/v2/search?resolve=true&{query}")).await;
    }

    async fn actor_id(&self, uri: &str) -> Option<ActorId> {
        store::actors::id_by_uri(self.hall.store.read(), uri).await.unwrap()
    }

    /// `ada` follows this person, or is in this group, as far as either exists.
    pub async fn be_near(&self, uri: &str) {
        self.look_up(uri).await;
        let Some(actor) = self.actor_id(uri).await else { return };
        if let Some(id) = store::communities::of_actor(self.hall.store.read(), actor).await.unwrap() {
            let community = Community { id, actor, handle: String::new() };
            self.hall.put(&community, self.ada.actor, Role::Member, MembershipState::Active).await;
            return;
        }
        let follow = format!(
            "INSERT INTO follows (follower_id, target_id, state, created_at) VALUES ({}, {actor}, 'active', 0) ON CONFLICT DO NOTHING",
            self.ada.actor
        );
        self.hall.db.raw().await.run(&follow).await;
    }

    /// `ada` asks to follow whoever this is; from then on the asking activity's address is known.
    pub async fn ask(&mut self, uri: &str, asked: Option<&str>) {
        self.look_up(uri).await;
        let actor = self.actor_id(uri).await.unwrap();
        self.hall.as_person(&self.ada).post(&format!("/api/v1/accounts/{actor}/follow"), &json!({})).await;
        let Some(asked) = asked else { return };
        let raw = Mutex::new(self.hall.db.raw().await);
        let sql = format!("SELECT uri FROM outbox_activities WHERE object_uri = '{uri}'");
        let found = eventually(PATIENCE, || async { raw.lock().await.rows(&sql).await.pop() }).await.unwrap();
        self.ours.insert(asked.to_owned(), found[0].clone());
    }

    /// Delivers a (moved) activity signed by its actor, and gives what became of it.
    pub async fn deliver(&self, activity: &Value) -> String {
        let actor = activity["actor"].as_str().or_else(|| activity["actor"]["id"].as_str()).unwrap_or_default().to_owned();
        let Some(id) = activity["id"].as_str() else { return "no id".to_owned() };
        if !self.documents.contains_key(&actor) {
            return format!("nobody signs as {actor}");
        }
        let answer = self.signer(&actor).post(&format!("{}/inbox", self.hall.base), activity).await;
        if answer.status != 202 {
            return format!("answered {}: {}", answer.status, answer.value()["code"].as_str().unwrap_or_default());
        }
        let raw = Mutex::new(self.hall.db.raw().await);
        let sql = format!("SELECT outcome FROM inbox_queue WHERE activity_uri || ' ' LIKE '{id} %' AND outcome IS NOT NULL");
        let outcome = eventually(PATIENCE, || async { raw.lock().await.rows(&sql).await.pop() }).await;
        outcome.map_or_else(|| "nothing".to_owned(), |row| row[0].clone())
    }
}
