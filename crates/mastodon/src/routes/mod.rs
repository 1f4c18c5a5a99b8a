//! The routes, by what they are about. Each is mounted under its declaration in the registry.

mod accounts;
mod empty;
mod instance;
mod lists;
mod notifications;
mod own;
mod polls;
mod reactions;
mod relations;
mod reports;
mod search;
mod statuses;
mod suggestions;
mod timelines;
mod writing;

use crate::answer::Failure;
use crate::api::Api;
use app::registry::{AudienceClass, Route, Scope, Surface};
use auth::{Gate, Routes};

/// A route of this surface that reads.
const fn get(path: &'static str, scope: Scope, audience: AudienceClass) -> Route {
    Route::get(Surface::Mastodon, path, scope, audience)
}

/// A route of this surface that changes something.
const fn change(method: &'static str, path: &'static str, scope: Scope, audience: AudienceClass) -> Route {
    Route::change(method, Surface::Mastodon, path, scope, audience)
}

/// All routes behind their guards.
pub fn all(gate: &Gate) -> Routes {
    let empty = Routes::new(gate.clone());
    [
        instance::mount,
        accounts::mount,
        relations::mount,
        statuses::mount,
        writing::mount,
        reactions::mount,
        timelines::mount,
        lists::mount,
        search::mount,
        suggestions::mount,
        notifications::mount,
        own::mount,
        polls::mount,
        reports::mount,
        empty::mount,
    ]
    .into_iter()
    .fold(empty, |routes, mount: fn(Routes<Api>) -> Routes<Api>| mount(routes))
    .with_state(Api::new(gate))
}

/// What is not here: apps take 404, and no other status, as the sign that something is not implemented.
pub async fn not_here() -> Failure {
    Failure::not_found()
}
