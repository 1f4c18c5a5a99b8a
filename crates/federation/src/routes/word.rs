//! Posts of partner communities for those whom our own list of members does not know (design: three organisations).
//!
//! A member here writes in a community that another hall hosts, and a member of a third hall asks us for the post:
//! the community's hall says whether that one is in it. Software that signs its reads as an instance reads for its
//! members where the agreement says so.

use crate::Federation;
use app::federated::{ActorWire, actors, posts};
use app::views::PostView;
use app::{Error, Requester, Visible};
use domain::id::PostId;
use domain::policy::Word;
use domain::requester::Principal;
use url::Url;

/// The post, on the word of its community's hall or of the agreement; else it is not there.
pub(super) async fn on_word(federation: &Federation, signer: &Requester, id: PostId) -> app::Result<Visible<PostView>> {
    let word = match signer.principal() {
        Principal::Instance { .. } => Word::OfTheAgreement,
        Principal::Remote { actor, .. } => {
            let who = actors::wire(federation.hall(), *actor).await?.ok_or_else(Error::not_found)?;
            let group = posts::partner_elsewhere(federation.hall(), id).await?.ok_or_else(Error::not_found)?;
            if !federation.host_knows(&group, &who).await {
                return Err(Error::not_found());
            }
            Word::OfTheHost
        }
        _ => return Err(Error::not_found()),
    };
    posts::show_on_word(federation.hall(), signer, id, word).await
}

impl Federation {
    /// Whether a community's own hall says that somebody is in it, asked as this hall (facts 61). Its answer counts
    /// for four seconds: who is put out there is soon put out here.
    async fn host_knows(&self, group: &ActorWire, who: &ActorWire) -> bool {
        let key = (group.id, who.id);
        if let Some(known) = self.0.vouched.get(&key) {
            return known;
        }
        let found = self.ask_host(group, who).await;
        // No answer is no word, and is asked for again as soon.
        self.0.vouched.insert(key, found);
        found
    }

    async fn ask_host(&self, group: &ActorWire, who: &ActorWire) -> bool {
        let followers = group.followers_uri.clone().unwrap_or_else(|| format!("{}/followers", group.uri));
        // Only the community's own origin speaks for it.
        let own = activitypub::model::same_origin(&followers, &group.uri);
        let (Some(mut url), true, Ok(keys)) = (Url::parse(&followers).ok(), own, self.instance_keys().await) else {
            return false;
        };
        url.query_pairs_mut().append_pair("is_follower", &who.uri);
        self.client().says_yes(&url, &keys).await.unwrap_or(false)
    }
}
