//! Who asks, by the signature on a GET.

use super::Asked;
use crate::Federation;
use activitypub::signature::{self, RequestParts};
use app::Requester;
use app::federated::requesters;
use app::views::ActorKind;

impl Federation {
    /// The signer of a request as a requester; `None` without a signature that holds. What is open is answered
    /// without asking this, so that a stranger's request makes us fetch nothing.
    #[expect(clippy::disallowed_methods, reason = "the signature has been verified here")]
    pub(crate) async fn signer(&self, asked: &Asked) -> app::Result<Option<Requester>> {
        if !asked.headers.contains_key("signature") || asked.headers.contains_key("signature-input") {
            return Ok(None);
        }
        let Some(headers) = asked.signed_headers() else { return Ok(None) };
        let parts = RequestParts { method: &asked.method, path_and_query: &asked.path_and_query, headers: &headers, body: None };
        let now = app::federated::now(self.hall()).seconds();
        let Ok(unverified) = signature::inspect(&parts, now, &self.hall().settings().host()) else { return Ok(None) };
        let key_id = unverified.key_id().to_owned();
        let host = crate::host_of(&key_id).unwrap_or_default();
        if self.is_ours(&key_id) || self.is_blocked(&host).await? {
            return Ok(None);
        }
        let verified = async {
            let known = self.key(&key_id).await?;
            self.verify(unverified, known).await
        };
        let known = match verified.await {
            Ok(known) => known,
            Err(error) => {
                tracing::debug!(%error, key = %key_id, "a signed read was not believed");
                return Ok(None);
            }
        };
        if self.is_blocked(&known.host).await? {
            return Ok(None);
        }
        match known.kind {
            // An instance's own actor (FEP-2677) asks for its instance.
            ActorKind::Application => requesters::instance(self.hall(), &known.host).await,
            _ => requesters::remote(self.hall(), known.actor).await,
        }
    }
}
