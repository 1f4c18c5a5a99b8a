//! A guarded front with a few routes of its own, and people who sign in there.

use app::accounts::{create, identify};
use app::oauth::authorize::{self, Granted};
use app::registry::{AudienceClass, RateClass, Route, Scope, Surface};
use app::{Hall, Registrations, Requester, Settings};
use auth::{Asker, Attempt, Gate, GateOptions, Params, Routes, SignInOutcome};
use axum::Router;
use axum::body::Body;
use domain::peers::Peers;
use domain::time::SystemRandom;
use http::{HeaderMap, Request, StatusCode};
use kit::chance::Hands;
use serde_json::{Value, json};
use std::sync::Arc;
use store::sealed::Sealer;
use store::{Options, Store};
use tower::ServiceExt;

pub struct World {
    pub hall: Hall,
    pub gate: Gate,
    router: Router,
    pub clock: Arc<Hands>,
    pub directory: tempfile::TempDir,
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

pub async fn world(base: &str, rate_limits: bool) -> World {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", directory.path().join("hall.db").display());
    let clock = Arc::new(Hands::started());
    let options = Options {
        url,
        readers: 2,
        sealer: Sealer::new(&[1; 32]),
        clock: clock.clone(),
        random: Arc::new(SystemRandom),
        locks: None,
    };
    let store = Store::open(options).await.unwrap();
    store.migrate().await.unwrap();
    let settings = Settings {
        base_url: base.parse().unwrap(),
        handle_domain: "hall.test".into(),
        organisation: "Test".into(),
        registrations: Registrations::Open,
        peers: Peers::Everybody,
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

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        self.send("GET", path, headers, "").await
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub async fn post_json(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let (status, _, text) = self.send("POST", path, &[("content-type", "application/json")], &body.to_string()).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    pub async fn account(&self, handle: &str) -> create::Created {
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
    pub async fn sign_in(&self, login: &str, password: &str, headers: &HeaderMap) -> Option<String> {
        let attempt = Attempt { login, password, client: [127, 0, 0, 1].into(), headers };
        match self.gate.sign_in(attempt).await.unwrap() {
            SignInOutcome::SignedIn { set_cookie, .. } => {
                Some(set_cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
            }
            _ => None,
        }
    }

    pub async fn requester(&self, cookie: &str) -> Requester {
        identify::by_session(&self.hall, cookie.split_once('=').unwrap().1).await.unwrap().unwrap()
    }

    pub async fn app(&self, scopes: &str) -> Value {
        let body = json!({"client_name": "App", "redirect_uris": ["https://app.test/cb", "urn:ietf:wg:oauth:2.0:oob"], "scopes": scopes});
        let (status, app) = self.post_json("/api/v1/apps", &body).await;
        assert_eq!(status, StatusCode::OK, "{app}");
        app
    }

    pub async fn code(&self, app: &Value, requester: &Requester, challenge: Option<&str>) -> String {
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

    pub async fn exchange(&self, app: &Value, code: &str, more: &Value) -> (StatusCode, Value) {
        let mut body = json!({
            "grant_type": "authorization_code", "code": code, "redirect_uri": "https://app.test/cb",
            "client_id": app["client_id"], "client_secret": app["client_secret"],
        });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        self.post_json("/oauth/token", &body).await
    }

    pub async fn own(&self, token: &str) -> StatusCode {
        self.get("/api/v1/own", &[("authorization", &format!("Bearer {token}"))]).await.0
    }
}
