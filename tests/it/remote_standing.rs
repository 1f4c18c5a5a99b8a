//! What a community elsewhere pinned, and who keeps order in it, is read when somebody joins it.

use crate::remote_communities::Scene;
use crate::threads::nothing_waits;
use kit::PeerActor;
use kit::poll::becomes;
use serde_json::{Value, json};

fn list(id: &str, items: &[&str]) -> Value {
    json!({"@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "OrderedCollection",
        "totalItems": items.len(), "orderedItems": items})
}

fn writes(scene: &Scene, path: &str, text: &str) -> String {
    let mut page = scene.ada.note(&scene.peer.at(path), text);
    (page["type"], page["name"], page["audience"]) = (json!("Page"), json!(text), json!(scene.group.uri));
    (page["to"], page["cc"]) = (json!([scene.group.uri, "https://www.w3.org/ns/activitystreams#Public"]), json!([]));
    scene.peer.say(path, &page);
    scene.peer.at(path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pins_and_moderators_are_as_the_community_lists_them() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    let (featured, moderators) = (scene.peer.at("/c/books/featured"), scene.peer.at("/c/books/moderators"));
    let mut document = scene.peer.document(&scene.group, "Group");
    (document["featured"], document["attributedTo"]) = (json!(featured), json!(moderators));
    scene.peer.say("/c/books", &document);
    let (first, second, third) =
        (writes(&scene, "/post/1", "FIRST"), writes(&scene, "/post/2", "SECOND"), writes(&scene, "/post/3", "THIRD"));
    scene.outbox(&list(&scene.peer.at("/c/books/outbox"), &[&third]));
    let (kim, lou): (PeerActor, PeerActor) =
        (scene.peer.actor_at("/u/kim", "kim", "Person", &json!({})), scene.peer.actor_at("/u/lou", "lou", "Person", &json!({})));
    let bob = scene.hall.person("bob").await;
    let uninvited = format!("{}/a/{}", scene.hall.base, bob.actor);
    scene.peer.say("/c/books/featured", &list(&featured, &[&first, &second]));
    scene.peer.say("/c/books/moderators", &list(&moderators, &[&kim.uri, &uninvited]));
    scene.joined().await;
    let group = scene.find(&scene.handle()).await.unwrap()["id"].as_str().unwrap().to_owned();
    let pinned = async || {
        let shown = scene.client.read(&format!("/api/v1/accounts/{group}/statuses?pinned=true")).await;
        shown.as_array().unwrap().iter().map(|post| post["uri"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    becomes("both stand at the top, in their order", async || pinned().await == [first.as_str(), &second]).await;
    let keepers = async || {
        let sql = "SELECT a.handle FROM memberships m JOIN actors a ON a.id = m.actor_id WHERE m.role = 'moderator' ORDER BY 1";
        scene.hall.db.raw().await.rows(sql).await.into_iter().flatten().collect::<Vec<_>>()
    };
    becomes("who keeps order is known, and nobody here came in by it", async || keepers().await == ["kim"]).await;
    nothing_waits(&scene.hall).await;
    scene.shown("THIRD").await;
    // Read again later, it is as it is then; a list that cannot be read changes nothing.
    scene.peer.say("/c/books/featured", &list(&featured, &[&second]));
    scene.peer.answer("/c/books/moderators", 503, "text/plain", Vec::new());
    let again = async || {
        scene.hall.db.raw().await.run("UPDATE fetch_jobs SET state = 'waiting', due_at = 0 WHERE kind = 'community'").await;
        nothing_waits(&scene.hall).await;
    };
    again().await;
    becomes("one is taken off", async || pinned().await == [second.as_str()]).await;
    assert_eq!(keepers().await, ["kim"]);
    scene.peer.say("/c/books/moderators", &list(&moderators, &[&lou.uri]));
    scene.peer.answer("/c/books/featured", 404, "text/plain", Vec::new());
    again().await;
    becomes("others keep order now", async || keepers().await == ["lou"]).await;
    assert_eq!(pinned().await, [second.as_str()]);
}
