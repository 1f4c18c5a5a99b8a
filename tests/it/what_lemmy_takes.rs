//! What Lemmy's servers take of a community here, and the rest spared them: they refuse a poll, the bare id of a thread, and
//! what their own people said.

use crate::remote_communities::Scene;
use crate::stage::Stage;
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::id::{ActorId, PostId};
use domain::poll::PollDraft;
use domain::time::DAY;
use domain::zone::Zone;
use kit::Peer;
use kit::poll::becomes;
use serde_json::{Value, json};

fn poll(text: &str) -> Draft {
    let poll = Some(PollDraft::new(["_red_ & more", "green"], false, false, DAY));
    Draft { poll, title: Some("CNRYtitle".into()), ..Draft::new(text, Visibility::Public) }
}

/// A community with a follower on Lemmy and one on another server.
async fn followed() -> (Stage, String) {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    for (peer, software, actor, id) in [
        (&stage.honest, "lemmy", &stage.vic, stage.good("/follow")),
        (&stage.hostile, "mastodon", &stage.mal, stage.bad("/follow")),
    ] {
        peer.runs(software, "1.0");
        assert_eq!(actor.post(&stage.inbox(), &actor.does("Follow", &id, &json!(group))).await.status, 202);
        let known = format!("SELECT COUNT(*) FROM instances WHERE software = '{software}'");
        becomes("the software", async || stage.hall.db.raw().await.number(&known).await == 1).await;
    }
    stage.settled().await;
    (stage, group)
}

/// Somebody here asks something in the community.
async fn asks(stage: &Stage, text: &str) -> PostId {
    let draft = Draft { community: Some(stage.open.id), ..poll(text) };
    let post = stage.hall.publish(&stage.ada, draft).await.unwrap();
    stage.settled().await;
    post
}

fn announced(peer: &Peer) -> Vec<Value> {
    peer.delivered().into_iter().filter(|said| said["type"] == "Announce").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_in_a_community_here_is_a_page_with_its_choices_there_and_a_poll_elsewhere() {
    let (stage, _) = followed().await;
    let post = asks(&stage, "Which colour?").await;
    let uri = format!("{}/p/{post}", stage.hall.base);
    let there = announced(&stage.honest);
    assert_eq!(there.len(), 1, "{there:#?}");
    let page = &there[0]["object"]["object"];
    assert_eq!((&page["type"], &page["id"], &page["name"]), (&json!("Page"), &json!(uri), &json!("CNRYtitle")));
    let content = page["content"].as_str().unwrap();
    assert!(content.contains("<li><p>_red_ &amp; more</p></li><li><p>green</p></li>"), "{content}");
    let source = page["source"]["content"].as_str().unwrap();
    assert!(source.contains("- \\_red\\_ \\& more\n- green\n"), "{source}");
    assert!(source.contains(&format!("[See the votes]({})", page["url"].as_str().unwrap())), "{source}");
    let elsewhere = announced(&stage.hostile);
    let forms: Vec<&Value> = elsewhere.iter().map(|said| &said["object"]["object"]["type"]).collect();
    assert_eq!(forms, [&json!("Question"), &Value::Null], "the poll, and its bare id");
    // In the outbox there is the poll alone, and at its id as well.
    let outbox = stage.mal.get(&format!("{}/a/{}/outbox?page=true", stage.hall.base, stage.open.actor)).await.value();
    let listed: Vec<&Value> =
        outbox["orderedItems"].as_array().unwrap().iter().map(|one| &one["object"]["object"]["type"]).collect();
    assert_eq!(listed, [&json!("Question")]);
    assert_eq!(stage.vic.get(&uri).await.value()["type"], "Question");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_poll_is_changed_there_and_a_count_is_nothing_to_tell() {
    let (stage, _) = followed().await;
    let post = asks(&stage, "CNRYbefore").await;
    let bob = stage.hall.person("bob").await;
    stage.hall.member(&stage.open, bob.actor).await;
    let vote = json!({"choices": [0]});
    stage.hall.as_person(&bob).post(&format!("/api/v1/polls/{post}/votes"), &vote).await;
    stage.hall.db.raw().await.run("UPDATE polls SET due_at = 1 WHERE due_at IS NOT NULL").await;
    let counted = || announced(&stage.hostile).iter().any(|said| said["object"]["type"] == "Update");
    becomes("the count elsewhere", async || counted()).await;
    stage.settled().await;
    assert_eq!(announced(&stage.honest).len(), 1, "{:#?}", announced(&stage.honest));
    let change = json!({"status": "CNRYafter", "poll": {"options": ["_red_ & more", "green"], "expires_in": 86_400}});
    let changed = stage.client().json(http::Method::PUT, &format!("/api/v1/statuses/{post}"), &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    stage.settled().await;
    let there = announced(&stage.honest);
    let update = &there.last().unwrap()["object"];
    assert_eq!((&update["type"], &update["object"]["type"]), (&json!("Update"), &json!("Page")), "{there:#?}");
    assert!(update["object"]["content"].as_str().unwrap().contains("CNRYafter"), "{update}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_written_into_a_community_there_is_a_page_with_its_choices() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    let draft = Draft { community: Some(scene.community().await), ..poll("Which book?") };
    let post = scene.hall.publish(&scene.eve, draft).await.unwrap();
    let uri = format!("{}/p/{post}", scene.hall.base);
    let sent = || scene.peer.delivered().into_iter().find(|said| said["object"]["id"] == json!(uri));
    becomes("it is sent", async || sent().is_some()).await;
    let page = sent().unwrap()["object"].clone();
    assert_eq!((&page["type"], &page["name"]), (&json!("Page"), &json!("CNRYtitle")), "{page}");
    assert!(page["content"].as_str().unwrap().contains("<li><p>green</p></li>"), "{page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_its_own_people_say_is_not_said_to_it_again_nor_the_bare_id_of_a_thread() {
    let (stage, group) = followed().await;
    stage.hall.post_in(&stage.ada, &stage.open, "CNRYours").await;
    stage.settled().await;
    let kinds = |peer: &Peer| announced(peer).iter().map(|said| said["object"]["type"].clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&stage.honest), [json!("Create")]);
    assert_eq!(kinds(&stage.hostile), [json!("Create"), Value::Null]);
    let mut note = stage.vic.note(&stage.good("/n/1"), "CNRYtheirs");
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status, 202);
    stage.settled().await;
    assert_eq!(kinds(&stage.honest).len(), 1, "{:#?}", announced(&stage.honest));
    let heard = announced(&stage.hostile);
    assert!(heard.iter().any(|said| said["object"]["object"]["id"] == note["id"]), "others hear it: {heard:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_mentioned_there_hears_of_it_once_and_an_end_once() {
    let (stage, _) = followed().await;
    let text = format!("@vic@{} and @mal@{}, look", stage.honest.host, stage.hostile.host);
    let post = stage.hall.post_in(&stage.ada, &stage.open, &text).await;
    stage.settled().await;
    let uri = format!("{}/p/{post}", stage.hall.base);
    let about = |peer: &Peer| {
        let of = |said: &Value| said["object"]["id"] == json!(uri) || said["object"]["object"]["id"] == json!(uri);
        peer.delivered().into_iter().filter(of).map(|said| said["type"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(about(&stage.honest), [json!("Announce")], "the group says it");
    assert!(about(&stage.hostile).contains(&json!("Create")), "others hear it from its author, too: {:?}", about(&stage.hostile));
    stage.client().json(http::Method::DELETE, &format!("/api/v1/statuses/{post}"), &json!({})).await;
    stage.settled().await;
    let ends = |peer: &Peer| peer.delivered().into_iter().filter(|said| said["type"] == "Undo").count();
    assert_eq!((ends(&stage.honest), ends(&stage.hostile)), (0, 1), "what was never announced does not end");
    let deletes = |said: &Value| said["type"] == "Delete" || said["object"]["type"] == "Delete";
    let gone: Vec<Value> = stage.honest.delivered().into_iter().filter(deletes).map(|said| said["type"].clone()).collect();
    assert_eq!(gone, [json!("Announce")], "the group says it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_that_goes_is_gone_there_and_one_of_somebody_elsewhere_is_not_told_there() {
    let (stage, group) = followed().await;
    let post = asks(&stage, "Which colour?").await;
    stage.client().json(http::Method::DELETE, &format!("/api/v1/statuses/{post}"), &json!({})).await;
    stage.settled().await;
    let kinds = |peer: &Peer| announced(peer).iter().map(|said| said["object"]["type"].clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&stage.honest), [json!("Create"), json!("Delete")]);
    let text = stage.vic.get(announced(&stage.honest)[0]["id"].as_str().unwrap()).await;
    assert!(!text.text().contains("_red_"), "{}", text.text());
    let mut question = stage.mal.note(&stage.bad("/q/1"), "CNRYquestion");
    (question["type"], question["oneOf"]) =
        (json!("Question"), json!([{"type": "Note", "name": "a"}, {"type": "Note", "name": "b"}]));
    (question["cc"], question["audience"]) = (json!([group]), json!(group));
    let third = Peer::start().await;
    let tom = third.actor("tom", "Person");
    assert_eq!(tom.post(&stage.inbox(), &tom.does("Follow", &third.at("/follow"), &json!(group))).await.status, 202);
    stage.settled().await;
    assert_eq!(stage.mal.post(&stage.inbox(), &stage.mal.creates(&question)).await.status, 202);
    stage.settled().await;
    assert_eq!(kinds(&third).first(), Some(&json!("Create")), "{:#?}", announced(&third));
    assert_eq!(kinds(&stage.honest).len(), 2, "{:#?}", announced(&stage.honest));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_among_partners_is_a_page_for_their_members_and_for_nobody_else() {
    let (stage, _) = followed().await;
    let third = Peer::start().await;
    let tom = third.actor("tom", "Person");
    let follow = tom.does("Follow", &third.at("/follow"), &json!(format!("{}/a/{}", stage.hall.base, stage.open.actor)));
    assert_eq!(tom.post(&stage.inbox(), &follow).await.status, 202);
    stage.settled().await;
    let hosts = [stage.honest.host.as_str(), third.host.as_str()];
    let partners = stage.hall.community(&stage.ada, "partners", Zone::Partner, &hosts).await;
    for partner in [&stage.vic, &tom] {
        let id = format!("SELECT id FROM actors WHERE uri = '{}'", partner.uri);
        stage.hall.member(&partners, ActorId(stage.hall.db.raw().await.number(&id).await)).await;
    }
    let draft = Draft { community: Some(partners.id), visibility: Visibility::Private, ..poll("CNRYamong") };
    stage.hall.publish(&stage.ada, draft).await.unwrap();
    stage.settled().await;
    let there = announced(&stage.honest);
    assert_eq!(there.iter().map(|said| &said["object"]["object"]["type"]).collect::<Vec<_>>(), [&json!("Page")], "{there:#?}");
    let id = there[0]["id"].as_str().unwrap();
    assert_eq!(stage.vic.get(id).await.status, 200);
    assert_eq!(stage.mal.get(id).await.status, 404);
    assert_eq!(stage.hall.anonymous().get(&id[stage.hall.base.len()..]).await.status, 404);
    let other: Vec<Value> = announced(&third).iter().map(|said| said["object"]["object"]["type"].clone()).collect();
    assert_eq!(other, [json!("Question"), Value::Null], "the other partner takes polls");
    assert_eq!(tom.get(id).await.status, 200);
    assert!(!stage.hostile.delivered().iter().any(|said| said.to_string().contains("CNRYamong")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_runs_on_a_server_is_asked_again_and_stays_known_where_there_is_no_answer() {
    let stage = Stage::new().await;
    stage.hostile.runs("mastodon", "4.6.5");
    stage.hall.db.raw().await.run("UPDATE instances SET software = 'lemmy'").await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    for (actor, id) in [(&stage.vic, stage.good("/follow")), (&stage.mal, stage.bad("/follow"))] {
        assert_eq!(actor.post(&stage.inbox(), &actor.does("Follow", &id, &json!(group))).await.status, 202);
    }
    let runs = async |peer: &Peer| {
        let sql = format!("SELECT software FROM instances WHERE host = '{}'", peer.host);
        stage.hall.db.raw().await.rows(&sql).await.remove(0).remove(0)
    };
    becomes("what runs there now is known", async || runs(&stage.hostile).await == "mastodon").await;
    stage.settled().await;
    assert_eq!(runs(&stage.honest).await, "lemmy", "it does not say");
}
