//! What somebody looked up before it was delivered is as much news as what was delivered first: a look at the wrong
//! moment keeps nothing from Homes, from a community's room, or from its members elsewhere.

use crate::stage::Stage;
use domain::id::PostId;
use domain::membership::{MembershipState, Role};
use kit::PeerActor;
use kit::poll::{PATIENCE, becomes, eventually};
use serde_json::{Value, json};

/// A note of `vic`, at its place, found by a look and not delivered.
async fn found(stage: &Stage, note: &Value) -> PostId {
    let uri = note["id"].as_str().unwrap();
    stage.honest.say(uri.strip_prefix(&stage.good("")).unwrap(), note);
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", uri).finish();
    let seen = stage.client().read(&format!("/api/v2/search?resolve=true&type=statuses&{query}")).await;
    seen["statuses"][0]["id"].as_str().unwrap_or_else(|| panic!("{uri} is not found")).parse().map(PostId).unwrap()
}

async fn takes(stage: &Stage, by: &PeerActor, activity: &Value) {
    let answer = by.post(&stage.inbox(), activity).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    stage.settled().await;
}

/// The same note said again, as some servers do it: another activity about the same object.
fn once_more(stage: &Stage, note: &Value) -> Value {
    let mut again = stage.vic.creates(note);
    again["id"] = json!(format!("{}/once-more", note["id"].as_str().unwrap()));
    again
}

async fn in_home(stage: &Stage, letters: &str) -> usize {
    let home = stage.client().read("/api/v1/timelines/home").await;
    let holds = |status: &Value| {
        let shown = if status["reblog"].is_null() { status } else { &status["reblog"] };
        shown["content"].as_str().is_some_and(|content| content.contains(letters))
    };
    home.as_array().unwrap().iter().filter(|status| holds(status)).count()
}

fn group(stage: &Stage) -> String {
    format!("{}/a/{}", stage.hall.base, stage.open.actor)
}

/// `neighbour`, elsewhere, follows the open community.
async fn followed(stage: &Stage) {
    let follow = stage.neighbour.does("Follow", &stage.bad("/follow"), &json!(group(stage)));
    takes(stage, &stage.neighbour, &follow).await;
    becomes("the community accepts", async || {
        stage.hostile.delivered().iter().any(|activity| activity["type"] == "Accept" && activity["object"]["id"] == follow["id"])
    })
    .await;
}

/// What the community's members elsewhere are told of an object, as `type` or `type of type`.
fn told(stage: &Stage, object: &str) -> Vec<String> {
    let of = |value: &Value| value["type"].as_str().unwrap_or_default().to_owned();
    let mut all = Vec::new();
    for activity in stage.hostile.delivered().iter().filter(|activity| activity["type"] == "Announce") {
        let inner = &activity["object"];
        if inner == object {
            all.push("Announce".to_owned());
        } else if inner["object"] == object || inner["object"]["id"] == object {
            all.push(format!("Announce of {}", of(inner)));
        }
    }
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_followed_persons_post_comes_home_when_it_is_delivered_and_once() {
    let stage = Stage::new().await;
    let mut note = stage.vic.note(&stage.good("/n/1"), "CNRYearly for @ada");
    let me = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    note["tag"] = json!([{"type": "Mention", "href": me, "name": "@ada"}]);
    found(&stage, &note).await;
    stage.settled().await;
    assert_eq!(in_home(&stage, "CNRYearly").await, 0, "a look is no news");
    let mentions = async || stage.client().read("/api/v1/notifications?types[]=mention").await.as_array().unwrap().len();
    assert_eq!(mentions().await, 0);
    for activity in [stage.vic.creates(&note), once_more(&stage, &note)] {
        takes(&stage, &stage.vic, &activity).await;
        assert_eq!(in_home(&stage, "CNRYearly").await, 1);
        assert_eq!(mentions().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_for_a_community_enters_it_when_it_is_delivered_and_its_members_elsewhere_hear_of_it_once() {
    let stage = Stage::new().await;
    followed(&stage).await;
    let to_group = json!([group(&stage)]);
    takes(&stage, &stage.vic, &stage.vic.does("Join", &stage.good("/join"), &to_group[0])).await;
    // One names the community itself; of the other, only the activity does.
    for (path, in_object) in [("/n/1", true), ("/n/2", false)] {
        let (letters, uri) = (format!("CNRY{}", &path[3..]), stage.good(path));
        let mut note = stage.vic.note(&uri, &letters);
        if in_object {
            (note["cc"], note["audience"]) = (to_group.clone(), to_group[0].clone());
        }
        let post = found(&stage, &note).await;
        stage.settled().await;
        let room = async || store::posts::room(stage.hall.store.read(), post).await.unwrap();
        assert_eq!(room().await, None, "a look puts nothing into a room");
        for mut activity in [stage.vic.creates(&note), once_more(&stage, &note)] {
            (activity["cc"], activity["audience"]) = (to_group.clone(), to_group[0].clone());
            takes(&stage, &stage.vic, &activity).await;
            assert_eq!(room().await, Some(stage.open.id));
            assert_eq!(in_home(&stage, &letters).await, 1);
        }
        let all = eventually(PATIENCE, async || Some(told(&stage, &uri)).filter(|all| all.len() >= 2)).await;
        assert_eq!(all.unwrap(), ["Announce", "Announce of Create"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_in_a_community_is_passed_on_when_it_is_delivered_and_once() {
    let stage = Stage::new().await;
    followed(&stage).await;
    let starter = stage.hall.post_in(&stage.ada, &stage.open, "CNRYstarter").await;
    let mut note = stage.vic.note(&stage.good("/n/1"), "CNRYanswer");
    note["inReplyTo"] = json!(format!("{}/p/{starter}", stage.hall.base));
    found(&stage, &note).await;
    stage.settled().await;
    assert!(told(&stage, &stage.good("/n/1")).is_empty());
    let mentions = async || stage.client().read("/api/v1/notifications?types[]=mention").await.as_array().unwrap().len();
    for activity in [stage.vic.creates(&note), once_more(&stage, &note)] {
        takes(&stage, &stage.vic, &activity).await;
        assert_eq!(mentions().await, 1, "whoever is answered is told");
    }
    let heard = eventually(PATIENCE, async || Some(told(&stage, &stage.good("/n/1"))).filter(|all| !all.is_empty())).await;
    assert_eq!(heard.unwrap(), ["Announce of Create"]);
    stage.settled().await;
    assert_eq!(told(&stage, &stage.good("/n/1")).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_enters_a_community_brings_nothing_with_it_that_others_may_not_write_there() {
    let stage = Stage::new().await;
    followed(&stage).await;
    let to_group = json!([group(&stage)]);
    takes(&stage, &stage.vic, &stage.vic.does("Join", &stage.good("/join"), &to_group[0])).await;
    let mut note = stage.vic.note(&stage.good("/n/1"), "CNRYstarter");
    (note["cc"], note["audience"]) = (to_group.clone(), to_group[0].clone());
    let starter = found(&stage, &note).await;
    // Somebody who is banned there has answered it, elsewhere.
    let who = store::actors::id_by_uri(stage.hall.store.read(), &stage.neighbour.uri).await.unwrap().unwrap();
    stage.hall.put(&stage.open, who, Role::Observer, MembershipState::Banned).await;
    let mut answer = stage.neighbour.note(&stage.bad("/n/2"), "CNRYbanned");
    answer["inReplyTo"] = note["id"].clone();
    takes(&stage, &stage.neighbour, &stage.neighbour.creates(&answer)).await;
    let uri = stage.bad("/n/2");
    let banned = async || store::posts::id_by_uri(stage.hall.store.read(), &uri).await.unwrap();
    takes(&stage, &stage.vic, &stage.vic.creates(&note)).await;
    let room = async |post| store::posts::room(stage.hall.store.read(), post).await.unwrap();
    assert_eq!(room(starter).await, Some(stage.open.id));
    assert_eq!(room(banned().await.unwrap().id).await, None, "it stays where it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_here_before_what_it_answers_enters_the_room_with_its_delivery() {
    let stage = Stage::new().await;
    followed(&stage).await;
    let starter = stage.hall.post_in(&stage.ada, &stage.open, "CNRYstarter").await;
    let mut between = stage.vic.note(&stage.good("/n/1"), "CNRYbetween");
    between["inReplyTo"] = json!(format!("{}/p/{starter}", stage.hall.base));
    let mut last = stage.vic.note(&stage.good("/n/2"), "CNRYlast");
    last["inReplyTo"] = between["id"].clone();
    let post = found(&stage, &last).await;
    takes(&stage, &stage.vic, &stage.vic.creates(&between)).await;
    takes(&stage, &stage.vic, &stage.vic.creates(&last)).await;
    assert_eq!(store::posts::room(stage.hall.store.read(), post).await.unwrap(), Some(stage.open.id));
    let heard = async || Some(told(&stage, &stage.good("/n/2"))).filter(|all| !all.is_empty());
    assert_eq!(eventually(PATIENCE, heard).await.unwrap(), ["Announce of Create"]);
}
