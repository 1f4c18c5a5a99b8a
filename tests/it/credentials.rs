//! Sessions, scopes and budgets at the guard, from the outside: requests in, answers out.

use crate::front::world;
use app::accounts::{identify, me, update_profile};
use app::oauth::issue;
use app::{Principal, Requester};
use auth::{Attempt, SignInOutcome};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

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
    world.clock.forward(29 * domain::time::DAY);
    assert_eq!(world.get("/settings", &[("cookie", &cookie)]).await.0, StatusCode::OK);
    world.clock.forward(2 * domain::time::DAY);
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
