//! Two processes on one database share the queues: nothing is done twice, nothing out of order, and what a dead one
//! had in hands the other takes over.

use crate::stage::Stage;
use crate::store_queues::timed;
use domain::time::{MINUTE, SECOND};
use kit::poll::becomes;
use kit::{Db, Peer};
use std::collections::{BTreeMap, BTreeSet};
use store::effects::{self, Effect, Lane};
use store::fetches::{self, Kind};
use store::inbox::{self, Processed, Received};
use store::{Store, StoreError, workers};

/// Two stores on one database, as two processes have them, that see each other's locks.
async fn two() -> (Store, Store, Db, tempfile::TempDir) {
    let (db, folder) = (Db::new().await, tempfile::tempdir().unwrap());
    let (one, other) = (open(&db, &folder).await, open(&db, &folder).await);
    (one, other, db, folder)
}

async fn open(db: &Db, folder: &tempfile::TempDir) -> Store {
    Store::open(store::Options { locks: Some(folder.path().to_owned()), ..db.options() }).await.unwrap()
}

async fn enqueue(store: &Store, subject: String, payload: String) {
    store.write(move |tx| Box::pin(async move { effects::enqueue(tx, Lane::Wire, &subject, &payload).await })).await.unwrap();
}

async fn done(store: &Store, effect: &Effect) -> Result<(), StoreError> {
    let (id, by) = (effect.id, effect.claimed_by);
    store.write(move |tx| Box::pin(async move { effects::done(tx, id, by).await })).await
}

#[tokio::test]
async fn consequences_are_carried_out_once_and_those_of_one_subject_in_order() {
    let (one, other, _db, _folder) = two().await;
    for number in 0..200 {
        enqueue(&one, format!("subject {}", number % 7), number.to_string()).await;
    }
    let carried = std::sync::Mutex::new(Vec::new());
    let work = |store: Store| {
        let carried = &carried;
        async move {
            loop {
                let batch = effects::claim(&store, Lane::Wire).await.unwrap();
                if batch.is_empty() && carried.lock().unwrap().len() == 200 {
                    break;
                }
                for effect in batch {
                    carried.lock().unwrap().push(effect.payload.parse::<i32>().unwrap());
                    done(&store, &effect).await.unwrap();
                }
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::join!(work(one.clone()), work(other.clone()));
    let carried = carried.into_inner().unwrap();
    assert_eq!(carried.iter().collect::<BTreeSet<_>>().len(), 200, "each once");
    for subject in 0..7 {
        let of_one: Vec<i32> = carried.iter().copied().filter(|number| number % 7 == subject).collect();
        assert!(of_one.is_sorted(), "{of_one:?}");
    }
}

#[tokio::test]
async fn while_one_has_a_signers_activity_the_other_gets_none_of_that_signer() {
    let (one, other, _db, _folder) = two().await;
    let push = |number: i32, signer: &str| {
        let received = Received {
            activity_uri: format!("https://p.test/{number}"),
            signer_uri: format!("https://p.test/users/{signer}"),
            host: "p.test".into(),
            body: "{}".into(),
        };
        inbox::push(&one, received)
    };
    push(1, "pat").await.unwrap();
    let mut first = inbox::claim(&one).await.unwrap();
    assert_eq!(first.len(), 1);
    push(2, "pat").await.unwrap();
    push(3, "quin").await.unwrap();
    let others: Vec<i64> = inbox::claim(&other).await.unwrap().iter().map(|waiting| waiting.id).collect();
    assert_eq!(others.len(), 1, "quin's");
    let ended = [(first.remove(0), Processed::Done("done".into()))];
    one.write(move |tx| Box::pin(async move { inbox::settle(tx, &ended).await })).await.unwrap();
    assert_eq!(inbox::claim(&other).await.unwrap().len(), 1, "and now the second of pat's");
}

#[tokio::test]
async fn what_a_killed_worker_had_in_hands_is_free_at_once() {
    let (one, other, db, _folder) = two().await;
    enqueue(&one, String::new(), "task".into()).await;
    assert_eq!(effects::claim(&one, Lane::Wire).await.unwrap().len(), 1);
    workers::alive(&other).await.unwrap();
    assert!(effects::claim(&other, Lane::Wire).await.unwrap().is_empty(), "it lives");
    // As the system does with what a killed process held.
    drop(one);
    becomes("the lock is let go", || async {
        workers::alive(&other).await.unwrap();
        !effects::claim(&other, Lane::Wire).await.unwrap().is_empty()
    })
    .await;
    assert_eq!(db.raw().await.number("SELECT COUNT(*) FROM workers").await, 1);
}

#[tokio::test]
async fn what_a_killed_worker_was_reading_is_read_on_at_once_but_not_for_ever() {
    let (mut one, other, db, folder) = two().await;
    let target = "https://p.test/c/books";
    let asked = one.write(move |tx| Box::pin(async move { fetches::ask(tx, Kind::Community, target, "p.test", None).await }));
    assert!(asked.await.unwrap());
    let state = || async { db.raw().await.rows("SELECT state, outcome FROM fetch_jobs").await.concat() };
    for times in 1..=7 {
        assert_eq!(fetches::claim(&one).await.unwrap().len(), 1, "for the {times}. time");
        workers::alive(&other).await.unwrap();
        assert!(fetches::claim(&other).await.unwrap().is_empty(), "it lives");
        drop(one);
        becomes("the lock is let go", || async {
            workers::alive(&other).await.unwrap();
            db.raw().await.number("SELECT claimed_by FROM fetch_jobs").await == 0
        })
        .await;
        // It rests a little, each time longer.
        let rest = db.raw().await.number("SELECT due_at FROM fetch_jobs").await - other.clock().now().0;
        assert!(rest > (times - 1) * (times - 1) * SECOND - SECOND, "{times}: {rest}");
        db.raw().await.run("UPDATE fetch_jobs SET due_at = 0").await;
        one = open(&db, &folder).await;
    }
    assert!(fetches::claim(&one).await.unwrap().is_empty());
    assert_eq!(state().await, ["done", "it ended its readers"]);
}

#[tokio::test]
async fn what_ended_a_reader_is_begun_alone_and_its_first_reader_cannot_end_it_any_more() {
    let (one, other, db, _folder) = two().await;
    let ask = |host: &'static str| {
        let store = other.clone();
        async move {
            let target = format!("https://{host}/p/1");
            let asked = store.write(move |tx| Box::pin(async move { fetches::ask(tx, Kind::Thread, &target, host, None).await }));
            assert!(asked.await.unwrap());
        }
    };
    ask("a.test").await;
    ask("b.test").await;
    let mut first = fetches::claim(&one).await.unwrap();
    assert_eq!(first.len(), 2);
    db.raw().await.run("UPDATE workers SET alive_until = 0").await;
    workers::alive(&other).await.unwrap();
    db.raw().await.run("UPDATE fetch_jobs SET due_at = 0").await;
    ask("c.test").await;
    let names = |jobs: &[fetches::Job]| jobs.iter().map(|job| job.target.clone()).collect::<Vec<_>>();
    assert_eq!(names(&fetches::claim(&other).await.unwrap()), ["https://c.test/p/1"], "what nobody fell over comes first");
    assert_eq!(names(&fetches::claim(&other).await.unwrap()), ["https://a.test/p/1"], "then one alone");
    let late = first.remove(0);
    let ended: Result<(), StoreError> = one
        .write(move |tx| {
            Box::pin(async move {
                fetches::failed(tx, &late, "late").await?;
                fetches::done(tx, &late, "late").await
            })
        })
        .await;
    ended.unwrap();
    let state = "SELECT state, attempts, crashes FROM fetch_jobs WHERE host = 'a.test'";
    assert_eq!(db.raw().await.rows(state).await.concat(), ["waiting", "0", "1"]);
}

#[tokio::test]
async fn a_worker_that_was_believed_dead_cannot_end_what_another_has() {
    let (world, clock) = timed().await;
    let options = store::Options { clock: clock.clone(), ..world.db.options() };
    let other = Store::open(options).await.unwrap();
    enqueue(&world.store, String::new(), "task".into()).await;
    let mine = effects::claim(&world.store, Lane::Wire).await.unwrap().remove(0);
    clock.forward(MINUTE);
    workers::alive(&other).await.unwrap();
    let theirs = effects::claim(&other, Lane::Wire).await.unwrap().remove(0);
    assert_eq!(mine.id, theirs.id);
    done(&world.store, &mine).await.unwrap_err();
    done(&other, &theirs).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_deliver_everything_once_and_each_posts_change_after_it() {
    let stage = Stage::new().await;
    stage.hall.work_beside().await;
    let peers = [Peer::start().await, Peer::start().await, Peer::start().await];
    let inbox = stage.inbox();
    for peer in &peers {
        let pat = peer.actor("pat", "Person");
        let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
        pat.post(&inbox, &pat.does("Join", &peer.at("/join/1"), &serde_json::json!(group))).await;
        becomes("the member is in", || async { peer.delivered().iter().any(|one| one["type"] == "Accept") }).await;
    }
    let mut posts = Vec::new();
    for number in 0..25 {
        let post = stage.hall.post_in(&stage.ada, &stage.open, &format!("number {number}")).await;
        stage.hall.edit(&stage.ada, post, &format!("changed {number}")).await.unwrap();
        posts.push(format!("{}/p/{post}", stage.hall.base));
    }
    let all =
        "SELECT (SELECT COUNT(*) FROM effects WHERE kind = 'wire') + (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting')";
    becomes("everything is sent", || async { stage.hall.db.raw().await.number(all).await == 0 }).await;
    for peer in &peers {
        let came = peer.delivered();
        let mut ids: BTreeMap<&str, u32> = BTreeMap::new();
        for activity in &came {
            *ids.entry(activity["id"].as_str().unwrap()).or_default() += 1;
        }
        assert!(ids.values().all(|times| *times == 1), "{ids:?}");
        for post in &posts {
            let at =
                |kind: &str| came.iter().position(|one| one["object"]["type"] == kind && one["object"]["object"]["id"] == **post);
            let (created, changed) = (at("Create"), at("Update"));
            assert!(created.is_some() && created < changed, "{post}: {created:?} {changed:?}");
        }
    }
}

fn received(number: i32, signer: &str) -> Received {
    Received {
        activity_uri: format!("https://p.test/{number}"),
        signer_uri: format!("https://p.test/users/{signer}"),
        host: "p.test".into(),
        body: "{}".into(),
    }
}

fn numbers(taken: &[inbox::Waiting]) -> Vec<&str> {
    taken.iter().map(|waiting| waiting.received.activity_uri.rsplit('/').next().unwrap()).collect()
}

async fn settle(store: &Store, waiting: inbox::Waiting, how: Processed) {
    let ended = [(waiting, how)];
    store.write(move |tx| Box::pin(async move { inbox::settle(tx, &ended).await })).await.unwrap();
}

#[tokio::test]
async fn a_received_activity_is_settled_only_by_the_worker_that_has_it() {
    let (world, clock) = timed().await;
    let other = Store::open(store::Options { clock: clock.clone(), ..world.db.options() }).await.unwrap();
    inbox::push(&world.store, received(1, "pat")).await.unwrap();
    let mine = inbox::claim(&world.store).await.unwrap().remove(0);
    clock.forward(MINUTE);
    workers::alive(&other).await.unwrap();
    let theirs = inbox::claim_suspect(&other).await.unwrap().unwrap();
    assert_eq!(mine.id, theirs.id);
    let row = || async { world.db.raw().await.rows("SELECT state, claimed_by FROM inbox_queue").await.remove(0) };
    let held = row().await;
    for how in
        [Processed::Done("done".into()), Processed::Later("no".into()), Processed::Panicked("no".into()), Processed::Untried]
    {
        settle(&world.store, mine.clone(), how).await;
        assert_eq!(row().await, held, "the other one has it");
    }
    settle(&other, theirs, Processed::Done("done".into())).await;
    assert_eq!(row().await[0], "done");
}

#[tokio::test]
async fn a_number_that_another_process_has_by_now_is_neither_used_nor_let_go_of() {
    let (one, _other, db, _folder) = two().await;
    enqueue(&one, String::new(), "first".into()).await;
    let first = effects::claim(&one, Lane::Wire).await.unwrap().remove(0);
    // As when the transaction that registered the number was taken back, and another process got it.
    let mut raw = db.raw().await;
    raw.run("UPDATE workers SET token = 'another'").await;
    enqueue(&one, String::new(), "second".into()).await;
    let second = effects::claim(&one, Lane::Wire).await.unwrap().remove(0);
    assert_ne!(first.claimed_by, second.claimed_by);
    raw.run(&format!("UPDATE workers SET token = 'a third' WHERE id = {}", second.claimed_by)).await;
    workers::sign_off(&one).await.unwrap();
    let held = raw.number("SELECT COUNT(*) FROM effects WHERE claimed_by > 0").await;
    assert_eq!(held, 2, "what is in the hands of others stays there");
    assert_eq!(raw.number("SELECT COUNT(*) FROM workers").await, 2);
}

#[tokio::test]
async fn after_a_crash_a_signers_activities_still_come_in_their_order() {
    let (one, other, _db, _folder) = two().await;
    for number in [1, 2] {
        inbox::push(&one, received(number, "pat")).await.unwrap();
    }
    assert_eq!(numbers(&inbox::claim(&one).await.unwrap()), ["1", "2"]);
    for (number, signer) in [(3, "pat"), (4, "quin")] {
        inbox::push(&other, received(number, signer)).await.unwrap();
    }
    drop(one);
    becomes("its lock is let go", || async {
        workers::alive(&other).await.unwrap();
        inbox::claim_suspect(&other).await.unwrap().is_some_and(|waiting| {
            assert_eq!(numbers(std::slice::from_ref(&waiting)), ["1"], "what was first, alone");
            true
        })
    })
    .await;
    assert_eq!(numbers(&inbox::claim(&other).await.unwrap()), ["4"], "nothing of that signer before it");
}

#[tokio::test]
async fn what_is_sent_is_read_as_another_process_has_just_left_it() {
    let world = kit::World::new().await;
    let ada = world.person("ada").await;
    let post = world.post(&ada, "CNRYbefore", domain::audience::Visibility::Public).await;
    let other = Store::open(world.db.options()).await.unwrap();
    let text = |record: Option<std::sync::Arc<store::views::PostRecord>>| record.unwrap().html.as_str().to_owned();
    assert!(text(store::posts::record(&other, post).await.unwrap()).contains("CNRYbefore"));
    world.edit(&ada, post, "CNRYafter").await.unwrap();
    assert!(text(store::posts::record(&other, post).await.unwrap()).contains("CNRYbefore"), "kept for some seconds");
    assert!(text(store::posts::record_now(&other, post).await.unwrap()).contains("CNRYafter"));
}

#[tokio::test]
async fn the_end_of_a_task_is_written_however_often_the_database_is_away_and_other_errors_are_not_repeated() {
    let tries = std::sync::atomic::AtomicU32::new(0);
    let answer = |most: u32, error: fn() -> app::Error| {
        let tries = &tries;
        move || async move {
            let number = tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            if number < most { Err(error()) } else { Ok(number) }
        }
    };
    let away = || app::Error::unavailable("database_away", "The database is away.");
    assert_eq!(app::jobs::insist(answer(3, away)).await.unwrap(), 3);
    tries.store(0, std::sync::atomic::Ordering::SeqCst);
    assert!(app::jobs::insist(answer(3, app::Error::not_found)).await.is_err());
    assert_eq!(tries.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn on_postgresql_a_worker_hears_at_once_what_another_process_queued() {
    if !kit::db::on_postgres() {
        return;
    }
    let (one, other, db, _folder) = two().await;
    let heard = async {
        // Until the connection stands nothing is heard; then it is made again after it was lost.
        for lost in [false, true] {
            if lost {
                let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()";
                db.raw().await.rows(others).await;
            }
            becomes("it is heard", || async {
                enqueue(&other, String::new(), "task".into()).await;
                tokio::time::timeout(std::time::Duration::from_millis(100), one.wire_effects_queued()).await.is_ok()
            })
            .await;
        }
    };
    tokio::select! {
        () = store::bell::hear(&one) => {}
        () = heard => {}
    }
}
