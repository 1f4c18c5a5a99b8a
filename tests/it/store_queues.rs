//! The queues: a consequence is written with its cause, claimed by one worker, tried again, and at last put aside.

use domain::audience::Visibility;
use domain::time::{DAY, HOUR, MINUTE};
use kit::World;
use kit::chance::Hands;
use std::sync::Arc;
use store::effects::{self, Effect, Lane};
use store::inbox::{self, Processed, Received, Waiting};
use store::{StoreError, dead_letters};

pub async fn timed() -> (World, Arc<Hands>) {
    let clock = Arc::new(Hands::started());
    (World::with(clock.clone(), Arc::new(domain::time::SystemRandom)).await, clock)
}

async fn enqueue(world: &World, payload: &'static str) {
    world.store.write(move |tx| Box::pin(async move { effects::enqueue(tx, Lane::Wire, "", payload).await })).await.unwrap();
}

async fn claim(world: &World) -> Vec<Effect> {
    effects::claim(&world.store, Lane::Wire).await.unwrap()
}

#[tokio::test]
async fn a_consequence_is_claimed_once_in_order_and_by_its_own_lane() {
    let (world, clock) = timed().await;
    enqueue(&world, "one").await;
    enqueue(&world, "two").await;
    assert!(effects::claim(&world.store, Lane::Hall).await.unwrap().is_empty());
    let first = claim(&world).await;
    assert_eq!(first.iter().map(|effect| effect.payload.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert!(claim(&world).await.is_empty(), "a worker has it");
    clock.forward(2 * MINUTE);
    store::workers::alive(&world.store).await.unwrap();
    for payload in ["one", "two"] {
        let again = claim(&world).await;
        assert_eq!(again.len(), 1, "the worker is gone, another takes over, one at a time");
        assert_eq!((again[0].payload.as_str(), again[0].attempts), (payload, 2));
        let effect = again[0].clone();
        world
            .store
            .write(move |tx| Box::pin(async move { effects::done(tx, effect.id, effect.claimed_by).await }))
            .await
            .unwrap();
    }
    clock.forward(DAY);
    assert!(claim(&world).await.is_empty());
}

#[tokio::test]
async fn a_consequence_of_a_failed_act_is_never_there() {
    let (world, _) = timed().await;
    let failed = world.store.write(|tx| {
        Box::pin(async move {
            effects::enqueue(tx, Lane::Wire, "", "never").await?;
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
        world
            .store
            .write(move |tx| Box::pin(async move { effects::failed(tx, &effect, "the reason", false).await }))
            .await
            .unwrap();
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

async fn settle(world: &World, waiting: Waiting, how: Processed) {
    let ended = [(waiting, how)];
    world.store.write(move |tx| Box::pin(async move { inbox::settle(tx, &ended).await })).await.unwrap();
}

#[tokio::test]
async fn an_activity_is_taken_once_whatever_comes_again() {
    let (world, clock) = timed().await;
    inbox::push(&world.store, received("https://p.test/1")).await.unwrap();
    inbox::push(&world.store, received("https://p.test/1")).await.unwrap();
    let mut taken = inbox::claim(&world.store).await.unwrap();
    assert_eq!(taken.len(), 1);
    settle(&world, taken.remove(0), Processed::Done("done".into())).await;
    inbox::push(&world.store, received("https://p.test/1")).await.unwrap();
    clock.forward(DAY);
    assert!(inbox::claim(&world.store).await.unwrap().is_empty(), "also after it was processed");
    assert!(inbox::seen(&world.store, "https://p.test/1").await.unwrap());
}

#[tokio::test]
async fn what_arrives_at_once_is_stored_each_once() {
    let world = World::new().await;
    let pushes = (0..300).map(|number| {
        let store = world.store.clone();
        async move { inbox::push(&store, received(&format!("https://p.test/{}", number % 200))).await }
    });
    for stored in futures_util::future::join_all(pushes).await {
        stored.unwrap();
    }
    assert_eq!(world.db.raw().await.number("SELECT COUNT(*) FROM inbox_queue").await, 200);
}

/// Tries until it is tried no more; gives how often.
async fn tries(world: &World, clock: &Hands, how: &Processed) -> u32 {
    let mut tries = 0;
    while let Some(waiting) = inbox::claim(&world.store).await.unwrap().pop() {
        tries += 1;
        settle(world, waiting, how.clone()).await;
        clock.forward(2 * DAY);
    }
    tries
}

#[tokio::test]
async fn an_activity_that_cannot_be_processed_becomes_a_dead_letter_and_can_be_replayed() {
    let (world, clock) = timed().await;
    inbox::push(&world.store, received("https://p.test/1")).await.unwrap();
    assert_eq!(tries(&world, &clock, &Processed::Later("why".into())).await, 12);
    assert_eq!(world.db.raw().await.rows("SELECT state, outcome, body FROM inbox_queue").await, [["dead", "why", "{}"]]);
    let letters = dead_letters::list(world.store.read()).await.unwrap();
    assert_eq!(
        letters.iter().map(|one| (one.about.as_str(), one.reason.as_str())).collect::<Vec<_>>(),
        [("https://p.test/1", "why")]
    );
    let id = letters[0].id;
    let replay =
        || async { world.store.write(move |tx| Box::pin(async move { dead_letters::replay(tx, id).await })).await.unwrap() };
    assert!(replay().await);
    assert!(!replay().await, "once");
    let waiting = inbox::claim(&world.store).await.unwrap().pop().unwrap();
    assert_eq!((waiting.attempts, waiting.received.body.as_str()), (1, "{}"));
    assert!(dead_letters::list(world.store.read()).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_makes_its_worker_panic_is_put_aside_sooner() {
    let (world, clock) = timed().await;
    inbox::push(&world.store, received("https://p.test/1")).await.unwrap();
    assert_eq!(tries(&world, &clock, &Processed::Panicked("panic: no".into())).await, 3);
}

#[tokio::test]
async fn what_ends_its_process_each_time_is_put_aside_and_pulls_nobody_along() {
    let (world, clock) = timed().await;
    for name in ["poison", "good", "better"] {
        inbox::push(&world.store, received(&format!("https://p.test/{name}"))).await.unwrap();
    }
    assert_eq!(inbox::claim(&world.store).await.unwrap().len(), 3);
    let mut processed = Vec::new();
    for _ in 0..12 {
        // The process that has it ends and says nothing any more.
        clock.forward(HOUR);
        store::workers::alive(&world.store).await.unwrap();
        assert!(inbox::claim(&world.store).await.unwrap().is_empty(), "not among others");
        let Some(waiting) = inbox::claim_suspect(&world.store).await.unwrap() else { continue };
        if !waiting.received.activity_uri.ends_with("poison") {
            processed.push(waiting.received.activity_uri.clone());
            settle(&world, waiting, Processed::Done("done".into())).await;
        }
    }
    assert_eq!(processed, ["https://p.test/good", "https://p.test/better"]);
    let letters = dead_letters::list(world.store.read()).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].about, "https://p.test/poison");
    assert!(letters[0].reason.contains("ends each time"), "{}", letters[0].reason);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_reaches_homes_also_when_it_is_spread_before_its_commit() {
    let world = World::new().await;
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    app::people::follow(&world.hall, &bob.asks, ada.actor).await.unwrap();
    // Its spreading waits, so that the worker has something to do.
    world.post(&ada, "first", Visibility::Public).await;
    let (free, held) = std::sync::mpsc::channel::<()>();
    let holds = world.store.write(move |_| {
        Box::pin(async move {
            held.recv().unwrap();
            Ok::<_, StoreError>(())
        })
    });
    // All three stand in line, and so share a transaction of the one writer.
    let frees = async {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        free.send(()).unwrap();
    };
    let second = world.post(&ada, "second", Visibility::Public);
    let (held, _, spread, ()) = tokio::join!(holds, second, app::worker::run_hall_effects(&world.hall), frees);
    held.unwrap();
    assert!(spread.unwrap());
    world.settle().await;
    assert_eq!(world.home(&bob).await.len(), 2, "both posts");
}
