//! Guildhall's own REST API with OpenAPI.
//!
//! Bodies are JSON and read strictly, ids are decimal strings, times are RFC 3339, errors have a sentence and
//! a stable code. To add an endpoint: declare it in `declared`, write its handler in `routes`, put the two
//! together in the table below, and name the handler in `document`.

mod answer;
mod asked;
mod declared;
mod document;
mod entities;
mod paging;
mod routes;
mod words;

use app::registry::Route;
use asked::Api;
use auth::{Gate, Routes};
use axum::Router;
use axum::middleware::map_response;
use routes::{communities, members, posts};

/// One table for what is declared and what is mounted, so that neither can be without the other.
macro_rules! table {
    ($($route:ident => $handler:path),+ $(,)?) => {
        /// Every route of this API, as declared.
        pub fn declarations() -> Vec<Route> {
            vec![$(declared::$route),+]
        }

        fn mounted(gate: Gate) -> Routes<Api> {
            Routes::new(gate)$(.add(declared::$route, $handler))+
        }
    };
}

table! {
    DIRECTORY => communities::directory,
    START => communities::start,
    LOOKUP => communities::lookup,
    SHOW => communities::show,
    JOIN => communities::join,
    LEAVE => communities::leave,
    MEMBERSHIP => communities::membership,
    MEMBERS => members::members,
    REQUESTS => members::requests,
    DECIDE => members::decide,
    POSTS => posts::posts,
    RESOURCES => posts::resources,
    PUBLISH => posts::publish,
    VOTE => posts::vote,
    PREVIEW => posts::preview,
    DOCUMENT => document::document,
}

/// The API of the hall behind this gate.
pub fn router(gate: Gate) -> Router {
    let api = Api { hall: gate.hall().clone() };
    mounted(gate)
        .with_state(api)
        .into_router()
        .route_layer(map_response(answer::coded))
        .method_not_allowed_fallback(answer::method_not_allowed)
}
