//! What every route is: whom it lets in, who can see its answer, how it may be cached.

use app::registry::{AudienceClass, Route, Scope, Surface};

/// Reading what everybody may see, and more with a token.
const READ: Scope = Scope::Optional("read:lists");
const READ_POSTS: Scope = Scope::Optional("read:statuses");
/// Joining, leaving, letting in.
const FOLLOW: Scope = Scope::Token("write:follows");
const WRITE: Scope = Scope::Token("write:lists");
const POST: Scope = Scope::Token("write:statuses");

macro_rules! at {
    ($path:literal) => {
        concat!("/api/guildhall/v1", $path)
    };
}

const fn get(path: &'static str, scope: Scope, audience: AudienceClass) -> Route {
    Route::get(Surface::Api, path, scope, audience)
}

const fn change(method: &'static str, path: &'static str, scope: Scope, audience: AudienceClass) -> Route {
    Route::change(method, Surface::Api, path, scope, audience)
}

pub const DIRECTORY: Route = get(at!("/communities"), READ, AudienceClass::Door);
pub const START: Route = change("POST", at!("/communities"), WRITE, AudienceClass::Own);
pub const LOOKUP: Route = get(at!("/communities/lookup"), READ, AudienceClass::Door);
pub const SHOW: Route = get(at!("/communities/{id}"), READ, AudienceClass::Door);
pub const JOIN: Route = change("POST", at!("/communities/{id}/join"), FOLLOW, AudienceClass::Door);
pub const LEAVE: Route = change("POST", at!("/communities/{id}/leave"), FOLLOW, AudienceClass::Own);
pub const MEMBERSHIP: Route = change("PATCH", at!("/communities/{id}/membership"), WRITE, AudienceClass::Own);
pub const MEMBERS: Route = get(at!("/communities/{id}/members"), READ, AudienceClass::Room);
pub const REQUESTS: Route = get(at!("/communities/{id}/requests"), Scope::Token("read:follows"), AudienceClass::Room);
pub const DECIDE: Route = change("POST", at!("/communities/{id}/requests/{actor_id}/{decision}"), FOLLOW, AudienceClass::Room);
pub const POSTS: Route = get(at!("/communities/{id}/posts"), READ_POSTS, AudienceClass::Room);
pub const RESOURCES: Route = get(at!("/communities/{id}/resources"), READ_POSTS, AudienceClass::Room);
pub const PUBLISH: Route = change("POST", at!("/communities/{id}/posts"), POST, AudienceClass::Room);
pub const VOTE: Route = change("POST", at!("/posts/{id}/votes"), POST, AudienceClass::Room);
pub const PREVIEW: Route = change("POST", at!("/audience-preview"), POST, AudienceClass::Own);
pub const DOCUMENT: Route = get(at!("/openapi.json"), Scope::Public, AudienceClass::Nothing).public_for(3_600);
