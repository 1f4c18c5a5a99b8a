//! Consequences towards other instances: claimed, written out as activities and deliveries, and
//! done, the last three in one transaction.

use super::{Effect, NewActivity, StoredActivity, Via};
use crate::{Error, Hall, Requester, Result, Visible};
use domain::audience::OutboundAudience;
use domain::id::{ActorId, CommunityId, PostId};
use domain::page::Page;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::effects::Lane;
use store::recipients::{self, Recipients};
use store::{Conn, Tx};

/// To whom an activity goes; looked up right before it is queued. Before it is sent it is asked again whether the host is
/// blocked and, for a closed community, whether there is still a member.
#[derive(Debug, Clone)]
pub enum To {
    /// Followers, mentioned people and the community's host, as far as the audience reaches.
    Post {
        /// Who may see it.
        audience: OutboundAudience,
        /// Whose followers.
        author: ActorId,
        /// Whose mentions.
        post: PostId,
    },
    /// The same without the community's host, which is told in another form.
    Elsewhere {
        /// Who may see it.
        audience: OutboundAudience,
        /// Whose followers.
        author: ActorId,
        /// Whose mentions.
        post: PostId,
        /// Whose host.
        community: CommunityId,
    },
    /// The remote members of a community hosted here.
    Members(CommunityId),
    /// The same without those who blocked this person, whose own word it is.
    MembersFor(CommunityId, ActorId),
    /// The host of a community of another hall.
    HostOf(CommunityId),
    /// Particular actors.
    Directly(Vec<ActorId>),
    /// Their servers, unless one hears it already by what stands before this: to two inboxes of one server at the same
    /// moment it may be two things (`PieFed`).
    Besides(Vec<ActorId>),
    /// An actor's followers.
    Followers(ActorId),
    /// Who voted in this post's poll, which everybody may see.
    Voters(PostId),
    /// The author of another hall's post, and nobody else.
    AuthorOf(PostId),
    /// Wherever this actor sent something of this, but to members of a closed community.
    Told(ActorId, String),
    /// Those of them whose servers do not hear it from a community of this hall.
    NotHearing {
        /// Of whom.
        of: Box<To>,
        /// From which community.
        community: CommunityId,
        /// What it is about, where not only its members' servers hear of it, but all that were told of that.
        told_of: Option<String>,
        /// The servers that read what it passes on.
        software: Vec<&'static str>,
    },
    /// Those of them whose servers run one of these.
    Running(Box<To>, Vec<&'static str>),
    /// Those of them whose servers run none of these, as far as is known.
    NotRunning(Box<To>, Vec<&'static str>),
    /// Those of them whose inbox is not on this host.
    NotAt(Box<To>, String),
}

/// An activity to be kept and delivered.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The activity.
    pub activity: NewActivity,
    /// To whom, each inbox once.
    pub to: Vec<To>,
    /// It asks to be let into a community: remembered there, so that the answer is recognised.
    pub asks: Option<(CommunityId, Via)>,
}

/// Takes due consequences.
pub async fn claim(hall: &Hall) -> Result<Vec<Effect>> {
    Ok(store::effects::claim(hall.store(), Lane::Wire).await?)
}

/// Most deliveries that are queued in one transaction: everybody else who writes waits as long.
pub const TOGETHER: usize = 1_000;

/// Keeps the activities, queues their deliveries, and ends the consequence: in steps of so many deliveries, each of which
/// says how far it is. Whoever goes on after a step queues neither too little nor anything twice.
pub async fn carry_out(hall: &Hall, effect: Option<&Effect>, outgoing: Vec<Outgoing>) -> Result<()> {
    carry_out_in_steps(hall, effect, outgoing, TOGETHER).await
}

/// The same in steps of this size.
pub async fn carry_out_in_steps(hall: &Hall, effect: Option<&Effect>, outgoing: Vec<Outgoing>, together: usize) -> Result<()> {
    let (effect, outgoing) = (effect.cloned(), Arc::new(outgoing));
    let mut at = match &effect {
        Some(effect) if !effect.progress.is_empty() => serde_json::from_str(&effect.progress).map_err(Error::internal)?,
        _ => Progress::default(),
    };
    // What is nobody's task cannot be gone on with: it is small, and queued at once.
    let together = if effect.is_some() { together } else { usize::MAX };
    let mut queue = Queue::Found(outgoing.clone(), look_up_all(hall, &outgoing).await?);
    loop {
        let task = effect.clone();
        let (parts, next) = hall.store().write(move |tx| Box::pin(step(tx, task, queue, at, together))).await?;
        let Some(next) = next else { return Ok(()) };
        (queue, at) = (Queue::Kept(parts), next);
    }
}

/// What is to be queued.
enum Queue {
    /// The activities, each with what was found for every [`To`] of it.
    Found(Arc<Vec<Outgoing>>, Vec<Vec<Recipients>>),
    /// The same when they are kept.
    Kept(Parts),
}

/// Before any transaction: to find 50,000 members takes as long as a hundred writes, and all of those would wait.
async fn look_up_all(hall: &Hall, outgoing: &[Outgoing]) -> Result<Vec<Vec<Recipients>>> {
    let mut all = Vec::with_capacity(outgoing.len());
    for one in outgoing {
        let mut found: Vec<Recipients> = Vec::with_capacity(one.to.len());
        for to in &one.to {
            let mut recipients = look_up(hall.store().read(), to).await?;
            if matches!(to, To::Besides(_)) {
                let hear = found.iter().flat_map(Recipients::inboxes).map(|(_, host)| host.to_owned()).collect();
                recipients = recipients.without_hosts(&hear);
            }
            found.push(recipients);
        }
        all.push(found);
    }
    Ok(all)
}

/// How far the recipients are queued: until this inbox of this part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Progress {
    part: usize,
    after: String,
}

/// The activities' rows, each with whom it goes to.
type Parts = Arc<Vec<(i64, Recipients)>>;

/// One transaction of it. Gives where the next one begins, if there is more.
async fn step(
    tx: &Tx,
    effect: Option<Effect>,
    queue: Queue,
    mut at: Progress,
    together: usize,
) -> Result<(Parts, Option<Progress>)> {
    let parts = match queue {
        Queue::Found(outgoing, found) => Arc::new(prepare(tx, &outgoing, found).await?),
        Queue::Kept(parts) => parts,
    };
    let mut left = together;
    while let Some((row, recipients)) = parts.get(at.part) {
        let some = recipients.after(&at.after, left);
        if !some.is_empty() {
            store::deliveries::enqueue(tx, *row, &some).await?;
        }
        left -= some.len();
        match some.inboxes().last().filter(|_| left == 0) {
            Some((inbox, _)) => {
                at.after = inbox.to_owned();
                break;
            }
            None => at = Progress { part: at.part + 1, after: String::new() },
        }
    }
    let ends = at.part >= parts.len();
    match effect {
        Some(effect) if ends => store::effects::done(tx, effect.id, effect.claimed_by).await?,
        Some(effect) => {
            let so_far = serde_json::to_string(&at).map_err(Error::internal)?;
            store::effects::went_on(tx, effect.id, effect.claimed_by, &so_far).await?;
        }
        None => {}
    }
    Ok((parts, (!ends).then_some(at)))
}

/// Keeps the activities.
async fn prepare(tx: &Tx, outgoing: &[Outgoing], found: Vec<Vec<Recipients>>) -> Result<Vec<(i64, Recipients)>> {
    let mut parts = Vec::new();
    for (one, found) in outgoing.iter().zip(found) {
        if let Some((community, via)) = one.asks {
            store::memberships::set_uri(tx, community, one.activity.actor, via, &one.activity.uri).await?;
        }
        let row = store::outbox::keep(tx, &one.activity).await?;
        // A closed community's recipients stay bound to it, so they are queued apart from the others.
        let mut open = Recipients::default();
        for recipients in found {
            if recipients.community().is_some() {
                parts.push((row, recipients));
            } else {
                open = open.and(recipients);
            }
        }
        parts.push((row, open));
    }
    Ok(parts)
}

async fn look_up(conn: &Conn, to: &To) -> Result<Recipients> {
    Ok(match to {
        To::Post { audience, author, post } => recipients::of_post(conn, *audience, *author, *post).await?,
        To::Elsewhere { audience, author, post, community } => {
            let host = recipients::host_of(conn, *community).await?;
            let everybody = recipients::of_post(conn, *audience, *author, *post).await?;
            host.inboxes().fold(everybody, |others, (_, host)| others.without_host(host))
        }
        To::Members(community) => recipients::members(conn, *community, None).await?,
        To::MembersFor(community, author) => recipients::members(conn, *community, Some(*author)).await?,
        To::HostOf(community) => recipients::host_of(conn, *community).await?,
        To::Directly(actors) => recipients::directly(conn, actors).await?,
        To::Besides(actors) => recipients::servers_of(conn, actors).await?,
        To::Followers(actor) => recipients::followers(conn, *actor).await?,
        To::Voters(post) => recipients::voters(conn, *post).await?,
        To::AuthorOf(post) => recipients::author_of(conn, *post).await?,
        To::Told(by, uri) => recipients::told(conn, *by, uri).await?,
        To::NotHearing { of, community, told_of, software } => {
            let all = Box::pin(look_up(conn, of)).await?;
            let hear = async || recipients::hear(conn, *community, told_of.as_deref(), software).await;
            if all.is_empty() { all } else { all.without_hosts(&hear().await?) }
        }
        To::Running(all, software) => {
            let all = Box::pin(look_up(conn, all)).await?;
            if all.is_empty() { all } else { all.of_servers(&recipients::running(conn, software).await?, true) }
        }
        To::NotRunning(all, software) => {
            let all = Box::pin(look_up(conn, all)).await?;
            if all.is_empty() { all } else { all.of_servers(&recipients::running(conn, software).await?, false) }
        }
        To::NotAt(all, host) => Box::pin(look_up(conn, all)).await?.of_servers(&[host.clone()].into(), false),
    })
}

/// Not carried out: tried again later.
pub async fn failed(hall: &Hall, effect: &Effect, reason: &str, panicked: bool) -> Result<()> {
    let (effect, reason) = (effect.clone(), reason.to_owned());
    hall.store()
        .write(move |tx| Box::pin(async move { Ok::<_, Error>(store::effects::failed(tx, &effect, &reason, panicked).await?) }))
        .await
}

/// Given back untried.
pub async fn give_back(hall: &Hall, effect: &Effect) -> Result<()> {
    let effect = effect.clone();
    hall.store().write(move |tx| Box::pin(async move { Ok::<_, Error>(store::effects::give_back(tx, &effect).await?) })).await
}

/// Waits until consequences were queued.
pub async fn queued(hall: &Hall) {
    hall.store().wire_effects_queued().await;
}

/// A kept activity by its id on the network.
pub async fn activity(hall: &Hall, uri: &str) -> Result<Option<StoredActivity>> {
    Ok(store::outbox::by_uri(hall.store().read(), uri).await?)
}

/// What the requester may read of an actor's outbox, newest first.
pub async fn shown_of(hall: &Hall, requester: &Requester, actor: ActorId, page: &Page) -> Result<Vec<Visible<StoredActivity>>> {
    Ok(store::outbox::shown_of(hall.store(), requester, actor, page).await?)
}

/// How many those are.
pub async fn shown_count(hall: &Hall, requester: &Requester, actor: ActorId) -> Result<i64> {
    Ok(store::outbox::shown_count(hall.store(), requester, actor).await?)
}

/// How somebody asked a community to be let in: by which activity, and its id.
pub async fn asked(hall: &Hall, community: CommunityId, actor: ActorId) -> Result<Option<(Via, Option<String>)>> {
    Ok(store::memberships::origin(hall.store().read(), community, actor).await?)
}

/// The id of the activity by which somebody asked to follow.
pub async fn follow_uri(hall: &Hall, follower: ActorId, target: ActorId) -> Result<Option<String>> {
    Ok(store::follows::uri_of(hall.store().read(), follower, target).await?)
}
