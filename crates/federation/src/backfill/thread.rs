//! The missing parts of a thread: upwards to its first post, then its conversation and its replies.

use super::collection;
use super::reading::{Reading, Stop};
use crate::Federation;
use crate::keys::LocalKeys;
use crate::resolve::ResolveError;
use crate::translate::{Failure, import};
use activitypub::model::{ObjectDoc, same_origin};
use activitypub::vocab::{id_of, types};
use app::federated::fetches::Job;
use app::federated::{CommunityWire, actors, memberships, posts};
use app::views::PostRecord;
use domain::id::{CommunityId, PostId};
use serde_json::Value;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// How far upwards a reply is followed.
const DEPTH: usize = 100;

/// Completes the thread around a post, as far as the bounds allow. Gives how many posts came with it.
pub async fn complete(federation: &Federation, job: &Job) -> Result<usize, Stop> {
    let target = job.target.as_str();
    let (keys, within) = match job.community {
        Some(community) => {
            let (keys, group) = closed(federation, community).await?;
            (keys, Some(Room { community, group }))
        }
        None => (federation.instance_keys().await?, None),
    };
    let reading = Reading::new(federation, keys);
    let mut look = Look { reading, room: within, taken: 0, root: None, context: None, first: None, seen: HashSet::new() };
    let found = look.upwards(target).await;
    // The first request failed: come back later. Anything else leaves what there is.
    if let (Err(Stop::Failed(error)), true) = (found, look.seen.len() <= 1) {
        return Err(Stop::Failed(error));
    }
    let Some(root) = look.root_of(target).await? else { return Ok(look.taken) };
    match look.downwards(&root).await {
        Ok(()) | Err(Stop::Spent) => Ok(look.taken),
        Err(Stop::Failed(error)) if look.taken > 0 => {
            tracing::debug!(%error, "a thread was not read to its end");
            Ok(look.taken)
        }
        Err(stop) => Err(stop),
    }
}

/// By whom in a closed room is read, and whose room it is.
async fn closed(federation: &Federation, community: CommunityId) -> Result<(Arc<LocalKeys>, CommunityWire), Stop> {
    let nobody = || Stop::Failed(ResolveError::Refused("nobody_here_asked_for_it"));
    let group = actors::community(federation.hall(), community).await?.filter(|group| !group.local).ok_or_else(nobody)?;
    let reader = memberships::local_reader(federation.hall(), community).await?.ok_or_else(nobody)?;
    Ok((federation.keys_of(reader).await?, group))
}

/// A closed community's room. Only its group says what is in it: what it lists, and what something that it announced
/// answers.
struct Room {
    community: CommunityId,
    group: CommunityWire,
}

struct Look<'a> {
    reading: Reading<'a>,
    room: Option<Room>,
    taken: usize,
    root: Option<PostId>,
    context: Option<String>,
    /// What was read last on the way up.
    first: Option<Value>,
    /// Ids and lists that were looked at.
    seen: HashSet<String>,
}

impl Look<'_> {
    fn federation(&self) -> &Federation {
        self.reading.federation
    }

    async fn here(&self, uri: &str) -> Result<Option<Arc<PostRecord>>, Stop> {
        let hall = self.federation().hall();
        match posts::by_uri(hall, uri).await? {
            Some(there) => Ok(posts::record(hall, there.id).await?),
            None => Ok(None),
        }
    }

    async fn known(&self, uri: &str) -> Result<bool, Stop> {
        Ok(self.federation().is_ours(uri) || posts::by_uri(self.federation().hall(), uri).await?.is_some())
    }

    /// Reads what is answered, and what that answers, until something is here. It is stored from the top down.
    async fn upwards(&mut self, target: &str) -> Result<(), Stop> {
        let mut chain = Vec::new();
        let mut at = match self.here(target).await? {
            Some(post) => self.top(&post).await?,
            None => Some(target.to_owned()),
        };
        let mut end = Ok(());
        while let Some(uri) = at.take().filter(|_| chain.len() < DEPTH) {
            if !self.seen.insert(uri.clone()) || self.known(&uri).await? {
                break;
            }
            match self.reading.document(&uri).await.and_then(|value| Ok((read(&value)?, value))) {
                Ok((object, value)) => {
                    at.clone_from(&object.in_reply_to);
                    chain.push((object, value));
                }
                Err(stop) => {
                    end = Err(stop);
                    break;
                }
            }
        }
        for (object, value) in chain.iter().rev() {
            self.store(object, value).await?;
        }
        self.first = chain.pop().map(|(_, value)| value);
        end
    }

    /// What the first post of the thread as it is here answers.
    async fn top(&self, post: &PostRecord) -> Result<Option<String>, Stop> {
        let root = posts::record(self.federation().hall(), post.root).await?;
        Ok(root.and_then(|root| root.in_reply_to_uri.clone()))
    }

    async fn root_of(&mut self, target: &str) -> Result<Option<Arc<PostRecord>>, Stop> {
        let Some(post) = posts::by_uri(self.federation().hall(), target).await? else { return Ok(None) };
        let root = posts::record(self.federation().hall(), post.root).await?;
        // Nothing is asked for on behalf of what is neither for everybody nor in the room that is read in.
        let root = root.filter(|first| match &self.room {
            Some(within) => !first.local && first.community == Some(within.community),
            None => !first.local && first.audience.is_world(),
        });
        self.root = root.as_ref().map(|root| root.id);
        self.context = root.as_ref().and_then(|root| root.context_uri.clone());
        Ok(root)
    }

    /// The conversation where its first post names one, then replies, level by level.
    async fn downwards(&mut self, root: &PostRecord) -> Result<(), Stop> {
        let first = self.first.take().filter(|first| first.get("id").and_then(Value::as_str) == Some(root.uri.as_str()));
        let document = match first {
            Some(first) => first,
            None => self.reading.document(&root.uri).await?,
        };
        let mut replies = VecDeque::new();
        if let Some(context) = document.get("context").and_then(id_of).map(str::to_owned)
            && self.speaks_for(&context, root).await?
        {
            self.list(&context, &mut replies).await?;
        }
        replies.extend(replies_of(&document));
        while let Some(list) = replies.pop_front() {
            if self.seen.insert(list.clone()) {
                self.list(&list, &mut replies).await?;
            }
        }
        Ok(())
    }

    /// Takes what a collection names, and notes where the replies to that are.
    async fn list(&mut self, from: &str, replies: &mut VecDeque<String>) -> Result<(), Stop> {
        if self.room.as_ref().is_some_and(|room| !same_origin(from, &room.group.uri)) {
            return Ok(());
        }
        let items = match collection::items(&mut self.reading, from).await {
            Ok(items) => items,
            Err(Stop::Spent) => return Err(Stop::Spent),
            // One that is not to be had is an empty one.
            Err(Stop::Failed(_)) => return Ok(()),
        };
        for item in items {
            replies.extend(self.item(&item, from).await?);
        }
        Ok(())
    }

    /// A conversation is told by the server of its first post, or of the community it is in.
    async fn speaks_for(&self, context: &str, root: &PostRecord) -> Result<bool, Stop> {
        if same_origin(context, &root.uri) {
            return Ok(true);
        }
        let Some(community) = root.community else { return Ok(false) };
        let group = actors::community(self.federation().hall(), community).await?;
        Ok(group.is_some_and(|group| same_origin(context, &group.uri)))
    }

    /// One post of a collection: taken from it if the collection's origin is its own, else asked for at its own. Gives
    /// where its replies are.
    async fn item(&mut self, item: &Value, from: &str) -> Result<Option<String>, Stop> {
        let Some(id) = id_of(item).map(str::to_owned) else { return Ok(None) };
        if self.known(&id).await? || !self.seen.insert(id.clone()) {
            return Ok(None);
        }
        let whole = types(item).len() == 1 && item.get("attributedTo").is_some() && same_origin(&id, from);
        let document = if whole {
            item.clone()
        } else {
            match self.reading.document(&id).await {
                Ok(document) => document,
                Err(Stop::Spent) => return Err(Stop::Spent),
                Err(Stop::Failed(_)) => return Ok(None),
            }
        };
        let Ok(object) = read(&document) else { return Ok(None) };
        if !self.belongs(&object).await? {
            return Ok(None);
        }
        self.store(&object, &document).await?;
        Ok(replies_of(&document))
    }

    /// Only what is of this thread is taken from a list: it answers something in it, or names the same conversation.
    async fn belongs(&self, object: &ObjectDoc) -> Result<bool, Stop> {
        let Some(parent) = &object.in_reply_to else { return Ok(false) };
        if object.context.is_some() && object.context == self.context {
            return Ok(true);
        }
        let parent = posts::by_uri(self.federation().hall(), parent).await?;
        Ok(parent.is_some_and(|parent| Some(parent.root) == self.root))
    }

    async fn store(&mut self, object: &ObjectDoc, value: &Value) -> Result<(), Stop> {
        let Ok(author) = object.author() else { return Ok(()) };
        self.reading.author(author).await?;
        let taken = match &self.room {
            Some(room) => import::listed(self.federation(), value, room.group.actor).await,
            None => import::read_up(self.federation(), value).await,
        };
        match taken {
            Ok(_) => self.taken += 1,
            Err(Failure::Dropped(why) | Failure::Patient(why)) => {
                tracing::debug!(%why, object = %object.id, "a part of a thread was not taken");
            }
            Err(Failure::Later(why)) => tracing::debug!(%why, object = %object.id, "a part of a thread could not be taken"),
        }
        Ok(())
    }
}

fn read(value: &Value) -> Result<ObjectDoc, Stop> {
    ObjectDoc::parse(value).map_err(|error| ResolveError::from(error).into())
}

/// Where the replies to a post are, on its own origin.
fn replies_of(document: &Value) -> Option<String> {
    let (id, list) = (document.get("id").and_then(Value::as_str)?, document.get("replies")?);
    let url = id_of(list).or_else(|| list.get("first").and_then(id_of))?;
    same_origin(url, id).then(|| url.to_owned())
}
