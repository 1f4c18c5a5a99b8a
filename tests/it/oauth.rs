//! Applications: consent, codes, their own tokens, and giving a token back.

use crate::front::world;
use app::accounts::identify;
use app::oauth::authorize;
use domain::time::Clock;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

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
    assert_eq!(token["created_at"], world.clock.now().seconds());
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
    world.clock.forward(60_000);
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
