//! From the id of a key to the actor who signs with it.

use super::ResolveError;
use crate::fetch::{Accept, FetchError};
use crate::{Federation, host_of};
use activitypub::keys::PublicKey;
use activitypub::model::{PublicKeyDoc, http_url, same_origin};
use activitypub::signature::Unverified;
use app::federated::{ActorWire, actors};
use app::views::ActorKind;
use domain::id::ActorId;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Most actors of one domain that are met for the first time within an hour because they ask something of us.
pub const STRANGERS: u32 = 1_000;

/// A key that is known, parsed, with the actor it belongs to.
#[derive(Debug)]
pub struct KnownKey {
    /// Whose.
    pub actor: ActorId,
    /// The network's id of it.
    pub actor_uri: String,
    /// What it is.
    pub kind: ActorKind,
    /// Its canonical host, as its handle has it.
    pub host: String,
    /// The host its id is on; blocks count for both.
    pub uri_host: String,
    /// The key.
    pub key: PublicKey,
}

impl Federation {
    /// A key as stored; `None` if it is not known.
    pub(crate) async fn stored_key(&self, key_id: &str) -> Result<Option<Arc<KnownKey>>, ResolveError> {
        if let Some(known) = self.0.known.get(key_id) {
            return Ok(Some(known));
        }
        match actors::wire_by_key(self.hall(), key_id).await? {
            Some(wire) => Ok(self.parse_key(key_id, wire)),
            None => Ok(None),
        }
    }

    fn parse_key(&self, key_id: &str, wire: ActorWire) -> Option<Arc<KnownKey>> {
        let host = wire.host?;
        let own = |key: &Option<(String, String)>| key.clone().filter(|(id, _)| id == key_id).map(|(_, key)| key);
        // The RSA key signs requests; the Ed25519 key requests by RFC 9421 and documents (FEP-521a, FEP-8b32), whose
        // bytes cannot be taken for each other.
        let key = match (own(&wire.key), own(&wire.proof_key)) {
            (Some(pem), _) => PublicKey::from_pem(&pem).ok()?,
            (None, Some(multibase)) => PublicKey::from_multibase(&multibase).ok()?,
            (None, None) => return None,
        };
        let uri_host = host_of(&wire.uri)?;
        let known = Arc::new(KnownKey { actor: wire.id, actor_uri: wire.uri, kind: wire.kind, host, uri_host, key });
        self.0.known.insert(key_id.to_owned(), known.clone());
        Some(known)
    }

    /// The key of this very actor, fetched if need be: whatever key document there is, only the actor's own
    /// document says which key is its own (C013, C027).
    pub(crate) async fn key_of_actor(&self, key_id: &str, actor_uri: &str) -> Result<Arc<KnownKey>, ResolveError> {
        if let Some(known) = self.stored_key(key_id).await? {
            return if known.actor_uri == actor_uri { Ok(known) } else { Err(ResolveError::Refused("key_of_another")) };
        }
        if !same_origin(key_id, actor_uri) {
            return Err(ResolveError::Refused("key_of_another"));
        }
        if actors::wire_by_uri(self.hall(), actor_uri).await?.is_some() {
            // A known actor with a key of another id: it may have a new one.
            return self.new_key(key_id, actor_uri, |_| true).await?.ok_or(ResolveError::Refused("key_unknown"));
        }
        self.meet(actor_uri)?;
        let wire = self.fetch_key_owner(actor_uri).await?;
        self.parse_key(key_id, wire).ok_or(ResolveError::Refused("key_unknown"))
    }

    /// Counts the strangers of one domain within an hour: whoever can make up hosts and actors fills no table with them
    /// (C139). The rest of them may come again later.
    fn meet(&self, actor_uri: &str) -> Result<(), ResolveError> {
        let domain = app::federated::fetches::domain_of(actor_uri).ok_or(ResolveError::Refused("not_an_address"))?;
        let met = self.0.met.get_with(domain, Arc::default);
        if met.fetch_add(1, Ordering::Relaxed) >= STRANGERS {
            return Err(ResolveError::Refused("asked_a_moment_ago"));
        }
        Ok(())
    }

    /// The key that an actor may have since a moment ago. One request of an actor asks, the others wait for what it finds;
    /// a stranger can make us ask, but whoever makes us ask brings the new key in for everybody.
    async fn new_key(
        &self,
        key_id: &str,
        actor_uri: &str,
        fits: impl Fn(&KnownKey) -> bool,
    ) -> Result<Option<Arc<KnownKey>>, ResolveError> {
        let turn = self.0.turns.get_with(actor_uri.to_owned(), Arc::default);
        let _turn = turn.lock().await;
        // What was parsed here may be older than what another process has stored.
        let stored = actors::wire_by_key(self.hall(), key_id).await?.filter(|wire| wire.uri == actor_uri);
        if let Some(stored) = stored.and_then(|wire| self.parse_key(key_id, wire)).filter(|stored| fits(stored)) {
            return Ok(Some(stored));
        }
        if self.0.rekeyed.get(actor_uri).is_some() {
            return Err(ResolveError::Refused("asked_a_moment_ago"));
        }
        let found = self.fetch_key_owner(actor_uri).await;
        // A host that does not answer is left alone as one that is silent.
        if !matches!(&found, Err(ResolveError::Fetch(error)) if error.is_temporary()) {
            self.0.rekeyed.insert(actor_uri.to_owned(), ());
        }
        Ok(self.parse_key(key_id, found?))
    }

    async fn fetch_key_owner(&self, actor_uri: &str) -> Result<ActorWire, ResolveError> {
        let host = host_of(actor_uri).unwrap_or_default();
        if self.0.silent.get(&host).is_some() {
            return Err(FetchError::Unreachable.into());
        }
        let found = self.fetch_actor(actor_uri).await;
        if matches!(&found, Err(ResolveError::Fetch(error)) if error.is_temporary()) {
            self.0.silent.insert(host, ());
        }
        found
    }

    /// The key with this id, whoever it belongs to: for signed reads, which name no actor.
    pub(crate) async fn key(&self, key_id: &str) -> Result<Arc<KnownKey>, ResolveError> {
        if let Some(known) = self.stored_key(key_id).await? {
            return Ok(known);
        }
        let owner = match key_id.split_once('#') {
            Some((owner, _)) => owner.to_owned(),
            None => self.owner_of(key_id).await?,
        };
        self.key_of_actor(key_id, &owner).await
    }

    /// A key with an address of its own (facts 12): its document names the owner, who is then asked.
    async fn owner_of(&self, key_id: &str) -> Result<String, ResolveError> {
        if self.is_ours(key_id) {
            return Err(ResolveError::Refused("our_own_id"));
        }
        self.ask_again(key_id)?;
        let key = self.key_document(key_id).await?.ok_or(ResolveError::Refused("key_unknown"))?;
        Ok(key.owner)
    }

    /// What an address says of the key with that id: in the bare key, in a stub of an actor, or in a whole one.
    pub(super) async fn key_document(&self, key_id: &str) -> Result<Option<PublicKeyDoc>, ResolveError> {
        let url = http_url(key_id).ok_or(ResolveError::Refused("not_an_address"))?;
        let keys = self.instance_keys().await?;
        let found = self.client().get(&url, Accept::Activity, Some(&keys)).await?;
        Ok(PublicKeyDoc::find(&found.value, key_id))
    }

    /// A stranger's request must not make us ask the same address again and again.
    pub(crate) fn ask_again(&self, uri: &str) -> Result<(), ResolveError> {
        if self.0.refetched.get(uri).is_some() {
            return Err(ResolveError::Refused("asked_a_moment_ago"));
        }
        self.0.refetched.insert(uri.to_owned(), ());
        Ok(())
    }

    /// Checks a signature; if it does not fit, the actor is asked once whether it has a new key (C026).
    pub(crate) async fn verify(&self, signature: Unverified, known: Arc<KnownKey>) -> Result<Arc<KnownKey>, ResolveError> {
        // Some twenty microseconds: less than the way to another thread and back.
        if signature.verify(&known.key).is_ok() {
            return Ok(known);
        }
        if !signature.may_be_good() {
            return Err(ResolveError::Refused("signature_bad"));
        }
        let fits = |key: &KnownKey| signature.verify(&key.key).is_ok();
        let fresh = self.new_key(signature.key_id(), &known.actor_uri, fits).await?;
        fresh.filter(|fresh| fits(fresh)).ok_or(ResolveError::Refused("signature_bad"))
    }
}
