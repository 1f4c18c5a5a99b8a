//! Events of other servers in communities here: shown with time and place, changed, called off, taken away.

use crate::stage::Stage;
use domain::membership::{MembershipState, Role};
use kit::poll::becomes;
use serde_json::{Value, json};

async fn member(stage: &Stage) {
    stage.known_note("/n/1", "known here").await;
    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    stage.hall.put(&stage.open, vic, Role::Member, MembershipState::Active).await;
}

/// As Mobilizon writes it.
fn event(stage: &Stage, path: &str, more: &Value) -> Value {
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let mut event = json!({
        "id": stage.good(path), "url": stage.good(path), "type": "Event", "actor": stage.vic.uri, "attributedTo": stage.vic.uri,
        "name": "Pruning <b>day</b>", "content": "<p>Bring gloves.</p>", "mediaType": "text/html", "timezone": "Europe/Berlin",
        "published": "2026-01-02T03:04:05Z", "startTime": "2026-03-03T18:00:00+01:00", "endTime": "2026-03-03T20:00:00+01:00",
        "location": {"type": "Place", "name": "Orchard", "address": {"type": "PostalAddress", "streetAddress": "Lane 4", "addressLocality": "Bonn"}},
        "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [group], "joinMode": "free", "maximumAttendeeCapacity": 0,
    });
    for (field, value) in more.as_object().unwrap() {
        event[field] = value.clone();
    }
    event
}

async fn told(stage: &Stage, kind: &str, number: u32, object: &Value) {
    let mut activity = stage.vic.does(kind, &stage.good(&format!("/does/{number}")), object);
    activity["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
    assert_eq!(stage.vic.post(&stage.inbox(), &activity).await.status, 202);
    stage.settled().await;
}

async fn status(stage: &Stage, path: &str) -> Value {
    let uri = stage.good(path);
    let find = || async { store::posts::id_by_uri(stage.hall.store.read(), &uri).await.unwrap() };
    let found = kit::eventually(kit::poll::PATIENCE, find).await.unwrap();
    stage.client().read(&format!("/api/v1/statuses/{}", found.id)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_stands_in_the_community_with_time_place_and_link_until_it_is_taken_away() {
    let stage = Stage::new().await;
    member(&stage).await;
    told(&stage, "Create", 1, &event(&stage, "/events/1", &json!({}))).await;
    let shown = status(&stage, "/events/1").await;
    let content = shown["content"].as_str().unwrap();
    for part in ["Pruning", "Tue 3 Mar 2026, 18:00–20:00 (UTC+1)", "Orchard, Lane 4, Bonn", "Bring gloves."] {
        assert!(content.contains(part), "{part}: {content}");
    }
    assert_eq!((&shown["card"]["url"], &shown["edited_at"]), (&json!(stage.good("/events/1")), &Value::Null));
    let page = stage.hall.anonymous().get("/@gardens").await.text();
    for part in
        ["<time datetime=\"2026-03-03T18:00+01:00\">Tue 3 Mar", "Orchard, Lane 4", "&#60;b&#62;day", &stage.good("/events/1")]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let later = json!({"startTime": "2026-03-04T19:00:00+01:00", "endTime": "2026-03-05T01:00:00+01:00", "updated": "2026-01-03T03:04:05Z"});
    told(&stage, "Update", 2, &event(&stage, "/events/1", &later)).await;
    let changed = status(&stage, "/events/1").await;
    let content = changed["content"].as_str().unwrap();
    assert!(content.contains("Wed 4 Mar 2026, 19:00 – Thu 5 Mar 2026, 01:00 (UTC+1)") && !content.contains("3 Mar"), "{content}");
    assert!(changed["edited_at"].is_string());
    let page = stage.hall.anonymous().get("/@gardens").await;
    assert!(page.shows("/history") && page.shows("Wed 4 Mar"), "{}", page.text());
    told(&stage, "Delete", 3, &json!({"id": stage.good("/events/1"), "type": "Tombstone"})).await;
    becomes("it is gone", || async { !stage.hall.anonymous().get("/@gardens").await.shows("Orchard") }).await;
    assert_eq!(stage.client().get(&format!("/api/v1/statuses/{}", shown["id"].as_str().unwrap())).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_says_little_or_nonsense_is_kept_as_a_titled_link() {
    let stage = Stage::new().await;
    member(&stage).await;
    let odd = [
        json!({"name": null, "startTime": null, "endTime": null, "location": null, "content": null}),
        json!({"startTime": "soon", "endTime": {"a": 1}, "location": "somewhere"}),
        json!({"endTime": "2020-01-01T00:00:00Z", "location": [7, {"type": "Place"}]}),
        json!({"startTime": 5, "endTime": "9999-99-99", "attachment": null, "status": ["x"]}),
    ];
    for (number, more) in odd.iter().enumerate() {
        let path = format!("/events/{number}");
        told(&stage, "Create", 10 + u32::try_from(number).unwrap(), &event(&stage, &path, more)).await;
        let shown = status(&stage, &path).await;
        assert_eq!(shown["card"]["url"], json!(stage.good(&path)), "{shown}");
        assert!(!shown["card"]["title"].as_str().unwrap().is_empty(), "{shown}");
        let page = stage.hall.anonymous().get(&format!("/@vic@{}/{}", stage.honest.host, shown["id"].as_str().unwrap())).await;
        assert_eq!(page.status, 200, "{}", page.text());
    }
    let page = stage.hall.anonymous().get("/@gardens").await;
    assert!(page.shows("Event at ") && page.shows("somewhere") && page.shows("18:00 (UTC+1)"), "{}", page.text());
}
