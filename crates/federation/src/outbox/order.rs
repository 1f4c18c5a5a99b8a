//! Activities that keep order: reports.

use crate::Federation;
use activitypub::build::{Envelope, flag};
use app::federated::outgoing::{Outgoing, To};
use app::federated::{NewActivity, actors};
use domain::id::{ActorId, CommunityId};
use serde_json::Value;

/// `Flag` by the instance's own actor: to whoever is reported, that is to their server, and to the community's
/// (facts 60). It does not say who reported.
pub async fn reported(
    federation: &Federation,
    uri: String,
    about: ActorId,
    community: Option<CommunityId>,
    objects: Vec<String>,
    comment: &str,
) -> app::Result<Vec<Outgoing>> {
    let hall = federation.hall();
    let group = match community {
        Some(id) => actors::community(hall, id).await?.filter(|group| !group.local),
        None => None,
    };
    let instance = federation.instance_uri();
    let addressed: Vec<String> =
        group.as_ref().map(|group| group.uri.clone()).or_else(|| objects.first().cloned()).into_iter().collect();
    let envelope = Envelope {
        id: &uri,
        actor: &instance,
        to: &addressed,
        summary: Some(comment).filter(|comment| !comment.is_empty()),
        ..Envelope::default()
    };
    let body = flag(&envelope, Value::from(objects.clone()));
    let activity = NewActivity {
        uri,
        actor: federation.instance_actor().await?,
        kind: "Flag".to_owned(),
        post: None,
        community: None,
        object_uri: objects.into_iter().next(),
        body: body.to_string(),
        public: false,
    };
    let mut to = vec![To::Directly(vec![about])];
    to.extend(group.map(|group| To::HostOf(group.id)));
    Ok(vec![Outgoing { activity, to, asks: None }])
}
