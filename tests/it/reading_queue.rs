//! What is to be read waits in one queue: once per thing, one of each host at a time, bounded, and on after a crash.

use domain::time::{DAY, HOUR, MINUTE, SECOND};
use kit::World;
use kit::chance::Hands;
use std::sync::Arc;
use store::StoreError;
use store::fetches::{self, Kind};

#[tokio::test]
async fn what_is_to_be_read_survives_its_reader_and_waits_its_turn() {
    let hands = Arc::new(Hands::started());
    let world = World::with(hands.clone(), Arc::new(domain::time::SystemRandom)).await;
    let ask = |kind, target: &'static str, host: &'static str| {
        let store = world.store.clone();
        async move {
            let asked = store.write(move |tx| Box::pin(async move { fetches::ask(tx, kind, target, host, None).await }));
            let asked: Result<bool, StoreError> = asked.await;
            asked.unwrap()
        }
    };
    assert!(ask(Kind::Community, "https://a.test/c/1", "a.test").await);
    assert!(!ask(Kind::Community, "https://a.test/c/1", "a.test").await, "it waits already");
    assert!(ask(Kind::Thread, "https://a.test/p/1", "a.test").await);
    assert!(ask(Kind::Thread, "https://b.test/p/1", "b.test").await);
    let taken = fetches::claim(&world.store).await.unwrap();
    let names: Vec<&str> = taken.iter().map(|job| job.target.as_str()).collect();
    assert_eq!(names.len(), 2, "one of each host: {names:?}");
    assert!(fetches::claim(&world.store).await.unwrap().is_empty(), "a host that is read from is left alone");
    hands.forward(10 * MINUTE);
    // What its reader did not end rests for a moment.
    store::workers::alive(&world.store).await.unwrap();
    hands.forward(5 * SECOND);
    let mut again = Vec::new();
    loop {
        let some = fetches::claim(&world.store).await.unwrap();
        if some.is_empty() {
            break;
        }
        for job in some {
            again.push(job.target.clone());
            let done: Result<(), StoreError> =
                world.store.write(move |tx| Box::pin(async move { fetches::done(tx, &job, "read").await })).await;
            done.unwrap();
        }
    }
    let all = ["https://a.test/p/1", "https://a.test/c/1", "https://b.test/p/1"];
    assert_eq!(again, all, "their reader is gone, so another takes them up, after what none had begun");
    assert!(!ask(Kind::Community, "https://a.test/c/1", "a.test").await, "once a day");
    hands.forward(HOUR);
    assert!(!ask(Kind::Community, "https://a.test/c/1", "a.test").await, "once a day");
    hands.forward(DAY);
    assert!(ask(Kind::Community, "https://a.test/c/1", "a.test").await);
}

#[tokio::test]
async fn a_host_that_names_ever_more_is_not_followed_for_ever() {
    let world = World::new().await;
    let mut taken = 0;
    for number in 0..260 {
        let target = format!("https://x{number}.a.test/p/1");
        let asked =
            world.store.write(move |tx| Box::pin(async move { fetches::ask(tx, Kind::Thread, &target, "a.test", None).await }));
        let asked: Result<bool, StoreError> = asked.await;
        taken += usize::from(asked.unwrap());
    }
    assert_eq!(taken, 200);
}

#[tokio::test]
async fn many_threads_that_wait_keep_further_threads_out_but_no_community() {
    let world = World::new().await;
    let fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) \
        INSERT INTO fetch_jobs (kind, target, host, due_at, created_at) \
        SELECT 'thread', 'https://x' || i || '.test/p/1', 'x' || i || '.test', 0, 0 FROM n";
    world.db.raw().await.run(fill).await;
    let ask = |kind: Kind, target: &'static str| {
        let store = world.store.clone();
        async move {
            let asked = store.write(move |tx| Box::pin(async move { fetches::ask(tx, kind, target, "a.test", None).await }));
            let asked: Result<bool, StoreError> = asked.await;
            asked.unwrap()
        }
    };
    assert!(!ask(Kind::Thread, "https://a.test/p/1").await);
    assert!(ask(Kind::Community, "https://a.test/c/1").await, "nobody asks for it again");
    world.db.raw().await.run("DELETE FROM fetch_jobs WHERE host = 'x1.test'").await;
    assert!(!ask(Kind::Thread, "https://a.test/p/1").await, "the community waits as well");
    world.db.raw().await.run("DELETE FROM fetch_jobs WHERE host = 'x2.test'").await;
    assert!(ask(Kind::Thread, "https://a.test/p/1").await);
}
