//! Votes of people of other halls, and what other halls have counted in their polls.

use super::{counted_here, over};
use crate::effects::{self, Wire};
use crate::federated::{ReceivedAct, fetches};
use crate::{Error, ErrorKind, Hall, Requester, Result};
use domain::id::{ActorId, CommunityId, PostId};
use domain::policy::{self, Refusal};
use domain::poll::Poll;
use domain::time::Timestamp;
use store::{Tx, acts, facts, polls, posts};

/// A person of another hall votes for one choice of a poll of this hall. Repeated, or a second choice where only one
/// can be picked, it changes nothing: `false`. `vouched`: the hall that hosts the poll's community, where that is
/// another one, says that the voter is a member, or everybody may read there.
pub async fn receive_vote(hall: &Hall, requester: &Requester, post: PostId, choice: &str, vouched: bool) -> Result<bool> {
    let (requester, choice) = (requester.clone(), choice.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let poll = polls::read(tx, post).await?.ok_or_else(Error::not_found)?;
                let post = facts::post(tx, &requester, post).await?.filter(|post| post.local).ok_or_else(Error::not_found)?;
                let elsewhere = post.community.as_ref().is_some_and(|community| !community.local);
                let permit = if elsewhere && vouched {
                    policy::can_vote_elsewhere(&requester, &post)?
                } else {
                    policy::can_vote(&requester, &post)?
                };
                if poll.ended(tx.now()) {
                    return Err(over().into());
                }
                let position = poll.position(&choice).ok_or_else(unknown_choice)?;
                if !poll.multiple && !polls::chosen(tx, post.id, permit.actor()).await?.is_empty() {
                    return Ok(false);
                }
                let counted = polls::vote(tx, permit, &[position]).await?;
                if counted {
                    counted_here(tx, &post).await?;
                }
                Ok(counted)
            })
        })
        .await
}

/// A person of another hall votes for a choice of a poll that a third one counts, in a community: the count is read
/// there soon. `poll` is the post's id on the network. `activity`: the vote as received from whoever voted, passed on where
/// the community is hosted here; its members' servers may count for themselves (`PieFed`'s do). `None`: the hall that hosts
/// the community passed it on.
pub async fn vote_elsewhere(
    hall: &Hall,
    requester: &Requester,
    poll: &str,
    choice: &str,
    activity: Option<String>,
) -> Result<()> {
    let (requester, uri, choice) = (requester.clone(), poll.to_owned(), choice.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let post = posts::id_by_uri(tx, &uri).await?.filter(|post| !post.deleted).ok_or_else(Error::not_found)?.id;
                let poll = polls::read(tx, post).await?.ok_or_else(Error::not_found)?;
                let post = facts::post(tx, &requester, post).await?.filter(|post| !post.local).ok_or_else(Error::not_found)?;
                let community = post.community.as_ref().ok_or_else(Error::not_found)?;
                match (community.local, activity) {
                    (true, Some(activity)) => {
                        // Passed on is only what counts.
                        let voter = policy::can_vote(&requester, &post)?.actor();
                        if poll.ended(tx.now()) {
                            return Err(over().into());
                        }
                        let position = poll.position(&choice).ok_or_else(unknown_choice)?;
                        if !first_of_its_kind(tx, voter, &uri, position, poll.multiple, community.id).await? {
                            return Ok(());
                        }
                        let relay = Wire::Relay { community: community.id, post: Some(post.id), activity, starter: false };
                        effects::outside(tx, &relay).await?;
                    }
                    (false, None) => {}
                    // Its own group tells of it.
                    (true, None) | (false, Some(_)) => return Err(Error::not_found()),
                }
                fetches::ask_for_count(tx, &uri).await
            })
        })
        .await
}

/// Remembers who voted for what in a poll that is counted elsewhere. `false`: that is no news, or a second choice where
/// only one can be picked.
async fn first_of_its_kind(tx: &Tx, who: ActorId, poll: &str, choice: i64, multiple: bool, room: CommunityId) -> Result<bool> {
    let uri = format!("{poll}#{who} {choice}");
    if acts::by_uri(tx, &uri).await?.is_some() || (!multiple && acts::did(tx, who, "PollVote", poll).await?) {
        return Ok(false);
    }
    let (kind, object_uri, reason, body) = ("PollVote".into(), poll.to_owned(), String::new(), String::new());
    acts::keep(tx, &ReceivedAct { uri, actor: who, kind, object_uri, target_uri: None, community: Some(room), reason, body })
        .await?;
    Ok(true)
}

fn unknown_choice() -> Refusal {
    Refusal::invalid("choice_unknown", "The poll has no such choice.")
}

/// What another hall says it has counted.
#[derive(Debug, Clone)]
pub struct NetworkCount {
    /// The poll as it stands there.
    pub poll: Poll,
    /// When that was said.
    pub at: Timestamp,
    /// The activity as received, to be announced if we host the community.
    pub activity: Option<String>,
}

/// The author's hall tells the count of a poll; nothing else of the post changes. `NotFound` with code `unknown`: the
/// post is not here; fetch it.
pub async fn receive_count(hall: &Hall, requester: &Requester, uri: &str, news: NetworkCount) -> Result<()> {
    let (requester, uri) = (requester.clone(), uri.to_owned());
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let unknown = || Error::new(ErrorKind::NotFound, "unknown", "This post is not known here.");
                let there = posts::id_by_uri(tx, &uri).await?.ok_or_else(unknown)?;
                if there.deleted {
                    return Ok(());
                }
                let facts = facts::post(tx, &requester, there.id).await?.ok_or_else(Error::not_found)?;
                // Who may change a post may also say how its poll stands; there is no other permit for it.
                let _ = policy::edit(&requester, &facts)?;
                let counted = polls::count(tx, facts.id, &news.poll, earlier(news.at, tx)).await?;
                if let (true, Some(community), Some(activity)) = (counted, facts.community.filter(|c| c.local), news.activity) {
                    let relay = Wire::Relay { community: community.id, post: Some(facts.id), activity, starter: false };
                    effects::outside(tx, &relay).await?;
                }
                Ok(())
            })
        })
        .await
}

/// The poll of a post that its author's hall says it has changed, or (with `edited` false) says nothing new about.
pub(crate) async fn changed(tx: &Tx, post: PostId, poll: &Poll, edited: bool, at: Timestamp) -> Result<bool> {
    if edited {
        polls::change(tx, post, poll).await?;
    }
    Ok(polls::count(tx, post, poll, earlier(at, tx)).await?)
}

/// Nobody's news are from the future: they would outlast all later ones.
fn earlier(at: Timestamp, tx: &Tx) -> Timestamp {
    Timestamp(at.0.min(tx.now().0))
}
