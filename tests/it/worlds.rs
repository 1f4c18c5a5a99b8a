//! Generated worlds: who is where, what was written, and what changed afterwards.

use crate::policy_matches_sql::{host_of, standing_of};
use domain::audience::{Audience, Reach, Visibility};
use domain::id::{ActorId, CommunityId, PostId};
use domain::membership::{Membership, MembershipState, Role};
use domain::policy::{self, CommunityFacts, PostFacts, Read};
use domain::requester::Requester;
use domain::text::Html;
use domain::zone::{Door, JoinPolicy, Zone};
use kit::World;
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use store::posts::NewPost;
use store::views::ActorKind;
use store::{StoreError, Tx, actors, communities, facts, follows, memberships, posts};

/// The two other instances.
pub const HOSTS: [&str; 2] = ["one.test", "two.test"];
/// People of this hall, then of the two instances.
const LOCAL: usize = 4;
const REMOTE: [usize; 3] = [0, 0, 1];
const PEOPLE: usize = LOCAL + REMOTE.len();

/// A community, and what it was when things were written in it.
#[derive(Debug, Clone)]
pub struct PlannedCommunity {
    pub zone: Zone,
    pub zone_before: Zone,
    pub door: Door,
    pub local: bool,
    pub deleted: bool,
    pub partners: [bool; 2],
    pub members: Vec<Option<Membership>>,
}

/// Something written, and by whom it is then boosted.
#[derive(Debug, Clone)]
pub struct PlannedPost {
    pub author: usize,
    pub visibility: Visibility,
    pub community: Option<usize>,
    pub mentions: Vec<usize>,
    pub deleted: bool,
    pub boost: Option<(usize, bool)>,
}

/// A whole world.
#[derive(Debug, Clone)]
pub struct Plan {
    pub communities: Vec<PlannedCommunity>,
    /// `[follower][target]`: none, asked, stands.
    pub follows: Vec<Vec<u8>>,
    /// `[who][whom]`.
    pub blocks: Vec<Vec<bool>>,
    pub posts: Vec<PlannedPost>,
}

fn membership() -> impl Strategy<Value = Option<Membership>> {
    let active = select(Role::ALL).prop_map(|role| Some(Membership { role, state: MembershipState::Active }));
    let other = (select(Role::ALL), select(MembershipState::ALL)).prop_map(|(role, state)| Some(Membership { role, state }));
    prop_oneof![2 => Just(None), 4 => active, 3 => other]
}

fn community() -> impl Strategy<Value = PlannedCommunity> {
    let zones = (select(Zone::ALL), prop_oneof![2 => Just(None), 1 => select(Zone::ALL).prop_map(Some)]);
    let members = prop::collection::vec(membership(), PEOPLE);
    (zones, select(Door::ALL), prop::bool::weighted(0.8), prop::bool::weighted(0.1), any::<[bool; 2]>(), members).prop_map(
        |((zone, before), door, local, deleted, partners, members)| PlannedCommunity {
            zone,
            zone_before: before.unwrap_or(zone),
            door,
            local,
            deleted,
            partners,
            members,
        },
    )
}

fn post(communities: usize) -> impl Strategy<Value = PlannedPost> {
    (
        0..PEOPLE,
        select(Visibility::ALL),
        prop_oneof![1 => Just(None), 2 => (0..communities).prop_map(Some)],
        prop::collection::vec(0..PEOPLE, 0..2),
        prop::bool::weighted(0.05),
        prop_oneof![3 => Just(None), 1 => (0..PEOPLE, any::<bool>()).prop_map(Some)],
    )
        .prop_map(|(author, visibility, community, mentions, deleted, boost)| PlannedPost {
            author,
            visibility,
            community,
            mentions,
            deleted,
            boost,
        })
}

/// Small worlds, densely filled.
pub fn plans() -> impl Strategy<Value = Plan> {
    (4_usize..=6).prop_flat_map(|count| {
        let follows = prop::collection::vec(
            prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => Just(1), 2 => Just(2)], PEOPLE),
            PEOPLE,
        );
        let blocks = prop::collection::vec(prop::collection::vec(prop::bool::weighted(0.08), PEOPLE), PEOPLE);
        (prop::collection::vec(community(), count), follows, blocks, prop::collection::vec(post(count), 10..18))
            .prop_map(|(communities, follows, blocks, posts)| Plan { communities, follows, blocks, posts })
    })
}

/// The hall and the people that all worlds share.
pub struct Stage {
    pub world: World,
    pub requesters: Vec<Requester>,
    people: Vec<(ActorId, Requester)>,
    next: AtomicU64,
}

/// A world as it was written.
pub struct Built {
    pub communities: Vec<CommunityId>,
    pub tag: String,
    people: Vec<ActorId>,
    posts: Vec<BuiltPost>,
}

struct BuiltPost {
    id: PostId,
    author: usize,
    audience: Audience,
    mentions: Vec<usize>,
    boost_of: Option<PostId>,
    deleted: bool,
}

impl Stage {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut people = Vec::new();
        for index in 0..LOCAL {
            let person = world.person(&format!("local{index}")).await;
            people.push((person.actor, person.asks));
        }
        for (index, host) in REMOTE.iter().enumerate() {
            let stranger = world.stranger(&format!("remote{index}"), HOSTS[*host]).await;
            people.push((stranger.actor, stranger.asks));
        }
        let mut requesters = vec![Requester::anonymous()];
        requesters.extend(people.iter().map(|(_, asks)| asks.clone()));
        for host in HOSTS {
            requesters.push(world.instance(host).await);
        }
        Self { world, requesters, people, next: AtomicU64::new(0) }
    }

    /// Writes a world down: first everybody is in everywhere, so that everything can be written by the
    /// use cases' own store functions; then what changes afterwards changes.
    pub async fn build(&self, plan: &Plan) -> Built {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut raw = self.world.db.raw().await;
        raw.run("DELETE FROM follows; DELETE FROM blocks").await;
        let (people, asked) = (self.people.clone(), plan.clone());
        let built =
            self.world.store.write(move |tx| Box::pin(async move { write(tx, &people, &asked, number).await })).await.unwrap();
        raw.run(&afterwards(plan, &built)).await;
        built
    }
}

async fn write(tx: &Tx, people: &[(ActorId, Requester)], plan: &Plan, number: u64) -> Result<Built, StoreError> {
    let mut built = Built {
        communities: Vec::new(),
        tag: format!("world{number}"),
        people: people.iter().map(|(actor, _)| *actor).collect(),
        posts: Vec::new(),
    };
    for (index, planned) in plan.communities.iter().enumerate() {
        let handle = format!("c{number}_{index}");
        let uri = |id| format!("https://{}/a/{id}", kit::world::HERE);
        let actor = actors::insert_local(tx, ActorKind::Group, &handle, &handle, uri, &handle).await?;
        let (zone, door) = (planned.zone_before, planned.door);
        let partners = if zone == Zone::Partner { HOSTS.map(str::to_owned).to_vec() } else { Vec::new() };
        let new = communities::NewCommunity { actor, zone, door, join: JoinPolicy::Open, purpose: String::new(), partners };
        let id = communities::found(tx, policy::found(&people[0].1).unwrap(), &new).await?;
        for (actor, _) in people {
            memberships::appoint(tx, id, *actor, Role::Member).await?;
        }
        built.communities.push(id);
    }
    for (follower, targets) in plan.follows.iter().enumerate() {
        for (target, state) in targets.iter().enumerate().filter(|(target, state)| *target != follower && **state > 0) {
            let permit = policy::follow(&people[follower].1, people[target].0, false).unwrap();
            follows::insert(tx, permit, *state == 2, None).await?;
        }
    }
    for planned in &plan.posts {
        write_post(tx, people, planned, plan, &mut built).await?;
    }
    Ok(built)
}

async fn write_post(
    tx: &Tx,
    people: &[(ActorId, Requester)],
    planned: &PlannedPost,
    plan: &Plan,
    built: &mut Built,
) -> Result<(), StoreError> {
    let audience = match planned.community {
        Some(index) => Audience::in_community(built.communities[index], plan.communities[index].zone_before, planned.visibility),
        None => Ok(Audience::personal(planned.visibility)),
    };
    // A visibility that does not go into a community is asked for outside it.
    let audience = audience.unwrap_or_else(|_| Audience::personal(planned.visibility));
    // Somebody else's instance cannot write inside: then somebody of this hall does.
    let internal = matches!(audience.reach(), Reach::Members { zone: Zone::Internal, .. });
    let author = if internal { planned.author % LOCAL } else { planned.author };
    let asks = &people[author].1;
    let room = match audience.community() {
        Some(id) => facts::community(tx, asks, id).await?,
        None => None,
    };
    let permit = policy::publish(asks, &audience, None, room.as_ref()).unwrap();
    let id = PostId(tx.next_id());
    let new = new_post(tx, id, audience, planned.mentions.iter().map(|index| people[*index].0).collect(), &built.tag);
    posts::insert(tx, permit, &new).await?;
    let kept = |id, author, audience, mentions, boost_of| BuiltPost {
        id,
        author,
        audience,
        mentions,
        boost_of,
        deleted: planned.deleted,
    };
    built.posts.push(kept(id, author, audience, planned.mentions.clone(), None));
    if let Some((booster, to_the_world)) = planned.boost {
        let audience = if to_the_world { Audience::personal(Visibility::Public) } else { audience };
        let uri = |boost| format!("https://{}/p/{boost}", kit::world::HERE);
        if let Some(boost) = posts::boost(tx, people[booster].0, id, &audience, uri, true, tx.now()).await? {
            built.posts.push(kept(boost, booster, audience, Vec::new(), Some(id)));
        }
    }
    if planned.deleted {
        let facts = facts::post(tx, asks, id).await?.unwrap();
        posts::delete(tx, policy::delete(asks, &facts).unwrap()).await?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "an empty text is clean")]
fn new_post(tx: &Tx, id: PostId, audience: Audience, mentions: Vec<ActorId>, tag: &str) -> NewPost {
    NewPost {
        id,
        uri: format!("https://{}/p/{id}", kit::world::HERE),
        url: String::new(),
        local: true,
        audience,
        parent: None,
        parent_uri: None,
        title: None,
        html: Html::stored(String::new()),
        source: None,
        spoiler: String::new(),
        sensitive: false,
        language: None,
        resource: None,
        context_uri: None,
        mentions,
        tags: vec![tag.to_owned()],
        attachments: Vec::new(),
        created_at: tx.now(),
    }
}

/// What changes after the writing, as statements: no use case moves a zone, ends an agreement or blocks yet.
fn afterwards(plan: &Plan, built: &Built) -> String {
    let mut sql = String::from("SELECT 1;");
    for (planned, id) in plan.communities.iter().zip(&built.communities) {
        let deleted = if planned.deleted { "1" } else { "NULL" };
        let (zone, local) = (planned.zone.as_str(), planned.local);
        write!(sql, "UPDATE communities SET zone = '{zone}', local = {local}, deleted_at = {deleted} WHERE id = {id};").unwrap();
        write!(sql, "DELETE FROM agreements WHERE community_id = {id};").unwrap();
        for (host, _) in HOSTS.iter().zip(planned.partners).filter(|(_, named)| *named) {
            write!(sql, "INSERT INTO agreements (community_id, host, created_at) VALUES ({id}, '{host}', 1);").unwrap();
        }
        for (actor, membership) in built.people.iter().zip(&planned.members) {
            let row = format!("WHERE community_id = {id} AND actor_id = {actor};");
            match membership {
                None => write!(sql, "DELETE FROM memberships {row}").unwrap(),
                Some(Membership { role, state }) => {
                    let (role, state) = (role.as_str(), state.as_str());
                    write!(sql, "UPDATE memberships SET role = '{role}', state = '{state}' {row}").unwrap();
                }
            }
        }
    }
    for (who, row) in plan.blocks.iter().enumerate() {
        for (whom, _) in row.iter().enumerate().filter(|(whom, blocks)| **blocks && *whom != who) {
            let (who, whom) = (built.people[who], built.people[whom]);
            write!(sql, "INSERT INTO blocks (actor_id, target_id, created_at) VALUES ({who}, {whom}, 1);").unwrap();
        }
    }
    sql
}

impl Built {
    pub fn post_ids(&self) -> Vec<PostId> {
        self.posts.iter().map(|post| post.id).collect()
    }

    fn post(&self, id: PostId) -> &BuiltPost {
        self.posts.iter().find(|post| post.id == id).unwrap()
    }

    pub fn boost_of(&self, id: PostId) -> Option<PostId> {
        self.post(id).boost_of
    }

    pub fn community_of(&self, id: PostId) -> Option<usize> {
        let community = self.post(id).audience.community()?;
        self.communities.iter().position(|known| *known == community)
    }

    /// What the store should know of a community, told from the plan alone.
    pub fn expected_community(&self, plan: &Plan, asks: &Requester, index: usize) -> Option<CommunityFacts> {
        let planned = &plan.communities[index];
        (!planned.deleted).then(|| CommunityFacts {
            id: self.communities[index],
            zone: planned.zone,
            door: planned.door,
            join: JoinPolicy::Open,
            local: planned.local,
            standing: standing_of(plan, asks, &self.people, index),
            partner_named: host_of(asks).is_some_and(|host| planned.partners[host]),
            read: as_planned(),
        })
    }

    /// The same of a post.
    pub fn expected_post(&self, plan: &Plan, asks: &Requester, id: PostId) -> Option<PostFacts> {
        let post = self.post(id);
        let me = self.people.iter().position(|actor| Some(*actor) == asks.actor());
        (!post.deleted).then(|| PostFacts {
            id,
            author: self.people[post.author],
            audience: post.audience,
            local: true,
            community: self.community_of(id).and_then(|index| self.expected_community(plan, asks, index)),
            follows_author: me.is_some_and(|me| me != post.author && plan.follows[me][post.author] == 2),
            mentioned: me.is_some_and(|me| post.mentions.contains(&me)),
            blocked: me.is_some_and(|me| me != post.author && plan.blocks[post.author][me]),
            locked: false,
            read: as_planned(),
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "what the plan says is compared with what the store reads")]
fn as_planned() -> Read {
    Read::just_now()
}
