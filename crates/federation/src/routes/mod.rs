//! What other instances may ask, in one table: nothing else is mounted.

mod actor;
mod answer;
mod asked;
mod discovery;
mod mount;
mod post;
mod signer;
mod word;

pub use asked::Asked;
pub use mount::mount;

use crate::Federation;
use app::registry::{AudienceClass, RateClass, Route, Scope, Surface};
use axum::extract::Request;
use axum::http::Method;
use domain::peers::Peers;

/// Which function answers a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handler {
    Webfinger,
    HostMeta,
    NodeInfoLinks,
    NodeInfo20,
    NodeInfo21,
    InstanceActor,
    InstanceOutbox,
    Actor,
    Outbox,
    Followers,
    Following,
    Moderators,
    Featured,
    Post,
    Replies,
    Context,
    Quote,
    Activity,
    Inbox,
}

const fn get(path: &'static str, audience: AudienceClass) -> Route {
    Route::get(Surface::Federation, path, Scope::Signature, audience).rate(RateClass::Federation)
}

const fn about(path: &'static str) -> Route {
    Route::get(Surface::Federation, path, Scope::Public, AudienceClass::Nothing).rate(RateClass::Federation).public_for(3_600)
}

const fn post(path: &'static str) -> Route {
    Route::change("POST", Surface::Federation, path, Scope::Signature, AudienceClass::Nothing).rate(RateClass::Federation)
}

/// The table.
pub(crate) const ROUTES: &[(Route, Handler)] = &[
    (get("/.well-known/webfinger", AudienceClass::Door), Handler::Webfinger),
    (about("/.well-known/host-meta"), Handler::HostMeta),
    (about("/.well-known/nodeinfo"), Handler::NodeInfoLinks),
    (about("/nodeinfo/2.0"), Handler::NodeInfo20),
    (about("/nodeinfo/2.1"), Handler::NodeInfo21),
    (about("/actor"), Handler::InstanceActor),
    (about("/actor/outbox"), Handler::InstanceOutbox),
    (get("/a/{id}", AudienceClass::Door), Handler::Actor),
    (get("/a/{id}/outbox", AudienceClass::Room), Handler::Outbox),
    (get("/a/{id}/followers", AudienceClass::Room), Handler::Followers),
    (get("/a/{id}/following", AudienceClass::Door), Handler::Following),
    (get("/a/{id}/moderators", AudienceClass::Room), Handler::Moderators),
    (get("/a/{id}/featured", AudienceClass::Room), Handler::Featured),
    (get("/p/{id}", AudienceClass::Room), Handler::Post),
    (get("/p/{id}/replies", AudienceClass::Room), Handler::Replies),
    (get("/p/{id}/context", AudienceClass::Room), Handler::Context),
    (get("/p/{id}/quotes/{quote}", AudienceClass::Room), Handler::Quote),
    (get("/p/{id}/delete", AudienceClass::Room), Handler::Activity),
    (get("/p/{id}/announce", AudienceClass::Room), Handler::Activity),
    (get("/p/{id}/announce/{what}", AudienceClass::Room), Handler::Activity),
    (get("/x/{verb}/{key}", AudienceClass::Room), Handler::Activity),
    (post("/inbox"), Handler::Inbox),
    (post("/a/{id}/inbox"), Handler::Inbox),
];

impl Federation {
    /// Whether somebody asks for `ActivityPub` at the root, where people see the front page: then the instance's own actor
    /// is meant.
    pub fn is_asked_at_root(&self, request: &Request) -> bool {
        let at_root = request.method() == Method::GET && request.uri().path() == "/";
        at_root && asked::wants_activity(request.headers()) && self.hall().settings().peers != Peers::Nobody
    }
}

/// All routes of this crate, for the registry.
pub fn declarations() -> Vec<Route> {
    ROUTES.iter().map(|(route, _)| *route).collect()
}
