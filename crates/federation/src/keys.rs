//! Keys of local actors: made the first time they are needed, kept sealed, parsed once.

use activitypub::keys::{Ed25519KeyPair, RsaKeyPair};
use app::Hall;
use app::federated::{ActorKeys, actors};
use domain::id::ActorId;
use moka::sync::Cache;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A local actor's key pairs and the ids they have on the network.
#[derive(Debug)]
pub struct LocalKeys {
    /// Id of the RSA key.
    pub key_id: String,
    /// Signs requests.
    pub rsa: RsaKeyPair,
    /// Id of the Ed25519 key.
    pub proof_key_id: String,
    /// Signs documents (FEP-8b32).
    pub ed25519: Ed25519KeyPair,
}

/// The key ring of the hall.
#[derive(Debug)]
pub struct Keyring {
    hall: Hall,
    /// A cell each, so that many who ask at once wait for one reading, or one making: RSA keys take long to find.
    cache: Cache<ActorId, Arc<OnceCell<Arc<LocalKeys>>>>,
}

impl Keyring {
    /// An empty one.
    pub fn new(hall: Hall) -> Self {
        Self { hall, cache: Cache::new(2_000) }
    }

    /// A local actor's keys. They are never changed: peers that keep an old key would refuse us (facts 14).
    pub async fn of(&self, actor: ActorId, uri: &str) -> app::Result<Arc<LocalKeys>> {
        let cell = self.cache.get_with(actor, Arc::default);
        cell.get_or_try_init(|| self.read(actor, uri)).await.cloned()
    }

    async fn read(&self, actor: ActorId, uri: &str) -> app::Result<Arc<LocalKeys>> {
        let stored = match actors::keys(&self.hall, actor).await? {
            Some(keys) => keys,
            None => self.make(actor).await?,
        };
        let uri = uri.to_owned();
        Ok(Arc::new(blocking(move || parse(&stored, &uri)).await??))
    }

    async fn make(&self, actor: ActorId) -> app::Result<ActorKeys> {
        let fresh = blocking(generate).await??;
        actors::keep_keys(&self.hall, actor, fresh).await?;
        // Another process may have been faster: what is stored counts.
        actors::keys(&self.hall, actor).await?.ok_or_else(|| app::Error::internal("keys that were just stored are not there"))
    }
}

/// Runs something that takes the processor for a while off the async threads.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> app::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(app::Error::internal)
}

fn generate() -> app::Result<ActorKeys> {
    let rsa = RsaKeyPair::generate().map_err(app::Error::internal)?;
    let ed25519 = Ed25519KeyPair::generate().map_err(app::Error::internal)?;
    Ok(ActorKeys {
        rsa_pkcs8: rsa.to_pkcs8(),
        rsa_public_pem: rsa.public_pem(),
        ed25519_pkcs8: ed25519.to_pkcs8(),
        ed25519_public: ed25519.public_multibase(),
    })
}

fn parse(stored: &ActorKeys, uri: &str) -> app::Result<LocalKeys> {
    Ok(LocalKeys {
        key_id: format!("{uri}#main-key"),
        rsa: RsaKeyPair::from_pkcs8(&stored.rsa_pkcs8).map_err(app::Error::internal)?,
        proof_key_id: format!("{uri}#ed25519-key"),
        ed25519: Ed25519KeyPair::from_pkcs8(&stored.ed25519_pkcs8).map_err(app::Error::internal)?,
    })
}
