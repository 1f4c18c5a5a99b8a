//! What whoever runs a hall does about other hosts: look how they stand, try again, send again.

use crate::stage::Stage;
use app::federated::operation::{self, HostStatus, State};
use domain::id::PostId;
use kit::poll::becomes;
use kit::{Peer, PeerActor};
use serde_json::{Value, json};

/// A member elsewhere of the open community, whose host may go away.
async fn member(stage: &Stage) -> (Peer, PeerActor) {
    let peer = Peer::start().await;
    let pat = peer.actor("pat", "Person");
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    assert_eq!(pat.post(&stage.inbox(), &pat.does("Join", &peer.at("/join/1"), &json!(group))).await.status, 202);
    becomes("the member is in", || async { peer.delivered().iter().any(|one| one["type"] == "Accept") }).await;
    (peer, pat)
}

fn away(peer: &Peer) {
    peer.answer("/inbox", 503, "text/plain", Vec::new());
}

fn back(peer: &Peer) {
    peer.answer("/inbox", 202, "text/plain", Vec::new());
}

async fn health(at: &Stage, host: &str) -> HostStatus {
    let all = operation::status(&at.hall.hall).await.unwrap();
    all.into_iter().find(|one| one.host == host).unwrap()
}

/// How many deliveries to a host are in this state.
async fn count(stage: &Stage, host: &str, how: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM deliveries WHERE host = '{host}' AND state = '{how}'");
    stage.hall.db.raw().await.number(&sql).await
}

/// Everything that follows is written down, and waits for the host that is away.
async fn waits(stage: &Stage, host: &str, at_least: i64) {
    stage.settled().await;
    becomes("it waits", || async { count(stage, host, "waiting").await >= at_least }).await;
}

/// As two weeks later.
async fn given_up(stage: &Stage, host: &str) {
    becomes("it was tried", || async { health(stage, host).await.state == State::Broken }).await;
    let gives_up = format!("UPDATE deliveries SET state = 'given up' WHERE host = '{host}' AND state = 'waiting'");
    stage.hall.db.raw().await.run(&gives_up).await;
    stage.hall.db.raw().await.run(&format!("UPDATE instances SET due_at = NULL WHERE host = '{host}'")).await;
}

/// The activities of a kind that came about this post, plain or announced, counted from this one on, whatever the host answered.
fn came(peer: &Peer, from: usize, kind: &str, uri: &str) -> usize {
    let about = |activity: &Value| {
        let inner = &activity["object"];
        let object = if inner["object"].is_object() || inner["object"].is_string() { &inner["object"] } else { inner };
        let it = object == uri || object["id"] == uri;
        it && (inner["type"] == kind || activity["type"] == kind)
    };
    peer.delivered().iter().skip(from).filter(|activity| about(activity)).count()
}

fn uri(stage: &Stage, post: PostId) -> String {
    format!("{}/p/{post}", stage.hall.base)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_host_does_not_want_is_counted_with_its_own_words() {
    let stage = Stage::new().await;
    let (peer, _) = member(&stage).await;
    let words = format!("{{\"error\":\n  \"not\u{1b}[31m like this\"}}{}", "x".repeat(5_000));
    peer.answer("/inbox", 400, "application/json", words.into_bytes());
    stage.hall.post_in(&stage.ada, &stage.open, "CNRYunwanted").await;
    becomes("both are refused", || async { health(&stage, &peer.host).await.refused == 2 }).await;
    let status = health(&stage, &peer.host).await;
    assert_eq!((status.state, status.waiting, status.given_up), (State::Well, 0, 0), "it answered: it is well");
    let said = status.last_refusal.unwrap();
    assert!(said.starts_with("status 400: {\"error\": \"not [31m like this\"}xxx"), "{said}");
    assert!(said.chars().count() < 220, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_back_gets_at_once_what_waits_when_it_is_retried() {
    let stage = Stage::new().await;
    let (peer, _) = member(&stage).await;
    away(&peer);
    let post = stage.hall.post_in(&stage.ada, &stage.open, "CNRYmissed").await;
    waits(&stage, &peer.host, 2).await;
    becomes("it is broken", || async { health(&stage, &peer.host).await.state == State::Broken }).await;
    let troubled = health(&stage, &peer.host).await;
    assert!(troubled.failures > 0 && troubled.last_success.is_some() && troubled.last_failure.is_some(), "{troubled:?}");
    assert_eq!((troubled.waiting, troubled.last_error.as_deref()), (2, Some("status 503")));
    // So long that nothing but the command makes it come.
    let later = "UPDATE instances SET due_at = due_at + 86400000, open_until = open_until + 86400000 WHERE failures > 0";
    stage.hall.db.raw().await.run(later).await;
    back(&peer);
    let before = peer.delivered().len();
    assert_eq!(operation::retry_host(&stage.hall.hall, "nobody.test").await.unwrap(), None);
    assert_eq!(operation::retry_host(&stage.hall.hall, &peer.host).await.unwrap(), Some(2));
    becomes("it comes", || async { count(&stage, &peer.host, "waiting").await == 0 }).await;
    assert!(came(&peer, before, "Create", &uri(&stage, post)) == 1);
    let well = health(&stage, &peer.host).await;
    assert_eq!((well.state, well.waiting, well.failures, well.lag_ms), (State::Well, 0, 0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_delivery_is_retried_by_its_number_whatever_became_of_it() {
    let stage = Stage::new().await;
    let (peer, _) = member(&stage).await;
    peer.answer("/inbox", 403, "text/plain", Vec::new());
    stage.hall.post_in(&stage.ada, &stage.open, "CNRYrefused").await;
    becomes("both are refused", || async { count(&stage, &peer.host, "refused").await == 2 }).await;
    back(&peer);
    let number = format!("SELECT MIN(id) FROM deliveries WHERE host = '{}'", peer.host);
    let number = stage.hall.db.raw().await.number(&number).await;
    assert!(operation::retry_delivery(&stage.hall.hall, number).await.unwrap());
    assert!(!operation::retry_delivery(&stage.hall.hall, i64::MAX).await.unwrap());
    becomes("that one came", || async { count(&stage, &peer.host, "refused").await == 1 }).await;
    becomes("and is done", || async { count(&stage, &peer.host, "waiting").await == 0 }).await;
    assert!(came(&peer, 0, "Create", "nothing") == 0);
}

/// Two posts from before, one of them deleted while the host was away, and two from then, one of them deleted again.
struct Missed {
    kept: PostId,
    deleted: PostId,
    new: PostId,
    fleeting: PostId,
}

async fn missed(stage: &Stage, peer: &Peer) -> Missed {
    let say = |text: &'static str| stage.hall.post_in(&stage.ada, &stage.open, text);
    let (kept, deleted) = (say("CNRYkept").await, say("CNRYdeleted").await);
    for post in [kept, deleted] {
        becomes("it came", || async { came(peer, 0, "Create", &uri(stage, post)) == 1 }).await;
    }
    stage.settled().await;
    becomes("all came", || async { count(stage, &peer.host, "waiting").await == 0 }).await;
    away(peer);
    let (new, fleeting) = (say("CNRYnew").await, say("CNRYfleeting").await);
    stage.settled().await;
    for post in [deleted, fleeting] {
        app::posts::delete(&stage.hall.hall, &stage.ada.asks, post).await.unwrap();
    }
    waits(stage, &peer.host, 8).await;
    given_up(stage, &peer.host).await;
    back(peer);
    Missed { kept, deleted, new, fleeting }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_was_away_too_long_is_sent_what_stands_and_what_was_deleted_ends_deleted_there() {
    let stage = Stage::new().await;
    let (peer, _) = member(&stage).await;
    let missed = missed(&stage, &peer).await;
    let status = health(&stage, &peer.host).await;
    assert!(status.given_up >= 8 && status.waiting == 0, "{status:?}");
    let before = peer.delivered().len();
    // However short the time that is asked for: what was given up is older than that.
    let queued = operation::resync_host(&stage.hall.hall, &peer.host, 1).await.unwrap().unwrap();
    assert!(queued >= 6, "{queued}");
    becomes("all came", || async { count(&stage, &peer.host, "waiting").await == 0 }).await;
    let again = |kind: &str, post: PostId| came(&peer, before, kind, &uri(&stage, post));
    assert_eq!((again("Create", missed.new), again("Delete", missed.new)), (1, 0));
    assert_eq!((again("Create", missed.kept), again("Delete", missed.kept)), (1, 0), "it is of these days");
    for gone in [missed.deleted, missed.fleeting] {
        assert_eq!(again("Create", gone), 0, "what is deleted is not said again");
        assert_eq!(again("Delete", gone), 2, "that it is deleted is, by the community and by its author");
    }
    let ids: Vec<String> = peer.delivered()[before..].iter().map(|one| one["id"].to_string()).collect();
    let first: Vec<String> = peer.delivered()[..before].iter().map(|one| one["id"].to_string()).collect();
    assert!(
        ids.iter().all(|id| first.contains(id) || id.contains("delete") || id.contains("undo") || id.contains("announce")),
        "{ids:?}"
    );
    let status = health(&stage, &peer.host).await;
    assert_eq!((status.state, status.given_up), (State::Well, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_while_a_host_is_away_is_never_sent_there_and_its_text_is_kept_nowhere() {
    let stage = Stage::new().await;
    let (peer, _) = member(&stage).await;
    let before = stage.hall.post_in(&stage.ada, &stage.open, "before").await;
    becomes("it came", || async { came(&peer, 0, "Create", &uri(&stage, before)) == 1 }).await;
    away(&peer);
    let post = stage.hall.post_in(&stage.ada, &stage.open, "first WREN").await;
    let edit = json!({ "status": "second WREN" });
    assert_eq!(stage.client().json(http::Method::PUT, &format!("/api/v1/statuses/{post}"), &edit).await.status, 200);
    stage.settled().await;
    waits(&stage, &peer.host, 3).await;
    app::posts::delete(&stage.hall.hall, &stage.ada.asks, post).await.unwrap();
    stage.settled().await;
    for (place, text) in stage.hall.db.raw().await.every_text().await {
        assert!(!text.contains("WREN"), "a deleted text stands in {place}: {text}");
    }
    // What was tried in vain while the host was away is no matter here.
    let tried = peer.delivered().len();
    back(&peer);
    operation::retry_host(&stage.hall.hall, &peer.host).await.unwrap();
    // From the community, and from its author for whoever does not hear communities.
    becomes("its end came", || async { came(&peer, tried, "Delete", &uri(&stage, post)) == 2 }).await;
    becomes("nothing waits", || async { count(&stage, &peer.host, "waiting").await == 0 }).await;
    assert_eq!(came(&peer, tried, "Create", &uri(&stage, post)), 0);
    assert!(peer.delivered()[tried..].iter().all(|one| !one.to_string().contains("WREN")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_deleted_and_comes_back_is_announced_again_and_its_emptied_activities_are_nowhere() {
    let stage = Stage::new().await;
    let (peer, pat) = member(&stage).await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let mut note = pat.note(&peer.at("/notes/1"), "WREN");
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    peer.say("/notes/1", &note);
    let mut create = pat.creates(&note);
    create["audience"] = json!(group);
    assert_eq!(pat.post(&stage.inbox(), &create).await.status, 202);
    let reader = kit::Client::new(&stage.hall.base).with("accept", "application/activity+json");
    let outbox = async || {
        let first = reader.read(&format!("{group}/outbox")).await["first"].as_str().unwrap().to_owned();
        reader.read(&first).await["orderedItems"].as_array().unwrap().clone()
    };
    let id = note["id"].as_str().unwrap();
    let shown = async || outbox().await.into_iter().filter(|item| item.to_string().contains(id)).collect::<Vec<Value>>();
    becomes("it is announced", async || shown().await.len() == 1).await;
    let full = shown().await.into_iter().find(|item| item.to_string().contains("WREN")).unwrap();
    let delete = pat.does("Delete", &peer.at("/notes/1#delete"), &json!(id));
    assert_eq!(pat.post(&stage.inbox(), &delete).await.status, 202);
    becomes("it is gone", async || shown().await.is_empty()).await;
    assert_eq!(pat.post(&stage.inbox(), &pat.does("Undo", &peer.at("/undo/1"), &delete)).await.status, 202);
    becomes("it is announced again, by its id", async || shown().await.iter().any(|item| item["object"] == id)).await;
    let again = shown().await;
    assert!(again.iter().all(|item| !item.to_string().contains("Tombstone") && item["id"] != full["id"]), "{again:?}");
    assert_eq!(reader.get(full["id"].as_str().unwrap()).await.status, 404, "an emptied activity is nowhere");
    let undone = |one: &Value| one["type"] == "Announce" && one["object"]["type"] == "Undo" && one["object"]["object"] == delete;
    becomes("the members' servers are told", async || peer.delivered().iter().any(undone)).await;
    let plain = |one: &&Value| one["type"] == "Announce" && one["object"] == id;
    becomes("and get its announcement again", async || peer.delivered().iter().filter(plain).count() == 2).await;
    let in_home = async || stage.client().read("/api/v1/timelines/home").await.to_string().contains("WREN");
    becomes("it is in a member's Home again", in_home).await;
    // Deleted once more, it is another deletion.
    let last = pat.does("Delete", &peer.at("/notes/1#delete-2"), &json!(id));
    assert_eq!(pat.post(&stage.inbox(), &last).await.status, 202);
    let told = || peer.delivered().into_iter().filter(|one| one["object"]["type"] == "Delete").map(|one| one["id"].clone());
    becomes("the second deletion is told", async || told().count() == 2).await;
    assert_ne!(told().next(), told().next_back(), "and has an id of its own");
    becomes("it is gone again", async || shown().await.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_that_a_host_was_never_sent_is_sent_to_it_if_it_has_the_post() {
    let stage = Stage::new().await;
    let (peer, pat) = member(&stage).await;
    let post = stage.hall.post_in(&stage.ada, &stage.open, "CNRYkept").await;
    becomes("it came", || async { came(&peer, 0, "Create", &uri(&stage, post)) == 1 }).await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    assert_eq!(pat.post(&stage.inbox(), &pat.does("Leave", &peer.at("/leave/1"), &json!(group))).await.status, 202);
    stage.settled().await;
    becomes("all came", || async { count(&stage, &peer.host, "waiting").await == 0 }).await;
    away(&peer);
    app::posts::delete(&stage.hall.hall, &stage.ada.asks, post).await.unwrap();
    stage.settled().await;
    // It was lost, whatever the reason.
    stage.hall.db.raw().await.run(&format!("DELETE FROM deliveries WHERE host = '{}'", peer.host)).await;
    back(&peer);
    let before = peer.delivered().len();
    operation::resync_host(&stage.hall.hall, &peer.host, 14).await.unwrap().unwrap();
    becomes("its deletion came", || async { came(&peer, before, "Delete", &uri(&stage, post)) == 1 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_is_sent_again_to_whoever_is_in_it_now() {
    let stage = Stage::new().await;
    let (peer, _) = member(&stage).await;
    let missed = missed(&stage, &peer).await;
    let (late, _) = member(&stage).await;
    let before = (peer.delivered().len(), late.delivered().len());
    operation::resync_community(&stage.hall.hall, "gardens", 14).await.unwrap().unwrap();
    assert_eq!(operation::resync_community(&stage.hall.hall, "unheard", 14).await.unwrap(), None);
    for (peer, before) in [(&peer, before.0), (&late, before.1)] {
        becomes("all came", || async { count(&stage, &peer.host, "waiting").await == 0 }).await;
        for (post, kind, times) in [
            (missed.kept, "Create", 1),
            (missed.new, "Create", 1),
            (missed.deleted, "Create", 0),
            (missed.fleeting, "Create", 0),
            (missed.deleted, "Delete", 1),
            (missed.fleeting, "Delete", 1),
            (missed.kept, "Delete", 0),
        ] {
            assert_eq!(came(peer, before, kind, &uri(&stage, post)), times, "{kind} {}", uri(&stage, post));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_host_is_neither_retried_nor_sent_anything_again() {
    let stage = Stage::new().await;
    let (peer, _) = member(&stage).await;
    stage.hall.db.raw().await.run(&format!("UPDATE instances SET blocked = TRUE WHERE host = '{}'", peer.host)).await;
    for refused in [
        operation::retry_host(&stage.hall.hall, &peer.host).await.unwrap_err(),
        operation::resync_host(&stage.hall.hall, &peer.host, 14).await.unwrap_err(),
    ] {
        assert_eq!(refused.code, "blocked");
    }
    assert_eq!(health(&stage, &peer.host).await.state, State::Blocked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_a_post_is_gone_is_told_wherever_it_was_sent_also_to_who_has_left_since() {
    let stage = Stage::new().await;
    let (peer, pat) = member(&stage).await;
    let ben = stage.hall.person("ben").await;
    stage.hall.member(&stage.open, ben.actor).await;
    let (group, bens) = (format!("{}/a/{}", stage.hall.base, stage.open.actor), format!("{}/a/{}", stage.hall.base, ben.actor));
    // Somebody follows the author, and is in no community.
    stage.hall.post(&ben, "hello", domain::audience::Visibility::Public).await;
    let far = Peer::start().await;
    let quin = far.actor("quin", "Person");
    let follow = quin.does("Follow", &far.at("/follow/1"), &json!(bens));
    assert_eq!(quin.post(&stage.inbox(), &follow).await.status, 202);
    becomes("the follow", async || far.delivered().iter().any(|one| one["type"] == "Accept")).await;
    let post = stage.hall.post_in(&ben, &stage.open, "WREN").await;
    let uri = format!("{}/p/{post}", stage.hall.base);
    becomes("both have it", async || came(&peer, 0, "Create", &uri) > 0 && came(&far, 0, "Create", &uri) > 0).await;
    let leave = pat.does("Leave", &peer.at("/leave/1"), &json!(group));
    assert_eq!(pat.post(&stage.inbox(), &leave).await.status, 202);
    assert_eq!(quin.post(&stage.inbox(), &quin.does("Undo", &far.at("/undo/1"), &follow)).await.status, 202);
    stage.settled().await;
    app::posts::delete(&stage.hall.hall, &stage.ada.asks, post).await.unwrap();
    becomes("who was a member is told", async || came(&peer, 0, "Delete", &uri) > 0).await;
    let by_author = |one: &Value| one["type"] == "Delete" && one["actor"] == bens && one["object"] == uri;
    becomes("who followed the author is told by the author", async || far.delivered().iter().any(by_author)).await;
}
