//! Who is in a partner community that another hall hosts: its host is asked (facts 61).

use crate::fetch::FetchError;
use crate::{Federation, host_of};
use activitypub::model::same_origin;
use app::federated::ActorWire;
use url::Url;

impl Federation {
    /// Whether a community's own hall says that somebody is in it, asked as this hall. Its answer counts for four
    /// seconds: who is put out there is soon put out here.
    pub(crate) async fn host_knows(&self, group: &ActorWire, who: &str) -> Result<bool, FetchError> {
        let key = (group.id, who.to_owned());
        if let Some(known) = self.0.vouched.get(&key) {
            return Ok(known);
        }
        let found = self.ask_host(group, who).await?;
        self.0.vouched.insert(key, found);
        Ok(found)
    }

    async fn ask_host(&self, group: &ActorWire, who: &str) -> Result<bool, FetchError> {
        let followers = group.followers_uri.clone().unwrap_or_else(|| format!("{}/followers", group.uri));
        let mut url = Url::parse(&followers).map_err(|_| FetchError::Refused)?;
        // Only the community's own origin speaks for it.
        if !same_origin(&followers, &group.uri) {
            return Err(FetchError::Refused);
        }
        let host = host_of(&group.uri).unwrap_or_default();
        if self.0.silent.get(&host).is_some() {
            return Err(FetchError::Unreachable);
        }
        url.query_pairs_mut().append_pair("is_follower", who);
        let keys = self.instance_keys().await.map_err(|_| FetchError::Unreachable)?;
        let answer = self.client().says_yes(&url, &keys).await;
        if answer.is_err() {
            self.0.silent.insert(host, ());
        }
        answer
    }
}
