//! The queues: a consequence is written with its cause, claimed by one worker, tried again, and at last put aside.

use domain::id::PostId;
use domain::time::{DAY, HOUR, MINUTE};
use domain::zone::Zone;
use kit::chance::Hands;
use kit::{Community, Stranger, World};
use std::sync::Arc;
use store::deliveries::{self, Delivery, Outcome};
use store::effects::{self, Effect, Lane};
use store::inbox::{self, Received};
use store::outbox::NewActivity;
use store::{StoreError, recipients};

async fn timed() -> (World, Arc<Hands>) {
    let clock = Arc::new(Hands::started());
    (World::with(clock.clone(), Arc::new(domain::time::SystemRandom)).await, clock)
}

async fn enqueue(world: &World, payload: &'static str) {
    world.store.write(move |tx| Box::pin(async move { effects::enqueue(tx, Lane::Wire, payload).await })).await.unwrap();
}

async fn claim(world: &World) -> Vec<Effect> {
    effects::claim(&world.store, Lane::Wire, 10).await.unwrap()
}

#[tokio::test]
async fn a_consequence_is_claimed_once_in_order_and_by_its_own_lane() {
    let (world, clock) = timed().await;
    enqueue(&world, "one").await;
    enqueue(&world, "two").await;
    assert!(effects::claim(&world.store, Lane::Hall, 10).await.unwrap().is_empty());
    let first = claim(&world).await;
    assert_eq!(first.iter().map(|effect| effect.payload.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert!(claim(&world).await.is_empty(), "a worker has it");
    clock.forward(2 * MINUTE);
    let again = claim(&world).await;
    assert_eq!(again.len(), 2, "the worker is gone, another takes over");
    assert!(again.iter().all(|effect| effect.attempts == 2));
    for effect in again {
        world.store.write(move |tx| Box::pin(async move { effects::done(tx, effect.id).await })).await.unwrap();
    }
    clock.forward(DAY);
    assert!(claim(&world).await.is_empty());
}

#[tokio::test]
async fn a_consequence_of_a_failed_act_is_never_there() {
    let (world, _) = timed().await;
    let failed = world.store.write(|tx| {
        Box::pin(async move {
            effects::enqueue(tx, Lane::Wire, "never").await?;
            Err::<(), _>(StoreError::Other("no".into()))
        })
    });
    failed.await.unwrap_err();
    assert!(claim(&world).await.is_empty());
}

#[tokio::test]
async fn a_consequence_that_fails_waits_longer_each_time_and_is_put_aside_with_its_reason() {
    let (world, clock) = timed().await;
    enqueue(&world, "one").await;
    let mut tries = 0;
    loop {
        let Some(effect) = claim(&world).await.pop() else { break };
        tries += 1;
        world.store.write(move |tx| Box::pin(async move { effects::failed(tx, &effect, "the reason").await })).await.unwrap();
        assert!(claim(&world).await.is_empty(), "not at once");
        clock.forward(2 * DAY);
    }
    assert_eq!(tries, 20);
    let rows = world.db.raw().await.rows("SELECT state, outcome FROM effects").await;
    assert_eq!(rows, [["dead", "the reason"]]);
}

fn received(id: &str) -> Received {
    Received { activity_uri: id.into(), signer_uri: "https://p.test/users/pat".into(), host: "p.test".into(), body: "{}".into() }
}

#[tokio::test]
async fn an_activity_is_taken_once_whatever_comes_again() {
    let (world, clock) = timed().await;
    assert!(inbox::push(&world.store, received("https://p.test/1")).await.unwrap());
    assert!(!inbox::push(&world.store, received("https://p.test/1")).await.unwrap());
    let taken = inbox::claim(&world.store, 10).await.unwrap();
    assert_eq!(taken.len(), 1);
    let id = taken[0].id;
    world.store.write(move |tx| Box::pin(async move { inbox::done(tx, id, "done").await })).await.unwrap();
    assert!(!inbox::push(&world.store, received("https://p.test/1")).await.unwrap(), "also after it was processed");
    clock.forward(DAY);
    assert!(inbox::claim(&world.store, 10).await.unwrap().is_empty());
    assert!(inbox::seen(&world.store, "https://p.test/1").await.unwrap());
}

#[tokio::test]
async fn an_activity_that_cannot_be_processed_becomes_a_dead_letter() {
    let (world, clock) = timed().await;
    inbox::push(&world.store, received("https://p.test/1")).await.unwrap();
    let mut tries = 0;
    while let Some(waiting) = inbox::claim(&world.store, 10).await.unwrap().pop() {
        tries += 1;
        world.store.write(move |tx| Box::pin(async move { inbox::failed(tx, &waiting, "why").await })).await.unwrap();
        clock.forward(2 * DAY);
    }
    assert_eq!(tries, 12);
    assert_eq!(world.db.raw().await.rows("SELECT state, outcome, body FROM inbox_queue").await, [["dead", "why", "{}"]]);
}

/// A partner community with a member at each of two hosts, and an activity for its members.
async fn partners(world: &World) -> (Community, Stranger, Stranger) {
    let ada = world.person("ada").await;
    let club = world.community(&ada, "club", Zone::Partner, &["p.test", "q.test"]).await;
    let (pat, quin) = (world.stranger("pat", "p.test").await, world.stranger("quin", "q.test").await);
    world.member(&club, pat.actor).await;
    world.member(&club, quin.actor).await;
    (club, pat, quin)
}

async fn queue(world: &World, community: &Community, name: &str) {
    let (community, name) = (community.clone(), name.to_owned());
    let activity = NewActivity {
        uri: format!("https://hall.test/{name}"),
        actor: community.actor,
        kind: "Announce".into(),
        post: Some(PostId(1)),
        community: Some(community.id),
        object_uri: Some(format!("https://hall.test/object/{name}")),
        body: "{}".into(),
        public: false,
    };
    world
        .store
        .write(move |tx| {
            Box::pin(async move {
                let row = store::outbox::keep(tx, &activity).await?;
                let to = recipients::members(tx, community.id).await?;
                deliveries::enqueue(tx, row, &to).await
            })
        })
        .await
        .unwrap();
}

async fn due(world: &World) -> Vec<Delivery> {
    deliveries::claim(&world.store, 100).await.unwrap()
}

async fn end(world: &World, delivery: &Delivery, outcome: Outcome) {
    let delivery = delivery.clone();
    world.store.write(move |tx| Box::pin(async move { deliveries::record(tx, &delivery, &outcome).await })).await.unwrap();
}

fn uris<'a>(list: &'a [Delivery], host: &str) -> Vec<&'a str> {
    list.iter().filter(|delivery| delivery.host == host).map(|delivery| delivery.activity_uri.as_str()).collect()
}

#[tokio::test]
async fn deliveries_to_one_host_keep_their_order_and_a_dead_host_holds_nobody_up() {
    let (world, clock) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "1").await;
    let first = due(&world).await;
    assert_eq!(first.len(), 2, "one for each host");
    queue(&world, &club, "2").await;
    for delivery in &first {
        let outcome = if delivery.host == "p.test" { Outcome::Later("no answer".into(), None) } else { Outcome::Delivered };
        end(&world, delivery, outcome).await;
    }
    let second = due(&world).await;
    assert_eq!(uris(&second, "q.test"), ["https://hall.test/2"]);
    assert!(uris(&second, "p.test").is_empty(), "the second waits behind the first");
    for delivery in &second {
        end(&world, delivery, Outcome::Delivered).await;
    }
    clock.forward(HOUR);
    assert_eq!(uris(&due(&world).await, "p.test"), ["https://hall.test/1", "https://hall.test/2"]);
}

#[tokio::test]
async fn a_host_that_speaks_again_is_served_at_once() {
    let (world, _) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "1").await;
    for delivery in due(&world).await {
        end(&world, &delivery, Outcome::Later("no answer".into(), Some(DAY))).await;
    }
    assert!(due(&world).await.is_empty());
    world.store.write(|tx| Box::pin(async move { deliveries::wake_host(tx, "p.test").await })).await.unwrap();
    assert_eq!(uris(&due(&world).await, "p.test"), ["https://hall.test/1"]);
}

#[tokio::test]
async fn whoever_left_and_whoever_is_no_partner_any_more_is_sent_nothing_that_waits() {
    let (world, _) = timed().await;
    let (club, pat, _) = partners(&world).await;
    queue(&world, &club, "1").await;
    let waiting = due(&world).await;
    let still = || async {
        let mut hosts = Vec::new();
        for delivery in &waiting {
            if deliveries::still_due(world.store.read(), delivery).await.unwrap() {
                hosts.push(delivery.host.as_str());
            }
        }
        hosts
    };
    assert_eq!(still().await.len(), 2);
    app::communities::leave(&world.hall, &pat.asks, club.id).await.unwrap();
    assert_eq!(still().await, ["q.test"]);
    world.db.raw().await.run("DELETE FROM agreements WHERE host = 'q.test'").await;
    assert!(still().await.is_empty());
    queue(&world, &club, "2").await;
    assert_eq!(world.db.raw().await.number("SELECT COUNT(*) FROM deliveries").await, 2, "and nothing new is queued");
}

#[tokio::test]
async fn what_an_internal_community_says_has_no_recipients_even_with_a_stranger_in_its_rows() {
    let (world, _) = timed().await;
    let (club, ..) = partners(&world).await;
    world.db.raw().await.run(&format!("UPDATE communities SET zone = 'internal' WHERE id = {}", club.id)).await;
    queue(&world, &club, "1").await;
    assert!(due(&world).await.is_empty());
}

#[tokio::test]
async fn what_left_stands_in_the_ledger() {
    let (world, _) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "1").await;
    for delivery in due(&world).await {
        let outcome = if delivery.host == "p.test" { Outcome::Delivered } else { Outcome::Refused("410".into()) };
        end(&world, &delivery, outcome).await;
    }
    let released = store::ledger::of_object(world.store.read(), "https://hall.test/object/1").await.unwrap();
    assert_eq!(released.iter().map(|release| release.host.as_str()).collect::<Vec<_>>(), ["p.test"]);
    assert_eq!(released[0].inbox, "https://p.test/inbox");
}

#[tokio::test]
async fn a_delivery_is_given_up_after_two_weeks_and_that_is_recorded() {
    let (world, clock) = timed().await;
    let (club, ..) = partners(&world).await;
    queue(&world, &club, "1").await;
    for _ in 0..200 {
        for delivery in due(&world).await {
            end(&world, &delivery, Outcome::Later("no answer".into(), None)).await;
        }
        clock.forward(6 * HOUR);
    }
    let rows = world.db.raw().await.rows("SELECT DISTINCT state, outcome FROM deliveries").await;
    assert_eq!(rows, [["given up", "no answer"]]);
}
