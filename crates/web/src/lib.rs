//! Server-rendered pages and forms.
//!
//! A page needs no script. Handlers read the request, call one or two use cases and draw a template from
//! what was released to the requester; every form is answered with a way onwards (303).

mod answer;
mod assets;
mod composer;
mod frame;
mod icon;
mod pages;
mod routes;
mod show;
mod way;
mod wrong;

pub use answer::error_page;
pub use routes::{declarations, router, routes};

use axum::response::Response;
use http::StatusCode;

/// The page for whatever is not there or not open to the one who asks: always the same, byte by byte.
/// The server answers with it where no route fits.
pub fn not_found_page() -> Response {
    error_page(StatusCode::NOT_FOUND, "")
}
