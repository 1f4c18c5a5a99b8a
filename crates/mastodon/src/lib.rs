//! The Mastodon client API: its words in, its words out.
//!
//! `entities` are the shapes that go out, `routes` the handlers; between them stand the use cases of
//! `app`. Shapes and their traps follow the documentation of Mastodon 4.6 and what its apps really read.

mod answer;
mod api;
pub mod entities;
mod paging;
mod routes;
mod site;

pub use answer::Failure;
pub use site::Site;

use auth::{Gate, Routes};
use axum::Router;

/// All routes with their declarations, behind their guards.
pub fn routes(gate: &Gate) -> Routes {
    routes::all(gate)
}

/// The router to serve. What is asked with a method that is not here is not found, in JSON, like
/// everything else below `/api` that is not here.
pub fn router(gate: &Gate) -> Router {
    routes(gate).into_router().method_not_allowed_fallback(routes::not_here)
}
