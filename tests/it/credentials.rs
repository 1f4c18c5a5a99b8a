//! Accounts, sessions, OAuth and the guard, from the outside: requests in, answers out.

use app::accounts::{create, identify, me, update_profile};
use app::oauth::authorize::{self, Granted};
use app::oauth::issue;
use app::registry::{AudienceClass, RateClass, Route, Scope, Surface};
use app::{Hall, Principal, Registrations, Requester, Settings};
use auth::{Asker, Attempt, Gate, GateOptions, Params, Routes, SignInOutcome};
use axum::Router;
use axum::body::Body;
use domain::time::{Clock, SystemRandom, Timestamp};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::sealed::Sealer;
use store::{Options, Store};
use tower::ServiceExt;

/// A clock that a test moves.
#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

struct World {
    hall: Hall,
    gate: Gate,
    router: Router,
    clock: Arc<Hands>,
    directory: tempfile::TempDir,
}

const PAGE: Route = Route::get(Surface::Web, "/settings", Scope::SignedIn, AudienceClass::Own);
const FRONT: Route = Route::get(Surface::Web, "/front", Scope::Public, AudienceClass::Nothing).public_for(60);
const FORM: Route = Route::change("POST", Surface::Web, "/settings", Scope::SignedIn, AudienceClass::Own);
const READ: Route = Route::get(Surface::Mastodon, "/api/v1/own", Scope::Token("read:accounts"), AudienceClass::Own);
const OPTIONAL: Route = Route::get(Surface::Mastodon, "/api/v1/any", Scope::Optional("read:statuses"), AudienceClass::Room);
const WRITE: Route = Route::change("POST", Surface::Mastodon, "/api/v1/own", Scope::Token("write:accounts"), AudienceClass::Own)
    .rate(RateClass::SignIn);

async fn who(Asker(asker): Asker) -> String {
    asker.actor().map_or_else(|| "nobody".to_owned(), |actor| actor.to_string())
}

async fn echo(params: Params) -> String {
    params.text("a").unwrap_or("nothing").to_owned()
}

async fn world(base: &str, rate_limits: bool) -> World {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", directory.path().join("hall.db").display());
    let clock = Arc::new(Hands(AtomicI64::new(1_700_000_000_000)));
    let options =
        Options { url, readers: 2, sealer: Sealer::new(&[1; 32]), clock: clock.clone(), random: Arc::new(SystemRandom) };
    let store = Store::open(options).await.unwrap();
    store.migrate().await.unwrap();
    let settings = Settings {
        base_url: base.parse().unwrap(),
        handle_domain: "hall.test".into(),
        organisation: "Test".into(),
        registrations: Registrations::Open,
        insecure: true,
    };
    let hall = Hall::new(store, settings);
    let gate = Gate::new(hall.clone(), &GateOptions { rate_limits, ..GateOptions::default() }).unwrap();
    let own = Routes::new(gate.clone())
        .add(PAGE, who)
        .add(FRONT, who)
        .add(FORM, echo)
        .add(READ, who)
        .add(OPTIONAL, who)
        .add(WRITE, echo);
    let router = own.merge(auth::oauth_routes::routes(&gate)).into_router();
    World { hall, gate, router, clock, directory }
}

impl World {
    async fn ask(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        self.send("GET", path, headers, "").await
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn post_json(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let (status, _, text) = self.send("POST", path, &[("content-type", "application/json")], &body.to_string()).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    async fn account(&self, handle: &str) -> create::Created {
        let wanted = create::Wanted {
            handle: handle.into(),
            name: String::new(),
            email: format!("{handle}@Example.org"),
            password_hash: Some(self.gate.passwords().hash("a good password").await.unwrap()),
            admin: handle == "boss",
        };
        create::create(&self.hall, wanted).await.unwrap()
    }

    /// Signs in; gives the cookie line.
    async fn sign_in(&self, login: &str, password: &str, headers: &HeaderMap) -> Option<String> {
        let attempt = Attempt { login, password, client: [127, 0, 0, 1].into(), headers };
        match self.gate.sign_in(attempt).await.unwrap() {
            SignInOutcome::SignedIn { set_cookie, .. } => {
                Some(set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
            }
            _ => None,
        }
    }

    async fn requester(&self, cookie: &str) -> Requester {
        identify::by_session(&self.hall, cookie.split_once('=').unwrap().1).await.unwrap().unwrap()
    }

    async fn app(&self, scopes: &str) -> Value {
        let body = json!({"client_name": "App", "redirect_uris": ["https://app.test/cb", "urn:ietf:wg:oauth:2.0:oob"], "scopes": scopes});
        let (status, app) = self.post_json("/api/v1/apps", &body).await;
        assert_eq!(status, StatusCode::OK, "{app}");
        app
    }

    async fn code(&self, app: &Value, requester: &Requester, challenge: Option<&str>) -> String {
        let request = authorize::Request {
            response_type: "code".into(),
            client_id: app["client_id"].as_str().unwrap().into(),
            redirect_uri: "https://app.test/cb".into(),
            scope: "read".into(),
            state: Some("s".into()),
            code_challenge: challenge.map(str::to_owned),
            code_challenge_method: challenge.map(|_| "S256".to_owned()),
        };
        let consent = authorize::check(&self.hall, &request).await.unwrap();
        let Granted::Redirect(to) = authorize::approve(&self.hall, requester, consent).await.unwrap() else { panic!() };
        let to: url::Url = to.parse().unwrap();
        assert!(to.as_str().starts_with("https://app.test/cb?code=") && to.query_pairs().any(|(k, v)| k == "state" && v == "s"));
        to.query_pairs().find(|(key, _)| key == "code").unwrap().1.into_owned()
    }

    async fn exchange(&self, app: &Value, code: &str, more: &Value) -> (StatusCode, Value) {
        let mut body = json!({
            "grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.test/cb",
            "client_id": app["client_id"], "client_secret": app["client_secret"],
        });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.post_json("/oauth/token", &body).await
    }

    async fn own(&self, token: &str) -> StatusCode {
        self.get("/api/v1/own", &[("authorization", &format!("Bearer {token}"))]).await.0
    }
}

#[tokio::test]
async fn a_session_begins_with_a_new_id_and_its_replay_is_dead_after_signing_out() {
    let world = world("https://hall.test", false).await;
    let ada = world.account("ada").await;
    assert!(world.sign_in("ada", "wrong password", &HeaderMap::new()).await.is_none());
    assert!(world.sign_in("nobody", "a good password", &HeaderMap::new()).await.is_none());
    let cookie = world.sign_in("ADA@example.org ", "a good password", &HeaderMap::new()).await.unwrap();
    assert!(cookie.starts_with("__Host-guildhall="));
    let (status, headers, body) = world.get("/settings", &[("cookie", &cookie)]).await;
    assert_eq!((status, body), (StatusCode::OK, ada.actor.to_string()));
    assert_eq!(headers["cache-control"], "private, no-store");

    let mut brought = HeaderMap::new();
    brought.insert("cookie", HeaderValue::from_str(&cookie).unwrap());
    let next = world.sign_in("ada", "a good password", &brought).await.unwrap();
    assert_ne!(cookie, next);
    assert_eq!(world.get("/settings", &[("cookie", &cookie)]).await.0, StatusCode::SEE_OTHER, "the old one is dead");

    let requester = world.requester(&next).await;
    brought.insert("cookie", HeaderValue::from_str(&next).unwrap());
    world.gate.sign_out(&requester, &brought).await.unwrap();
    assert_eq!(world.get("/settings", &[("cookie", &next)]).await.0, StatusCode::SEE_OTHER);
    assert!(!identify::still_valid(&world.hall, &requester).await.unwrap(), "open streams end");
}

#[tokio::test]
async fn a_session_ends_after_thirty_days() {
    let world = world("http://hall.test", false).await;
    world.account("ada").await;
    let cookie = world.sign_in("ada", "a good password", &HeaderMap::new()).await.unwrap();
    assert!(cookie.starts_with("guildhall="));
    world.clock.0.fetch_add(29 * domain::time::DAY, Ordering::SeqCst);
    assert_eq!(world.get("/settings", &[("cookie", &cookie)]).await.0, StatusCode::OK);
    world.clock.0.fetch_add(2 * domain::time::DAY, Ordering::SeqCst);
    assert_eq!(world.get("/settings", &[("cookie", &cookie)]).await.0, StatusCode::SEE_OTHER);
    assert_eq!(world.get("/front", &[("cookie", &cookie)]).await.2, "nobody");
}

#[tokio::test]
async fn pages_ask_for_sign_in_and_forms_must_come_from_here() {
    let world = world("https://hall.test", false).await;
    world.account("ada").await;
    let (status, headers, _) = world.get("/settings?tab=2", &[]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(headers["location"], "/sign-in?return_to=%2Fsettings%3Ftab%3D2");
    assert_eq!(world.send("HEAD", "/front", &[], "").await.0, StatusCode::OK);
    assert_eq!(world.get("/front", &[]).await.1["cache-control"], "public, max-age=60");

    let cookie = world.sign_in("ada", "a good password", &HeaderMap::new()).await.unwrap();
    let form = ("content-type", "application/x-www-form-urlencoded");
    for (headers, status) in [
        (vec![("origin", "https://hall.test")], 200),
        (vec![("origin", "https://hall.test"), ("sec-fetch-site", "same-origin")], 200),
        (vec![("origin", "null"), ("sec-fetch-site", "same-origin")], 200),
        (vec![("sec-fetch-site", "same-origin")], 200),
        (vec![], 403),
        (vec![("origin", "null")], 403),
        (vec![("origin", "https://evil.test")], 403),
        (vec![("origin", "http://hall.test")], 403),
        (vec![("origin", "https://hall.test"), ("sec-fetch-site", "cross-site")], 403),
        (vec![("sec-fetch-site", "same-site")], 403),
    ] {
        let mut all = vec![form, ("cookie", cookie.as_str())];
        all.extend(headers.iter().copied());
        assert_eq!(world.send("POST", "/settings", &all, "a=b").await.0.as_u16(), status, "{headers:?}");
    }
    // A cookie is nothing to an API.
    assert_eq!(world.get("/api/v1/own", &[("cookie", &cookie)]).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn exactly_the_declared_scope_opens_a_route() {
    let world = world("https://hall.test", false).await;
    let ada = world.account("ada").await;
    for (scopes, read, write, any) in [
        ("read", 200, 403, 200),
        ("read:accounts", 200, 403, 403),
        ("read:statuses", 403, 403, 200),
        ("write", 403, 200, 403),
        ("follow push", 403, 403, 403),
        ("read write follow push", 200, 200, 200),
    ] {
        let bearer = format!("Bearer {}", issue::issue(&world.hall, "ada", scopes).await.unwrap());
        let header = [("authorization", bearer.as_str())];
        assert_eq!(world.get("/api/v1/own", &header).await.0.as_u16(), read, "{scopes}");
        assert_eq!(world.send("POST", "/api/v1/own?a=1", &header, "").await.0.as_u16(), write, "{scopes}");
        assert_eq!(world.get("/api/v1/any", &header).await.0.as_u16(), any, "{scopes}");
    }
    let (status, _, body) = world.get("/api/v1/own", &[]).await;
    assert_eq!((status.as_u16(), body.as_str()), (401, r#"{"error":"The access token is invalid"}"#));
    assert_eq!(world.get("/api/v1/any", &[]).await.2, "nobody");
    assert_eq!(world.get("/api/v1/any", &[("authorization", "Bearer nonsense")]).await.0.as_u16(), 401);
    let token = issue::issue(&world.hall, "ada", "read").await.unwrap();
    assert_eq!(world.get(&format!("/api/v1/own?access_token={token}"), &[]).await.0.as_u16(), 401, "never in the address");
    let lower = format!("bearer {token}");
    assert_eq!(world.get("/api/v1/own", &[("authorization", &lower)]).await.2, ada.actor.to_string());
}

#[tokio::test]
async fn an_application_gets_a_token_by_consent_and_a_replayed_code_ends_it() {
    let world = world("https://hall.test", false).await;
    world.account("ada").await;
    let cookie = world.sign_in("ada", "a good password", &HeaderMap::new()).await.unwrap();
    let requester = world.requester(&cookie).await;
    let app = world.app("read write").await;
    for field in ["id", "name", "redirect_uri", "redirect_uris", "client_id", "client_secret", "vapid_key"] {
        assert!(!app[field].is_null(), "{field}");
    }
    assert_eq!(app["client_secret_expires_at"], 0);

    let code = world.code(&app, &requester, None).await;
    let (status, token) = world.exchange(&app, &code, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{token}");
    assert_eq!((token["token_type"].as_str(), token["scope"].as_str()), (Some("Bearer"), Some("read")));
    assert_eq!(token["created_at"], 1_700_000_000);
    let token = token["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.own(&token).await, StatusCode::OK);
    let holder = identify::by_token(&world.hall, &token).await.unwrap().unwrap();

    let (status, body) = world.exchange(&app, &code, &json!({})).await;
    assert_eq!((status.as_u16(), body["error"].as_str()), (400, Some("invalid_grant")));
    assert_eq!(world.own(&token).await, StatusCode::UNAUTHORIZED, "what came of the code is revoked");
    assert!(!identify::still_valid(&world.hall, &holder.requester).await.unwrap());
}

#[tokio::test]
async fn a_code_is_only_for_its_client_address_time_and_verifier() {
    let world = world("https://hall.test", false).await;
    world.account("ada").await;
    let cookie = world.sign_in("ada", "a good password", &HeaderMap::new()).await.unwrap();
    let requester = world.requester(&cookie).await;
    let (app, other) = (world.app("read").await, world.app("read").await);
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let challenge = Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");

    let code = world.code(&app, &requester, challenge).await;
    for (client, more, error) in [
        (&other, json!({"code_verifier": verifier}), "invalid_grant"),
        (&app, json!({"code_verifier": verifier, "redirect_uri": "https://app.test/cb/"}), "invalid_grant"),
        (&app, json!({}), "invalid_grant"),
        (&app, json!({"code_verifier": "wrong"}), "invalid_grant"),
        (&app, json!({"code_verifier": challenge}), "invalid_grant"),
        (&app, json!({"code_verifier": verifier, "scope": "read write"}), "invalid_scope"),
        (&app, json!({"code_verifier": verifier, "client_secret": "wrong"}), "invalid_client"),
        (&app, json!({"code_verifier": verifier, "grant_type": "password"}), "unsupported_grant_type"),
    ] {
        let (_, body) = world.exchange(client, &code, &more).await;
        assert_eq!(body["error"], error, "{more}");
    }
    assert_eq!(world.exchange(&app, &code, &json!({"code_verifier": verifier})).await.0, StatusCode::OK);

    let unbound = world.code(&app, &requester, None).await;
    let (_, body) = world.exchange(&app, &unbound, &json!({"code_verifier": verifier})).await;
    assert_eq!(body["error"], "invalid_grant", "the challenge was taken out on the way");
    let late = world.code(&app, &requester, None).await;
    world.clock.0.fetch_add(60_000, Ordering::SeqCst);
    assert_eq!(world.exchange(&app, &late, &json!({})).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn an_unregistered_address_or_wider_scope_gets_no_consent() {
    let world = world("https://hall.test", false).await;
    let app = world.app("read").await;
    let request = authorize::Request {
        response_type: "code".into(),
        client_id: app["client_id"].as_str().unwrap().into(),
        redirect_uri: "https://app.test/cb".into(),
        ..authorize::Request::default()
    };
    assert!(authorize::check(&world.hall, &request).await.is_ok());
    for uri in [
        "https://app.test/cb?x=1",
        "https://app.test/cb/",
        "https://app.test/cb#",
        "https://app.test/CB",
        "https://app.test.evil.test/cb",
        "https://u@app.test/cb",
        "https://app.test:444/cb",
        "https://app.test/x/../cb",
        "https://app.test/%63b",
        "",
    ] {
        let wrong = authorize::Request { redirect_uri: uri.into(), ..request.clone() };
        assert!(matches!(authorize::check(&world.hall, &wrong).await, Err(authorize::Refusal::Page(_))), "{uri}");
    }
    let wider = authorize::Request { scope: "read write".into(), ..request.clone() };
    let Err(authorize::Refusal::Redirect(to)) = authorize::check(&world.hall, &wider).await else { panic!() };
    assert_eq!(to, "https://app.test/cb?error=invalid_scope");
    let unknown = authorize::Request { client_id: "x".into(), ..request };
    assert!(matches!(authorize::check(&world.hall, &unknown).await, Err(authorize::Refusal::Page(_))));
}

#[tokio::test]
async fn an_applications_own_token_is_nobody() {
    let world = world("https://hall.test", false).await;
    let app = world.app("read").await;
    let ask = |scope: &str| json!({"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"], "scope": scope});
    assert_eq!(world.post_json("/oauth/token", &ask("read write")).await.1["error"], "invalid_scope");
    let (_, token) = world.post_json("/oauth/token", &ask("read")).await;
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let header = [("authorization", bearer.as_str())];
    assert_eq!(world.get("/api/v1/own", &header).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.get("/api/v1/any", &header).await.2, "nobody");
    let (status, _, body) = world.get("/api/v1/apps/verify_credentials", &header).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains("\"name\":\"App\"") && !body.contains("client_secret"));
}

#[tokio::test]
async fn a_token_is_given_back_only_by_its_application() {
    let world = world("https://hall.test", false).await;
    world.account("ada").await;
    let cookie = world.sign_in("ada", "a good password", &HeaderMap::new()).await.unwrap();
    let requester = world.requester(&cookie).await;
    let (app, other) = (world.app("read").await, world.app("read").await);
    let code = world.code(&app, &requester, None).await;
    let token = world.exchange(&app, &code, &json!({})).await.1["access_token"].as_str().unwrap().to_owned();
    let back =
        |app: &Value, token: &str| json!({"client_id": app["client_id"], "client_secret": app["client_secret"], "token": token});
    assert_eq!(world.post_json("/oauth/revoke", &back(&other, &token)).await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.own(&token).await, StatusCode::OK);
    assert_eq!(world.post_json("/oauth/revoke", &back(&app, "unknown")).await, (StatusCode::OK, json!({})));
    assert_eq!(world.post_json("/oauth/revoke", &back(&app, &token)).await, (StatusCode::OK, json!({})));
    assert_eq!(world.own(&token).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn no_secret_stands_in_the_database_in_plain() {
    let world = world("https://hall.test", false).await;
    world.account("ada").await;
    let cookie = world.sign_in("ada", "a good password", &HeaderMap::new()).await.unwrap();
    let requester = world.requester(&cookie).await;
    let app = world.app("read").await;
    let code = world.code(&app, &requester, None).await;
    let token = world.exchange(&app, &code, &json!({})).await.1["access_token"].as_str().unwrap().to_owned();
    let mut everything = Vec::new();
    for entry in std::fs::read_dir(world.directory.path()).unwrap() {
        everything.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let secrets = [cookie.split_once('=').unwrap().1, &code, &token, app["client_secret"].as_str().unwrap(), "a good password"];
    for secret in secrets {
        assert!(!everything.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    assert!(
        everything.windows(16).any(|window| window == b"ada@example.org\0")
            || everything.windows(15).any(|w| w == b"ada@example.org")
    );
}

#[tokio::test]
async fn budgets_end_with_429_and_say_when_to_come_back() {
    let world = world("https://hall.test", true).await;
    world.account("ada").await;
    let bearer = format!("Bearer {}", issue::issue(&world.hall, "ada", "write").await.unwrap());
    let header = [("authorization", bearer.as_str())];
    let (_, headers, _) = world.send("POST", "/api/v1/own", &header, "").await;
    assert_eq!(
        (&headers["x-ratelimit-limit"], &headers["x-ratelimit-remaining"]),
        (&"30".parse().unwrap(), &"29".parse().unwrap())
    );
    for _ in 0..29 {
        assert_eq!(world.send("POST", "/api/v1/own", &header, "").await.0, StatusCode::OK);
    }
    let (status, headers, body) = world.send("POST", "/api/v1/own", &header, "").await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(headers.contains_key("retry-after") && headers.contains_key("x-ratelimit-reset") && body.contains("error"));
    for _ in 0..30 {
        let headers = HeaderMap::new();
        let attempt = Attempt { login: "ada", password: "wrong", client: [127, 0, 0, 1].into(), headers: &headers };
        assert!(matches!(world.gate.sign_in(attempt).await, Ok(SignInOutcome::Refused)));
    }
    let headers = HeaderMap::new();
    let attempt = Attempt { login: " ADA", password: "a good password", client: [127, 0, 0, 1].into(), headers: &headers };
    assert_eq!(world.gate.sign_in(attempt).await.unwrap_err().code, "too_many_attempts");
}

#[tokio::test]
async fn signing_up_and_telling_about_oneself() {
    let world = world("https://hall.test", false).await;
    let stranger = Requester::anonymous();
    let form = app::accounts::register::Form {
        handle: "Grace".into(),
        email: "grace@example.org".into(),
        password: "a good password".into(),
        ..app::accounts::register::Form::default()
    };
    assert_eq!(world.gate.sign_up(&stranger, &form).await.unwrap(), app::accounts::register::Outcome::Ready);
    let taken_name =
        world.gate.sign_up(&stranger, &app::accounts::register::Form { email: "x@example.org".into(), ..form.clone() }).await;
    let taken_mail =
        world.gate.sign_up(&stranger, &app::accounts::register::Form { handle: "other".into(), ..form.clone() }).await;
    let reserved = world.gate.sign_up(&stranger, &app::accounts::register::Form { handle: "admin".into(), ..form.clone() }).await;
    assert_eq!(taken_name.as_ref().unwrap_err(), taken_mail.as_ref().unwrap_err());
    assert_eq!(taken_name.unwrap_err(), reserved.unwrap_err());
    let short = world.gate.sign_up(&stranger, &app::accounts::register::Form { password: "short".into(), ..form }).await;
    assert_eq!(short.unwrap_err().code, "bad_password");

    let cookie = world.sign_in("grace", "a good password", &HeaderMap::new()).await.unwrap();
    let grace = world.requester(&cookie).await;
    let change = update_profile::Change {
        name: Some("Grace\nHopper".into()),
        note: Some("**Hello** <script>x</script> @ada".into()),
        locked: Some(true),
        language: Some("en".into()),
        ..update_profile::Change::default()
    };
    update_profile::update_profile(&world.hall, &grace, change).await.unwrap();
    let view = me::me(&world.hall, &grace).await.unwrap();
    assert_eq!(
        (view.actor.name.as_str(), view.actor.locked, view.account.preferences.language.as_deref()),
        ("Grace Hopper", true, Some("en"))
    );
    assert!(view.actor.summary.as_str().contains("<strong>Hello</strong>") && !view.actor.summary.as_str().contains("<script"));
    assert!(view.actor.discoverable, "what was not named stays");
}

#[tokio::test]
async fn only_a_session_administers_and_never_a_token() {
    let world = world("https://hall.test", false).await;
    world.account("boss").await;
    let cookie = world.sign_in("boss", "a good password", &HeaderMap::new()).await.unwrap();
    let is_admin = |requester: &Requester| matches!(requester.principal(), Principal::Local { admin: true, .. });
    assert!(is_admin(&world.requester(&cookie).await));
    let token = issue::issue(&world.hall, "boss", "read write follow push").await.unwrap();
    assert!(!is_admin(&identify::by_token(&world.hall, &token).await.unwrap().unwrap().requester));
}
