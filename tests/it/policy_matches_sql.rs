//! The rule of seeing stands twice, as `domain::policy` and as SQL in `store::scope`. Here the two are
//! compared over generated worlds: every requester, every post, every door, every room.
//!
//! Removing a clause of either side makes this fail. Tried, each alone in a copy of the tree, each found:
//!
//! - `policy::can_see`: the block; the zone closed now; written inside stays inside; one's own, followed and
//!   mentioning among followers' posts; one's own among direct ones
//! - `policy::sees_room`: reachable; active. `reachable`: the partner named
//! - `policy::sees_door`: pending; reachable; the partner named; the door open to the hall
//! - `scope::posts`: deleted; block; follow accepted; one's own; mentioned. `posts_and_boosted`: the boosted post
//! - `scope::in_room`: active; community deleted; zone closed; partner now; partner when written; agreement; ceiling
//! - `scope::doors`: deleted; the door open to the hall; pending; agreement; only people of this hall by membership
//! - `scope::rooms`: deleted

use crate::worlds::{self, Built, Plan};
use domain::id::{ActorId, PostId};
use domain::membership::Membership;
use domain::page::Page;
use domain::policy::{self, CommunityFacts, PostFacts};
use domain::requester::{Principal, Requester};
use futures_util::future::join_all;
use kit::World;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::collections::BTreeSet;
use store::timelines::Room;
use store::{communities, facts, posts, timelines};

/// So many worlds take a few seconds on either database.
const CASES: u32 = 36;

#[test]
fn what_the_policy_allows_is_what_the_queries_list() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stage = runtime.block_on(worlds::Stage::new());
    let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let outcome = TestRunner::new(config).run(&worlds::plans(), |plan| {
        runtime.block_on(async {
            let built = stage.build(&plan).await;
            let differences: Vec<String> =
                join_all(stage.requesters.iter().map(|asks| compare(&stage.world, asks, &plan, &built))).await.concat();
            if differences.is_empty() { Ok(()) } else { Err(TestCaseError::fail(differences.join("\n"))) }
        })
    });
    if let Err(difference) = outcome {
        panic!("{difference}");
    }
}

/// Everything in which the two rules differ for one requester.
async fn compare(world: &World, asks: &Requester, plan: &Plan, built: &Built) -> Vec<String> {
    let mut found = Vec::new();
    let visible = posts_differ(world, asks, plan, built, &mut found).await;
    doors_differ(world, asks, plan, built, &mut found).await;
    lists_differ(world, asks, built, &visible, &mut found).await;
    found
}

async fn posts_differ(world: &World, asks: &Requester, plan: &Plan, built: &Built, found: &mut Vec<String>) -> BTreeSet<PostId> {
    let ids = built.post_ids();
    let listed = posts::by_ids(&world.store, asks, &ids).await.unwrap();
    let listed: BTreeSet<PostId> = listed.into_iter().map(|post| post.take(asks).unwrap().post.id).collect();
    let mut allowed = BTreeSet::new();
    for id in &ids {
        let known = facts::post(world.store.read(), asks, *id).await.unwrap();
        let expected = built.expected_post(plan, asks, *id);
        if known != expected {
            found.push(format!("facts of post {id} for {asks:?}:\n  store {known:?}\n  world {expected:?}"));
        }
        if known.is_some_and(|post| policy::can_see(asks, &post)) {
            allowed.insert(*id);
        }
    }
    for id in &ids {
        // What a boost boosts is checked by itself.
        let by_policy = allowed.contains(id) && built.boost_of(*id).is_none_or(|inner| allowed.contains(&inner));
        if by_policy != listed.contains(id) {
            let facts: Option<PostFacts> = built.expected_post(plan, asks, *id);
            found.push(format!("post {id}: policy {by_policy}, SQL {}, for {asks:?}, {facts:?}", listed.contains(id)));
        }
    }
    listed
}

async fn doors_differ(world: &World, asks: &Requester, plan: &Plan, built: &Built, found: &mut Vec<String>) {
    for (index, id) in built.communities.iter().enumerate() {
        let known: Option<CommunityFacts> = facts::community(world.store.read(), asks, *id).await.unwrap();
        let expected = built.expected_community(plan, asks, index);
        if known != expected {
            found.push(format!("facts of community {index} for {asks:?}:\n  store {known:?}\n  world {expected:?}"));
        }
        let door = known.as_ref().is_some_and(|c| policy::sees_door(asks, c));
        let room = known.as_ref().is_some_and(|c| policy::sees_room(asks, c));
        let view = communities::by_id(&world.store, asks, *id).await.unwrap().map(|view| view.take(asks).unwrap());
        let sql = (view.is_some(), view.as_ref().is_some_and(|view| view.room));
        if sql != (door, room) {
            found
                .push(format!("community {index}: policy (door, room) {:?}, SQL {sql:?}, for {asks:?}, {known:?}", (door, room)));
        }
        let members = store::memberships::members(&world.store, asks, *id, &Page::newest(100)).await.unwrap();
        let members = members.len();
        let inside = if room { plan.communities[index].members.iter().flatten().filter(|m| m.is_member()).count() } else { 0 };
        if members != inside {
            found.push(format!("community {index}: {members} members listed, not {inside}, for {asks:?}"));
        }
        // From the door alone nobody learns how many are in, or with whom.
        if view.is_some_and(|view| !view.room && (view.members.is_some() || !view.partners.is_empty())) {
            found.push(format!("community {index}: figures of the room at the door, for {asks:?}"));
        }
    }
}

/// Lists and counts hold what can be seen, and nothing else.
async fn lists_differ(world: &World, asks: &Requester, built: &Built, visible: &BTreeSet<PostId>, found: &mut Vec<String>) {
    let page = Page::newest(1_000);
    let bare = |id: &PostId| built.boost_of(*id).is_none();
    let shown = |list: Vec<store::Visible<store::views::PostView>>| -> BTreeSet<PostId> {
        list.into_iter().map(|post| post.take(asks).unwrap().post.id).collect()
    };
    for (index, id) in built.communities.iter().enumerate() {
        let room = shown(timelines::community(&world.store, asks, *id, Room::All, &page).await.unwrap());
        let expected: BTreeSet<PostId> =
            visible.iter().copied().filter(bare).filter(|post| built.community_of(*post) == Some(index)).collect();
        if room != expected {
            found.push(format!("room {index} lists {room:?}, not {expected:?}, for {asks:?}"));
        }
    }
    let tagged = shown(timelines::tag(&world.store, asks, &built.tag, &page).await.unwrap());
    let expected: BTreeSet<PostId> = visible.iter().copied().filter(bare).collect();
    if tagged != expected {
        found.push(format!("the tag lists {tagged:?}, not {expected:?}, for {asks:?}"));
    }
    let counted = store::search::tags(&world.store, asks, &built.tag, 1, 0).await.unwrap().first().map_or(0, |(_, count)| *count);
    if usize::try_from(counted).unwrap() != expected.len() {
        found.push(format!("the tag counts {counted}, not {}, for {asks:?}", expected.len()));
    }
}

/// The place in the world from which a requester looks.
pub fn standing_of(plan: &Plan, asks: &Requester, actors: &[ActorId], community: usize) -> Option<Membership> {
    let place = actors.iter().position(|actor| Some(*actor) == asks.actor())?;
    plan.communities[community].members[place]
}

/// Which of the two remote hosts a requester comes from.
pub fn host_of(asks: &Requester) -> Option<usize> {
    match asks.principal() {
        Principal::Remote { host, .. } | Principal::Instance { host } => worlds::HOSTS.iter().position(|known| known == host),
        _ => None,
    }
}
