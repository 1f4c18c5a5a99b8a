//! The budget in front of routes whose credential is not ours to read: other servers' signatures.

use crate::client::household;
use crate::gate::Gate;
use crate::limits::Key;
use crate::problem::Problem;
use app::registry::RateClass;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use domain::time::{Clock, SystemClock};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

/// Routes that all draw on this budget, by the address that asks; what is beyond it costs nothing else.
pub fn budgeted(gate: &Gate, class: RateClass, routes: Router) -> Router {
    let gate = gate.clone();
    routes.layer(from_fn(move |request: Request, next: Next| {
        let gate = gate.clone();
        async move { drawn(&gate, class, request, next).await }
    }))
}

async fn drawn(gate: &Gate, class: RateClass, request: Request, next: Next) -> Response {
    let client = household(gate.proxies().client(request.headers(), request.extensions()));
    let Err(standing) = gate.limits().draw(class, &Key::Address(client)) else { return next.run(request).await };
    let mut response = Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests").into_response();
    standing.show(response.headers_mut(), SystemClock.now());
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(standing.retry_after()));
    response
}
