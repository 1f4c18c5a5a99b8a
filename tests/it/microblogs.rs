//! What servers without communities hear of a community they follow.

use crate::stage::Stage;
use domain::audience::Visibility;
use domain::draft::Draft;
use kit::poll::becomes;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_starter_comes_from_its_author_to_whoever_was_told_of_it_by_the_community() {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let follow = stage.neighbour.does("Follow", &stage.bad("/follow"), &json!(group));
    assert_eq!(stage.neighbour.post(&stage.inbox(), &follow).await.status, 202);
    becomes("the community accepts", async || stage.hostile.delivered().iter().any(|one| one["type"] == "Accept")).await;
    // Somebody who blocked the author is sent nothing of theirs.
    let blocker = stage.honest.actor("blocker", "Person");
    let follow = blocker.does("Follow", &stage.good("/follow"), &json!(group));
    assert_eq!(blocker.post(&stage.inbox(), &follow).await.status, 202);
    let author = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    assert_eq!(blocker.post(&stage.inbox(), &blocker.does("Block", &stage.good("/block"), &json!(author))).await.status, 202);
    assert_eq!(
        stage.vic.post(&stage.inbox(), &stage.vic.does("Block", &stage.good("/block/2"), &json!(author))).await.status,
        202
    );
    stage.settled().await;
    let starter = stage.hall.post_in(&stage.ada, &stage.open, "CNRYstarter").await;
    let answer = stage.hall.reply(&stage.ada, starter, "CNRYanswer").await;
    let inside = stage.hall.post_in(&stage.ada, &stage.inner, "CNRYinner").await;
    for (post, text) in [(answer, "CNRYanswer two"), (inside, "CNRYinner two"), (starter, "CNRYstarter two")] {
        stage.hall.edit(&stage.ada, post, text).await.unwrap();
    }
    let updates = || -> Vec<Value> {
        let all = stage.hostile.delivered().into_iter();
        all.filter(|one| one["type"] == "Update" && one["actor"] == author.as_str()).collect()
    };
    // They read no `Announce` of an activity, and take a change from its author alone.
    becomes("the author's own Update", async || !updates().is_empty()).await;
    stage.settled().await;
    let objects: Vec<Value> = updates().iter().map(|update| update["object"]["id"].clone()).collect();
    let uri = |post: domain::id::PostId| json!(format!("{}/p/{post}", stage.hall.base));
    // Whoever read the thread has the answer too. What is inside they never hear of.
    assert_eq!(objects, [uri(answer), uri(starter)]);
    assert!(updates()[1]["object"]["content"].as_str().unwrap().contains("CNRYstarter two"));
    let to_blocker =
        stage.honest.delivered().into_iter().filter(|one| one["type"] == "Update" && one["actor"] == author.as_str());
    assert_eq!(to_blocker.count(), 0);
}

#[tokio::test]
async fn what_stands_behind_a_warning_is_in_nothing_that_is_shown_without_a_click() {
    let stage = Stage::new().await;
    let draft = Draft { spoiler: "CNRYwarning".into(), ..Draft::new("CNRYhidden words", Visibility::Public) };
    let post = stage.hall.publish(&stage.ada, Draft { community: Some(stage.open.id), ..draft }).await.unwrap();
    let object = stage.vic.get(&format!("{}/p/{post}", stage.hall.base)).await.value();
    assert_eq!((&object["name"], &object["sensitive"]), (&json!("CNRYwarning"), &json!(true)), "{object}");
    for shown in ["name", "summary", "preview"] {
        assert!(!object[shown].is_null() && !object[shown].to_string().contains("CNRYhidden"), "{shown}: {object}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_profile_is_believed_as_it_is_sent_but_for_its_keys() {
    let stage = Stage::new().await;
    let shown = async || {
        let vic = stage.client().read(&format!("/api/v1/accounts/lookup?acct=vic@{}", stage.honest.host)).await;
        vic["display_name"].as_str().unwrap().to_owned()
    };
    let says = async |number: u32, document: &Value| {
        let update = stage.vic.does("Update", &stage.good(&format!("/u/{number}")), document);
        assert_eq!(stage.vic.post(&stage.inbox(), &update).await.status, 202);
        stage.settled().await;
    };
    // Its server still answers with what it said some minutes ago.
    let mut document = stage.honest.document(&stage.vic, "Person");
    document["name"] = json!("Victoria");
    says(1, &document).await;
    assert_eq!(shown().await, "Victoria");
    let read = format!("SELECT fetched_at FROM actors WHERE uri = '{}'", stage.vic.uri);
    let later = stage.hall.db.raw().await.number(&read).await + domain::time::DAY;
    let now = app::federated::now(&stage.hall.hall).0;
    assert!((now..now + domain::time::HOUR).contains(&later), "and it is read again soon: {later}");
    // What names another key is no news; its own document says what is true.
    let thief = stage.honest.actor("thief", "Person");
    document["name"] = json!("Mallory");
    document["publicKey"]["publicKeyPem"] = stage.honest.document(&thief, "Person")["publicKey"]["publicKeyPem"].clone();
    says(2, &document).await;
    assert_eq!(shown().await, "vic");
    // Somebody else's word is nobody's.
    let mut other = stage.honest.document(&stage.vic, "Person");
    other["name"] = json!("Eve");
    let update = thief.does("Update", &stage.good("/u/3"), &other);
    assert_eq!(thief.post(&stage.inbox(), &update).await.status, 202);
    stage.settled().await;
    assert_eq!(shown().await, "vic");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_answered_to_followers_alone_reaches_whom_it_names_and_is_not_in_the_room() {
    let stage = Stage::new().await;
    let post = stage.hall.post_in(&stage.ada, &stage.open, "CNRYquestion").await;
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let join = stage.mal.does("Join", &stage.bad("/join"), &json!(group));
    assert_eq!(stage.mal.post(&stage.inbox(), &join).await.status, 202);
    // Who is not named is told nothing, whoever they answer: it was for others.
    let mut other = stage.vic.note(&stage.good("/n/2"), "CNRYamongus");
    other["inReplyTo"] = json!(format!("{}/p/{post}", stage.hall.base));
    (other["to"], other["cc"]) = (json!([format!("{}/followers", stage.vic.uri)]), json!([]));
    stage.honest.say("/n/2", &other);
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&other)).await.status, 202);
    stage.settled().await;
    let mut note = stage.vic.note(&stage.good("/n/1"), "CNRYquietly");
    note["inReplyTo"] = json!(format!("{}/p/{post}", stage.hall.base));
    (note["to"], note["cc"]) = (json!([format!("{}/followers", stage.vic.uri)]), json!([ada]));
    note["tag"] = json!([{"type": "Mention", "href": ada, "name": "@ada"}]);
    stage.honest.say("/n/1", &note);
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status, 202);
    becomes("it comes to her", async || stage.client().read("/api/v1/notifications").await.to_string().contains("CNRYquietly"))
        .await;
    let bob = stage.hall.person("bob").await;
    stage.hall.member(&stage.open, bob.actor).await;
    let seen = stage.hall.as_person(&bob).read(&format!("/api/v1/statuses/{post}/context")).await;
    assert!(!seen.to_string().contains("CNRYquietly"), "{seen}");
    let next = stage.hall.post_in(&stage.ada, &stage.open, "CNRYnext").await;
    let told = |text: &str| stage.hostile.delivered().iter().any(|one| one.to_string().contains(text));
    becomes("the member hears what comes after it", async || told(&format!("/p/{next}"))).await;
    assert!(!told("CNRYquietly") && !told("CNRYamongus"), "nothing is passed on");
    let all = stage.client().read("/api/v1/notifications").await.to_string();
    assert!(!all.contains("CNRYamongus"), "{all}");
}

#[tokio::test]
async fn a_starter_is_read_once_where_title_and_abstract_are_shown_one_after_the_other() {
    let stage = Stage::new().await;
    let object = async |text: &str| {
        let post = stage.hall.post_in(&stage.ada, &stage.open, text).await;
        stage.vic.get(&format!("{}/p/{post}", stage.hall.base)).await.value()
    };
    let short = object("How do you **name** tests? I use verbs. #naming").await;
    assert_eq!(short["name"], json!("How do you name tests?"), "{short}");
    let plain = object("How do you name tests? I use verbs. #naming").await;
    assert_eq!(plain["name"], json!("How do you name tests?"));
    let summary = plain["summary"].as_str().unwrap();
    assert!(summary.starts_with("<p>I use verbs.") && !summary.contains("How do you"), "{summary}");
    assert!(plain["content"].as_str().unwrap().contains("How do you name tests? I use verbs."), "{plain}");
    assert!(summary.contains("rel=\"tag nofollow"), "a hashtag is no link to make a preview of: {summary}");
    let one = object("Only this").await;
    assert_eq!((&one["name"], one.get("summary")), (&json!("Only this"), None), "{one}");
    for (field, value) in [("likes", 0), ("shares", 0)] {
        assert_eq!(one[field]["totalItems"], json!(value), "{one}");
    }
    assert_eq!(one["commentsEnabled"], json!(true));
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let mentions: Vec<&Value> = one["tag"].as_array().unwrap().iter().filter(|tag| tag["href"] == group.as_str()).collect();
    assert_eq!(mentions.len(), 1, "answers from microblogs reach the group: {one}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mobilizon_reads_a_starter_as_the_groups_own() {
    let stage = Stage::new().await;
    stage.hostile.runs("mobilizon", "5.1.3");
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    assert_eq!(stage.mal.post(&stage.inbox(), &stage.mal.does("Join", &stage.bad("/join"), &json!(group))).await.status, 202);
    stage.settled().await;
    let starter = stage.hall.post_in(&stage.ada, &stage.open, "CNRYstarter").await;
    let inside = stage.hall.post_in(&stage.ada, &stage.inner, "CNRYinner").await;
    let ada = json!(format!("{}/a/{}", stage.hall.base, stage.ada.actor));
    let uri = format!("{}/p/{starter}", stage.hall.base);
    let theirs = stage.mal.get(&uri).await.value();
    assert_eq!((&theirs["attributedTo"], &theirs["actor"]), (&json!(group), &ada), "{theirs}");
    let others = stage.vic.get(&uri).await.value();
    assert_eq!((&others["attributedTo"], others.get("actor")), (&ada, None), "{others}");
    assert_eq!(stage.mal.get(&format!("{}/p/{inside}", stage.hall.base)).await.status, 404);
}
