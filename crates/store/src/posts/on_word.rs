//! A post of a partner community for somebody whom our own rows do not know as a member.

use super::assemble;
use crate::views::PostView;
use crate::{Result, Store, Visible, agreements, facts};
use domain::id::PostId;
use domain::policy::{self, Word};
use domain::requester::Requester;

/// The post, if this word is enough for this requester.
pub async fn on_word(store: &Store, requester: &Requester, id: PostId, word: Word) -> Result<Option<Visible<PostView>>> {
    let conn = store.read();
    let Some(facts) = facts::post(conn, requester, id).await? else { return Ok(None) };
    if !policy::can_see_on_word(requester, &facts, word) {
        return Ok(None);
    }
    let agreed = match (word, facts.audience.community(), requester.host()) {
        (Word::OfTheHost, ..) => true,
        (Word::OfTheAgreement, Some(community), Some(host)) => agreements::reads_as_instance(conn, community, host).await?,
        _ => false,
    };
    if !agreed {
        return Ok(None);
    }
    Ok(assemble(store, requester, &[id]).await?.into_iter().next())
}
