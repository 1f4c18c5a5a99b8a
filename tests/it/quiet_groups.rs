//! Groups that announce only what people of other servers do (Mbin): what their own people do comes from those people.

use crate::remote_communities::{Scene, comment, created, page};
use kit::PeerActor;
use kit::poll::becomes;
use serde_json::{Value, json};

async fn joined(software: &str) -> Scene {
    let scene = Scene::new(software, "/m/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    scene
}

/// Somebody over there says it themselves; gives what became of it.
async fn says(scene: &Scene, who: &PeerActor, activity: &Value) -> String {
    assert_eq!(who.post(&format!("{}/inbox", scene.hall.base), activity).await.status, 202);
    let sql = format!(
        "SELECT outcome FROM inbox_queue WHERE activity_uri = '{}' AND state <> 'waiting'",
        activity["id"].as_str().unwrap()
    );
    let outcome = async || scene.hall.db.raw().await.rows(&sql).await.pop();
    kit::eventually(kit::poll::PATIENCE, outcome).await.unwrap().remove(0)
}

fn order(scene: &Scene, number: u32, kind: &str, object: &Value) -> Value {
    let mut order = scene.ada.does(kind, &scene.peer.at(&format!("/order/{number}")), object);
    (order["to"], order["cc"]) = (json!(["https://www.w3.org/ns/activitystreams#Public"]), json!([scene.group.uri]));
    order["audience"] = json!(scene.group.uri);
    order
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_mbins_own_people_do_in_its_magazine_is_in_the_room() {
    let scene = joined("mbin").await;
    let (first, text) =
        (page(&scene, "/m/books/t/1", "CNRYfirst", "2026-11-01T10:00:00Z"), "created in the group of its own server");
    assert_eq!(says(&scene, &scene.ada, &created(&scene, &first)).await, text);
    let shown = scene.shown("CNRYfirst").await;
    becomes("it is news", async || scene.client.read("/api/v1/timelines/home").await.to_string().contains("CNRYfirst")).await;
    let answer = comment(&scene, "/m/books/t/1/comment/1", id(&first), "CNRYcomment", "2026-11-01T11:00:00Z");
    assert_eq!(says(&scene, &scene.ada, &created(&scene, &answer)).await, text);
    let shown = shown["reblog"].as_object().map_or(id(&shown), |post| post["id"].as_str().unwrap()).to_owned();
    let thread = scene.client.read(&format!("/api/v1/statuses/{shown}/context")).await;
    assert!(thread.to_string().contains("CNRYcomment"), "{thread}");

    // Its moderators speak themselves, also about what our people wrote.
    assert_eq!(says(&scene, &scene.ada, &order(&scene, 1, "Lock", &first["id"])).await, "locked");
    let locked = async || scene.hall.db.raw().await.number("SELECT COUNT(*) FROM posts WHERE locked_at IS NOT NULL").await;
    assert_eq!(locked().await, 1);
    let mut unlock = order(&scene, 2, "Undo", &order(&scene, 1, "Lock", &first["id"]));
    unlock["object"]["id"] = json!(scene.peer.at("/order/1"));
    says(&scene, &scene.ada, &unlock).await;
    assert_eq!(locked().await, 0);
    let kim = scene.hall.person("kim").await;
    scene
        .hall
        .store
        .write({
            let (community, kim) = (scene.community().await, kim.actor);
            move |tx| {
                Box::pin(async move { store::memberships::appoint(tx, community, kim, domain::membership::Role::Member).await })
            }
        })
        .await
        .unwrap();
    scene.write(&json!({"status": format!("{} CNRYours is here", scene.handle())})).await;
    let ours = scene.shown("CNRYours").await;
    // No announcement of it ever comes back, and it is on the Home of others here all the same.
    let kims = scene.hall.as_person(&kim);
    becomes("others here see it", async || kims.read("/api/v1/timelines/home").await.to_string().contains("CNRYours")).await;
    let ours = ours["reblog"].as_object().map_or(ours["uri"].clone(), |post| post["uri"].clone());
    let remove = order(&scene, 3, "Delete", &json!({"type": "Tombstone", "id": ours}));
    assert_eq!(says(&scene, &scene.ada, &remove).await, "removed by the community");
    becomes("it is removed", async || !kims.read("/api/v1/timelines/home").await.to_string().contains("CNRYours")).await;
    let mut ban = order(&scene, 4, "Block", &json!(scene.me()));
    ban["target"] = json!(scene.group.uri);
    assert_eq!(says(&scene, &scene.ada, &ban).await, "banned");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_that_announce_everything_are_waited_for_and_nobody_speaks_for_anothers() {
    let scene = joined("lemmy").await;
    let first = page(&scene, "/m/books/t/1", "CNRYfirst", "2026-11-01T10:00:00Z");
    assert_eq!(says(&scene, &scene.ada, &created(&scene, &first)).await, "dropped: awaits_its_community");
    assert_eq!(says(&scene, &scene.ada, &order(&scene, 1, "Lock", &first["id"])).await, "dropped: not_found");

    let scene = joined("mbin").await;
    let first = page(&scene, "/m/books/t/1", "CNRYfirst", "2026-11-01T10:00:00Z");
    says(&scene, &scene.ada, &created(&scene, &first)).await;
    let other = kit::Peer::start().await;
    other.runs("mbin", "1.10.1");
    let mal = other.actor_at("/u/mal", "mal", "Person", &json!({}));
    let mut theirs = first.clone();
    (theirs["id"], theirs["attributedTo"]) = (json!(other.at("/t/1")), json!(mal.uri));
    other.say("/t/1", &theirs);
    let mut create = mal.does("Create", &other.at("/create/1"), &theirs);
    create["audience"] = json!(scene.group.uri);
    assert_eq!(says(&scene, &mal, &create).await, "dropped: awaits_its_community");
    for (number, kind, object) in
        [(2, "Lock", first["id"].clone()), (3, "Delete", json!({"type": "Tombstone", "id": first["id"]}))]
    {
        let mut order = order(&scene, number, kind, &object);
        (order["actor"], order["id"]) = (json!(mal.uri), json!(other.at(&format!("/order/{number}"))));
        assert!(says(&scene, &mal, &order).await.starts_with("dropped: "), "{kind}");
    }
    scene.shown("CNRYfirst").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_left_comes_back_by_the_same_request_and_a_request_that_was_taken_back_before_it_came_does_not_count() {
    let stage = crate::stage::Stage::new().await;
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let says = async |activity: &Value| {
        assert_eq!(stage.mal.post(&stage.inbox(), activity).await.status, 202);
        stage.settled().await;
    };
    let there = async || {
        let mut raw = stage.hall.db.raw().await;
        let member =
            "SELECT COUNT(*) FROM memberships m JOIN actors a ON a.id = m.actor_id WHERE a.handle = 'mal' AND m.state = 'active'";
        let follows =
            "SELECT COUNT(*) FROM follows f JOIN actors a ON a.id = f.follower_id WHERE a.handle = 'mal' AND f.state = 'active'";
        (raw.number(member).await, raw.number(follows).await)
    };
    let follow = |number: u32, whom: &str| stage.mal.does("Follow", &stage.bad(&format!("/follow/{number}")), &json!(whom));
    let undo = |number: u32, of: &Value| stage.mal.does("Undo", &stage.bad(&format!("/undo/{number}")), of);
    let both = [follow(1, &group), follow(2, &ada)];
    for round in 1..=3 {
        for request in &both {
            says(request).await;
        }
        assert_eq!(there().await, (1, 1), "round {round}");
        for (number, request) in (round * 10..).zip(&both) {
            says(request).await;
            says(&undo(number, request)).await;
        }
        assert_eq!(there().await, (0, 0), "round {round}");
    }
    let late = follow(9, &group);
    says(&undo(90, &late)).await;
    says(&late).await;
    assert_eq!(there().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_its_server_deleted_is_nobodys_any_more_and_one_that_is_only_said_to_be_stays() {
    let scene = joined("mobilizon").await;
    let gone = scene.ada.does("Delete", &scene.peer.at("/delete/1"), &json!({"type": "Tombstone", "id": scene.group.uri}));
    assert_eq!(scene.ada.post(&format!("{}/inbox", scene.hall.base), &gone).await.status, 202);
    let tried = "SELECT COALESCE(MAX(attempts), 0) FROM inbox_queue WHERE state = 'waiting' AND activity_uri LIKE '%/delete/1'";
    becomes("it is looked for", async || scene.hall.db.raw().await.number(tried).await > 0).await;
    assert_eq!(scene.client.read("/api/v1/lists").await.as_array().unwrap().len(), 1, "it is there as long as it is there");
    scene.peer.answer("/m/books", 404, "text/plain", Vec::new());
    becomes("it is gone", async || scene.client.read("/api/v1/lists").await == json!([])).await;
    assert_eq!(scene.client.read("/api/v1/lists").await, json!([]));
    // It is back: what it says of itself counts anew.
    let document = scene.peer.document(&scene.group, "Group");
    scene.peer.say("/m/books", &document);
    let update = scene.group.does("Update", &scene.peer.at("/update/1"), &document);
    scene.says(&update).await;
    becomes("it can be found anew", async || scene.find(&scene.handle()).await.is_some_and(|group| group["group"] == true)).await;
}
