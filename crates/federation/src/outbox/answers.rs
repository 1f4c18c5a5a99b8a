//! Answers that have no row of their own: a refusal to somebody who never got in.

use crate::Federation;
use activitypub::build::{Envelope, reject};
use activitypub::model::Activity;
use app::federated::outgoing::{Outgoing, To, carry_out};
use app::federated::{ActorWire, CommunityWire, NewActivity};
use serde_json::{Value, json};

/// A `Follow` or `Join` as answers embed it (facts 55).
pub fn asked(kind: &str, id: Option<&str>, actor: &str, object: &str) -> Value {
    let mut value = json!({"type": kind, "actor": actor, "object": object});
    if let (Some(id), Some(map)) = (id, value.as_object_mut()) {
        map.insert("id".to_owned(), Value::from(id));
    }
    value
}

/// Says no to somebody who asked to be let into a community here.
pub async fn refuse(federation: &Federation, community: &CommunityWire, who: &ActorWire, activity: &Activity) -> app::Result<()> {
    let id = federation.activity_id("reject", &[&community.uri, &activity.id]);
    let to = [who.uri.clone()];
    let envelope = Envelope { id: &id, actor: &community.uri, to: &to, ..Envelope::default() };
    let object = asked(activity.kind.as_str(), Some(&activity.id), &who.uri, &community.uri);
    let body = reject(&envelope, object).to_string();
    let new = NewActivity {
        uri: id,
        actor: community.actor,
        kind: "Reject".to_owned(),
        post: None,
        community: Some(community.id),
        object_uri: Some(activity.id.clone()),
        body,
        public: false,
    };
    carry_out(federation.hall(), None, vec![Outgoing { activity: new, to: vec![To::Directly(vec![who.id])], asks: None }]).await
}
