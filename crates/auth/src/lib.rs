//! Credential to requester: sessions, OAuth server, scopes, CSRF, rate limits.
//!
//! A surface declares its routes as [`app::registry::Route`]s and mounts them with
//! [`mount::Routes`]; the guard in front of each handler resolves the credential, enforces the
//! declaration and hands over an [`Asker`].

mod ask;
mod budget;
mod client;
mod cookies;
mod cors;
mod gate;
mod guard;
mod limits;
pub mod mount;
pub mod oauth_routes;
pub mod params;
pub mod password;
mod problem;
mod sign_in;

pub use ask::{Asker, ClientAddress, Grant};
pub use budget::budgeted;
pub use cookies::Cookies;
pub use cors::cors;
pub use gate::{ErrorPage, Gate, GateOptions};
pub use mount::Routes;
pub use params::Params;
pub use problem::Problem;
pub use sign_in::{Attempt, SignInOutcome};
