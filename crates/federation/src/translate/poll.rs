//! Polls: votes in polls of this hall, and counts of polls of other halls (facts 75 to 77).

use super::{Done, Failure};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, ObjectDoc, ObjectKind};
use app::federated::{actors, posts};
use app::polls::{NetworkCount, receive_vote, vote_elsewhere};
use app::views::PostRecord;
use domain::id::CommunityId;
use domain::poll::{Choice, Poll};
use domain::time::Timestamp;
use domain::zone::Zone;
use serde_json::Value;

/// The poll that a `Question` is; other objects are none, whatever fields they have.
pub fn asked(object: &ObjectDoc) -> Option<Poll> {
    let doc = object.poll.as_ref().filter(|_| object.kind == ObjectKind::Question)?;
    let number = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
    let choices = doc.options.iter().map(|option| Choice { name: option.name.clone(), votes: number(option.votes) });
    let choices: Vec<Choice> = choices.collect();
    Some(Poll {
        multiple: doc.multiple,
        hidden: choices.iter().all(|choice| choice.votes.is_none()),
        // A poll that was closed early is over, whatever it said before.
        ends_at: doc.closed_ms.into_iter().chain(doc.ends_ms).min().map(Timestamp),
        voters: number(doc.voters),
        choices,
    })
}

/// When an activity says that it was done.
pub fn told(activity: Option<&Activity>, now: Timestamp) -> Timestamp {
    activity.and_then(|activity| activity.published_ms).map_or(now, Timestamp)
}

/// The count of a poll, if an `Update` brings nothing else: it does not say that the text was changed (facts 67).
pub fn count(object: &ObjectDoc, activity: &Activity, now: Timestamp, raw: Option<String>) -> Option<NetworkCount> {
    let poll = asked(object).filter(|_| object.updated_ms.is_none())?;
    Some(NetworkCount { poll, at: told(Some(activity), now), activity: raw })
}

/// A vote, if this is one: a `Note` with a name and no text that answers a poll of ours. One that has a text too is a
/// vote all the same if its name is a choice, and never a comment (facts 76).
pub async fn vote(federation: &Federation, voter: &VerifiedActor, object: &ObjectDoc) -> Option<Done> {
    let choice = object.name.as_deref().filter(|_| object.kind == ObjectKind::Note)?;
    let record = match question(federation, object.in_reply_to.as_deref()?).await {
        Ok(record) => record?,
        Err(failure) => return Some(Err(failure)),
    };
    let named = record.poll.as_ref().is_some_and(|poll| poll.position(choice).is_some());
    if object.content.is_some() && !named {
        return None;
    }
    Some(cast(federation, voter, object, &record, choice).await)
}

/// `PieFed`'s vote, which is an activity of its own: a choice, by its name, in the poll that is its object. One in a poll
/// of another server tells that there is something to count there: `PieFed` sends no counts. `direct`: it came from the
/// voter, not through a group.
pub async fn voted(federation: &Federation, voter: &VerifiedActor, activity: &Activity, direct: bool) -> Done {
    let poll = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let choice = activity.raw.get("choice_text").and_then(Value::as_str).ok_or(Failure::dropped("object_missing"))?;
    if let Some(record) = question(federation, poll).await? {
        return count_in(federation, voter, &record, choice).await;
    }
    if federation.is_ours(poll) || posts::by_uri(federation.hall(), poll).await?.is_none() {
        return Err(Failure::dropped("poll_vote"));
    }
    vote_elsewhere(federation.hall(), &voter.requester, poll, choice, direct.then(|| activity.raw.to_string())).await?;
    Ok("voted elsewhere")
}

/// The poll of ours that has this id.
async fn question(federation: &Federation, uri: &str) -> Result<Option<std::sync::Arc<PostRecord>>, Failure> {
    if !federation.is_ours(uri) {
        return Ok(None);
    }
    let Some(there) = posts::by_uri(federation.hall(), uri).await?.filter(|there| !there.deleted) else { return Ok(None) };
    Ok(posts::record(federation.hall(), there.id).await?.filter(|record| record.local && record.poll.is_some()))
}

async fn cast(federation: &Federation, voter: &VerifiedActor, object: &ObjectDoc, record: &PostRecord, choice: &str) -> Done {
    if object.author()? != voter.wire.uri {
        return Err(Failure::dropped("not_the_author"));
    }
    count_in(federation, voter, record, choice).await
}

async fn count_in(federation: &Federation, voter: &VerifiedActor, record: &PostRecord, choice: &str) -> Done {
    let vouched = match record.community {
        Some(community) => member_elsewhere(federation, community, &voter.wire.uri).await?,
        None => false,
    };
    let counted = receive_vote(federation.hall(), &voter.requester, record.id, choice, vouched).await?;
    Ok(if counted { "voted" } else { "voted before" })
}

/// Whether the hall that hosts this community, where it is another one, says that somebody is a member. Who is in an
/// open community it need not tell; there everybody may read.
async fn member_elsewhere(federation: &Federation, community: CommunityId, who: &str) -> Result<bool, Failure> {
    let Some(group) = actors::community(federation.hall(), community).await?.filter(|group| !group.local) else {
        return Ok(false);
    };
    match group.zone {
        Zone::Open => Ok(true),
        Zone::Internal => Ok(false),
        Zone::Partner => {
            let wire = actors::wire(federation.hall(), group.actor).await?;
            let Some(wire) = wire else { return Ok(false) };
            match federation.host_knows(&wire, who).await {
                Err(error) if error.is_temporary() => Err(Failure::Later(error.to_string())),
                answer => Ok(answer.unwrap_or(false)),
            }
        }
    }
}
