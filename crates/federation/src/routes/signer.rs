//! Who asks, by the signature on a GET.

use super::Asked;
use crate::Federation;
use crate::resolve::KnownKey;
use activitypub::signature::{self, RequestParts, Unverified};
use app::Requester;
use app::federated::requesters;
use app::views::ActorKind;
use std::sync::Arc;

impl Federation {
    /// The signer of a request as a requester; `None` without a signature that holds. What is open is answered
    /// without asking this, so that a stranger's request makes us fetch nothing.
    #[expect(clippy::disallowed_methods, reason = "the signature has been verified here")]
    pub(crate) async fn signer(&self, asked: &Asked) -> app::Result<Option<Requester>> {
        if !asked.headers.contains_key("signature") {
            return Ok(None);
        }
        let Some(headers) = asked.signed_headers() else { return Ok(None) };
        let parts = RequestParts { method: &asked.method, path_and_query: &asked.path_and_query, headers: &headers, body: None };
        let now = app::federated::now(self.hall()).seconds();
        let Ok(claims) = signature::inspect(&parts, now, self.base()) else { return Ok(None) };
        let mut signer: Option<Arc<KnownKey>> = None;
        for claim in claims {
            let Some(known) = self.believed(claim).await? else { return Ok(None) };
            // Several signatures must all be one actor's.
            if signer.is_some_and(|other| other.actor != known.actor) {
                return Ok(None);
            }
            signer = Some(known);
        }
        let Some(known) = signer else { return Ok(None) };
        match known.kind {
            // An instance's own actor (FEP-2677) asks for its instance.
            ActorKind::Application => requesters::instance(self.hall(), &known.host).await,
            _ => requesters::remote(self.hall(), known.actor).await,
        }
    }

    /// The key that a claim was made with, if it holds and its host is not blocked.
    async fn believed(&self, claim: Unverified) -> app::Result<Option<Arc<KnownKey>>> {
        let key_id = claim.key_id().to_owned();
        let host = crate::host_of(&key_id).unwrap_or_default();
        if self.is_ours(&key_id) || self.is_blocked(&host).await? {
            return Ok(None);
        }
        let verified = async {
            let known = self.key(&key_id).await?;
            self.verify(claim, known).await
        };
        let known = match verified.await {
            Ok(known) => known,
            Err(error) => {
                tracing::debug!(%error, key = %key_id, "a signed read was not believed");
                return Ok(None);
            }
        };
        Ok(if self.is_blocked(&known.host).await? { None } else { Some(known) })
    }
}
