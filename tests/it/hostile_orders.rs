//! Who keeps order, and over whom: what was taken down stays down, and a group speaks for its own room alone.

use crate::remote_communities::Scene;
use crate::stage::Stage;
use app::Requester;
use kit::PeerActor;
use kit::poll::becomes;
use serde_json::{Value, json};

/// A note of `vic`'s in the open community, as it is known here.
async fn in_the_community(stage: &Stage, path: &str, text: &str) -> (Value, domain::id::PostId) {
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let join = stage.vic.does("Join", &stage.good(&format!("{path}/join")), &json!(group));
    assert_eq!(stage.vic.post(&stage.inbox(), &join).await.status, 202);
    let mut note = stage.vic.note(&stage.good(path), text);
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    stage.honest.say(path, &note);
    let mut create = stage.vic.creates(&note);
    create["audience"] = json!(group);
    assert_eq!(stage.vic.post(&stage.inbox(), &create).await.status, 202);
    let uri = stage.good(path);
    let found = async || store::posts::id_by_uri(stage.hall.store.read(), &uri).await.unwrap();
    becomes("the note is here", async || found().await.is_some()).await;
    (note, found().await.unwrap().id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_lead_removed_is_brought_back_by_nobody_who_says_afterwards_or_before_that_it_is_gone() {
    let stage = Stage::new().await;
    let (note, post) = in_the_community(&stage, "/n/1", "sold here").await;
    let says = async |who: &PeerActor, kind: &str, name: &str, object: &Value| {
        let activity = who.does(kind, &format!("{}/{name}", who.uri), object);
        assert_eq!(who.post(&stage.inbox(), &activity).await.status, 202);
        stage.settled().await;
        activity
    };
    let neighbour = stage.honest.actor("neighbour", "Person");
    let mut deletes = Vec::new();
    for who in [&neighbour, &stage.mal] {
        deletes.push((who, says(who, "Delete", "before", &note["id"]).await));
    }
    app::posts::delete(&stage.hall.hall, &stage.ada.asks, post).await.unwrap();
    for who in [&stage.vic, &neighbour, &stage.mal] {
        deletes.push((who, says(who, "Delete", "after", &note["id"]).await));
    }
    for (number, (who, delete)) in deletes.iter().enumerate() {
        says(who, "Undo", &format!("undo/{number}"), delete).await;
        assert!(stage.hall.see(&Requester::anonymous(), post).await.is_none(), "{delete} is undone");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_undoes_in_nobody_elses_name() {
    let stage = Stage::new().await;
    let group = stage.hostile.actor("evil", "Group");
    let found = stage.client().read(&format!("/api/v2/search?resolve=true&q=%40evil%40{}", stage.hostile.host)).await;
    assert_eq!(found["accounts"][0]["group"], true, "{found}");
    let note = stage.vic.note(&stage.good("/n/1"), "true words");
    let create = stage.vic.creates(&note);
    for (number, id) in [&create["id"], &note["id"], &json!(stage.vic.uri)].into_iter().enumerate() {
        for kind in ["Block", "Lock", "Add", "Remove", "Delete"] {
            let at = format!("{number}/{kind}");
            let inner = json!({"type": kind, "id": id, "actor": stage.vic.uri, "object": stage.vic.uri, "target": group.uri});
            let mut undo = stage.vic.does("Undo", &stage.good(&format!("/u/{at}")), &inner);
            undo["audience"] = json!(group.uri);
            let announce = group.does("Announce", &stage.bad(&format!("/an/{at}")), &undo);
            assert_eq!(group.post(&stage.inbox(), &announce).await.status, 202);
        }
    }
    stage.settled().await;
    let in_vics_name = format!("SELECT COUNT(*) FROM tombstones WHERE actor_uri = '{}'", stage.vic.uri);
    assert_eq!(stage.hall.db.raw().await.number(&in_vics_name).await, 0);
    assert_eq!(stage.vic.post(&stage.inbox(), &create).await.status, 202);
    let uri = stage.good("/n/1");
    becomes("the note is taken", async || {
        store::posts::id_by_uri(stage.hall.store.read(), &uri).await.unwrap().is_some_and(|post| !post.deleted)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_elsewhere_makes_nobody_here_a_member_and_a_moderator_only_of_its_members() {
    let moderators = "/c/books/moderators";
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({"attributedTo": moderators})).await;
    let moderators = scene.peer.at(moderators);
    let mut document = scene.peer.document(&scene.group, "Group");
    document["attributedTo"] = json!(moderators);
    scene.peer.say("/c/books", &document);
    scene.joined().await;
    let bob = scene.hall.person("bob").await;
    let adds = async |number: i32, whom: &str| {
        let mut add = scene.ada.does("Add", &scene.peer.at(&format!("/activities/add/{number}")), &json!(whom));
        (add["target"], add["audience"]) = (json!(moderators), json!(scene.group.uri));
        let announce = scene.group.does("Announce", &scene.peer.at(&format!("/activities/announce/add/{number}")), &add);
        scene.says(&announce).await;
    };
    adds(1, &format!("{}/a/{}", scene.hall.base, bob.actor)).await;
    adds(2, &scene.me()).await;
    let row = async |who: domain::id::ActorId| {
        let sql = format!("SELECT role, state, via FROM memberships WHERE actor_id = {who}");
        scene.hall.db.raw().await.rows(&sql).await
    };
    becomes("the member moderates", async || row(scene.eve.actor).await[0] == ["moderator", "active", "follow"]).await;
    assert!(row(bob.actor).await.is_empty(), "nobody asked for bob: {:?}", row(bob.actor).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_and_a_group_that_nobody_is_in_make_this_hall_ask_nobody() {
    let stage = Stage::new().await;
    let group = stage.hostile.actor_at("/users/evil", "evil", "Group", &json!({"featured": stage.bad("/evil/pins")}));
    stage.hostile.name("evil", &[(&group, "Group")]);
    let found = stage.client().read(&format!("/api/v2/search?resolve=true&q=%40evil%40{}", stage.hostile.host)).await;
    assert_eq!(found["accounts"][0]["group"], true, "{found}");
    stage.honest.say("/n/7", &stage.vic.note(&stage.good("/n/7"), "not asked for"));
    let nobody = stage.honest.actor("nobody", "Person");
    let here = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let add = |who: &PeerActor, id: &str, object: &str, target: &str| {
        let mut add = who.does("Add", &format!("{}/{id}", who.uri), &json!(object));
        add["target"] = json!(target);
        add
    };
    let mut block = stage.mal.does("Block", &stage.bad("/block/1"), &json!(nobody.uri));
    block["target"] = json!(here);
    let mut answer = stage.mal.note(&stage.bad("/n/1"), "an answer");
    answer["inReplyTo"] = json!(stage.good("/n/7"));
    let pin = add(&group, "add/1", &stage.good("/n/7"), &stage.bad("/evil/pins"));
    for (number, (who, activity)) in [
        (&group, pin.clone()),
        (&group, group.does("Announce", &stage.bad("/an/1"), &pin)),
        (&group, group.does("Announce", &stage.bad("/an/2"), &stage.mal.creates(&answer))),
        (&stage.mal, add(&stage.mal, "add/2", &nobody.uri, &format!("{here}/moderators"))),
        (&stage.mal, add(&stage.mal, "add/3", &stage.good("/n/7"), &format!("{here}/featured"))),
        (&stage.mal, block),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(who.post(&stage.inbox(), &activity).await.status, 202, "{number}");
    }
    stage.settled().await;
    let asked: Vec<String> = stage.honest.seen().into_iter().map(|seen| seen.path).collect();
    assert!(!asked.iter().any(|path| path == "/n/7" || path == "/users/nobody"), "{asked:?}");
    assert_eq!(stage.hall.db.raw().await.number("SELECT COUNT(*) FROM fetch_jobs WHERE kind = 'thread'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_is_changed_before_it_came_reaches_the_members_elsewhere_and_so_does_its_removal() {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    for (who, peer) in [(&stage.vic, &stage.honest), (&stage.mal, &stage.hostile)] {
        let join = who.does("Join", &format!("{}/join", who.uri), &json!(group));
        assert_eq!(who.post(&stage.inbox(), &join).await.status, 202);
        becomes("the member is in", async || peer.delivered().iter().any(|one| one["type"] == "Accept")).await;
    }
    let mut note = stage.vic.note(&stage.good("/n/1"), "first");
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    let mut create = stage.vic.creates(&note);
    (note["content"], note["updated"]) = (json!("WREN"), json!("2026-02-02T00:00:00Z"));
    stage.honest.say("/n/1", &note);
    let mut update = stage.vic.does("Update", &stage.good("/u/1"), &note);
    (create["audience"], update["audience"]) = (json!(group), json!(group));
    assert_eq!(stage.vic.post(&stage.inbox(), &update).await.status, 202);
    let told = |kind: &str| {
        let of_kind = |one: &Value| one["type"] == "Announce" && one["object"]["type"] == kind;
        stage.hostile.delivered().iter().filter(|one| of_kind(one)).count()
    };
    becomes("the members are told of it as it is now", async || told("Update") == 1).await;
    assert_eq!(stage.vic.post(&stage.inbox(), &create).await.status, 202);
    stage.settled().await;
    assert_eq!(told("Create"), 0, "and not of how it was");
    let post = store::posts::id_by_uri(stage.hall.store.read(), &stage.good("/n/1")).await.unwrap().unwrap().id;
    app::posts::delete(&stage.hall.hall, &stage.ada.asks, post).await.unwrap();
    becomes("the members are told that it was removed", async || told("Delete") == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c065_a_moderator_orders_nobody_of_their_rank_or_above_and_nothing_elsewhere_and_the_audit_log_says_who_tried() {
    let stage = Stage::new().await;
    let (note, post) = in_the_community(&stage, "/n/1", "ours").await;
    let bob = stage.hall.person("bob").await;
    stage.hall.member(&stage.open, bob.actor).await;
    let other = stage.hall.community(&stage.ada, "other", domain::zone::Zone::Open, &[]).await;
    let elsewhere = stage.hall.post_in(&stage.ada, &other, "theirs").await;
    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    let promote = format!("UPDATE memberships SET role = 'moderator' WHERE actor_id = {vic}");
    stage.hall.db.raw().await.run(&promote).await;
    let at = |id: String| format!("{}/{id}", stage.hall.base);
    let (group, neighbour) = (at(format!("a/{}", stage.open.actor)), at(format!("a/{}", other.actor)));
    let (ada, bob) = (at(format!("a/{}", stage.ada.actor)), at(format!("a/{}", bob.actor)));
    let order = |number: u32, kind: &str, object: &str, target: &str| {
        let mut order = stage.vic.does(kind, &stage.good(&format!("/order/{number}")), &json!(object));
        order["target"] = json!(target);
        order
    };
    let (here, there) = (format!("{group}/moderators"), at(format!("p/{elsewhere}")));
    let orders = [
        (order(1, "Remove", &ada, &here), "community.dismiss not_a_moderator"),
        (order(2, "Add", &bob, &here), "community.appoint not_a_moderator"),
        (order(3, "Block", &ada, &group), "community.ban not_a_moderator"),
        (order(4, "Add", &there, &format!("{neighbour}/featured")), "post.feature not_a_moderator"),
        (order(5, "Add", &there, &format!("{group}/featured")), "post.feature not_in_this_community"),
        (order(6, "Lock", &there, &neighbour), "post.lock not_a_moderator"),
    ];
    let standing = async || {
        let mut raw = stage.hall.db.raw().await;
        let sql = "SELECT community_id, actor_id, role, state FROM memberships ORDER BY community_id, actor_id";
        let pins = "SELECT actor_id, post_id FROM featured ORDER BY actor_id, post_id";
        (raw.rows(sql).await, raw.rows(pins).await)
    };
    let before = standing().await;
    for _ in 0..2 {
        for (activity, _) in &orders {
            assert_eq!(stage.vic.post(&stage.inbox(), activity).await.status, 202);
        }
    }
    stage.settled().await;
    assert_eq!(standing().await, before);
    let sql = format!("SELECT detail FROM audit_log WHERE act = 'order.refused' AND actor_id = {vic} ORDER BY detail");
    let tried: Vec<String> = stage.hall.db.raw().await.rows(&sql).await.into_iter().flatten().collect();
    let mut expected: Vec<&str> = orders.iter().map(|(_, line)| *line).collect();
    expected.sort_unstable();
    assert_eq!(tried, expected);
    // What they may, they can.
    let pin = order(7, "Add", note["id"].as_str().unwrap(), &format!("{group}/featured"));
    assert_eq!(stage.vic.post(&stage.inbox(), &pin).await.status, 202);
    becomes("the note stands at the top", async || {
        standing().await.1.contains(&vec![stage.open.actor.to_string(), post.to_string()])
    })
    .await;
}
