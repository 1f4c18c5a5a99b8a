//! Another server, which says and answers exactly what a test wants, and remembers what it was sent.

use crate::http::{Answer, plain};
use activitypub::keys::{Ed25519KeyPair, RsaKeyPair};
use activitypub::signature::{self, MessageKey};
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use domain::time::{Clock, SystemClock};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use url::Url;

/// A scriptable server on loopback.
#[derive(Debug)]
pub struct Peer {
    /// Where it is reached.
    pub base: String,
    /// Its canonical host, with the port.
    pub host: String,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

#[derive(Debug, Default)]
struct Shared {
    pages: Mutex<HashMap<String, Page>>,
    only_takes: Mutex<Option<(Way, u16)>>,
    seen: Mutex<Vec<Seen>>,
}

/// Status, content type (or where a redirect leads), body.
type Page = (u16, String, Vec<u8>);

/// A request that came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub path: String,
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Seen {
    /// How it was signed; `None` if it was not.
    pub fn way(&self) -> Option<Way> {
        let text = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok());
        text("signature")?;
        match text("signature-input") {
            None => Some(Way::Cavage),
            Some(input) if input.contains("alg=\"ed25519\"") => Some(Way::Edwards),
            Some(_) => Some(Way::Message),
        }
    }
}

/// Somebody on a peer, with the private key in the test's hands.
#[derive(Debug, Clone)]
pub struct PeerActor {
    /// The actor's id.
    pub uri: String,
    /// The id of its key.
    pub key_id: String,
    /// Name over there.
    pub name: String,
    /// The key.
    pub key: Arc<RsaKeyPair>,
    /// Its other key, for RFC 9421 and for proofs.
    pub edwards: Arc<Ed25519KeyPair>,
    /// How its requests are signed.
    pub way: Way,
}

/// A way of signing requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// draft-cavage with RSA.
    Cavage,
    /// RFC 9421 with RSA.
    Message,
    /// RFC 9421 with Ed25519.
    Edwards,
}

impl Way {
    /// The header with the body's digest.
    pub fn digest(self) -> &'static str {
        if self == Self::Cavage { "digest" } else { "content-digest" }
    }

    /// The header that says what is signed.
    pub fn input(self) -> &'static str {
        if self == Self::Cavage { "signature" } else { "signature-input" }
    }
}

/// The type that `ActivityPub` documents are served with.
pub const ACTIVITY: &str = "application/activity+json";

impl Peer {
    /// Starts with nothing to say.
    pub async fn start() -> Self {
        Self::on("127.0.0.1").await
    }

    /// Starts with nothing to say, at every loopback address: as many hosts as one likes, which say the same. Its own
    /// name is the first.
    pub async fn everywhere() -> Self {
        Self::on("0.0.0.0").await
    }

    async fn on(ip: &str) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let host = format!("127.0.0.1:{}", listener.local_addr().unwrap().port());
        let (shared, stop) = (Arc::new(Shared::default()), CancellationToken::new());
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let ended = stop.clone();
        let serving = axum::serve(listener, router).with_graceful_shutdown(async move { ended.cancelled().await });
        TaskTracker::new().spawn(async move { serving.await });
        Self { base: format!("http://{host}"), host, shared, _stop: stop.drop_guard() }
    }

    /// An address on this server.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// From now on says this there. A path with a query is looked up with it.
    pub fn say(&self, path: &str, document: &Value) {
        self.answer(path, 200, ACTIVITY, document.to_string().into_bytes());
    }

    /// From now on answers this there.
    pub fn answer(&self, path: &str, status: u16, content_type: &str, body: Vec<u8>) {
        self.shared.pages.lock().unwrap().insert(path.to_owned(), (status, content_type.to_owned(), body));
    }

    /// From now on answers everything that is not signed this way with that status.
    pub fn only_takes(&self, way: Way, else_status: u16) {
        *self.shared.only_takes.lock().unwrap() = Some((way, else_status));
    }

    /// From now on leads from there to elsewhere.
    pub fn lead(&self, path: &str, to: &str) {
        self.answer(path, 302, to, Vec::new());
    }

    /// Somebody new, whose document and WebFinger stand there from now on.
    pub fn actor(&self, name: &str, kind: &str) -> PeerActor {
        let actor = self.actor_at(&format!("/users/{name}"), name, kind, &json!({}));
        let subject = format!("acct:{name}@{}", self.host);
        let link = json!({"rel": "self", "type": ACTIVITY, "href": actor.uri});
        let jrd = json!({"subject": subject, "links": [link]}).to_string().into_bytes();
        self.answer(&format!("/.well-known/webfinger?resource={subject}"), 200, "application/jrd+json", jrd);
        actor
    }

    /// Somebody new at a path of their server's own making, whose document says this besides.
    pub fn actor_at(&self, path: &str, name: &str, kind: &str, more: &Value) -> PeerActor {
        let uri = self.at(path);
        let actor = PeerActor {
            key_id: format!("{uri}#main-key"),
            uri,
            name: name.to_owned(),
            key: Arc::new(RsaKeyPair::generate().unwrap()),
            edwards: Arc::new(Ed25519KeyPair::generate().unwrap()),
            way: Way::Cavage,
        };
        let mut document = self.document(&actor, kind);
        for (field, value) in more.as_object().into_iter().flatten() {
            document[field] = value.clone();
        }
        self.say(path, &document);
        actor
    }

    /// From now on these are who a name stands for, each with the type that tells them apart.
    pub fn name(&self, name: &str, actors: &[(&PeerActor, &str)]) {
        let subject = format!("acct:{name}@{}", self.host);
        let link = |(actor, kind): &(&PeerActor, &str)| {
            json!({"rel": "self", "type": ACTIVITY, "href": actor.uri,
                "properties": {"https://www.w3.org/ns/activitystreams#type": kind}})
        };
        let links: Vec<Value> = actors.iter().map(link).collect();
        let jrd = json!({"subject": subject, "links": links}).to_string().into_bytes();
        self.answer(&format!("/.well-known/webfinger?resource={subject}"), 200, "application/jrd+json", jrd);
    }

    /// From now on says that it runs this.
    pub fn runs(&self, software: &str, version: &str) {
        let rel = "http://nodeinfo.diaspora.software/ns/schema/2.0";
        let links = json!({"links": [{"rel": rel, "href": self.at("/nodeinfo/2.0")}]});
        let info = json!({"version": "2.0", "software": {"name": software, "version": version}, "protocols": ["activitypub"]});
        for (path, document) in [("/.well-known/nodeinfo", links), ("/nodeinfo/2.0", info)] {
            self.answer(path, 200, "application/json", document.to_string().into_bytes());
        }
    }

    /// What an actor's document says.
    pub fn document(&self, actor: &PeerActor, kind: &str) -> Value {
        let uri = &actor.uri;
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": uri, "type": kind, "preferredUsername": actor.name, "name": actor.name,
            "inbox": format!("{uri}/inbox"), "outbox": format!("{uri}/outbox"), "followers": format!("{uri}/followers"),
            "endpoints": {"sharedInbox": self.at("/inbox")},
            "publicKey": {"id": actor.key_id, "owner": uri, "publicKeyPem": actor.key.public_pem()},
            "assertionMethod": [{
                "id": actor.edwards_id(), "type": "Multikey", "controller": uri,
                "publicKeyMultibase": actor.edwards.public_multibase(),
            }],
        })
    }

    /// Everything that came so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The activities that were delivered here so far.
    pub fn delivered(&self) -> Vec<Value> {
        let seen = self.seen();
        seen.iter().filter(|seen| seen.method == "POST").filter_map(|seen| serde_json::from_slice(&seen.body).ok()).collect()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string).replace("%3A", ":").replace("%40", "@");
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
    let page = shared.pages.lock().unwrap().get(&path).cloned();
    let taken = parts.method == Method::POST;
    let seen = Seen { method: parts.method.to_string(), path, headers: parts.headers, body };
    let way = seen.way();
    shared.seen.lock().unwrap().push(seen);
    if let Some((wanted, status)) = *shared.only_takes.lock().unwrap()
        && way != Some(wanted)
    {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    match page {
        Some((302, to, _)) => (StatusCode::FOUND, [("location", to)]).into_response(),
        Some((status, kind, body)) => (StatusCode::from_u16(status).unwrap(), [("content-type", kind)], body).into_response(),
        None if taken => StatusCode::ACCEPTED.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl PeerActor {
    /// The id of its other key.
    pub fn edwards_id(&self) -> String {
        format!("{}#ed25519-key", self.uri)
    }

    /// The same, signing another way.
    #[must_use]
    pub fn signing(&self, way: Way) -> Self {
        Self { way, ..self.clone() }
    }

    /// The headers that sign a request now.
    pub fn sign(&self, method: &Method, url: &str, body: Option<&[u8]>) -> Vec<(String, String)> {
        self.sign_at(method, url, body, SystemClock.now().seconds())
    }

    /// The same as of another time.
    pub fn sign_at(&self, method: &Method, url: &str, body: Option<&[u8]>, date: i64) -> Vec<(String, String)> {
        let kind = body.map(|_| ACTIVITY);
        let (method, url) = (method.as_str(), Url::parse(url).unwrap());
        match self.way {
            Way::Cavage => signature::sign(method, &url, date, body, &self.key_id, &self.key, kind),
            Way::Message => signature::sign_message(method, &url, date, body, &self.key_id, MessageKey::Rsa(&self.key), kind),
            Way::Edwards => {
                signature::sign_message(method, &url, date, body, &self.edwards_id(), MessageKey::Ed25519(&self.edwards), kind)
            }
        }
    }

    /// A signed `GET`.
    pub async fn get(&self, url: &str) -> Answer {
        let mut headers = self.sign(&Method::GET, url, None);
        headers.push(("accept".into(), ACTIVITY.into()));
        request(Method::GET, url, &headers, None).await
    }

    /// A signed delivery.
    pub async fn post(&self, url: &str, activity: &Value) -> Answer {
        self.post_bytes(url, activity.to_string().as_bytes()).await
    }

    /// The same of exactly these bytes.
    pub async fn post_bytes(&self, url: &str, body: &[u8]) -> Answer {
        let headers = self.sign(&Method::POST, url, Some(body));
        request(Method::POST, url, &headers, Some(body)).await
    }

    /// An activity of this actor.
    pub fn does(&self, kind: &str, id: &str, object: &Value) -> Value {
        json!({"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": kind, "actor": self.uri, "object": object})
    }

    /// A public note of this actor.
    pub fn note(&self, id: &str, content: &str) -> Value {
        json!({
            "id": id, "type": "Note", "attributedTo": self.uri, "content": format!("<p>{content}</p>"),
            "published": "2026-01-02T03:04:05Z", "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [format!("{}/followers", self.uri)],
        })
    }

    /// `Create` of a note; its id is the note's with `/create`.
    pub fn creates(&self, note: &Value) -> Value {
        let mut activity = self.does("Create", &format!("{}/create", note["id"].as_str().unwrap()), note);
        activity["to"] = note["to"].clone();
        activity["cc"] = note["cc"].clone();
        activity
    }
}

/// A request with exactly these headers.
pub async fn request(method: Method, url: &str, headers: &[(String, String)], body: Option<&[u8]>) -> Answer {
    let mut request = plain().request(method, url);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if let Some(body) = body {
        request = request.body(body.to_vec());
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, body: response.bytes().await.unwrap().to_vec() }
}
