//! A ban that takes along what somebody wrote.

use crate::remote_communities::{Scene, announced, comment, created};
use crate::stage::Stage;
use domain::membership::{MembershipState, Role};
use kit::poll::{PATIENCE, becomes, eventually};
use kit::{Hall, PeerActor};
use serde_json::{Value, json};

/// Delivers it, and gives what came of it.
async fn comes_of(hall: &Hall, by: &PeerActor, activity: &Value) -> String {
    assert_eq!(by.post(&format!("{}/inbox", hall.base), activity).await.status, 202);
    let id = activity["id"].as_str().unwrap();
    let sql = format!("SELECT outcome FROM inbox_queue WHERE activity_uri = '{id}' AND state <> 'waiting'");
    eventually(PATIENCE, async || hall.db.raw().await.rows(&sql).await.pop()).await.unwrap().remove(0)
}

async fn is_there(hall: &Hall, uri: &str) -> bool {
    store::posts::id_by_uri(hall.store.read(), uri).await.unwrap().is_some_and(|post| !post.deleted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_removes_what_somebody_wrote_in_it_with_them_and_nothing_else() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    scene.begins("/post/1", "CNRYfirst").await;
    // Who moderates is known here: the group's word is the group's all the same.
    let moderator = scene.peer.actor_at("/u/mona", "mona", "Person", &json!({}));
    let like = moderator.does("Like", &scene.peer.at("/like/1"), &json!(scene.peer.at("/post/1")));
    scene.says(&announced(&scene, 9, &like)).await;
    let known = async || store::actors::id_by_uri(scene.hall.store.read(), &moderator.uri).await.unwrap().is_some();
    becomes("the moderator is known", async || known().await).await;
    let ours = scene.write(&json!({"status": format!("{} CNRYours", scene.handle())})).await["uri"].as_str().unwrap().to_owned();
    let answer = comment(&scene, "/comment/1", &ours, "CNRYanswer", "2026-11-01T11:00:00Z");
    scene.says(&announced(&scene, 2, &created(&scene, &answer))).await;
    becomes("the answer", async || is_there(&scene.hall, &scene.peer.at("/comment/1")).await).await;
    let ban = |number: usize, who: &str, target: &str| {
        let mut ban = scene.peer.actor_at("/u/mona", "mona", "Person", &json!({})).does(
            "Block",
            &scene.peer.at(&format!("/activities/block/{number}")),
            &json!(who),
        );
        (ban["target"], ban["removeData"], ban["audience"]) = (json!(target), json!(true), json!(scene.group.uri));
        ban
    };
    scene.says(&announced(&scene, 3, &ban(1, &scene.ada.uri, &scene.group.uri))).await;
    for path in ["/post/1", "/comment/1"] {
        becomes("it goes", async || !is_there(&scene.hall, &scene.peer.at(path)).await).await;
    }
    assert!(is_there(&scene.hall, &ours).await, "others' posts stay");
    // Our own people's go as well; their words are kept for a while, in case the group brings them back.
    scene.says(&announced(&scene, 4, &ban(2, &scene.me(), &scene.group.uri))).await;
    becomes("ours goes", async || !is_there(&scene.hall, &ours).await).await;
    assert_eq!(scene.hall.db.raw().await.number("SELECT COUNT(*) FROM removed_posts").await, 1);
    let mona = scene.peer.actor_at("/u/mona", "mona", "Person", &json!({}));
    let delete = mona.does("Delete", &scene.peer.at("/delete/1"), &json!(ours));
    scene.says(&announced(&scene, 5, &mona.does("Undo", &scene.peer.at("/undo/1"), &delete))).await;
    becomes("ours is back", async || is_there(&scene.hall, &ours).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebodys_own_server_removes_what_they_wrote_and_no_other_does() {
    let stage = Stage::new().await;
    stage.hostile.runs("lemmy", "0.19.11");
    stage.known_note("/n/1", "CNRYspam").await;
    let spam = stage.good("/n/1");
    let ban = |by: &PeerActor, id: String, target: String, removes: bool| {
        let mut ban = by.does("Block", &id, &json!(stage.vic.uri));
        (ban["target"], ban["removeData"]) = (json!(target), json!(removes));
        ban
    };
    let admin = stage.honest.actor("admin", "Person");
    for (by, id, target, removes) in [
        (&stage.mal, stage.bad("/block/1"), stage.bad("/"), true),
        (&stage.mal, stage.bad("/block/2"), stage.good("/"), true),
        (&admin, stage.good("/block/3"), stage.bad("/"), true),
        (&admin, stage.good("/block/4"), stage.good("/"), false),
    ] {
        assert_eq!(comes_of(&stage.hall, by, &ban(by, id, target, removes)).await, "dropped: not_your_community");
    }
    assert!(is_there(&stage.hall, &spam).await);
    // Where anybody may send what they like, it is one person's word about another.
    let home = ban(&admin, stage.good("/block/5"), stage.good("/"), true);
    assert_eq!(comes_of(&stage.hall, &admin, &home).await, "dropped: not_your_community");
    stage.hall.db.raw().await.run(&format!("UPDATE instances SET software = 'lemmy' WHERE host = '{}'", stage.honest.host)).await;
    let home = ban(&admin, stage.good("/block/6"), stage.good("/"), true);
    assert_eq!(comes_of(&stage.hall, &admin, &home).await, "removed with their account");
    assert!(!is_there(&stage.hall, &spam).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moderator_elsewhere_clears_a_community_here_of_what_they_may_remove() {
    let stage = Stage::new().await;
    let id = async |uri: &str| store::actors::id_by_uri(stage.hall.store.read(), uri).await.unwrap().unwrap();
    stage.known_note("/n/1", "known here").await;
    let like = stage.mal.does("Like", &stage.bad("/like/1"), &json!(stage.good("/n/1")));
    assert_eq!(stage.mal.post(&stage.inbox(), &like).await.status, 202);
    stage.settled().await;
    stage.hall.put(&stage.open, id(&stage.vic.uri).await, Role::Moderator, MembershipState::Active).await;
    stage.hall.put(&stage.open, id(&stage.mal.uri).await, Role::Member, MembershipState::Active).await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let mut note = stage.mal.note(&stage.bad("/n/2"), "CNRYspam");
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    assert_eq!(stage.mal.post(&stage.inbox(), &stage.mal.creates(&note)).await.status, 202);
    becomes("the spam", async || is_there(&stage.hall, &stage.bad("/n/2")).await).await;
    stage.settled().await;
    let mut ban = stage.vic.does("Block", &stage.good("/block/1"), &json!(stage.mal.uri));
    (ban["target"], ban["removeData"]) = (json!(group), json!(true));
    assert_eq!(comes_of(&stage.hall, &stage.vic, &ban).await, "banned");
    assert!(!is_there(&stage.hall, &stage.bad("/n/2")).await && is_there(&stage.hall, &stage.good("/n/1")).await);
    // Who does not read the ban is told that the announcement ends.
    let ended = || stage.honest.delivered().into_iter().any(|one| one["type"] == "Undo" && one["object"]["type"] == "Announce");
    becomes("its end is told", async || ended()).await;
}
