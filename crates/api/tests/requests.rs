//! The API from the outside: requests in, answers out, over a real store.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

use app::accounts::create;
use app::oauth::issue;
use app::{Hall, Registrations, Settings};
use auth::{Gate, GateOptions};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use domain::time::{SystemClock, SystemRandom};
use serde_json::{Value, json};
use std::sync::Arc;
use store::sealed::Sealer;
use store::{Options, Store};
use tower::ServiceExt;

const BASE: &str = "/api/guildhall/v1";

struct World {
    hall: Hall,
    router: Router,
    _folder: tempfile::TempDir,
}

/// Status, headers and body.
struct Reply {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What was made or read, without a doubt.
    fn good(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json()
    }

    /// Status and code of an error.
    fn refused(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or_default().to_owned())
    }
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("hall.db").display());
    let sealer = Sealer::new(&[1; 32]);
    let options = Options { url, readers: 2, sealer, clock: Arc::new(SystemClock), random: Arc::new(SystemRandom), locks: None };
    let store = Store::open(options).await.unwrap();
    store.migrate().await.unwrap();
    let settings = Settings {
        base_url: "https://hall.test".parse().unwrap(),
        handle_domain: "hall.test".into(),
        organisation: "Test".into(),
        registrations: Registrations::Closed,
        peers: domain::peers::Peers::Everybody,
        insecure: true,
    };
    let hall = Hall::new(store, settings);
    let gate = Gate::new(hall.clone(), &GateOptions { rate_limits: false, ..GateOptions::default() }).unwrap();
    World { hall, router: api::router(gate), _folder: folder }
}

impl World {
    /// A person's id and token.
    async fn person(&self, handle: &str) -> (String, String) {
        let wanted = create::Wanted {
            handle: handle.into(),
            name: String::new(),
            email: format!("{handle}@hall.test"),
            password_hash: None,
            admin: false,
        };
        let created = create::create(&self.hall, wanted).await.unwrap();
        (created.actor.to_string(), issue::issue(&self.hall, handle, "read write follow").await.unwrap())
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Reply { status: parts.status.as_u16(), headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str, token: &str) -> Reply {
        self.ask("GET", path, token, None, &[]).await
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> Reply {
        self.ask("POST", path, token, Some(body), &[]).await
    }

    async fn ask(&self, method: &str, path: &str, token: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("{BASE}{path}"));
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    /// A community's id.
    async fn community(&self, lead: &str, more: Value) -> String {
        let mut body = json!({ "handle": "testing", "name": "Testing" });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        let made = self.post("/communities", lead, body).await.good(201);
        made["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_community_is_started_found_and_shown() {
    let world = world().await;
    let (_, ada) = world.person("ada").await;
    let body = json!({ "handle": "testing", "name": "Testing", "purpose": "To test.", "zone": "open", "join": "open" });
    let made = world.post("/communities", &ada, body).await;
    let location = made.header("location").unwrap().to_owned();
    let made = made.good(201);
    assert_eq!(location, format!("{BASE}/communities/{}", made["id"].as_str().unwrap()));
    assert_eq!(made["membership"], json!({ "role": "lead", "state": "active", "exclusive": false, "replies": "list" }));
    assert_eq!((&made["members"], &made["zone"], &made["acct"]), (&json!(1), &json!("open"), &json!("testing")));
    let seen = world.get("/communities/lookup?acct=%40testing%40hall.test", "").await.good(200);
    assert_eq!((&seen["id"], &seen["purpose"], &seen["membership"]), (&made["id"], &json!("To test."), &Value::Null));
    assert_eq!(world.get("/communities?which=mine", &ada).await.good(200)[0]["id"], made["id"]);
    assert_eq!(world.get("/communities?which=mine", "").await.refused(), (403, "sign_in_first".into()));
    assert_eq!(world.get("/communities?which=elsewhere", &ada).await.good(200), json!([]));
}

#[tokio::test]
async fn the_door_shows_no_figures_and_the_room_is_not_there_from_outside() {
    let world = world().await;
    let ((_, ada), (_, bob)) = (world.person("ada").await, world.person("bob").await);
    let id = world.community(&ada, json!({})).await;
    world.post(&format!("/communities/{id}/posts"), &ada, json!({ "text": "canary" })).await.good(201);
    let door = world.get(&format!("/communities/{id}"), &bob).await.good(200);
    assert_eq!((&door["room"], &door["members"], &door["partners"]), (&json!(false), &Value::Null, &Value::Null));
    for room in ["members", "posts", "posts?what=starters", "resources", "requests"] {
        let unseen = world.get(&format!("/communities/{id}/{room}"), &bob).await;
        let unknown = world.get(&format!("/communities/113456789012345678/{room}"), &bob).await;
        assert_eq!((unseen.status, &unseen.text), (404, &unknown.text), "{room}");
        assert!(world.get(&format!("/communities/{id}/{room}"), &ada).await.status == 200, "{room}");
    }
    let refused = world.post(&format!("/communities/{id}/posts"), &bob, json!({ "text": "a" })).await;
    let unknown = world.post("/communities/113456789012345678/posts", &bob, json!({ "text": "a" })).await;
    assert_eq!((refused.status, &refused.text), (404, &unknown.text));
    for stranger in ["", "/members", "/posts"] {
        assert_eq!(world.get(&format!("/communities/{id}{stranger}"), "").await.status, 404, "{stranger}");
    }
}

#[tokio::test]
async fn a_hidden_community_is_answered_like_one_that_never_was() {
    let world = world().await;
    let ((_, ada), (_, bob)) = (world.person("ada").await, world.person("bob").await);
    let id = world.community(&ada, json!({ "door": "members" })).await;
    for (method, path) in [
        ("GET", ""),
        ("GET", "/posts"),
        ("GET", "/members"),
        ("GET", "/requests"),
        ("POST", "/join"),
        ("POST", "/leave"),
        ("POST", "/requests/1/accept"),
    ] {
        let unseen = world.ask(method, &format!("/communities/{id}{path}"), &bob, None, &[]).await;
        let unknown = world.ask(method, &format!("/communities/113456789012345678{path}"), &bob, None, &[]).await;
        let misread = world.ask(method, &format!("/communities/x{path}"), &bob, None, &[]).await;
        assert_eq!((unseen.status, &unseen.text), (404, &unknown.text), "{method} {path}");
        assert_eq!(unseen.text, misread.text, "{method} {path}");
    }
    let body = |id: &str| json!({ "community": id, "post": { "text": "a" } });
    let unseen = world.post("/audience-preview", &bob, body(&id)).await;
    let unknown = world.post("/audience-preview", &bob, body("113456789012345678")).await;
    assert_eq!((unseen.status, &unseen.text), (404, &unknown.text));
    assert_eq!(world.get("/communities?which=here", &bob).await.good(200), json!([]));
    assert_eq!(world.get("/communities/lookup?acct=testing", &bob).await.text, unseen.text);
}

#[tokio::test]
async fn one_asks_is_let_in_sets_options_and_leaves() {
    let world = world().await;
    let ((_, ada), (bob_id, bob)) = (world.person("ada").await, world.person("bob").await);
    let id = world.community(&ada, json!({})).await;
    let at = |path: &str| format!("/communities/{id}/{path}");
    let asked = world.ask("POST", &at("join"), &bob, None, &[]).await.good(200);
    assert_eq!(asked["membership"]["state"], "pending");
    let requests = world.get(&at("requests"), &ada).await.good(200);
    assert_eq!((&requests[0]["person"]["id"], &requests[0]["person"]["acct"]), (&json!(bob_id), &json!("bob")));
    let accept = at(&format!("requests/{bob_id}/accept"));
    assert_eq!(world.ask("POST", &accept, &bob, None, &[]).await.refused(), (403, "not_a_moderator".into()));
    assert_eq!(world.ask("POST", &at(&format!("requests/{bob_id}/perhaps")), &ada, None, &[]).await.status, 404);
    let done = world.ask("POST", &accept, &ada, None, &[]).await;
    assert_eq!((done.status, done.text.as_str()), (204, ""));
    assert_eq!(world.get(&at("members"), &bob).await.good(200).as_array().unwrap().len(), 2);
    let change = json!({ "exclusive": true, "replies": "none" });
    let changed = world.ask("PATCH", &at("membership"), &bob, Some(change), &[]).await.good(200);
    assert_eq!((&changed["membership"]["exclusive"], &changed["membership"]["replies"]), (&json!(true), &json!("none")));
    assert_eq!(world.ask("POST", &at("leave"), &bob, None, &[]).await.status, 204);
    assert_eq!(world.get(&at("posts"), &bob).await.status, 404);
    assert_eq!(world.get(&format!("/communities/{id}"), &bob).await.good(200)["membership"]["state"], "left");
}

#[tokio::test]
async fn posts_and_links_are_written_once_and_read_in_stretches() {
    let world = world().await;
    let (_, ada) = world.person("ada").await;
    let id = world.community(&ada, json!({})).await;
    let at = format!("/communities/{id}/posts");
    let link =
        json!({ "text": "Worth it", "title": "A find", "link": { "url": "https://a.test/x", "title": "X" }, "language": "en" });
    let key = [("idempotency-key", "k1")];
    let first = world.ask("POST", &at, &ada, Some(link.clone()), &key).await.good(201);
    assert_eq!(world.ask("POST", &at, &ada, Some(link), &key).await.good(201)["id"], first["id"]);
    let other = world.ask("POST", &at, &ada, Some(json!({ "text": "Other" })), &key).await;
    assert_eq!(other.refused(), (422, "idempotency_key_reused".into()));
    assert_eq!((&first["visibility"], &first["community"], &first["title"]), (&json!("private"), &json!(id), &json!("A find")));
    assert_eq!(first["link"], json!({ "url": "https://a.test/x", "title": "X" }));
    let warned = json!({ "text": "Second", "content_warning": "long" });
    let second = world.post(&at, &ada, warned).await.good(201);
    assert_eq!((&second["sensitive"], &second["content_warning"]), (&json!(true), &json!("long")));
    let page = world.get(&format!("{at}?limit=1"), &ada).await;
    let next = page.header("link").unwrap().split(['<', '>']).nth(1).unwrap().to_owned();
    assert_eq!(page.good(200)[0]["id"], second["id"]);
    let rest = world.get(next.strip_prefix(&format!("https://hall.test{BASE}")).unwrap(), &ada).await.good(200);
    assert_eq!(rest[0]["id"], first["id"]);
    let library = world.get(&format!("/communities/{id}/resources"), &ada).await.good(200);
    assert_eq!(library.as_array().unwrap().len(), 1);
    assert_eq!((&library[0]["post"], &library[0]["shared_by"]["acct"]), (&first["id"], &json!("ada")));
}

#[tokio::test]
async fn a_preview_says_who_reads_it_and_refuses_what_publishing_would() {
    let world = world().await;
    let (_, ada) = world.person("ada").await;
    let id = world.community(&ada, json!({})).await;
    let told = world.post("/audience-preview", &ada, json!({ "community": id, "post": { "text": "a" } })).await.good(200);
    assert_eq!(
        (&told["visibility"], &told["zone"], &told["community"]["id"]),
        (&json!("private"), &json!("internal"), &json!(id))
    );
    assert!(told["sentence"].as_str().unwrap().contains("never leaves"), "{told}");
    let direct = json!({ "community": id, "post": { "text": "a", "visibility": "direct" } });
    assert_eq!(world.post("/audience-preview", &ada, direct).await.refused(), (422, "direct_in_community".into()));
    assert_eq!(world.get(&format!("/communities/{id}/posts"), &ada).await.good(200), json!([]));
}

#[tokio::test]
async fn every_refusal_has_a_code() {
    let world = world().await;
    let (_, ada) = world.person("ada").await;
    let reader = issue::issue(&world.hall, "ada", "read:lists").await.unwrap();
    let new = json!({ "handle": "testing", "name": "Testing" });
    let refused = |reply: Reply| {
        assert!(!reply.json()["error"].as_str().unwrap().is_empty());
        assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
        reply.refused()
    };
    assert_eq!(refused(world.post("/communities", "", new.clone()).await), (401, "unauthorized".into()));
    assert_eq!(refused(world.get("/communities", "no-token-of-ours").await), (401, "unauthorized".into()));
    assert_eq!(refused(world.post("/communities", &reader, new.clone()).await), (403, "outside_scopes".into()));
    assert_eq!(refused(world.get("/communities/1/posts", &reader).await), (403, "outside_scopes".into()));
    assert_eq!(refused(world.get("/communities?which=all", &ada).await), (422, "query_invalid".into()));
    assert_eq!(refused(world.get("/communities?wich=mine", &ada).await), (422, "query_invalid".into()));
    assert_eq!(refused(world.get("/communities?limit=1000", &ada).await), (422, "query_invalid".into()));
    let odd = json!({ "handle": "testing", "name": "Testing", "zones": "open" });
    assert_eq!(refused(world.post("/communities", &ada, odd).await), (422, "body_invalid".into()));
    let short = json!({ "handle": "x", "name": "Testing" });
    assert_eq!(refused(world.post("/communities", &ada, short).await), (422, "handle_invalid".into()));
    let plain = Request::post(format!("{BASE}/communities")).header("authorization", format!("Bearer {ada}"));
    let plain = world.send(plain.body(Body::from("handle=testing")).unwrap()).await;
    assert_eq!(refused(plain), (415, "content_type_unsupported".into()));
    world.post("/communities", &ada, new.clone()).await.good(201);
    assert_eq!(refused(world.post("/communities", &ada, new).await), (422, "handle_taken".into()));
    let method = world.ask("DELETE", "/communities", &ada, None, &[]).await;
    assert!(method.header("allow").is_some_and(|allow| allow.contains("POST")));
    assert_eq!(refused(method), (405, "method_not_allowed".into()));
}

#[tokio::test]
async fn the_document_is_public_and_everything_else_is_private() {
    let world = world().await;
    let document = world.get("/openapi.json", "").await;
    assert_eq!(document.header("cache-control"), Some("public, max-age=3600"));
    assert_eq!(document.good(200)["info"]["title"], "Guildhall API");
    let listed = world.get("/communities", "").await;
    assert_eq!((listed.status, listed.header("cache-control")), (200, Some("private, no-store")));
}
