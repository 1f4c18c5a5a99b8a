//! Quotes of what is written here, in posts of other servers (FEP-044f).

use crate::stage::Stage;
use domain::zone::Zone;
use kit::poll::{PATIENCE, becomes, eventually};
use kit::{Peer, PeerActor};
use serde_json::{Value, json};

/// A post of `vic` that quotes something, at its place, and the request to do so.
fn quoting(stage: &Stage, path: &str, text: &str, quoted: &str) -> (Value, Value) {
    let mut note = stage.vic.note(&stage.good(path), text);
    note["quote"] = json!(quoted);
    let request = asks(&stage.vic, &stage.good(&format!("{path}/request")), quoted, &note);
    stage.honest.say(path, &note);
    (note, request)
}

fn asks(who: &PeerActor, id: &str, quoted: &str, instrument: &Value) -> Value {
    let mut request = who.does("QuoteRequest", id, &json!(quoted));
    request["instrument"] = instrument.clone();
    request
}

/// What this request was answered with.
async fn answered(peer: &Peer, request: &Value) -> Value {
    let id = request["id"].as_str().unwrap();
    let answer = || async { peer.delivered().into_iter().find(|one| one["object"]["id"] == id) };
    eventually(PATIENCE, answer).await.unwrap_or_else(|| panic!("{id} is not answered"))
}

async fn outcome(stage: &Stage, request: &Value) -> String {
    let sql =
        format!("SELECT outcome FROM inbox_queue WHERE activity_uri = {} AND state = 'done'", request["id"]).replace('"', "'");
    let ended = || async { stage.hall.db.raw().await.rows(&sql).await.first().map(|row| row[0].clone()) };
    eventually(PATIENCE, ended).await.unwrap()
}

async fn notices(stage: &Stage) -> Vec<Value> {
    stage.client().read("/api/v1/notifications?types[]=quote").await.as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_to_quote_a_public_post_may_and_its_author_sees_where() {
    let stage = Stage::new().await;
    let (post, uri) = stage.public_post("hello").await;
    let open = stage.vic.get(&uri).await.value();
    assert_eq!(
        open["interactionPolicy"]["canQuote"]["automaticApproval"],
        json!(["https://www.w3.org/ns/activitystreams#Public"])
    );
    let status = stage.client().read(&format!("/api/v1/statuses/{post}")).await;
    assert_eq!(status["quote_approval"], json!({"automatic": ["public"], "manual": [], "current_user": "denied"}));
    let (note, request) = quoting(&stage, "/q/1", "CNRYquoting", &uri);
    assert_eq!(stage.vic.post(&stage.inbox(), &request).await.status, 202);
    let accept = answered(&stage.honest, &request).await;
    let object =
        json!({"id": request["id"], "type": "QuoteRequest", "actor": stage.vic.uri, "object": uri, "instrument": note["id"]});
    assert_eq!((&accept["type"], &accept["object"], &accept["to"]), (&json!("Accept"), &object, &json!([stage.vic.uri])));
    assert_eq!(accept["actor"], json!(format!("{}/a/{}", stage.hall.base, stage.ada.actor)));

    let approval = accept["result"].as_str().unwrap();
    assert!(approval.starts_with(&format!("{uri}/quotes/")), "{approval}");
    let stamp = stage.vic.get(approval).await.value();
    for (name, value) in [
        ("id", json!(approval)),
        ("type", json!("QuoteAuthorization")),
        ("attributedTo", accept["actor"].clone()),
        ("interactingObject", note["id"].clone()),
        ("interactionTarget", json!(uri)),
    ] {
        assert_eq!(stamp[name], value, "{stamp}");
    }
    // Of another post of ours it approves nothing.
    let (_, other) = stage.public_post("another").await;
    assert_eq!(stage.vic.get(&approval.replace(&uri, &other)).await.status, 404);

    becomes("the author is told", || async { !notices(&stage).await.is_empty() }).await;
    let told = &notices(&stage).await[0];
    assert!(
        told["status"]["content"].as_str().unwrap().contains("CNRYquoting")
            && told["account"]["acct"].as_str().unwrap().starts_with("vic@")
    );
    let page = stage.hall.in_browser(&stage.ada).await.get("/notifications").await.text();
    assert!(page.contains("quoted your post") && page.contains("CNRYquoting"), "{page}");

    // The post itself comes as well, and the request once more under another id: nothing is doubled.
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status, 202);
    let again = asks(&stage.vic, &stage.good("/q/1/again"), &uri, &note["id"]);
    assert_eq!(stage.vic.post(&stage.inbox(), &again).await.status, 202);
    assert_eq!(answered(&stage.honest, &again).await["result"], json!(approval), "the approval is the same");
    stage.settled().await;
    assert_eq!(notices(&stage).await.len(), 1);

    app::posts::delete(&stage.hall.hall, &stage.ada.asks, post).await.unwrap();
    assert_eq!(stage.vic.get(approval).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_quotes_is_told_to_the_author_in_every_name_that_others_have_for_it() {
    let stage = Stage::new().await;
    let (_, uri) = stage.public_post("hello").await;
    for (number, name) in ["quote", "quoteUri", "quoteUrl", "_misskey_quote"].into_iter().enumerate() {
        // Nobody here follows them, and nobody is mentioned.
        let who = stage.honest.actor(&format!("q{number}"), "Person");
        let mut note = who.note(&stage.good(&format!("/m/{number}")), &format!("CNRYby{name}"));
        note[name] = json!(uri);
        assert_eq!(who.post(&stage.inbox(), &who.creates(&note)).await.status, 202);
    }
    becomes("all are told", || async { notices(&stage).await.len() == 4 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_taken_back_and_with_it_the_approval() {
    let stage = Stage::new().await;
    let (_, uri) = stage.public_post("hello").await;
    let mut approvals = Vec::new();
    for path in ["/q/1", "/q/2"] {
        let (_, request) = quoting(&stage, path, "CNRYback", &uri);
        assert_eq!(stage.vic.post(&stage.inbox(), &request).await.status, 202);
        let approval = answered(&stage.honest, &request).await["result"].as_str().unwrap().to_owned();
        assert_eq!(stage.vic.get(&approval).await.status, 200);
        approvals.push((approval, request));
    }
    // By its id alone, and whole.
    let undo = stage.vic.does("Undo", &stage.good("/undo/1"), &approvals[0].1["id"]);
    assert_eq!(stage.vic.post(&stage.inbox(), &undo).await.status, 202);
    becomes("the approval is gone", || async { stage.vic.get(&approvals[0].0).await.status == 404 }).await;
    assert_eq!(stage.vic.get(&approvals[1].0).await.status, 200, "the other is not");
    let foreign = stage.mal.does("Undo", &stage.bad("/undo/2"), &approvals[1].1);
    assert_eq!(stage.mal.post(&stage.inbox(), &foreign).await.status, 202);
    stage.settled().await;
    assert_eq!(stage.vic.get(&approvals[1].0).await.status, 200, "nobody else takes it back");
    let undo = stage.vic.does("Undo", &stage.good("/undo/3"), &approvals[1].1["id"]);
    assert_eq!(stage.vic.post(&stage.inbox(), &undo).await.status, 202);
    becomes("the approval is gone", || async { stage.vic.get(&approvals[1].0).await.status == 404 }).await;
    // Whole, and before the request.
    let (_, request) = quoting(&stage, "/q/3", "CNRYback", &uri);
    let undo = stage.vic.does("Undo", &stage.good("/undo/4"), &request);
    assert_eq!(stage.vic.post(&stage.inbox(), &undo).await.status, 202);
    stage.settled().await;
    assert_eq!(stage.vic.post(&stage.inbox(), &request).await.status, 202);
    assert_eq!(outcome(&stage, &request).await, "dropped: undone_before_it_came");
    assert_eq!(stage.hall.db.raw().await.number("SELECT COUNT(*) FROM quotes").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_request_only_ids_are_kept_and_what_nobody_here_reads_is_not() {
    let stage = Stage::new().await;
    let (_, uri) = stage.public_post("hello").await;
    let (mut note, _) = quoting(&stage, "/q/1", "CNRYprivate", &uri);
    (note["to"], note["cc"]) = (json!([format!("{}/followers", stage.vic.uri)]), json!([]));
    note["x"] = json!("CNRYlong".repeat(10_000));
    let request = asks(&stage.mal, &stage.bad("/request/1"), &uri, &{
        let mut mine = note.clone();
        (mine["id"], mine["attributedTo"]) = (json!(stage.bad("/q/1")), json!(stage.mal.uri));
        mine["to"] = json!([format!("{}/followers", stage.mal.uri)]);
        mine
    });
    assert_eq!(stage.mal.post(&stage.inbox(), &request).await.status, 202);
    assert_eq!(answered(&stage.hostile, &request).await["type"], "Accept");
    stage.settled().await;
    let held = stage.hall.db.raw().await.every_text().await;
    let words = held.iter().filter(|(_, text)| text.contains("CNRYprivate") || text.contains("CNRYlong"));
    let places: Vec<&str> = words.map(|(place, _)| place.as_str()).collect();
    assert!(places.iter().all(|place| place.starts_with("inbox_queue")), "{places:?}");
    assert!(notices(&stage).await.is_empty(), "what she cannot read is not shown to her");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_blocked_asks_in_vain_and_a_boost_is_nothing_to_quote() {
    let stage = Stage::new().await;
    let (post, uri) = stage.public_post("hello").await;
    let ben = stage.hall.person("ben").await;
    app::posts::boost(&stage.hall.hall, &ben.asks, post).await.unwrap();
    let boost = format!("SELECT uri FROM posts WHERE boost_of = {post} AND actor_id = {}", ben.actor);
    let boost = stage.hall.db.raw().await.rows(&boost).await.concat().remove(0);
    let (note, request) = quoting(&stage, "/q/1", "CNRYboost", &boost);
    assert_eq!(stage.vic.post(&stage.inbox(), &request).await.status, 202);
    assert_eq!(outcome(&stage, &request).await, "dropped: nobody_here_asked_for_it");
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status, 202);
    stage.settled().await;
    let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'quote'";
    assert_eq!(stage.hall.db.raw().await.number(told).await, 0);

    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    let block = format!("INSERT INTO blocks (actor_id, target_id, created_at) VALUES ({}, {vic}, 1)", stage.ada.actor);
    stage.hall.db.raw().await.run(&block).await;
    let (note, request) = quoting(&stage, "/q/2", "CNRYblocked", &uri);
    assert_eq!(stage.vic.post(&stage.inbox(), &request).await.status, 202);
    assert_eq!(outcome(&stage, &request).await, "dropped: nobody_here_asked_for_it");
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status, 202);
    stage.settled().await;
    assert_eq!(stage.hall.db.raw().await.number(told).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_for_a_room_here_that_quotes_enters_it_by_its_own_create_and_is_passed_on_once() {
    let stage = Stage::new().await;
    let (_, uri) = stage.public_post("hello").await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    for (peer, who, path) in [(&stage.honest, &stage.vic, "/join/1"), (&stage.hostile, &stage.mal, "/join/2")] {
        let join = who.does("Join", &peer.at(path), &json!(group));
        assert_eq!(who.post(&stage.inbox(), &join).await.status, 202);
    }
    stage.settled().await;
    let (mut note, _) = quoting(&stage, "/q/1", "CNRYroom", &uri);
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    let request = asks(&stage.vic, &stage.good("/request/1"), &uri, &note);
    assert_eq!(stage.vic.post(&stage.inbox(), &request).await.status, 202);
    assert_eq!(answered(&stage.honest, &request).await["type"], "Accept");
    let mut create = stage.vic.creates(&note);
    create["audience"] = json!(group);
    assert_eq!(stage.vic.post(&stage.inbox(), &create).await.status, 202);
    let passed_on = || {
        let all = stage.hostile.delivered();
        all.iter().filter(|one| one["type"] == "Announce" && one["object"]["id"] == create["id"]).count()
    };
    becomes("others get it", async || passed_on() == 1).await;
    becomes("and the author is told", || async { notices(&stage).await.len() == 1 }).await;
    assert!(stage.hall.anonymous().get("/@gardens").await.text().contains("CNRYroom"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_asks_for_something_else_or_for_what_is_hidden_gets_nothing() {
    let stage = Stage::new().await;
    let (_, uri) = stage.public_post("hello").await;
    let (_, other) = stage.public_post("another").await;
    let hidden = format!("{}/p/{}", stage.hall.base, stage.inside);
    let never = format!("{}/p/117000000000000007", stage.hall.base);
    let mine = |path: &str, quoted: &str| {
        let mut note = stage.mal.note(&stage.bad(path), "CNRYbad");
        note["quote"] = json!(quoted);
        note
    };
    let mut theirs = stage.vic.note(&stage.good("/q/theirs"), "CNRYbad");
    theirs["quote"] = json!(uri);
    let mut neighbours = stage.neighbour.note(&stage.bad("/q/n"), "CNRYbad");
    neighbours["quote"] = json!(uri);
    for (number, (quoted, instrument, why)) in [
        (&uri, theirs.clone(), "object_foreign"),
        (&uri, theirs["id"].clone(), "object_foreign"),
        (&uri, neighbours, "not_the_author"),
        (&uri, mine("/q/2", &other), "quotes_something_else"),
        (&uri, stage.mal.note(&stage.bad("/q/3"), "CNRYbad"), "quotes_something_else"),
        (&uri, Value::Null, "object_missing"),
        (&uri, json!([]), "object_missing"),
        (&uri, json!({"type": "Note"}), "object_missing"),
        (&hidden, mine("/q/5", &hidden), "nobody_here_asked_for_it"),
        (&never, mine("/q/6", &never), "nobody_here_asked_for_it"),
        (&theirs["id"].as_str().unwrap().to_owned(), mine("/q/7", "https://x.test/1"), "nobody_here_asked_for_it"),
    ]
    .into_iter()
    .enumerate()
    {
        let request = asks(&stage.mal, &stage.bad(&format!("/request/{number}")), quoted, &instrument);
        assert_eq!(stage.mal.post(&stage.inbox(), &request).await.status, 202);
        assert_eq!(outcome(&stage, &request).await, format!("dropped: {why}"), "{request}");
    }
    // A post that quotes what its author may not see is nobody's business here.
    let note = mine("/q/8", &hidden);
    stage.in_vain(&stage.mal, &stage.mal.creates(&note)).await;
    assert!(stage.hostile.delivered().is_empty(), "{:?}", stage.hostile.delivered());
    let kept = "SELECT (SELECT COUNT(*) FROM quotes) + (SELECT COUNT(*) FROM notifications WHERE kind = 'quote')";
    assert_eq!(stage.hall.db.raw().await.number(kept).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_partner_community_nothing_is_quoted_elsewhere() {
    let stage = Stage::new().await;
    let shared = stage.hall.community(&stage.ada, "bridge", Zone::Partner, &[&stage.honest.host]).await;
    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    stage.hall.member(&shared, vic).await;
    let post = stage.hall.post_in(&stage.ada, &shared, "CNRYshared").await;
    let uri = format!("{}/p/{post}", stage.hall.base);
    let seen = stage.vic.get(&uri).await.value();
    assert_eq!(seen["interactionPolicy"]["canQuote"]["automaticApproval"], json!([seen["attributedTo"]]), "{seen}");
    let (_, request) = quoting(&stage, "/q/1", "CNRYout", &uri);
    assert_eq!(stage.vic.post(&stage.inbox(), &request).await.status, 202);
    let reject = answered(&stage.honest, &request).await;
    assert!(reject["type"] == "Reject" && reject.get("result").is_none(), "{reject}");
    assert_eq!(outcome(&stage, &request).await, "quote refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c137_who_quotes_without_end_is_heard_no_more_than_anybody() {
    let stage = Stage::new().await;
    let (_, uri) = stage.public_post("hello").await;
    for number in 0..store::flood::FROM_ONE + 5 {
        let mut note = stage.mal.note(&stage.bad(&format!("/q/{number}")), "CNRYagain");
        note["quote"] = json!(uri);
        assert_eq!(stage.mal.post(&stage.inbox(), &stage.mal.creates(&note)).await.status, 202);
    }
    stage.settled().await;
    let told = "SELECT COUNT(*) FROM notifications WHERE kind = 'quote'";
    assert_eq!(stage.hall.db.raw().await.number(told).await, store::flood::FROM_ONE);
}
