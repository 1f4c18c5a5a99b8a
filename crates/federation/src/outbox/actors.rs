//! Documents of local actors.

use crate::Federation;
use activitypub::build::{ActorParams, AssertionKey, actor};
use activitypub::model::ActorKind as DocKind;
use app::federated::CommunityWire;
use app::views::{ActorKind, ActorView};
use domain::text::Html;
use domain::zone::{JoinPolicy, Zone};
use serde_json::Value;

/// The document of a person or community of this hall.
pub async fn actor_document(federation: &Federation, view: &ActorView, community: Option<&CommunityWire>) -> app::Result<Value> {
    let keys = federation.keys_of(view.id).await?;
    let uri = &view.uri;
    let params = ActorParams {
        id: uri.clone(),
        kind: kind(view.kind),
        preferred_username: view.handle.clone(),
        name: view.label().to_owned(),
        summary_html: about(view, community),
        url: view.url.clone(),
        icon_url: view.icon.clone(),
        inbox: format!("{uri}/inbox"),
        outbox: format!("{uri}/outbox"),
        followers: Some(format!("{uri}/followers")),
        following: community.is_none().then(|| format!("{uri}/following")),
        featured: Some(format!("{uri}/featured")),
        moderators: community.map(|_| format!("{uri}/moderators")),
        shared_inbox: Some(format!("{}/inbox", federation.base())),
        public_key_id: keys.key_id.clone(),
        public_key_pem: keys.rsa.public_pem(),
        assertion_keys: vec![AssertionKey { id: keys.proof_key_id.clone(), multibase: keys.ed25519.public_multibase() }],
        manually_approves_followers: match community {
            // Also an open community that asks its leads: a `Join` waits there.
            Some(group) => group.zone != Zone::Open || group.join != JoinPolicy::Open,
            None => view.locked,
        },
        discoverable: community.map_or(view.discoverable, |group| group.zone == Zone::Open),
        posting_restricted_to_mods: community.map(|_| false),
        accepts_joins: community.map(|_| true),
        zone: community.map(|group| group.zone.as_str().to_owned()),
        join_policy: community.map(|group| group.join.as_str().to_owned()),
        purpose: community.map(|group| group.purpose.clone()),
        webfinger: Some(format!("{}@{}", view.handle, federation.hall().settings().handle_domain)),
        generator: Some(federation.instance_uri()),
        published_ms: Some(view.created_at.0),
        ..ActorParams::default()
    };
    Ok(actor(&params))
}

/// What an actor says of itself; of a community, if nothing else, what it is for.
fn about(view: &ActorView, community: Option<&CommunityWire>) -> Option<String> {
    let purpose = || community.filter(|group| !group.purpose.is_empty()).map(|group| Html::of_text(&group.purpose).into_string());
    Some(view.summary.as_str().to_owned()).filter(|text| !text.is_empty()).or_else(purpose)
}

/// The document of the instance's own actor (FEP-2677), which signs what the hall asks for itself.
pub async fn instance_document(federation: &Federation) -> app::Result<Value> {
    let keys = federation.instance_keys().await?;
    let uri = federation.instance_uri();
    let view = app::federated::actors::view(federation.hall(), federation.instance_actor().await?).await?;
    let params = ActorParams {
        id: uri.clone(),
        kind: DocKind::Application,
        preferred_username: federation.hall().settings().handle_domain.clone(),
        name: federation.hall().settings().organisation.clone(),
        url: format!("{}/", federation.base()),
        inbox: format!("{}/inbox", federation.base()),
        outbox: format!("{uri}/outbox"),
        shared_inbox: Some(format!("{}/inbox", federation.base())),
        public_key_id: keys.key_id.clone(),
        public_key_pem: keys.rsa.public_pem(),
        assertion_keys: vec![AssertionKey { id: keys.proof_key_id.clone(), multibase: keys.ed25519.public_multibase() }],
        manually_approves_followers: true,
        generator: Some(uri.clone()),
        // Lemmy knows no site that does not say since when it is.
        published_ms: view.map(|view| view.created_at.0),
        ..ActorParams::default()
    };
    Ok(actor(&params))
}

/// The type on the wire.
pub fn kind(kind: ActorKind) -> DocKind {
    match kind {
        ActorKind::Person => DocKind::Person,
        ActorKind::Group => DocKind::Group,
        ActorKind::Service => DocKind::Service,
        ActorKind::Application => DocKind::Application,
        ActorKind::Organization => DocKind::Organization,
    }
}
