//! Favourites of people here, as other servers hear of them.

use crate::remote_communities::Scene;
use crate::stage::Stage;
use kit::poll::becomes;
use kit::{Peer, PeerActor};
use serde_json::{Value, json};

/// What was delivered of this kind, in an announcement or not.
fn told(peer: &Peer, kind: &str, in_announce: bool) -> Vec<Value> {
    let all = peer.delivered().into_iter().filter(|one| (one["type"] == "Announce") == in_announce);
    let inner = all.map(|one| if in_announce { one["object"].clone() } else { one });
    inner.filter(|one| one["type"] == kind).collect()
}

async fn follows(stage: &Stage, who: &PeerActor) {
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let follow = who.does("Follow", &format!("{}/follow", who.uri), &json!(group));
    assert_eq!(who.post(&stage.inbox(), &follow).await.status, 202);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_community_here_its_group_passes_them_on_and_whoever_reads_no_group_hears_them_from_themselves() {
    let stage = Stage::new().await;
    stage.honest.runs("lemmy", "0.19.11");
    stage.hostile.runs("mastodon", "4.5.0");
    for who in [&stage.vic, &stage.mal] {
        follows(&stage, who).await;
    }
    stage.settled().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    for (who, at) in [(&stage.vic, stage.good("/n/1")), (&stage.mal, stage.bad("/n/2"))] {
        let mut note = who.note(&at, "look");
        (note["cc"], note["audience"]) = (json!([group]), json!(group));
        assert_eq!(who.post(&stage.inbox(), &who.creates(&note)).await.status, 202);
    }
    stage.settled().await;
    let own = stage.hall.post_in(&stage.ada, &stage.open, "CNRYours").await;
    let inside = stage.hall.post_in(&stage.ada, &stage.inner, "CNRYinner").await;
    let ben = stage.hall.person("ben").await;
    for community in [&stage.open, &stage.inner] {
        stage.hall.member(community, ben.actor).await;
    }
    let client = stage.hall.as_person(&ben);
    let mut posts = vec![own.to_string(), inside.to_string()];
    for uri in [stage.good("/n/1"), stage.bad("/n/2")] {
        posts.push(store::posts::id_by_uri(stage.hall.store.read(), &uri).await.unwrap().unwrap().id.to_string());
    }
    for post in &posts {
        client.post(&format!("/api/v1/statuses/{post}/favourite"), &json!({})).await;
    }
    stage.settled().await;
    let own = json!(format!("{}/p/{own}", stage.hall.base));
    let outside = [own.clone(), json!(stage.good("/n/1")), json!(stage.bad("/n/2"))];
    becomes("all are passed on", async || told(&stage.honest, "Like", true).len() == 3).await;
    let likes = told(&stage.honest, "Like", true);
    for (like, object) in likes.iter().zip(&outside) {
        assert_eq!((&like["object"], &like["audience"], like["proof"].is_object()), (object, &json!(group), true), "{like}");
    }
    assert_eq!(told(&stage.honest, "Like", false), Vec::<Value>::new(), "who reads the group hears it once");
    let direct: Vec<Value> = told(&stage.hostile, "Like", false).iter().map(|like| like["object"].clone()).collect();
    assert_eq!(direct, [json!(stage.bad("/n/2"))], "who does not hears it from themselves");
    client.post(&format!("/api/v1/statuses/{}/unfavourite", posts[0]), &json!({})).await;
    becomes("that it ends is passed on", async || !told(&stage.honest, "Undo", true).is_empty()).await;
    let undo = told(&stage.honest, "Undo", true).remove(0);
    assert_eq!((&undo["object"]["id"], &undo["object"]["object"]), (&likes[0]["id"], &own));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_community_elsewhere_its_host_hears_of_every_one() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    let theirs = scene.begins("/post/1", "CNRYtheirs").await;
    let ours = scene.write(&json!({"status": format!("{} CNRYours", scene.handle())})).await;
    for id in [&theirs["id"], &ours["id"]] {
        scene.client.post(&format!("/api/v1/statuses/{}/favourite", id.as_str().unwrap()), &json!({})).await;
    }
    becomes("both", async || told(&scene.peer, "Like", false).len() == 2).await;
    let waiting = "SELECT (SELECT COUNT(*) FROM effects WHERE state = 'waiting') + (SELECT COUNT(*) FROM deliveries WHERE state = 'waiting')";
    becomes("all is sent", async || scene.hall.db.raw().await.number(waiting).await == 0).await;
    let likes = told(&scene.peer, "Like", false);
    let objects: Vec<&Value> = likes.iter().map(|like| &like["object"]).collect();
    assert_eq!(objects, [&json!(scene.peer.at("/post/1")), &ours["uri"]], "each once");
    assert!(likes.iter().all(|like| like["audience"] == scene.group.uri.as_str()), "{likes:?}");
}
