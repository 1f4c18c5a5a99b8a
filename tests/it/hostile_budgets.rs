//! Which budget guards which path: each declared route ends with 429 where its budget is used up, whoever guesses what.

use app::registry::{RateClass, Route, Surface};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, StatusCode};
use kit::Hall;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tower::ServiceExt;

/// A hall that keeps its budgets.
async fn keeping() -> Hall {
    Hall::with("Budgets", |config| config.rate_limits = true).await
}

/// A request of a stranger at this address.
async fn asks(router: &Router, method: &str, path: &str, from: [u8; 4], headers: &[(&str, &str)], body: &str) -> StatusCode {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::from(body.to_owned())).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 1))));
    router.clone().oneshot(request).await.unwrap().status()
}

/// A path as declared, with something in each place.
fn filled(route: &Route) -> String {
    let part = |part: &str| part.split_once('{').map_or_else(|| part.to_owned(), |(before, _)| format!("{before}1"));
    route.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Asks the same until it is refused as too much; `false` where it never is.
async fn ends(router: &Router, route: &Route, from: [u8; 4], most: u32) -> bool {
    for _ in 0..most {
        if asks(router, route.method, &filled(route), from, &[], "").await == StatusCode::TOO_MANY_REQUESTS {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c133_every_declared_route_draws_on_its_own_budget() {
    let hall = keeping().await;
    let router = hall.assembled.router();
    let mut classes: BTreeMap<String, Vec<Route>> = BTreeMap::new();
    for route in hall.assembled.declarations().into_iter().filter(|route| route.rate != RateClass::Free) {
        classes.entry(format!("{:?}", route.rate)).or_default().push(route);
    }
    assert_eq!(classes.len(), 6, "{:?}", classes.keys());
    for (number, (class, routes)) in classes.iter().enumerate() {
        let from = [198, 51, 100, u8::try_from(number).unwrap()];
        assert!(ends(&router, &routes[0], from, 13_000).await, "{class} never ends");
        // The budget fills up again, a little in each second: what draws on it is refused soon all the same.
        for route in routes {
            assert!(ends(&router, route, from, 60).await, "{} {} does not draw on {class}", route.method, route.path);
        }
        let other = asks(&router, routes[0].method, &filled(&routes[0]), [203, 0, 113, 7], &[], "").await;
        assert_ne!(other, StatusCode::TOO_MANY_REQUESTS, "{class}: another address");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c133_nothing_that_can_be_guessed_is_guessed_without_end() {
    let hall = keeping().await;
    let router = hall.assembled.router();
    let declared = hall.assembled.declarations();
    let class = |method: &str, path: &str| {
        declared.iter().find(|route| route.method == method && route.path == path).map(|route| route.rate)
    };
    assert_eq!(class("POST", "/sign-in"), Some(RateClass::SignIn));
    for path in ["/sign-up", "/api/v1/apps"] {
        assert_eq!(class("POST", path), Some(RateClass::Register), "{path}");
    }
    for path in ["/oauth/token", "/oauth/revoke"] {
        assert_eq!(class("POST", path), Some(RateClass::Write), "{path}");
    }
    // Guessed tokens and sessions draw on the address of who guesses, though each of them is another one.
    let token = |number: u32| format!("{number:043}");
    for (number, surface) in [(1_u8, Surface::Mastodon), (2, Surface::Web)] {
        let path = if surface == Surface::Mastodon { "/api/v1/accounts/verify_credentials" } else { "/notifications" };
        let mut refused = false;
        for guess in 0..1_600 {
            let (name, value) = match surface {
                Surface::Mastodon => ("authorization", format!("Bearer {}", token(guess))),
                _ => ("cookie", format!("guildhall={}", token(guess))),
            };
            let status = asks(&router, "GET", path, [192, 0, 2, number], &[(name, &value)], "").await;
            refused |= status == StatusCode::TOO_MANY_REQUESTS;
        }
        assert!(refused, "{path}");
    }
    // One name from many addresses, another name from there, and codes and secrets of applications from one.
    for name in ["ada", "ben"] {
        hall.person(name).await;
    }
    let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", hall.base.as_str())];
    let guesses = async |name: &str, from: [u8; 4]| {
        asks(&router, "POST", "/sign-in", from, &form, &format!("username_or_email={name}&password=wrong")).await
    };
    let mut wrong = 0;
    while wrong < 40 && guesses("ada", [10, 0, wrong, 1]).await == StatusCode::UNPROCESSABLE_ENTITY {
        wrong += 1;
    }
    assert!((1..40).contains(&wrong), "one name from many addresses: {wrong}");
    assert_eq!(guesses("ada", [10, 0, 100, 1]).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(guesses("ben", [10, 0, 101, 1]).await, StatusCode::UNPROCESSABLE_ENTITY, "another name is free");
    let mut refused = false;
    for guess in 0..320 {
        let body = format!("grant_type=authorization_code&code={}&client_id=x&client_secret=y", token(guess));
        let status = asks(&router, Method::POST.as_str(), "/oauth/token", [192, 0, 2, 9], &form[..1], &body).await;
        refused |= status == StatusCode::TOO_MANY_REQUESTS;
    }
    assert!(refused, "codes");
}
