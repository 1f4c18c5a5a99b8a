//! Who asked to be let into another server's community and hears nothing asks again: some servers never send what they
//! answered before they began to send to us.

use crate::remote_communities::Scene;
use kit::poll::{PATIENCE, becomes, eventually};
use serde_json::{Value, json};

/// The requests that the peer was sent, in their order.
fn asked(scene: &Scene) -> Vec<Value> {
    scene.peer.delivered().into_iter().filter(|activity| activity["type"] == "Follow").collect()
}

/// Makes the next request due, as if its pause were over.
async fn pause_is_over(scene: &Scene) {
    let raw = &mut scene.hall.db.raw().await;
    raw.run("UPDATE memberships SET asks_again_at = 1 WHERE asks_again_at IS NOT NULL").await;
}

/// From now on every inbox over there answers with this.
fn answers(scene: &Scene, status: u16) {
    for inbox in ["/inbox", "/c/books/inbox"] {
        scene.peer.answer(inbox, status, "text/plain", Vec::new());
    }
}

async fn comes(scene: &Scene, number: usize) -> Vec<Value> {
    let all = async || Some(asked(scene)).filter(|all| all.len() >= number);
    eventually(PATIENCE, all).await.unwrap_or_else(|| panic!("only {} requests came", asked(scene).len()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_lost_is_asked_for_again_and_any_of_them_counts() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    let first = scene.ask().await;
    pause_is_over(&scene).await;
    let all = comes(&scene, 2).await;
    assert_ne!(all[0]["id"], all[1]["id"], "a server that dropped one takes no other with its id");
    assert_eq!((&all[0]["actor"], &all[0]["object"]), (&all[1]["actor"], &all[1]["object"]));
    // A server that remembers the first one answers no second: it is taken back before.
    let kinds: Vec<Value> = scene.peer.delivered().into_iter().map(|one| one["type"].clone()).collect();
    assert_eq!(kinds, ["Follow", "Undo", "Follow"]);
    let undo = &scene.peer.delivered()[1];
    assert_eq!((&undo["object"]["id"], &undo["object"]["type"]), (&all[0]["id"], &json!("Follow")));
    // The answer to the first one comes after all.
    scene.accept(&first).await;
    pause_is_over(&scene).await;
    app::communities::ask_again(&scene.hall.hall).await.unwrap();
    let waits = "SELECT COUNT(*) FROM memberships WHERE asks_again_at IS NOT NULL";
    assert_eq!(scene.hall.db.raw().await.number(waits).await, 0, "who is in asks no more");
    assert_eq!(asked(&scene).len(), 2);
    // A request that was on its way into the queue when the answer came: to take it back would put the member out.
    let group = store::actors::id_by_uri(scene.hall.store.read(), &scene.group.uri).await.unwrap().unwrap();
    let community = app::federated::actors::community_of(&scene.hall.hall, group).await.unwrap().unwrap();
    let late = serde_json::to_string(&app::federated::Wire::JoinAsked { community, actor: scene.eve.actor }).unwrap();
    let queued = scene
        .hall
        .store
        .write(move |tx| Box::pin(async move { store::effects::enqueue(tx, store::effects::Lane::Wire, "late", &late).await }));
    queued.await.unwrap();
    let left = "SELECT COUNT(*) FROM effects WHERE subject = 'late'";
    becomes("it is dealt with", async || scene.hall.db.raw().await.number(left).await == 0).await;
    let written = "SELECT COUNT(*) FROM outbox_activities WHERE kind IN ('Follow', 'Undo')";
    assert_eq!(scene.hall.db.raw().await.number(written).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_ends_after_some_days_and_a_host_that_is_away_is_not_asked_ever_more() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    scene.ask().await;
    let waiting = "SELECT COUNT(*) FROM deliveries d JOIN outbox_activities o ON o.id = d.activity_id \
        WHERE d.state = 'waiting' AND o.kind = 'Follow'";
    becomes("it came", async || scene.hall.db.raw().await.number(waiting).await == 0).await;
    answers(&scene, 503);
    pause_is_over(&scene).await;
    becomes("a request waits", async || scene.hall.db.raw().await.number(waiting).await == 1).await;
    for _ in 0..3 {
        pause_is_over(&scene).await;
        app::communities::ask_again(&scene.hall.hall).await.unwrap();
    }
    assert_eq!(scene.hall.db.raw().await.number(waiting).await, 1, "one is enough for a host that is away");
    answers(&scene, 202);
    app::federated::operation::retry_host(&scene.hall.hall, &scene.peer.host).await.unwrap();
    becomes("it came", async || scene.hall.db.raw().await.number(waiting).await == 0).await;
    let pending = async || {
        let sql = "SELECT COUNT(*) FROM memberships WHERE asks_again_at IS NOT NULL";
        scene.hall.db.raw().await.number(sql).await == 1
    };
    let sent = async || scene.hall.db.raw().await.number("SELECT COUNT(*) FROM outbox_activities WHERE kind = 'Follow'").await;
    for number in 3..=7 {
        assert!(pending().await, "request {number}");
        pause_is_over(&scene).await;
        becomes("one more", async || sent().await == number).await;
        becomes("it came", async || scene.hall.db.raw().await.number(waiting).await == 0).await;
    }
    assert!(!pending().await, "seven are enough");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_presses_the_button_again_asks_again_but_not_at_once() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    scene.ask().await;
    let group = scene.find(&scene.handle()).await.unwrap();
    let press = async || {
        let answer = scene.client.post(&format!("/api/v1/accounts/{}/follow", group["id"].as_str().unwrap()), &json!({})).await;
        assert_eq!((&answer["following"], &answer["requested"]), (&json!(false), &json!(true)), "{answer}");
    };
    let effects = async || scene.hall.db.raw().await.number("SELECT COUNT(*) FROM effects WHERE state = 'waiting'").await;
    press().await;
    becomes("all follows", async || effects().await == 0).await;
    let written = "SELECT COUNT(*) FROM outbox_activities WHERE kind = 'Follow'";
    assert_eq!(scene.hall.db.raw().await.number(written).await, 1, "a double click is one request");
    scene.hall.db.raw().await.run("UPDATE memberships SET asked_at = asked_at - 60000").await;
    press().await;
    let all = comes(&scene, 2).await;
    scene.accept(&all[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_somebody_decides_they_have_a_day_before_they_are_asked_again() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({"manuallyApprovesFollowers": true})).await;
    scene.ask().await;
    let sql = "SELECT asks_again_at - asked_at FROM memberships WHERE asks_again_at IS NOT NULL";
    assert_eq!(scene.hall.db.raw().await.number(sql).await, domain::time::DAY);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_put_out_and_asks_again_takes_the_first_request_back_at_once() {
    let scene = Scene::new("piefed", "/c/books", "/u/ada", &json!({})).await;
    let first = scene.ask().await;
    scene.accept(&first).await;
    scene.says(&scene.group.does("Reject", &scene.peer.at("/activities/reject/1"), &first)).await;
    let out = "SELECT COUNT(*) FROM memberships WHERE state = 'rejected'";
    becomes("they are out", async || scene.hall.db.raw().await.number(out).await == 1).await;
    scene.ask().await;
    let all = comes(&scene, 2).await;
    let told = scene.peer.delivered();
    let kinds: Vec<&Value> = told.iter().map(|one| &one["type"]).collect();
    assert_eq!(kinds, ["Follow", "Undo", "Follow"]);
    assert_eq!((&told[1]["object"]["id"], all[0]["id"] == all[1]["id"]), (&first["id"], false));
}
