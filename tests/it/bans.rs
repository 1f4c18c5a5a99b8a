//! Bans from communities that name an end.

use crate::stage::Stage;
use app::federated::ReceivedAct;
use app::federated::orders::{self, Order};
use domain::membership::{MembershipState, Role};
use domain::time::{HOUR, MINUTE};
use domain::zone::{Door, JoinPolicy, Zone};
use kit::chance::Hands;
use kit::poll::becomes;
use kit::{Person, World};
use serde_json::json;
use std::sync::Arc;

fn act(world: &World, by: &Person, who: &str) -> ReceivedAct {
    ReceivedAct {
        uri: format!("https://p.test/blocks/{}", store::sealed::new_token(world.store.random())),
        actor: by.actor,
        kind: "Block".into(),
        object_uri: who.into(),
        target_uri: None,
        community: None,
        reason: String::new(),
        body: "{}".into(),
    }
}

#[tokio::test]
async fn a_ban_that_names_an_end_ends_then_and_one_that_names_none_does_not() {
    let clock = Arc::new(Hands::started());
    let world = World::with(clock.clone(), Arc::new(domain::time::SystemRandom)).await;
    let lead = world.person("lead").await;
    let club = world.community_with(&lead, "club", Zone::Open, Door::Hall, JoinPolicy::Open, &[]).await;
    let (pat, quin) = (world.stranger("pat", "p.test").await, world.stranger("quin", "q.test").await);
    let standing = |who: domain::id::ActorId| {
        let (store, id) = (world.store.clone(), club.id);
        async move { store::memberships::standing(store.read(), id, who).await.unwrap().unwrap().state }
    };
    let bans = |who: domain::id::ActorId, yes: bool, until| {
        orders::receive(&world.hall, &lead.asks, club.id, Order::Ban(who, yes, until), act(&world, &lead, "x"), None)
    };
    for who in [&pat, &quin] {
        world.member(&club, who.actor).await;
    }
    let end = app::federated::now(&world.hall).plus(HOUR);
    bans(pat.actor, true, Some(end)).await.unwrap();
    bans(quin.actor, true, Some(end)).await.unwrap();
    // A second one without an end takes the place of the first.
    bans(quin.actor, true, None).await.unwrap();
    clock.forward(HOUR - MINUTE);
    app::worker::end_bans(&world.hall).await.unwrap();
    assert_eq!((standing(pat.actor).await, standing(quin.actor).await), (MembershipState::Banned, MembershipState::Banned));
    let joins = |who: &kit::Stranger, number: i32| {
        let (hall, asks, id) = (world.hall.clone(), who.asks.clone(), club.id);
        let uri = format!("https://p.test/join/{number}");
        async move { app::federated::memberships::receive_join(&hall, &asks, id, app::federated::Via::Join, &uri).await }
    };
    assert!(joins(&pat, 1).await.is_err());
    clock.forward(2 * MINUTE);
    app::worker::end_bans(&world.hall).await.unwrap();
    assert_eq!((standing(pat.actor).await, standing(quin.actor).await), (MembershipState::Left, MembershipState::Banned));
    assert!(joins(&pat, 2).await.unwrap().is_active(), "and may come back");
    assert!(joins(&quin, 3).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_that_a_moderators_ban_names_is_kept_and_comes() {
    let stage = Stage::new().await;
    stage.known_note("/n/1", "known here").await;
    assert_eq!(
        stage.mal.post(&stage.inbox(), &stage.mal.does("Like", &stage.bad("/like/1"), &json!(stage.good("/n/1")))).await.status,
        202
    );
    let id = |uri: String| {
        let store = stage.hall.store.clone();
        async move { store::actors::id_by_uri(store.read(), &uri).await.unwrap().unwrap() }
    };
    let (vic, mal) = (id(stage.vic.uri.clone()).await, id(stage.mal.uri.clone()).await);
    stage.hall.put(&stage.open, vic, Role::Moderator, MembershipState::Active).await;
    stage.hall.put(&stage.open, mal, Role::Member, MembershipState::Active).await;
    let standing = || async {
        let sql = format!("SELECT state, COALESCE(banned_until, 0) > 0 FROM memberships WHERE actor_id = {mal}");
        stage.hall.db.raw().await.rows(&sql).await.remove(0)
    };
    for (number, field) in ["endTime", "expires"].into_iter().enumerate() {
        let mut block = stage.vic.does("Block", &stage.good(&format!("/block/{number}")), &json!(stage.mal.uri));
        block["target"] = json!(format!("{}/a/{}", stage.hall.base, stage.open.actor));
        block[field] = json!("2099-01-01T00:00:00Z");
        assert_eq!(stage.vic.post(&stage.inbox(), &block).await.status, 202);
        becomes("the ban", || async { standing().await[0] == "banned" }).await;
        assert!(["1", "true", "t"].contains(&standing().await[1].as_str()), "{:?}", standing().await);
        stage.hall.db.raw().await.run("UPDATE memberships SET banned_until = 1 WHERE banned_until IS NOT NULL").await;
        becomes("its end", || async { standing().await[0] == "left" }).await;
    }
}
