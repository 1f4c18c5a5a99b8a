//! The one writer: what is acknowledged is kept, what fails leaves nothing, and ids only grow.

use domain::id::ActorId;
use futures_util::future::join_all;
use kit::chance::{Dice, Hands};
use kit::poll::becomes;
use kit::{Db, World};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{Store, StoreError, Tx, settings};

async fn note(tx: &Tx, name: String) -> Result<(), StoreError> {
    settings::set(tx, &name, "there").await
}

async fn noted(store: &Store, name: &str) -> bool {
    settings::get(store.read(), name).await.unwrap().is_some()
}

#[tokio::test]
async fn a_failed_use_case_leaves_nothing_and_its_neighbours_everything() {
    let db = Db::new().await;
    let store = db.store().await;
    let outcomes = join_all((0..60).map(|number| {
        let store = store.clone();
        async move {
            store
                .write(move |tx| {
                    Box::pin(async move {
                        note(tx, format!("n{number}")).await?;
                        if number % 3 == 0 { Err(StoreError::Other("changed its mind".into())) } else { Ok(()) }
                    })
                })
                .await
        }
    }))
    .await;
    for (number, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.is_ok(), number % 3 != 0);
        assert_eq!(noted(&store, &format!("n{number}")).await, number % 3 != 0, "{number}");
    }
}

#[tokio::test]
async fn a_statement_that_fails_inside_one_use_case_does_not_harm_the_others() {
    let world = World::new().await;
    let twice = |handle: &'static str| {
        let store = world.store.clone();
        async move {
            let uri = |id: ActorId| format!("https://hall.test/a/{id}");
            store
                .write(move |tx| {
                    Box::pin(async move { store::actors::insert_local_person(tx, handle, "", uri, "https://hall.test/x").await })
                })
                .await
        }
    };
    let (first, second, third) = tokio::join!(twice("ada"), twice("ada"), twice("bob"));
    assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1, "exactly one gets the name");
    assert!(third.is_ok());
    let lost = first.and(second).unwrap_err();
    assert!(matches!(lost, StoreError::Taken), "{lost:?}");
}

#[tokio::test]
async fn a_panic_in_one_use_case_is_taken_back_and_the_writer_goes_on() {
    let db = Db::new().await;
    let store = db.store().await;
    let good = |name: &'static str| {
        let store = store.clone();
        async move { store.write(move |tx| Box::pin(note(tx, name.to_owned()))).await }
    };
    let bad = store.write(|tx| {
        Box::pin(async move {
            note(tx, "panicked".into()).await?;
            assert!(tx.now().0 < 0, "this panic is part of the test");
            Ok::<_, StoreError>(())
        })
    });
    let (before, panicked, after) = tokio::join!(good("before"), bad, good("after"));
    before.unwrap();
    after.unwrap();
    panicked.unwrap_err();
    assert!(noted(&store, "before").await && noted(&store, "after").await);
    assert!(!noted(&store, "panicked").await);
    good("later").await.unwrap();
}

#[tokio::test]
async fn what_a_caller_started_and_then_dropped_is_written_all_the_same() {
    let db = Db::new().await;
    let store = db.store().await;
    {
        let mut write = Box::pin(store.write(|tx| Box::pin(note(tx, "dropped".into()))));
        // Polled once, so that it is handed over, and then forgotten.
        kit::poll::begin(&mut write).await;
    }
    becomes("the write of a dropped caller", || noted(&store, "dropped")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_writes_at_once_are_all_there_once() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let made = join_all((0..200).map(|number| {
        let (world, ada) = (world.clone(), ada.clone());
        async move { world.post(&ada, &format!("number {number}"), domain::audience::Visibility::Public).await }
    }))
    .await;
    assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), 200);
    let mut raw = world.db.raw().await;
    assert_eq!(raw.number("SELECT COUNT(*) FROM posts").await, 200);
    assert_eq!(raw.number("SELECT COUNT(DISTINCT source) FROM posts").await, 200);
    let actor = ada.actor;
    assert_eq!(raw.number(&format!("SELECT posts_count FROM actors WHERE id = {actor}")).await, 200);
}

#[tokio::test]
async fn ids_grow_while_the_clock_runs_back_and_after_a_restart() {
    let db = Db::new().await;
    let clock = Arc::new(Hands::started());
    let mut last = 0;
    for round in 0..4 {
        let options = store::Options { clock: clock.clone(), random: Arc::new(Dice::new(round)), ..db.options() };
        let store = Store::open(options).await.unwrap();
        for _ in 0..20 {
            let (id, small) =
                store.write(|tx| Box::pin(async move { Ok::<_, StoreError>((tx.next_id(), tx.next_small_id())) })).await.unwrap();
            assert!(id > last, "{id} after {last}");
            assert!(small < 1 << 53);
            last = id;
        }
        clock.forward(-domain::time::DAY);
    }
}

#[tokio::test]
async fn two_processes_on_one_database_never_give_one_id_twice() {
    let db = Db::new().await;
    let (one, two) = (db.store().await, db.store().await);
    let mut all = BTreeSet::new();
    for _ in 0..25 {
        let next = |store: &Store| {
            let store = store.clone();
            async move { store.write(|tx| Box::pin(async move { Ok::<_, StoreError>(tx.next_id()) })).await.unwrap() }
        };
        let (a, b) = tokio::join!(next(&one), next(&two));
        assert!(all.insert(a) && all.insert(b));
    }
}
