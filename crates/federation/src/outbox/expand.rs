//! The worker that writes consequences out: activities, their deliveries and the end of the consequence in
//! one transaction. A consequence that is carried out twice gives the same ids, so nobody sees it twice.

use super::actors::actor_document;
use super::answers::asked;
use super::{announced, deletion, order, poll, post, quote};
use crate::Federation;
use crate::inbox::LOOK;
use crate::settler::panic_text;
use activitypub::build::{Envelope, accept, announce, follow, join, leave, like, reject, undo, update};
use activitypub::vocab::PUBLIC;
use app::federated::outgoing::{self, Outgoing, To, carry_out};
use app::federated::{ActorWire, Banned, CommunityWire, Effect, NewActivity, Via, Wire, actors, memberships, posts};
use app::jobs::insist;
use domain::audience::Reach;
use domain::id::{ActorId, CommunityId, PostId};
use domain::membership::MembershipState;
use futures_util::FutureExt;
use serde_json::Value;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use tokio_util::sync::CancellationToken;

/// Works until cancelled; what was not begun is given back.
pub async fn work(federation: Federation, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match outgoing::claim(federation.hall()).await {
            Ok(batch) if !batch.is_empty() => {
                // In order: a post's change follows the post. What fails lets the rest of its subject wait.
                let mut failed = BTreeSet::new();
                for effect in batch {
                    if stop.is_cancelled() || failed.contains(&effect.subject) {
                        give_back(&federation, &effect).await;
                    } else if !one(&federation, &effect).await && !effect.subject.is_empty() {
                        failed.insert(effect.subject);
                    }
                }
            }
            Ok(_) => idle(&federation, &stop).await,
            Err(error) => {
                tracing::warn!(%error, "the consequences could not be read");
                idle(&federation, &stop).await;
            }
        }
    }
}

async fn idle(federation: &Federation, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = outgoing::queued(federation.hall()) => {}
        () = tokio::time::sleep(LOOK) => {}
    }
}

/// Gives whether it was carried out.
async fn one(federation: &Federation, effect: &Effect) -> bool {
    let carried = async {
        let wire: Wire = serde_json::from_str(&effect.payload).map_err(app::Error::internal)?;
        let outgoing = Expansion { federation, effect }.expand(wire).await?;
        carry_out(federation.hall(), Some(effect), outgoing).await
    };
    let (reason, panicked) = match AssertUnwindSafe(carried).catch_unwind().await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => (error.to_string(), false),
        Err(panic) => (format!("panic: {}", panic_text(panic.as_ref())), true),
    };
    tracing::warn!(%reason, effect = effect.id, "a consequence was not carried out");
    if let Err(error) = insist(|| outgoing::failed(federation.hall(), effect, &reason, panicked)).await {
        tracing::warn!(%error, "and that could not be written");
    }
    false
}

async fn give_back(federation: &Federation, effect: &Effect) {
    if let Err(error) = insist(|| outgoing::give_back(federation.hall(), effect)).await {
        tracing::warn!(%error, "a consequence could not be given back");
    }
}

struct Expansion<'a> {
    federation: &'a Federation,
    effect: &'a Effect,
}

type Expanded = app::Result<Vec<Outgoing>>;

impl Expansion<'_> {
    async fn expand(&self, wire: Wire) -> Expanded {
        match wire {
            Wire::Published { post } => post::published(self.federation, post).await,
            Wire::Edited { post, at } => post::edited(self.federation, post, at).await,
            Wire::Deleted { post, by } => deletion::deleted(self.federation, post, by, &self.id("undo")).await,
            Wire::Relay { community, post, activity, starter } => self.relay(community, post, &activity, starter).await,
            Wire::Boosted { boost } => self.boosted(boost).await,
            Wire::Unboosted { actor, original, uri } => self.unboosted(actor, original, uri).await,
            Wire::Favourited { actor, post, uri } => self.liked(actor, post, uri, false).await,
            Wire::Unfavourited { actor, post, uri } => self.liked(actor, post, uri, true).await,
            Wire::Voted { actor, post, choices } => poll::voted(self.federation, self.effect, actor, post, &choices).await,
            Wire::Counted { post, at } => post::counted(self.federation, post, at).await,
            Wire::JoinAsked { community, actor } => self.join_asked(community, actor).await,
            Wire::Left { community, actor } => self.left(community, actor).await,
            Wire::JoinAnswered { community, actor, accepted } => self.join_answered(community, actor, accepted).await,
            Wire::FollowAsked { follower, target } => self.follow(follower, target, None, false).await,
            Wire::Unfollowed { follower, target, uri } => self.follow(follower, target, uri, true).await,
            Wire::FollowAnswered { follower, target, accepted, uri } => {
                self.follow_answered(follower, target, accepted, uri.as_deref()).await
            }
            Wire::ProfileChanged { actor, at } => self.profile(actor, at).await,
            Wire::Locked { community, post, by, at, locked } => {
                order::locked(self.federation, community, post, by, at, locked).await
            }
            Wire::Featured { community, post, by, at, featured } => {
                order::featured(self.federation, community, post, by, at, featured).await
            }
            Wire::Banned(ban) => self.banned(&ban).await,
            Wire::QuoteAnswered(answer) => quote::answered(self.federation, &answer).await,
            Wire::Reported { uri, about, community, objects, comment } => {
                order::reported(self.federation, uri, about, community, &objects, &comment).await
            }
        }
    }

    /// The id of this consequence's activity: rows are never numbered twice, so one act has one id.
    fn id(&self, verb: &str) -> String {
        self.federation.activity_id(verb, &[&self.effect.id.to_string(), &self.effect.payload])
    }

    async fn actor(&self, id: ActorId) -> app::Result<Option<ActorWire>> {
        actors::wire(self.federation.hall(), id).await
    }

    async fn relay(&self, community: CommunityId, post: Option<PostId>, activity: &str, starter: bool) -> Expanded {
        let Some(group) = actors::community(self.federation.hall(), community).await?.filter(|group| group.local) else {
            return Ok(Vec::new());
        };
        let raw: Value = serde_json::from_str(activity).map_err(app::Error::internal)?;
        announced::relayed(self.federation, &group, post, raw, starter).await
    }

    async fn boosted(&self, boost: PostId) -> Expanded {
        let hall = self.federation.hall();
        let Some(record) = posts::record(hall, boost).await? else { return Ok(Vec::new()) };
        let Some(original) = record.boost_of else { return Ok(Vec::new()) };
        let Some(original) = posts::record(hall, original).await? else { return Ok(Vec::new()) };
        let (Some(actor), Some(author)) = (self.actor(record.actor).await?, self.actor(original.actor).await?) else {
            return Ok(Vec::new());
        };
        let (Reach::World { .. }, Some(audience)) = (record.audience.reach(), record.audience.outbound()) else {
            return Ok(Vec::new());
        };
        let (to, cc) = (vec![PUBLIC.to_owned()], vec![format!("{}/followers", actor.uri), author.uri.clone()]);
        let envelope = Envelope {
            id: &record.uri,
            actor: &actor.uri,
            to: &to,
            cc: &cc,
            published_ms: Some(record.created_at.0),
            ..Envelope::default()
        };
        let body = announce(&envelope, Value::from(original.uri.as_str()));
        let mut new = new(&record.uri, actor.id, "Announce", &body);
        new.post = Some(boost);
        new.object_uri = Some(original.uri.clone());
        new.public = true;
        let to = vec![To::Post { audience, author: actor.id, post: boost }, To::Directly(vec![original.actor])];
        Ok(vec![Outgoing { activity: new, to, asks: None }])
    }

    async fn unboosted(&self, actor: ActorId, original: PostId, uri: String) -> Expanded {
        let hall = self.federation.hall();
        let (Some(actor), Some(original)) = (self.actor(actor).await?, posts::record(hall, original).await?) else {
            return Ok(Vec::new());
        };
        let (id, to) = (self.id("undo"), vec![PUBLIC.to_owned()]);
        let inner = asked("Announce", Some(&uri), &actor.uri, &original.uri);
        let envelope = Envelope { id: &id, actor: &actor.uri, to: &to, ..Envelope::default() };
        let mut new = new(&id, actor.id, "Undo", &undo(&envelope, inner));
        new.object_uri = Some(uri);
        let to = vec![To::Followers(actor.id), To::Directly(vec![original.actor])];
        Ok(vec![Outgoing { activity: new, to, asks: None }])
    }

    async fn liked(&self, actor: ActorId, post: PostId, uri: String, undone: bool) -> Expanded {
        let hall = self.federation.hall();
        let (Some(actor), Some(record)) = (self.actor(actor).await?, posts::record(hall, post).await?) else {
            return Ok(Vec::new());
        };
        let Some(author) = self.actor(record.actor).await? else { return Ok(Vec::new()) };
        let group = match record.community {
            Some(community) => actors::community(hall, community).await?,
            None => None,
        };
        let (to, cc) = ([author.uri.clone()], group.iter().map(|group| group.uri.clone()).collect::<Vec<_>>());
        let object = asked("Like", Some(&uri), &actor.uri, &record.uri);
        let (id, kind) = if undone { (self.id("undo"), "Undo") } else { (uri.clone(), "Like") };
        let audience = group.as_ref().map(|group| group.uri.as_str());
        let envelope = Envelope { id: &id, actor: &actor.uri, to: &to, cc: &cc, audience, ..Envelope::default() };
        let mut body = if undone { undo(&envelope, object) } else { like(&envelope, Value::from(record.uri.as_str())) };
        if group.is_some() {
            post::prove(self.federation, actor.id, &mut body, app::federated::now(hall).0).await?;
        }
        let mut new = new(&id, actor.id, kind, &body);
        new.object_uri = Some(record.uri.clone());
        // Some servers pass on only what they can read at its id (Mbin).
        new.public = record.audience.is_world();
        // In a community its members hear of it from the group (FEP-1b12), and whoever hosts it passes it on.
        let (to, passed_on) = match &group {
            Some(group) if group.local => {
                let passed_on = announced::relayed(self.federation, group, Some(post), body, false).await?;
                (vec![deletion::deaf(To::AuthorOf(post), group, &record.uri)], passed_on)
            }
            Some(group) => (vec![To::HostOf(group.id), To::Besides(vec![record.actor])], Vec::new()),
            None => (vec![To::AuthorOf(post)], Vec::new()),
        };
        let mut all = vec![Outgoing { activity: new, to, asks: None }];
        all.extend(passed_on);
        Ok(all)
    }

    async fn remote_community(&self, community: CommunityId, actor: ActorId) -> app::Result<Option<(CommunityWire, ActorWire)>> {
        let group = actors::community(self.federation.hall(), community).await?.filter(|group| !group.local);
        Ok(group.zip(self.actor(actor).await?))
    }

    async fn join_asked(&self, community: CommunityId, actor: ActorId) -> Expanded {
        let Some((group, actor)) = self.remote_community(community, actor).await? else { return Ok(Vec::new()) };
        // Whoever got an answer, or gave up, meanwhile: to take the request back and repeat it would put a member out.
        let standing = memberships::standing(self.federation.hall(), community, actor.id).await?;
        if standing.is_none_or(|standing| standing.state != MembershipState::Pending) {
            return Ok(Vec::new());
        }
        let (verb, kind, via) = if group.accepts_joins { ("join", "Join", Via::Join) } else { ("follow", "Follow", Via::Follow) };
        let (id, to) = (self.id(verb), [group.uri.clone()]);
        let envelope = Envelope { id: &id, actor: &actor.uri, to: &to, ..Envelope::default() };
        let object = Value::from(group.uri.as_str());
        let body = if group.accepts_joins { join(&envelope, object) } else { follow(&envelope, object) };
        let mut asking = new(&id, actor.id, kind, &body);
        asking.object_uri = Some(group.uri.clone());
        let before = outgoing::asked(self.federation.hall(), community, actor.id).await?;
        let mut out = Vec::new();
        if let (Via::Follow, Some((_, Some(earlier)))) = (via, before) {
            // Some servers answer no second request as long as they know of the first (PieFed), whatever became of it.
            let id = self.id("undo");
            let envelope = Envelope { id: &id, actor: &actor.uri, to: &to, ..Envelope::default() };
            let body = undo(&envelope, asked("Follow", Some(&earlier), &actor.uri, &group.uri));
            let mut undoing = new(&id, actor.id, "Undo", &body);
            undoing.object_uri = Some(group.uri.clone());
            out.push(Outgoing { activity: undoing, to: vec![To::HostOf(community)], asks: None });
        }
        out.push(Outgoing { activity: asking, to: vec![To::HostOf(community)], asks: Some((community, via)) });
        Ok(out)
    }

    async fn left(&self, community: CommunityId, actor: ActorId) -> Expanded {
        let Some((group, actor)) = self.remote_community(community, actor).await? else { return Ok(Vec::new()) };
        let Some((via, uri)) = outgoing::asked(self.federation.hall(), community, actor.id).await? else { return Ok(Vec::new()) };
        let to = [group.uri.clone()];
        let (id, kind) = match via {
            Via::Join => (self.id("leave"), "Leave"),
            Via::Follow => (self.id("undo"), "Undo"),
        };
        let envelope = Envelope { id: &id, actor: &actor.uri, to: &to, ..Envelope::default() };
        let body = match via {
            Via::Join => leave(&envelope, Value::from(group.uri.as_str())),
            Via::Follow => undo(&envelope, asked("Follow", uri.as_deref(), &actor.uri, &group.uri)),
        };
        let mut new = new(&id, actor.id, kind, &body);
        new.object_uri = Some(group.uri.clone());
        Ok(vec![Outgoing { activity: new, to: vec![To::HostOf(community)], asks: None }])
    }

    async fn join_answered(&self, community: CommunityId, actor: ActorId, accepted: bool) -> Expanded {
        let hall = self.federation.hall();
        let Some(group) = actors::community(hall, community).await?.filter(|group| group.local) else { return Ok(Vec::new()) };
        let (Some(who), Some((via, uri))) = (self.actor(actor).await?, outgoing::asked(hall, community, actor).await?) else {
            return Ok(Vec::new());
        };
        let kind = if via == Via::Join { "Join" } else { "Follow" };
        let object = asked(kind, uri.as_deref(), &who.uri, &group.uri);
        Ok(vec![self.answer(group.actor, &group.uri, &who, object, accepted, uri)])
    }

    /// The ban itself, and that they are not in any more: there are servers to which somebody banned is still a member
    /// (`PieFed`, Mbin), and is one again when the ban ends.
    async fn banned(&self, ban: &Banned) -> Expanded {
        let group = actors::community(self.federation.hall(), ban.community).await?.filter(|group| group.local);
        let (Some(group), Some(who)) = (group, self.actor(ban.who).await?) else { return Ok(Vec::new()) };
        let hears = order::may_hear(self.federation, &group, who.host.as_deref()).await?;
        let mut all = order::banned(self.federation, ban, &group, &who, hears).await?;
        if ban.banned && hears {
            all.extend(self.join_answered(ban.community, ban.who, false).await?);
        }
        Ok(all)
    }

    fn answer(&self, by: ActorId, by_uri: &str, who: &ActorWire, object: Value, accepted: bool, uri: Option<String>) -> Outgoing {
        let (verb, kind) = if accepted { ("accept", "Accept") } else { ("reject", "Reject") };
        let (id, to) = (self.id(verb), [who.uri.clone()]);
        let envelope = Envelope { id: &id, actor: by_uri, to: &to, ..Envelope::default() };
        let body = if accepted { accept(&envelope, object) } else { reject(&envelope, object) };
        let mut new = new(&id, by, kind, &body);
        new.object_uri = uri;
        Outgoing { activity: new, to: vec![To::Directly(vec![who.id])], asks: None }
    }

    async fn follow(&self, follower: ActorId, target: ActorId, uri: Option<String>, undone: bool) -> Expanded {
        let hall = self.federation.hall();
        let (Some(follower), Some(target)) = (self.actor(follower).await?, self.actor(target).await?) else {
            return Ok(Vec::new());
        };
        let to = [target.uri.clone()];
        let stored = match uri {
            Some(uri) => Some(uri),
            None => outgoing::follow_uri(hall, follower.id, target.id).await?,
        };
        let (id, kind) = match (undone, &stored) {
            (true, _) => (self.id("undo"), "Undo"),
            (false, Some(stored)) => (stored.clone(), "Follow"),
            (false, None) => (self.id("follow"), "Follow"),
        };
        let envelope = Envelope { id: &id, actor: &follower.uri, to: &to, ..Envelope::default() };
        let body = if undone {
            undo(&envelope, asked("Follow", stored.as_deref(), &follower.uri, &target.uri))
        } else {
            follow(&envelope, Value::from(target.uri.as_str()))
        };
        let mut new = new(&id, follower.id, kind, &body);
        new.object_uri = Some(target.uri.clone());
        Ok(vec![Outgoing { activity: new, to: vec![To::Directly(vec![target.id])], asks: None }])
    }

    async fn follow_answered(&self, follower: ActorId, target: ActorId, accepted: bool, uri: Option<&str>) -> Expanded {
        let (Some(follower), Some(target)) = (self.actor(follower).await?, self.actor(target).await?) else {
            return Ok(Vec::new());
        };
        let object = asked("Follow", uri, &follower.uri, &target.uri);
        Ok(vec![self.answer(target.id, &target.uri, &follower, object, accepted, uri.map(str::to_owned))])
    }

    async fn profile(&self, actor: ActorId, at: i64) -> Expanded {
        let hall = self.federation.hall();
        let Some(view) = actors::view(hall, actor).await?.filter(|view| view.outside && view.is_local()) else {
            return Ok(Vec::new());
        };
        let community = match view.community {
            Some(id) => actors::community(hall, id).await?,
            None => None,
        };
        let document = actor_document(self.federation, &view, community.as_ref()).await?;
        let (id, followers) = (format!("{}#u{at}", view.uri), [format!("{}/followers", view.uri)]);
        let envelope = Envelope { id: &id, actor: &view.uri, to: &followers, published_ms: Some(at), ..Envelope::default() };
        let mut new = new(&id, actor, "Update", &update(&envelope, document));
        new.object_uri = Some(view.uri.clone());
        let to = community.map_or(To::Followers(actor), |group| To::Members(group.id));
        Ok(vec![Outgoing { activity: new, to: vec![to], asks: None }])
    }
}

pub(super) fn new(uri: &str, actor: ActorId, kind: &str, body: &Value) -> NewActivity {
    NewActivity {
        uri: uri.to_owned(),
        actor,
        kind: kind.to_owned(),
        post: None,
        community: None,
        object_uri: None,
        body: body.to_string(),
        public: false,
    }
}
