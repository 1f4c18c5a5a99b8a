//! Who asks, by the signature on a GET.

use super::{Asked, Handler};
use crate::Federation;
use crate::resolve::KnownKey;
use activitypub::signature::{self, RequestParts, Unverified};
use app::Requester;
use app::federated::requesters;
use app::views::ActorKind;
use domain::peers::Peers;
use std::sync::Arc;

impl Federation {
    /// Whether a route is there for who asks. Where only listed hosts are spoken with, documents of people, communities
    /// and posts are for their signatures alone. Handles are looked up without any, our own key must be found by hosts
    /// that are about to check our first signature, and a browser is only led to the page.
    pub(super) async fn admits(&self, handler: Handler, asked: &Asked) -> app::Result<bool> {
        let open = match handler {
            Handler::Webfinger
            | Handler::HostMeta
            | Handler::NodeInfoLinks
            | Handler::NodeInfo20
            | Handler::NodeInfo21
            | Handler::InstanceActor
            | Handler::InstanceOutbox
            | Handler::Inbox => true,
            Handler::Actor | Handler::Post => !asked.wants_activity(),
            _ => false,
        };
        Ok(open || self.hall().settings().peers == Peers::Everybody || self.signer(asked).await?.is_some())
    }

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
