//! Lists that are truly empty because what would be in them does not exist here yet, and the answer
//! for everything else that is not here.

use super::{change, get, not_here};
use crate::answer::{Answer, json};
use crate::api::Api;
use crate::entities::Nothing;
use app::registry::{AudienceClass, RateClass, Route, Scope};
use auth::Routes;

/// The same for everybody.
const PUBLIC: [&str; 10] = [
    "/api/v1/custom_emojis",
    "/api/v1/instance/rules",
    "/api/v1/instance/peers",
    "/api/v1/instance/domain_blocks",
    "/api/v1/trends",
    "/api/v1/trends/tags",
    "/api/v1/trends/statuses",
    "/api/v1/trends/links",
    "/api/v1/accounts/{id}/featured_tags",
    "/api/v1/accounts/{id}/endorsements",
];

/// One's own, with the scope that reads it.
const OWN: [(&str, &str); 12] = [
    ("/api/v1/filters", "read:filters"),
    ("/api/v2/filters", "read:filters"),
    ("/api/v1/announcements", "read"),
    ("/api/v1/conversations", "read:statuses"),
    ("/api/v1/followed_tags", "read:follows"),
    ("/api/v1/featured_tags", "read:accounts"),
    ("/api/v1/featured_tags/suggestions", "read:accounts"),
    ("/api/v1/blocks", "read:blocks"),
    ("/api/v1/mutes", "read:mutes"),
    ("/api/v1/domain_blocks", "read:blocks"),
    ("/api/v1/endorsements", "read:accounts"),
    ("/api/v1/scheduled_statuses", "read:statuses"),
];

/// Below these, everything that has no route of its own.
const REST: [&str; 2] = ["/api/v1/{*rest}", "/api/v2/{*rest}"];

pub(super) fn mount(routes: Routes<Api>) -> Routes<Api> {
    let public = PUBLIC.map(|path| get(path, Scope::Public, AudienceClass::Nothing));
    let own = OWN.map(|(path, scope)| get(path, Scope::Token(scope), AudienceClass::Own));
    let rest = REST.iter().flat_map(|path| elsewhere(path));
    routes.add_all(public, &nothing).add_all(own, &nothing).add_all(rest, &not_here)
}

/// A path in every method; a credential is looked at, but does not matter.
fn elsewhere(path: &'static str) -> impl Iterator<Item = Route> {
    let reading = std::iter::once(get(path, Scope::Public, AudienceClass::Nothing));
    let changing = ["POST", "PUT", "PATCH", "DELETE"]
        .into_iter()
        .map(move |method| change(method, path, Scope::Public, AudienceClass::Nothing).rate(RateClass::Read));
    reading.chain(changing)
}

async fn nothing() -> Answer {
    let nothing: Nothing = [];
    json(&nothing)
}
