//! Health: alive at all, and able to work.

use app::Hall;
use app::registry::{AudienceClass, RateClass, Route, Scope, Surface};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;

/// The routes, as declared.
pub const DECLARED: [Route; 2] = [
    Route::get(Surface::Operations, "/healthz", Scope::Public, AudienceClass::Nothing).rate(RateClass::Free),
    Route::get(Surface::Operations, "/readyz", Scope::Public, AudienceClass::Nothing).rate(RateClass::Free),
];

/// The routes.
pub fn router(hall: Hall) -> Router {
    let [alive, ready] = DECLARED;
    Router::new().route(alive.path, get(|| async { "ok\n" })).route(ready.path, get(ready_now)).with_state(hall)
}

async fn ready_now(State(hall): State<Hall>) -> (StatusCode, &'static str) {
    match app::instance::ready(&hall).await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
