//! Mastodon API: instance methods.

use super::get;
use crate::answer::{Answer, json};
use crate::api::Api;
use crate::entities::{Instance, InstanceV1};
use app::instance;
use app::registry::{AudienceClass, Scope};
use auth::Routes;
use axum::extract::State;

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    routes
        .add(get("/api/v1/instance", Scope::Public, AudienceClass::Nothing).public_for(60), version_1)
        .add(get("/api/v2/instance", Scope::Public, AudienceClass::Nothing).public_for(60), version_2)
}

async fn version_1(State(api): State<Api>) -> Answer {
    let figures = instance::figures(&api.hall).await?;
    json(&InstanceV1::of(&api.site, api.hall.settings(), &figures))
}

async fn version_2(State(api): State<Api>) -> Answer {
    let figures = instance::figures(&api.hall).await?;
    json(&Instance::of(&api.site, api.hall.settings(), &figures))
}
