//! Activities without an id, and different ones under the same: some servers write them so.

use crate::stage::Stage;
use domain::id::PostId;
use kit::poll::becomes;
use serde_json::{Value, json};

async fn says(stage: &Stage, activity: &Value) -> u16 {
    let status = stage.vic.post(&stage.inbox(), activity).await.status;
    stage.settled().await;
    status
}

async fn here(stage: &Stage, path: &str) -> PostId {
    store::posts::id_by_uri(stage.hall.store.read(), &stage.good(path)).await.unwrap().unwrap().id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mastodons_pins_come_and_go_without_an_id_as_often_as_somebody_likes() {
    let stage = Stage::new().await;
    let featured = stage.good("/users/vic/collections/featured");
    let mut person = stage.honest.document(&stage.vic, "Person");
    person["featured"] = json!(featured);
    stage.honest.say("/users/vic", &person);
    assert_eq!(says(&stage, &stage.vic.does("Update", &stage.good("/u/1"), &person)).await, 202);
    stage.known_note("/n/1", "CNRYpinned").await;
    let post = here(&stage, "/n/1").await;
    let pinned = async || {
        let vic = store::posts::record(&stage.hall.store, post).await.unwrap().unwrap().actor;
        let shown = stage.client().read(&format!("/api/v1/accounts/{vic}/statuses?pinned=true")).await;
        shown.as_array().unwrap().len()
    };
    let act = |kind: &str| {
        json!({"@context": "https://www.w3.org/ns/activitystreams", "type": kind, "actor": stage.vic.uri,
            "object": stage.good("/n/1"), "target": featured})
    };
    for _ in 0..2 {
        assert_eq!(says(&stage, &act("Add")).await, 202);
        becomes("it stands at the top", async || pinned().await == 1).await;
        assert_eq!(says(&stage, &act("Remove")).await, 202);
        becomes("and does not any more", async || pinned().await == 0).await;
        // The very same request is no other act: a signature says the second.
        let second = || app::federated::now(&stage.hall.hall).seconds();
        let before = second();
        becomes("time goes on", async || second() > before).await;
    }
    let mut create = stage.vic.creates(&stage.vic.note(&stage.good("/n/2"), "CNRYnameless"));
    create.as_object_mut().unwrap().remove("id");
    assert_eq!(says(&stage, &create).await, 400, "what makes something has a name");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mobilizons_leave_has_no_id_and_its_changes_have_that_of_what_they_change() {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let there = async || {
        let sql = format!(
            "SELECT COUNT(*) FROM memberships WHERE community_id = {} AND via = 'join' AND state = 'active' AND role = 'member'",
            stage.open.id
        );
        stage.hall.db.raw().await.number(&sql).await
    };
    let before = there().await;
    assert_eq!(says(&stage, &stage.vic.does("Join", &stage.good("/join/1"), &json!(group))).await, 202);
    assert_eq!(there().await, before + 1);
    let leave = json!({"type": "Leave", "actor": stage.vic.uri, "object": group});
    assert_eq!(says(&stage, &leave).await, 202);
    assert_eq!(there().await, before);

    let mut note = stage.vic.note(&stage.good("/n/1"), "CNRYone");
    let activity = |kind: &str, note: &Value| stage.vic.does(kind, &stage.good("/n/1/activity"), note);
    let text = async || {
        let post = here(&stage, "/n/1").await;
        stage.client().read(&format!("/api/v1/statuses/{post}")).await["content"].as_str().unwrap().to_owned()
    };
    assert_eq!(says(&stage, &activity("Create", &note)).await, 202);
    for (number, words) in ["CNRYtwo", "CNRYthree"].into_iter().enumerate() {
        (note["content"], note["updated"]) = (json!(words), json!(format!("2026-02-0{}T00:00:00Z", number + 1)));
        for _ in 0..2 {
            assert_eq!(says(&stage, &activity("Update", &note)).await, 202);
        }
        assert!(text().await.contains(words), "{}", text().await);
    }
    let received = format!("SELECT COUNT(*) FROM inbox_queue WHERE activity_uri LIKE '{}%'", stage.good("/n/1/activity"));
    assert_eq!(stage.hall.db.raw().await.number(&received).await, 3, "each once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_that_share_an_id_reach_the_members_elsewhere_one_by_one() {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    for (who, id) in [(&stage.vic, stage.good("/join")), (&stage.mal, stage.bad("/join"))] {
        assert_eq!(who.post(&stage.inbox(), &who.does("Join", &id, &json!(group))).await.status, 202);
    }
    stage.settled().await;
    let mut note = stage.vic.note(&stage.good("/n/1"), "CNRYone");
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    stage.honest.say("/n/1", &note);
    let told = |kind: &str, words: &str| {
        let fits = |one: &Value| {
            one["object"]["type"] == kind && one["object"]["object"]["content"].as_str().is_some_and(|text| text.contains(words))
        };
        stage.hostile.delivered().iter().filter(|one| fits(one)).count()
    };
    let activity = |kind: &str, note: &Value| stage.vic.does(kind, &stage.good("/n/1/activity"), note);
    assert_eq!(says(&stage, &activity("Create", &note)).await, 202);
    becomes("it is passed on", async || told("Create", "CNRYone") == 1).await;
    for (number, words) in ["CNRYtwo", "CNRYthree"].into_iter().enumerate() {
        (note["content"], note["updated"]) = (json!(words), json!(format!("2026-02-0{}T00:00:00Z", number + 1)));
        stage.honest.say("/n/1", &note);
        assert_eq!(says(&stage, &activity("Update", &note)).await, 202);
        becomes("the change is passed on", async || told("Update", words) == 1).await;
    }
    assert_eq!(told("Create", "CNRYone"), 1, "and nothing once more");
}
