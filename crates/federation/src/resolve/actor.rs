//! Remote actors: fetched from their own id, read, stored.

use super::ResolveError;
use crate::fetch::Accept;
use crate::{Federation, host_of};
use activitypub::model::{ActorDoc, ActorKind as DocKind, AssertionMethod, Implements};
use activitypub::webfinger::{self, Resource};
use app::federated::actors::{self, CommunityNote};
use app::federated::signing::SignatureKind;
use app::federated::{ActorWire, RemoteActor};
use app::views::ActorKind;
use domain::handle::Handle;
use domain::text::Html;
use domain::time::Timestamp;
use domain::zone::{JoinPolicy, Zone};
use std::sync::Arc;
use url::Url;

/// A stored document is read again after so long.
const STALE: i64 = actors::STALE;
const MAX_PURPOSE: usize = 1_000;
/// No community has more.
const MAX_MEMBERS: i64 = 100_000_000;

impl Federation {
    /// A remote actor, as stored; fetched if it is not known or its document is old. An old document serves
    /// where the origin does not answer.
    pub(crate) async fn actor(&self, uri: &str) -> Result<ActorWire, ResolveError> {
        let stored = actors::wire_by_uri(self.hall(), uri).await?;
        match stored {
            Some(wire) if wire.host.is_none() => Ok(wire),
            Some(wire) => {
                let now = app::federated::now(self.hall());
                let fresh = wire.fetched_at.is_some_and(|at| at.plus(STALE) > now);
                if fresh || self.0.fetched.get(uri).is_some() {
                    return Ok(wire);
                }
                self.0.fetched.insert(uri.to_owned(), ());
                Ok(self.fetch_actor(uri).await.unwrap_or(wire))
            }
            None => self.fetch_actor(uri).await,
        }
    }

    /// Fetches an actor from its own id and stores what it says of itself.
    pub(crate) async fn fetch_actor(&self, uri: &str) -> Result<ActorWire, ResolveError> {
        if self.is_ours(uri) {
            return Err(ResolveError::Refused("our_own_id"));
        }
        if actors::gone(self.hall(), uri).await? {
            return Err(ResolveError::Refused("gone"));
        }
        let value = self.document_by_instance(uri).await?;
        let doc = ActorDoc::parse(&value)?;
        self.store_doc(doc).await
    }

    pub(crate) async fn store_doc(&self, mut doc: ActorDoc) -> Result<ActorWire, ResolveError> {
        // By whatever address the document was found.
        if actors::gone(self.hall(), &doc.id).await? {
            return Err(ResolveError::Refused("gone"));
        }
        if let (None, Some(at)) = (&doc.public_key, &doc.public_key_at) {
            doc.public_key = self.key_document(at).await?.filter(|key| key.owner == doc.id);
        }
        self.note_signing(&doc).await;
        self.0.fetched.insert(doc.id.clone(), ());
        if let Some(known) = actors::wire_by_uri(self.hall(), &doc.id).await? {
            // A type is for good: a person does not become a community (C074).
            if (known.kind == ActorKind::Group) != (doc.kind == DocKind::Group) {
                return Err(ResolveError::Refused("type_changed"));
            }
        }
        let handle = self.confirmed_handle(&doc).await?;
        let community = match doc.kind {
            DocKind::Group => Some(CommunityNote { members: self.members(&doc).await, ..community_note(&doc) }),
            _ => None,
        };
        let id = actors::store_actor(self.hall(), remote_actor(&doc, handle), community).await?;
        // What was parsed from the former document counts no longer.
        let old: Vec<String> =
            self.0.known.iter().filter(|(_, key)| key.actor_uri == doc.id).map(|(key_id, _)| key_id.as_ref().clone()).collect();
        for key_id in old {
            self.0.known.invalidate(&key_id);
        }
        actors::wire(self.hall(), id).await?.ok_or(ResolveError::Refused("gone"))
    }

    /// Notes how an actor's server wants requests signed, if it says so (FEP-844e): with the actor, or in the document
    /// of its own actor, which is asked once.
    async fn note_signing(&self, doc: &ActorDoc) {
        let Some(host) = host_of(&doc.inbox) else { return };
        let said = match (&doc.implements, &doc.generator) {
            (Some(said), _) => Some(*said),
            (None, Some(generator)) if *generator != doc.id && self.0.fetched.get(&format!("generator {host}")).is_none() => {
                self.0.fetched.insert(format!("generator {host}"), ());
                self.document_by_instance(generator).await.ok().as_ref().and_then(Implements::of)
            }
            _ => None,
        };
        let kind = match said {
            Some(Implements { ed25519: true, .. }) => SignatureKind::Edwards,
            Some(Implements { messages: true, .. }) => SignatureKind::Message,
            _ => return,
        };
        self.client().knocks().said(&host, kind).await;
    }

    /// How many follow a group, as its own collection says. A wild number is none (C069).
    async fn members(&self, doc: &ActorDoc) -> Option<i64> {
        let url = activitypub::model::http_url(doc.followers.as_deref()?)?;
        let keys = self.instance_keys().await.ok()?;
        let collection = self.collection(&url, &keys).await.ok()?;
        collection.get("totalItems")?.as_i64().filter(|count| (0..=MAX_MEMBERS).contains(count))
    }

    /// The handle an actor is shown by: on its id's own host unless another host confirms that the handle is
    /// this actor's (FEP-2c59, C071).
    async fn confirmed_handle(&self, doc: &ActorDoc) -> Result<(String, String), ResolveError> {
        let own_host = host_of(&doc.id).ok_or(ResolveError::Refused("not_an_address"))?;
        let own = (doc.preferred_username.to_lowercase(), own_host.clone());
        let Some(claimed) = doc.webfinger.as_deref().and_then(Handle::parse) else { return Ok(own) };
        let Some(host) = claimed.host.clone() else { return Ok(own) };
        if host == own_host {
            return Ok((claimed.name, host));
        }
        match self.finger(&claimed.name, &host).await {
            Ok((uri, _)) if uri == doc.id => Ok((claimed.name, host)),
            _ => Ok(own),
        }
    }

    /// Asks `WebFinger` (RFC 7033) who a handle is: (actor id, host of the subject).
    pub(super) async fn finger(&self, name: &str, host: &str) -> Result<(String, String), ResolveError> {
        if self.is_blocked(host).await? {
            return Err(ResolveError::Refused("blocked"));
        }
        let resource = Resource::Account { user: name.to_owned(), host: host.to_owned() };
        self.finger_resource(host, &resource).await
    }

    /// The same for any resource, asked at this host.
    pub(super) async fn finger_resource(&self, host: &str, resource: &Resource) -> Result<(String, String), ResolveError> {
        let mut url = Url::parse(&format!("{}://{host}/.well-known/webfinger", self.scheme(host)))
            .map_err(|_| ResolveError::Refused("not_an_address"))?;
        url.query_pairs_mut().append_pair("resource", &resource.as_query());
        let keys = self.instance_keys().await?;
        let found = self.client().get(&url, Accept::Jrd, Some(&keys)).await?;
        let info = webfinger::parse_jrd(&found.value).map_err(|_| ResolveError::Refused("webfinger"))?;
        // A group and a person of one name: the group is what is looked for here (facts 28).
        let link = info.self_links.iter().find(|link| link.kind == Some(DocKind::Group)).or(info.self_links.first());
        let href = link.ok_or(ResolveError::Refused("webfinger"))?.href.clone();
        let subject = match Resource::parse(&info.subject) {
            Ok(Resource::Account { host, .. }) => domain::handle::canonical_host(&host).unwrap_or_default(),
            _ => String::new(),
        };
        Ok((href, subject))
    }

    /// Handles say no scheme; http is for development on one machine.
    fn scheme(&self, host: &str) -> &'static str {
        let name = host.split(':').next().unwrap_or(host);
        let loopback =
            name == "localhost" || name.ends_with(".localhost") || name.starts_with("127.") || host.starts_with("[::1]");
        if self.hall().settings().insecure && loopback { "http" } else { "https" }
    }

    /// What software an actor's server says it runs. Asked once in a while: where one thing ran another may run now, and
    /// what is sent there depends on it.
    pub(crate) async fn software(&self, actor_uri: &str) -> Option<String> {
        let host = host_of(actor_uri).filter(|_| !self.is_ours(actor_uri))?;
        let known = async || actors::software(self.hall(), &host).await.ok().flatten();
        if let (Some(known), true) = (known().await, self.0.runs.get(&host).is_some()) {
            return Some(known);
        }
        // Whoever wants to know while it is being asked waits for the answer.
        let turn = self.0.turns.get_with(format!("nodeinfo {host}"), Arc::default);
        let _turn = turn.lock().await;
        // One that does not say is not asked again and again.
        let asked = format!("nodeinfo {host}");
        if self.0.fetched.get(&asked).is_none() {
            self.0.fetched.insert(asked, ());
            let said = self.nodeinfo(actor_uri).await;
            // One that once said it and does not now runs the same, as far as anybody knows.
            if said.is_some() || known().await.is_some() {
                self.0.runs.insert(host.clone(), ());
            }
            if let Some((name, version)) = said {
                if let Err(error) = actors::set_software(self.hall(), &host, &name, &version).await {
                    tracing::warn!(%error, "what a host runs could not be noted");
                }
                return Some(name);
            }
        }
        known().await
    }

    /// Name and version of what runs there, by its `NodeInfo`.
    async fn nodeinfo(&self, actor_uri: &str) -> Option<(String, String)> {
        let origin = activitypub::model::http_url(actor_uri)?;
        let keys = self.instance_keys().await.ok()?;
        let links = self.client().get(&origin.join("/.well-known/nodeinfo").ok()?, Accept::Json, Some(&keys)).await.ok()?;
        let href = links.value.get("links")?.as_array()?.iter().take(20).find_map(|link| {
            let rel = link.get("rel")?.as_str()?;
            rel.starts_with("http://nodeinfo.diaspora.software/ns/schema/2.").then(|| link.get("href")?.as_str())?
        })?;
        let target = activitypub::model::http_url(href).filter(|url| url.origin() == origin.origin())?;
        let info = self.client().get(&target, Accept::Json, Some(&keys)).await.ok()?.value;
        let text = |field: &str| Some(info.get("software")?.get(field)?.as_str()?.chars().take(64).collect::<String>());
        let (name, version) = (text("name")?.to_lowercase(), text("version").unwrap_or_default());
        Some((name, version))
    }
}

/// The key that an actor's proofs are verified with.
pub(crate) fn proof_key(doc: &ActorDoc) -> Option<&AssertionMethod> {
    let edwards =
        |key: &&AssertionMethod| activitypub::keys::PublicKey::from_multibase(&key.multibase).is_ok_and(|key| !key.is_rsa());
    doc.assertion_methods.iter().find(edwards)
}

fn remote_actor(doc: &ActorDoc, (handle, host): (String, String)) -> RemoteActor {
    let proof = proof_key(doc);
    RemoteActor {
        uri: doc.id.clone(),
        kind: kind(doc.kind),
        handle,
        host,
        name: doc.name.clone().unwrap_or_default(),
        summary: doc.summary.as_deref().map(Html::clean).unwrap_or_default(),
        url: doc.url.clone(),
        icon: doc.icon_url.clone(),
        inbox: doc.inbox.clone(),
        shared_inbox: doc.shared_inbox.clone(),
        outbox: doc.outbox.clone(),
        followers_uri: doc.followers.clone(),
        key_id: doc.public_key.as_ref().map(|key| key.id.clone()),
        key_pem: doc.public_key.as_ref().map(|key| key.pem.clone()),
        proof_key_id: proof.map(|key| key.id.clone()),
        proof_key: proof.map(|key| key.multibase.clone()),
        locked: doc.manually_approves_followers,
        discoverable: doc.discoverable,
        featured_uri: doc.featured.clone(),
        moderators_uri: doc.moderators.clone(),
        moved_to: doc.moved_to.clone(),
        published: doc.published_ms.map(Timestamp),
    }
}

/// An unknown word is never read as open (Lemmy's private communities say only that they approve followers).
fn community_note(doc: &ActorDoc) -> CommunityNote {
    let zone = match doc.zone.as_deref().and_then(Zone::parse) {
        Some(Zone::Open) => Zone::Open,
        Some(_) => Zone::Partner,
        None if doc.manually_approves_followers => Zone::Partner,
        None => Zone::Open,
    };
    let join = doc.join_policy.as_deref().and_then(JoinPolicy::parse).unwrap_or(if doc.manually_approves_followers {
        JoinPolicy::Request
    } else {
        JoinPolicy::Open
    });
    let about = || doc.summary.as_deref().map(|html| domain::text::plain(&Html::clean(html))).unwrap_or_default();
    let purpose: String = doc.purpose.clone().unwrap_or_else(about).chars().take(MAX_PURPOSE).collect();
    CommunityNote { zone, join, purpose, accepts_joins: doc.accepts_joins, members: None }
}

fn kind(kind: DocKind) -> ActorKind {
    match kind {
        DocKind::Person => ActorKind::Person,
        DocKind::Group => ActorKind::Group,
        DocKind::Service => ActorKind::Service,
        DocKind::Application => ActorKind::Application,
        DocKind::Organization => ActorKind::Organization,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(zone: Option<&str>, approves: bool) -> ActorDoc {
        ActorDoc {
            kind: DocKind::Group,
            zone: zone.map(str::to_owned),
            manually_approves_followers: approves,
            ..ActorDoc::default()
        }
    }

    #[test]
    fn a_community_is_open_only_if_nothing_speaks_against_it() {
        for (zone, approves, expected) in [
            (Some("open"), true, Zone::Open),
            (Some("partner"), false, Zone::Partner),
            (None, true, Zone::Partner),
            (None, false, Zone::Open),
        ] {
            assert_eq!(community_note(&group(zone, approves)).zone, expected, "{zone:?} {approves}");
        }
    }
}
