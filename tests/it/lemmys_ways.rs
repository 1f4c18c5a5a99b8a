//! What Lemmy does and wants that others do not.

use crate::remote_communities::{Scene, announced};
use crate::stage::Stage;
use domain::membership::MembershipState;
use kit::poll::becomes;
use serde_json::{Value, json};

#[tokio::test]
async fn the_site_is_asked_for_at_the_root_and_says_since_when_it_is() {
    let stage = Stage::new().await;
    let there = stage.vic.get(&format!("{}/", stage.hall.base)).await;
    assert_eq!(there.status, 200, "Lemmy follows nobody elsewhere");
    assert!(there.headers["vary"].to_str().unwrap().contains("Accept"));
    let site = there.value();
    assert_eq!((&site["id"], &site["type"]), (&json!(format!("{}/actor", stage.hall.base)), &json!("Application")));
    assert!(site["published"].as_str().and_then(activitypub::vocab::datetime).is_some(), "{site}");
    let page = stage.hall.anonymous().get("/").await;
    assert_eq!(page.status, 200, "people see the front page");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_communitys_newest_things_stand_in_its_outbox_itself() {
    let stage = Stage::new().await;
    let starter = stage.hall.post_in(&stage.ada, &stage.open, "CNRYstarter").await;
    stage.hall.post_in(&stage.ada, &stage.inner, "CNRYinner").await;
    stage.settled().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let outbox = stage.vic.get(&format!("{group}/outbox")).await.value();
    let items = outbox["orderedItems"].as_array().unwrap();
    assert!(
        items.iter().any(|one| one["object"]["object"]["id"] == json!(format!("{}/p/{starter}", stage.hall.base))),
        "{outbox}"
    );
    assert_eq!(outbox["first"], json!(format!("{group}/outbox?page=true")));
    let page = stage.vic.get(&format!("{group}/outbox?page=true")).await.value();
    assert_eq!(page["orderedItems"], outbox["orderedItems"]);
    let person = stage.vic.get(&format!("{}/a/{}/outbox", stage.hall.base, stage.ada.actor)).await.value();
    assert!(person["orderedItems"].is_null(), "nobody wants that of a person: {person}");
    let inner = stage.vic.get(&format!("{}/a/{}/outbox", stage.hall.base, stage.inner.actor)).await;
    assert_eq!(inner.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_against_is_taken_back_as_if_it_had_been_one_for() {
    for (software, left) in [("lemmy", 0), ("mastodon", 1)] {
        let stage = Stage::new().await;
        stage.honest.runs(software, "1.0");
        let post = stage.public_post("CNRYpost").await.1;
        let dislike = stage.vic.does("Dislike", &stage.good("/dislike/1"), &json!(post));
        assert_eq!(stage.vic.post(&stage.inbox(), &dislike).await.status, 202);
        let votes = async || stage.hall.db.raw().await.number("SELECT COALESCE(SUM(dislikes_count), 0) FROM posts").await;
        becomes("it counts", async || votes().await == 1).await;
        let undo = stage.vic.does("Undo", &stage.good("/undo/1"), &stage.vic.does("Like", &stage.good("/like/9"), &json!(post)));
        assert_eq!(stage.vic.post(&stage.inbox(), &undo).await.status, 202);
        stage.settled().await;
        assert_eq!(votes().await, left, "{software}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_addressed_to_the_community_alone_has_a_reason_and_comes_by_the_shared_inbox() {
    let stage = Stage::new().await;
    stage.honest.runs("lemmy", "0.19.11");
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let follow = stage.vic.does("Follow", &stage.good("/follow"), &json!(group));
    assert_eq!(stage.vic.post(&stage.inbox(), &follow).await.status, 202);
    let mut note = stage.vic.note(&stage.good("/n/1"), "CNRYspam");
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status, 202);
    stage.settled().await;
    let post = store::posts::id_by_uri(stage.hall.store.read(), &stage.good("/n/1")).await.unwrap().unwrap();
    let body = json!({"account_id": post.actor.to_string(), "status_ids": [post.id.to_string()], "forward": true});
    stage.client().post("/api/v1/reports", &body).await;
    let flags = || {
        stage
            .honest
            .seen()
            .into_iter()
            .filter(|seen| String::from_utf8_lossy(&seen.body).contains("\"Flag\""))
            .collect::<Vec<_>>()
    };
    becomes("it is told", async || !flags().is_empty()).await;
    stage.settled().await;
    let flags = flags();
    let flag: Value = serde_json::from_slice(&flags[0].body).unwrap();
    assert_eq!((flags.len(), flags[0].path.as_str()), (1, "/inbox"));
    assert_eq!((&flag["to"], &flag["object"]), (&json!([group]), &json!(stage.good("/n/1"))));
    assert!(flag["summary"].as_str().is_some_and(|why| !why.is_empty()), "{flag}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_our_people_wrote_in_a_community_elsewhere_is_reported_to_whoever_keeps_order_there() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    let ours = scene.write(&json!({"status": format!("{} CNRYours", scene.handle())})).await;
    let kim = scene.hall.person("kim").await;
    let body = json!({"account_id": scene.eve.actor.to_string(), "status_ids": [ours["id"]], "comment": "rude", "forward": true});
    assert_eq!(scene.hall.as_person(&kim).post("/api/v1/reports", &body).await["forwarded"], true);
    let flag = || scene.peer.delivered().into_iter().find(|one| one["type"] == "Flag");
    becomes("it is told", async || flag().is_some()).await;
    assert_eq!((&flag().unwrap()["object"], &flag().unwrap()["to"]), (&ours["uri"], &json!([scene.group.uri])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_banned_without_anybody_to_tell_it_to_hears_it_from_the_groups_own_server_and_no_other() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    scene.begins("/post/1", "CNRYtheirs").await;
    let (community, eve) = (scene.community().await, scene.eve.actor);
    scene
        .hall
        .store
        .write(move |tx| Box::pin(async move { store::memberships::set_state(tx, community, eve, MembershipState::Left).await }))
        .await
        .unwrap();
    let state = async || {
        scene.hall.db.raw().await.rows(&format!("SELECT state FROM memberships WHERE actor_id = {eve}")).await.remove(0).remove(0)
    };
    let banned = "SELECT COUNT(*) FROM memberships WHERE banned_by IS NOT NULL";
    let told = async || scene.hall.db.raw().await.number(banned).await;
    let other = kit::Peer::start().await;
    let stranger = other.actor("stranger", "Person");
    let ban = |by: &kit::PeerActor, id: String| {
        let mut ban = by.does("Block", &id, &json!(scene.me()));
        (ban["target"], ban["audience"]) = (json!(scene.group.uri), json!(scene.group.uri));
        ban
    };
    let inbox = format!("{}/inbox", scene.hall.base);
    assert_eq!(stranger.post(&inbox, &ban(&stranger, other.at("/block/1"))).await.status, 202);
    let dropped = "SELECT COUNT(*) FROM inbox_queue WHERE outcome = 'dropped: awaits_its_community'";
    becomes("it is dropped", async || scene.hall.db.raw().await.number(dropped).await == 1).await;
    assert_eq!(state().await, "left");
    let mona = scene.peer.actor_at("/u/mona", "mona", "Person", &json!({}));
    let own = ban(&mona, scene.peer.at("/block/2"));
    assert_eq!(mona.post(&inbox, &own).await.status, 202);
    becomes("the ban", async || state().await == "rejected" && told().await == 1).await;
    assert_eq!(mona.post(&inbox, &mona.does("Undo", &scene.peer.at("/undo/2"), &own)).await.status, 202);
    becomes("its end", async || told().await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_refused_where_it_comes_is_over() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    for inbox in ["/inbox", "/c/books/inbox"] {
        scene.peer.answer(inbox, 400, "application/json", br#"{"error":"person_is_banned_from_community"}"#.to_vec());
    }
    scene.ask().await;
    let over = "SELECT COUNT(*) FROM memberships WHERE state = 'rejected' AND asks_again_at IS NULL";
    becomes("it is over", async || scene.hall.db.raw().await.number(over).await == 1).await;
    let group = scene.find(&scene.handle()).await.unwrap();
    let standing = scene.client.read(&format!("/api/v1/accounts/relationships?id[]={}", group["id"].as_str().unwrap())).await;
    assert_eq!((&standing[0]["following"], &standing[0]["requested"]), (&json!(false), &json!(false)));
    // They may ask once more.
    for inbox in ["/inbox", "/c/books/inbox"] {
        scene.peer.answer(inbox, 202, "text/plain", Vec::new());
    }
    scene.joined().await;
    let member = "SELECT COUNT(*) FROM memberships WHERE state = 'active' AND role = 'member'";
    assert_eq!(scene.hall.db.raw().await.number(member).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_for_one_person_alone_is_a_message_and_everything_else_a_note() {
    let stage = Stage::new().await;
    stage.honest.runs("lemmy", "0.19.11");
    let asked = "UPDATE instances SET software = NULL";
    stage.hall.db.raw().await.run(asked).await;
    let (vic, mal) = (format!("@vic@{}", stage.honest.host), format!("@mal@{}", stage.hostile.host));
    for who in [&vic, &mal] {
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", who).finish();
        stage.client().read(&format!("/api/v2/search?resolve=true&{query}")).await;
    }
    stage.settled().await;
    let write = async |text: String, visibility: &str| {
        let sent = stage.client().post("/api/v1/statuses", &json!({"status": text, "visibility": visibility})).await;
        (sent["uri"].clone(), sent["id"].as_str().unwrap().to_owned())
    };
    let told = |peer: &kit::Peer, kind: &str, id: &Value| {
        peer.delivered().into_iter().find(|one| one["type"] == kind && (one["object"]["id"] == *id || one["object"] == *id))
    };
    let (alone, id) = write(format!("{vic} CNRYalone"), "direct").await;
    becomes("the message", async || told(&stage.honest, "Create", &alone).is_some()).await;
    let create = told(&stage.honest, "Create", &alone).unwrap();
    assert_eq!((&create["object"]["type"], &create["to"]), (&json!("ChatMessage"), &json!([stage.vic.uri])), "{create}");
    assert!(create["object"]["to"] == create["to"] && create["cc"].as_array().is_none_or(Vec::is_empty), "{create}");
    let (both, _) = write(format!("{vic} {mal} CNRYboth"), "direct").await;
    let (other, _) = write(format!("{mal} CNRYother"), "direct").await;
    let (public, _) = write(format!("{vic} CNRYpublic"), "public").await;
    for (peer, uri) in [(&stage.honest, both), (&stage.hostile, other), (&stage.honest, public)] {
        becomes("the note", async || told(peer, "Create", &uri).is_some()).await;
        assert_eq!(told(peer, "Create", &uri).unwrap()["object"]["type"], json!("Note"), "{uri}");
    }
    assert_eq!(stage.client().json(http::Method::DELETE, &format!("/api/v1/statuses/{id}"), &json!({})).await.status, 200);
    becomes("its end", async || told(&stage.honest, "Delete", &alone).is_some()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_that_had_ended_is_there_again_when_its_group_says_so() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    let document = scene.ada.get(&scene.group.uri).await.value();
    let mona = scene.peer.actor_at("/u/mona", "mona", "Person", &json!({}));
    scene.peer.answer("/c/books", 410, "application/json", b"{}".to_vec());
    let delete = mona.does("Delete", &scene.peer.at("/delete/1"), &json!(scene.group.uri));
    scene.says(&announced(&scene, 1, &delete)).await;
    let ended = async || {
        scene.hall.db.raw().await.number("SELECT COUNT(*) FROM communities WHERE NOT local AND deleted_at IS NOT NULL").await
    };
    becomes("it ends", async || ended().await == 1).await;
    scene.peer.say("/c/books", &document);
    scene.says(&announced(&scene, 2, &mona.does("Undo", &scene.peer.at("/undo/1"), &delete))).await;
    becomes("it is back", async || ended().await == 0).await;
}
