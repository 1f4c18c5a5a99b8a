//! Finding out who somebody on the network is, and what an address stands for.

mod actor;
mod find;
mod key;
mod membership;

pub(crate) use actor::proof_key;
pub use key::{KnownKey, STRANGERS};

use crate::Federation;
use crate::fetch::{Accept, FetchError};
use crate::keys::LocalKeys;
use activitypub::model::{ModelError, http_url, same_host};
use app::federated::{actors, memberships, posts};
use domain::id::CommunityId;
use domain::zone::Zone;
use serde_json::Value;
use url::Url;

/// Why something on the network could not be found.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ResolveError {
    /// No usable answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An answer that is not what it should be.
    #[error("the document is refused: {0}")]
    Refused(&'static str),
    /// Something went wrong here.
    #[error(transparent)]
    App(#[from] app::Error),
}

impl From<ModelError> for ResolveError {
    fn from(error: ModelError) -> Self {
        Self::Refused(error.code())
    }
}

impl Federation {
    /// The document with this id, from its own origin: what is fetched must say that it is what was asked
    /// for, or name another id on the same host, which is then asked itself, once (facts 20, C046).
    pub(crate) async fn document(&self, id: &str, signer: &LocalKeys) -> Result<Value, ResolveError> {
        let mut asked = http_url(id).ok_or(ResolveError::Refused("not_an_address"))?;
        for _ in 0..2 {
            if self.is_ours(asked.as_str()) {
                return Err(ResolveError::Refused("our_own_id"));
            }
            if self.is_blocked(&domain::handle::of_url(&asked).unwrap_or_default()).await? {
                return Err(ResolveError::Refused("blocked"));
            }
            let found = self.client().get(&asked, Accept::Activity, Some(signer)).await?;
            let named = found.value.get("id").and_then(Value::as_str).ok_or(ResolveError::Refused("no_id"))?;
            if http_url(named).is_some_and(|named| same_resource(&named, &found.url)) {
                return Ok(found.value);
            }
            if !same_host(named, asked.as_str()) {
                return Err(FetchError::NotTheId.into());
            }
            asked = http_url(named).ok_or(FetchError::NotTheId)?;
        }
        Err(FetchError::NotTheId.into())
    }

    /// A document of a community's room: a closed one's is asked for by somebody of this hall who is in it, for only
    /// members may read there; where nobody is, it is nobody's here.
    pub(crate) async fn document_in(&self, community: CommunityId, id: &str) -> Result<Value, ResolveError> {
        let hall = self.hall();
        let zone = actors::community(hall, community).await?.map(|group| group.zone);
        if zone == Some(Zone::Open) {
            return self.document_by_instance(id).await;
        }
        let reader =
            memberships::local_reader(hall, community).await?.ok_or(ResolveError::Refused("nobody_here_asked_for_it"))?;
        let keys = self.keys_of(reader).await?;
        self.document(id, &keys).await
    }

    /// A collection or a page of one: whatever id it gives itself, it comes from the origin that was asked.
    pub(crate) async fn collection(&self, url: &Url, signer: &LocalKeys) -> Result<Value, ResolveError> {
        if self.is_ours(url.as_str()) {
            return Err(ResolveError::Refused("our_own_id"));
        }
        if self.is_blocked(&domain::handle::of_url(url).unwrap_or_default()).await? {
            return Err(ResolveError::Refused("blocked"));
        }
        let found = self.client().get(url, Accept::Activity, Some(signer)).await?;
        if found.url.origin() == url.origin() { Ok(found.value) } else { Err(FetchError::NotTheId.into()) }
    }

    /// A document that may be here in an earlier form: asked for as the room it is in demands.
    pub(crate) async fn document_again(&self, id: &str) -> Result<Value, ResolveError> {
        let known = match posts::by_uri(self.hall(), id).await? {
            Some(there) => posts::record(self.hall(), there.id).await?,
            None => None,
        };
        match known.and_then(|record| record.community) {
            Some(community) => self.document_in(community, id).await,
            None => self.document_by_instance(id).await,
        }
    }

    /// The same, signed by the instance itself.
    pub(crate) async fn document_by_instance(&self, id: &str) -> Result<Value, ResolveError> {
        let keys = self.instance_keys().await?;
        self.document(id, &keys).await
    }
}

fn same_resource(a: &Url, b: &Url) -> bool {
    let bare = |url: &Url| {
        let mut url = url.clone();
        url.set_fragment(None);
        url
    };
    bare(a) == bare(b)
}
