//! What a community elsewhere removes of our people's is hidden, and the same community may bring it back for a while.

use crate::remote_communities::Scene;
use domain::audience::Visibility;
use domain::draft::Draft;
use kit::poll::becomes;
use serde_json::{Value, json};

async fn joined() -> Scene {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    scene
}

/// Something that a moderator there did, as the group passes it on.
fn passed(scene: &Scene, number: i32, kind: &str, object: &Value) -> (Value, Value) {
    let mut inner = scene.ada.does(kind, &scene.peer.at(&format!("/activities/{kind}/{number}")), object);
    (inner["audience"], inner["summary"]) = (json!(scene.group.uri), json!("why"));
    let announce = scene.group.does("Announce", &scene.peer.at(&format!("/activities/announce/{kind}/{number}")), &inner);
    (inner, announce)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_post_of_ours_comes_back_with_its_words_if_the_group_says_so_and_only_then() {
    let scene = joined().await;
    let spoken = Draft { spoiler: "CNRYwarning".into(), ..Draft::new("CNRYwords of ours", Visibility::Public) };
    let post = scene.hall.publish(&scene.eve, Draft { community: Some(scene.community().await), ..spoken }).await.unwrap();
    let uri = format!("{}/p/{post}", scene.hall.base);
    let shown = async || scene.client.get(&format!("/api/v1/statuses/{post}")).await;
    let (delete, announce) = passed(&scene, 1, "Delete", &json!(uri));
    scene.says(&announce).await;
    becomes("it is removed", async || shown().await.status == 404).await;
    let words = "SELECT COUNT(*) FROM posts WHERE html LIKE '%CNRYwords%'";
    assert_eq!(scene.hall.db.raw().await.number(words).await, 0);

    // The moderator's own word is not the group's, and another group's is nobody's.
    let undo = scene.ada.does("Undo", &scene.peer.at("/activities/undo/alone"), &delete);
    assert_eq!(scene.ada.post(&format!("{}/inbox", scene.hall.base), &undo).await.status, 202);
    let evil = scene.peer.actor("evil", "Group");
    let forged = evil.does("Announce", &scene.peer.at("/activities/announce/forged"), &undo);
    assert_eq!(evil.post(&format!("{}/inbox", scene.hall.base), &forged).await.status, 202);
    let looked_at = "SELECT COUNT(*) FROM inbox_queue WHERE state <> 'waiting' AND activity_uri LIKE '%/activities/undo/alone' \
        OR state <> 'waiting' AND activity_uri LIKE '%/announce/forged'";
    becomes("both are looked at", async || scene.hall.db.raw().await.number(looked_at).await == 2).await;
    assert_eq!(shown().await.status, 404);

    let (_, back) = passed(&scene, 2, "Undo", &delete);
    scene.says(&back).await;
    becomes("it is back", async || shown().await.status == 200).await;
    let status = shown().await.value();
    assert!(status["content"].as_str().unwrap().contains("CNRYwords of ours"), "{status}");
    assert_eq!((&status["spoiler_text"], &status["sensitive"]), (&json!("CNRYwarning"), &json!(true)));
    assert_eq!(scene.hall.db.raw().await.number("SELECT COUNT(*) FROM removed_posts").await, 0);
    let tombstones = format!("SELECT COUNT(*) FROM tombstones WHERE uri = '{uri}'");
    assert_eq!(scene.hall.db.raw().await.number(&tombstones).await, 0);
    // Its author may still delete it, for good.
    let gone = scene.client.send(http::Method::DELETE, &format!("/api/v1/statuses/{post}"), &[], None).await;
    assert_eq!(gone.status, 200);
    let (_, again) = passed(&scene, 3, "Undo", &delete);
    scene.says(&again).await;
    let refused = "SELECT COUNT(*) FROM inbox_queue WHERE activity_uri LIKE '%/announce/Undo/3' AND outcome LIKE 'dropped%'";
    becomes("it is refused", async || scene.hall.db.raw().await.number(refused).await == 1).await;
    assert_eq!(shown().await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_removed_is_forgotten_with_its_author() {
    let scene = joined().await;
    let draft = Draft::new("CNRYwords of ours", Visibility::Public);
    let post = scene.hall.publish(&scene.eve, Draft { community: Some(scene.community().await), ..draft }).await.unwrap();
    let (_, announce) = passed(&scene, 1, "Delete", &json!(format!("{}/p/{post}", scene.hall.base)));
    scene.says(&announce).await;
    let kept = async || scene.hall.db.raw().await.number("SELECT COUNT(*) FROM removed_posts").await;
    becomes("it is removed, and kept", async || kept().await == 1).await;
    let eve = scene.eve.actor;
    scene.hall.store.write(move |tx| Box::pin(async move { store::posts::clear_some(tx, eve, 0, 100).await })).await.unwrap();
    assert_eq!(kept().await, 0);
}
