//! Posts of partner communities for those whom our own list of members does not know (design: three organisations).
//!
//! A member here writes in a community that another hall hosts, and a member of a third hall asks us for the post:
//! the community's hall says whether that one is in it. Software that signs its reads as an instance reads for its
//! members where the agreement says so.

use crate::Federation;
use app::federated::{actors, posts};
use app::views::PostView;
use app::{Error, Requester, Visible};
use domain::id::PostId;
use domain::policy::Word;
use domain::requester::Principal;

/// The post, on the word of its community's hall or of the agreement; else it is not there.
pub(super) async fn on_word(federation: &Federation, signer: &Requester, id: PostId) -> app::Result<Visible<PostView>> {
    let word = match signer.principal() {
        Principal::Instance { .. } => Word::OfTheAgreement,
        Principal::Remote { actor, .. } => {
            let who = actors::wire(federation.hall(), *actor).await?.ok_or_else(Error::not_found)?;
            let group = posts::partner_elsewhere(federation.hall(), id).await?.ok_or_else(Error::not_found)?;
            // No answer is no word.
            if !federation.host_knows(&group, &who.uri).await.unwrap_or(false) {
                return Err(Error::not_found());
            }
            Word::OfTheHost
        }
        _ => return Err(Error::not_found()),
    };
    posts::show_on_word(federation.hall(), signer, id, word).await
}
