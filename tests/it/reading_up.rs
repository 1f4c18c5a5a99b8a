//! Reading older posts is bounded, and goes on after its worker was killed in the middle.

use crate::remote_communities::{Scene, announced, created, page};
use app::jobs::Job;
use app::registry::FETCHES;
use federation::{Federation, FetchOptions};
use http::Method;
use kit::hostile::Step;
use kit::poll::becomes;
use kit::{Hall, Hostile};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

fn outbox(scene: &Scene, items: &[Value]) {
    let id = scene.peer.at("/c/books/outbox");
    scene.outbox(&json!({"type": "OrderedCollection", "id": id, "totalItems": items.len(), "orderedItems": items}));
}

fn posts(scene: &Scene, count: usize) -> Vec<Value> {
    let one = |number: usize| page(scene, &format!("/post/{number}"), &format!("CNRY{number}x"), "2025-03-01T10:00:00Z");
    (0..count).map(|number| announced(scene, number, &created(scene, &one(number)))).collect()
}

async fn number(hall: &Hall, sql: &str) -> i64 {
    hall.db.raw().await.number(sql).await
}

fn reads(job: &Job) -> bool {
    job.declared().name == FETCHES.name
}

/// A hall where all is done but the reading up.
async fn without_reader(stop: &CancellationToken, tracker: &TaskTracker) -> Hall {
    let hall = Hall::without_work("Here").await;
    for job in hall.assembled.jobs(stop).into_iter().filter(|job| !reads(job)) {
        tracker.spawn(job.run());
    }
    hall
}

const WAITING: &str = "SELECT COUNT(*) FROM fetch_jobs WHERE state = 'waiting'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_being_read_when_its_worker_was_killed_is_there_once_afterwards() {
    let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
    let hall = without_reader(&stop, &tracker).await;
    let scene = Scene::over(hall, "lemmy", "/c/books", "/u/ada", &json!({})).await;
    let mut items = posts(&scene, 20);
    // In the middle somebody is asked who never answers.
    let slow = Hostile::start().await;
    slow.plays("/post/slow", vec![Step::Hang]);
    items.insert(10, announced(&scene, 99, &json!(slow.at("/post/slow"))));
    outbox(&scene, &items);
    scene.joined().await;
    let reader = |scene: &Scene| scene.hall.assembled.jobs(&stop).into_iter().find(reads).unwrap().run();
    let reading = tracker.spawn(reader(&scene));
    becomes("it is in the middle", || async { slow.connections() > 0 }).await;
    reading.abort();
    assert!(reading.await.unwrap_err().is_cancelled());
    let some = number(&scene.hall, "SELECT COUNT(*) FROM posts WHERE title LIKE 'CNRY%'").await;
    assert!((1..20).contains(&some), "{some} of them are here");
    assert_eq!(number(&scene.hall, WAITING).await, 1, "and it is still to be done");

    // Whoever did not answer does now, with nothing. What was in the hands of the one that ended is free.
    slow.says("/post/slow", kit::hostile::answer(404, &[], b""));
    tracker.spawn(reader(&scene));
    becomes("it is read", || async { number(&scene.hall, WAITING).await == 0 }).await;
    for table in
        ["SELECT title FROM posts WHERE boost_of IS NULL", "SELECT p.title FROM posts b JOIN posts p ON p.id = b.boost_of"]
    {
        let mut titles = scene.hall.db.raw().await.rows(table).await.concat();
        titles.sort();
        let mut expected: Vec<String> = (0..20).map(|number| format!("CNRY{number}x")).collect();
        expected.sort();
        assert_eq!(titles, expected, "each once: {table}");
    }
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_without_measure_are_read_only_up_to_some_megabytes() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    let address = |number: usize| scene.peer.at(&format!("/c/books/outbox?page={number}"));
    let first = &posts(&scene, 1)[0];
    scene.outbox(&json!({"type": "OrderedCollection", "id": scene.peer.at("/c/books/outbox"), "totalItems": 1, "orderedItems": [first], "next": address(1)}));
    for number in 1..40 {
        let items = json!([{"type": "Note", "content": "x".repeat(1_000_000)}]);
        let page =
            json!({"type": "OrderedCollectionPage", "id": address(number), "orderedItems": items, "next": address(number + 1)});
        scene.peer.say(&format!("/c/books/outbox?page={number}"), &page);
    }
    scene.joined().await;
    scene.shown("CNRY0x").await;
    becomes("it is read", || async { number(&scene.hall, WAITING).await == 0 }).await;
    let asked =
        scene.peer.seen().iter().filter(|seen| seen.method == Method::GET.as_str() && seen.path.contains("outbox?page=")).count();
    assert!((4..=5).contains(&asked), "{asked} pages of a megabyte");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_too_large_or_drips_ends_the_reading_and_not_what_was_read() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    let all = posts(&scene, 2);
    let next = scene.peer.at("/c/books/outbox?page=1");
    let drip = Hostile::start().await;
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/activity+json\r\n\r\n{\"id\": \"".to_vec();
    drip.plays("/post/drip", vec![Step::Say(head), Step::Forever(b"x".to_vec(), Duration::from_millis(100))]);
    let items = json!([all[0], announced(&scene, 98, &json!(drip.at("/post/drip"))), all[1]]);
    scene.outbox(&json!({"type": "OrderedCollection", "id": scene.peer.at("/c/books/outbox"), "totalItems": 3, "orderedItems": items, "next": next}));
    let large = json!({"type": "OrderedCollectionPage", "id": next, "orderedItems": [{"content": "x".repeat(1_100_000)}]});
    scene.peer.say("/c/books/outbox?page=1", &large);
    let began = Instant::now();
    scene.joined().await;
    for letters in ["CNRY0x", "CNRY1x"] {
        scene.shown(letters).await;
    }
    becomes("it is read", || async { number(&scene.hall, WAITING).await == 0 }).await;
    assert_eq!(drip.connections(), 1);
    assert!(began.elapsed() < Duration::from_secs(25), "one that drips holds up for ten seconds at most: {:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_ends_in_time_however_slowly_it_is_answered() {
    let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
    let hall = without_reader(&stop, &tracker).await;
    // A minute in the product.
    let options = FetchOptions { look: Duration::from_secs(1), ..FetchOptions::default() };
    let hasty = Federation::with_options(hall.hall.clone(), options).unwrap();
    let scene = Scene::over(hall, "lemmy", "/c/books", "/u/ada", &json!({})).await;
    let slow = Hostile::start().await;
    let items: Vec<Value> = (0..40)
        .map(|number| {
            let path = format!("/post/{number}");
            slow.plays(&path, vec![Step::Wait(Duration::from_millis(300)), Step::Say(kit::hostile::answer(404, &[], b""))]);
            announced(&scene, number, &json!(slow.at(&path)))
        })
        .collect();
    outbox(&scene, &items);
    scene.joined().await;
    tracker.spawn(hasty.jobs(&stop).into_iter().find(reads).unwrap().run());
    becomes("the look has begun", || async { slow.connections() > 0 }).await;
    becomes("and ends", || async { number(&scene.hall, WAITING).await == 0 }).await;
    let asked = slow.connections();
    assert!(asked < 20, "{asked} of 40 were asked for");
    stop.cancel();
}
