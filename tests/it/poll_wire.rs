//! Polls and votes as other servers send and get them.

use crate::stage::Stage;
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::id::PostId;
use domain::membership::{MembershipState, Role};
use domain::poll::PollDraft;
use domain::time::DAY;
use kit::poll::{PATIENCE, becomes};
use kit::{PeerActor, eventually};
use serde_json::{Value, json};

impl Stage {
    async fn poll(&self, multiple: bool) -> (PostId, String) {
        let poll = Some(PollDraft::new(["red", "green", "blue"], multiple, false, DAY));
        let draft = Draft { poll, ..Draft::new("Which colour?", Visibility::Public) };
        let post = self.hall.publish(&self.ada, draft).await.unwrap();
        (post, format!("{}/p/{post}", self.hall.base))
    }

    /// Delivers something and waits until it has been looked at; gives what came of it.
    async fn sent(&self, actor: &PeerActor, activity: &Value) -> String {
        assert_eq!(actor.post(&self.inbox(), activity).await.status, 202);
        let sql = format!(
            "SELECT outcome FROM inbox_queue WHERE activity_uri || ' ' LIKE '{} %' AND state <> 'waiting' ORDER BY id",
            activity["id"].as_str().unwrap()
        );
        let outcome = eventually(PATIENCE, || async { self.hall.db.raw().await.rows(&sql).await.pop() });
        outcome.await.unwrap().remove(0)
    }

    async fn count(&self, post: PostId) -> Value {
        let poll = self.client().read(&format!("/api/v1/polls/{post}")).await;
        let numbers = poll["options"].as_array().unwrap().iter().map(|option| option["votes_count"].clone());
        json!([numbers.collect::<Vec<_>>(), poll["voters_count"]])
    }

    async fn number(&self, sql: &str) -> i64 {
        self.hall.db.raw().await.number(sql).await
    }
}

/// A vote as microblogs send it.
fn vote(actor: &PeerActor, id: &str, question: &str, choice: &str) -> Value {
    let note = json!({
        "id": format!("{}#votes/{id}", actor.uri), "type": "Note", "attributedTo": actor.uri, "name": choice,
        "inReplyTo": question, "to": "https://s.test/a/1",
    });
    actor.does("Create", &format!("{}#votes/{id}/activity", actor.uri), &note)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_from_elsewhere_counts_once_and_is_never_a_comment() {
    let stage = Stage::new().await;
    let (one, question) = stage.poll(false).await;
    assert_eq!(stage.sent(&stage.vic, &vote(&stage.vic, "1", &question, "green")).await, "voted");
    assert_eq!(stage.sent(&stage.vic, &vote(&stage.vic, "2", &question, "green")).await, "voted before");
    assert_eq!(stage.sent(&stage.vic, &vote(&stage.vic, "3", &question, "blue")).await, "voted before");
    assert_eq!(stage.sent(&stage.neighbour, &vote(&stage.neighbour, "4", &question, "purple")).await, "dropped: choice_unknown");
    assert_eq!(stage.count(one).await, json!([[0, 1, 0], 1]));

    let (several, question) = stage.poll(true).await;
    for (id, choice, outcome) in [("5", "red", "voted"), ("6", "blue", "voted"), ("7", "blue", "voted before")] {
        assert_eq!(stage.sent(&stage.vic, &vote(&stage.vic, id, &question, choice)).await, outcome);
    }
    let mut chatty = vote(&stage.neighbour, "8", &question, "red");
    chatty["object"]["content"] = json!("<p>red</p>");
    assert_eq!(stage.sent(&stage.neighbour, &chatty).await, "voted", "also with a text, if its name is a choice");
    assert_eq!(stage.count(several).await, json!([[2, 0, 1], 2]));

    stage.hall.db.raw().await.run("UPDATE polls SET ends_at = 1").await;
    assert_eq!(stage.sent(&stage.mal, &vote(&stage.mal, "9", &question, "red")).await, "dropped: poll_ended");
    assert_eq!(stage.number("SELECT COUNT(*) FROM poll_votes").await, 4);
    assert_eq!(stage.number("SELECT COUNT(*) FROM posts WHERE local = FALSE").await, 0, "no comment has come of it");
    assert_eq!(stage.number("SELECT COUNT(*) FROM posts WHERE replies_count > 0").await, 0);
    assert_eq!(stage.number("SELECT COUNT(*) FROM notifications WHERE kind = 'mention'").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_votes_for_somebody_else_or_where_they_may_not() {
    let stage = Stage::new().await;
    let (post, question) = stage.poll(false).await;
    let mut stolen = vote(&stage.mal, "1", &question, "red");
    stolen["object"]["attributedTo"] = json!(stage.vic.uri);
    stage.in_vain(&stage.mal, &stolen).await;
    let mut neighbours = vote(&stage.mal, "2", &question, "red");
    neighbours["object"]["attributedTo"] = json!(stage.neighbour.uri);
    assert_eq!(stage.sent(&stage.mal, &neighbours).await, "dropped: not_the_author");
    let draft = |community| Draft {
        community: Some(community),
        poll: Some(PollDraft::new(["red", "green"], false, false, DAY)),
        ..Draft::new("Which?", Visibility::Public)
    };
    let inside = stage.hall.publish(&stage.ada, draft(stage.inner.id)).await.unwrap();
    let open = stage.hall.publish(&stage.ada, draft(stage.open.id)).await.unwrap();
    let at = |post: PostId| format!("{}/p/{post}", stage.hall.base);
    assert_eq!(stage.sent(&stage.vic, &vote(&stage.vic, "3", &at(inside), "red")).await, "dropped: not_found");
    assert_eq!(stage.sent(&stage.vic, &vote(&stage.vic, "4", &at(open), "red")).await, "dropped: not_a_member");
    let nothing = stage.hall.post(&stage.ada, "no poll", Visibility::Public).await;
    assert_eq!(stage.sent(&stage.vic, &vote(&stage.vic, "5", &at(nothing), "red")).await, "dropped: poll_vote");
    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    // Mastodon, Lemmy and most others can only follow.
    stage.hall.put(&stage.open, vic, Role::Observer, MembershipState::Active).await;
    assert_eq!(stage.sent(&stage.vic, &vote(&stage.vic, "6", &at(open), "red")).await, "voted");
    stage.hall.put(&stage.inner, vic, Role::Observer, MembershipState::Active).await;
    assert_eq!(stage.sent(&stage.vic, &vote(&stage.vic, "7", &at(inside), "red")).await, "dropped: not_found");
    assert_eq!(stage.count(post).await, json!([[0, 0, 0], 0]));
    assert_eq!(stage.count(open).await, json!([[1, 0], 1]));
    assert_eq!(stage.count(inside).await, json!([[0, 0], 0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_votes_are_answered_with_one_count() {
    let stage = Stage::new().await;
    let (post, question) = stage.poll(false).await;
    for actor in [&stage.vic, &stage.mal, &stage.neighbour] {
        assert_eq!(stage.sent(actor, &vote(actor, "1", &question, "green")).await, "voted");
    }
    let counts = |peer: &kit::Peer| {
        let all = peer.delivered().into_iter().filter(|activity| activity["type"] == "Update");
        all.filter(|update| update["object"]["id"] == question.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(stage.number("SELECT COUNT(*) FROM polls WHERE due_at < ends_at").await, 1, "the count waits for more votes");
    assert!(counts(&stage.honest).is_empty());
    stage.hall.db.raw().await.run("UPDATE polls SET due_at = 1").await;
    for peer in [&stage.honest, &stage.hostile] {
        becomes("the count at whoever voted", || async { !counts(peer).is_empty() }).await;
    }
    stage.settled().await;
    becomes("everything is delivered", || async { stage.number("SELECT COUNT(*) FROM deliveries").await == 0 }).await;
    assert_eq!(counts(&stage.hostile).len(), 1, "two people there, one inbox, one count");
    let update = counts(&stage.honest).remove(0);
    let object = &update["object"];
    assert_eq!((&object["type"], &object["votersCount"]), (&json!("Question"), &json!(3)), "{object}");
    assert_eq!(object["oneOf"][1], json!({"type": "Note", "name": "green", "replies": {"type": "Collection", "totalItems": 3}}));
    assert!(object.get("updated").is_none() && object.get("closed").is_none(), "nothing was changed, and it goes on: {object}");

    stage.hall.db.raw().await.run("UPDATE polls SET ends_at = 1, due_at = 1").await;
    becomes("the final count", || async { counts(&stage.honest).iter().any(|update| update["object"]["closed"].is_string()) })
        .await;
    let told = format!("SELECT COUNT(*) FROM notifications WHERE kind = 'poll' AND post_id = {post}");
    becomes("the author is told", || async { stage.number(&told).await == 1 }).await;
}

/// A poll of `vic`.
fn asks(stage: &Stage, path: &str, choices: &[(&str, u64)]) -> Value {
    let mut question = stage.vic.note(&stage.good(path), "Which?");
    let choice = |(name, votes): &(&str, u64)| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}});
    question["type"] = json!("Question");
    question["oneOf"] = json!(choices.iter().map(choice).collect::<Vec<_>>());
    question["endTime"] = json!("2100-01-01T00:00:00Z");
    question["votersCount"] = json!(choices.iter().map(|(_, votes)| votes).sum::<u64>());
    question
}

async fn known(stage: &Stage, uri: &str) -> PostId {
    store::posts::id_by_uri(stage.hall.store.read(), uri).await.unwrap().unwrap().id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_from_elsewhere_is_kept_and_its_count_follows_its_own_hall() {
    let stage = Stage::new().await;
    let uri = stage.good("/q/1");
    let question = asks(&stage, "/q/1", &[("red", 1), ("green", 0)]);
    assert_eq!(stage.sent(&stage.vic, &stage.vic.creates(&question)).await, "created");
    let post = known(&stage, &uri).await;
    assert_eq!(stage.count(post).await, json!([[1, 0], 1]));
    let update = |id: &str, published: &str, object: &Value| {
        let mut update = stage.vic.does("Update", &stage.good(id), object);
        update["published"] = json!(published);
        update
    };
    let more = asks(&stage, "/q/1", &[("red", 1), ("green", 5)]);
    assert_eq!(stage.sent(&stage.vic, &update("/u/1", "2026-02-02T00:00:00Z", &more)).await, "updated");
    assert_eq!(stage.count(post).await, json!([[1, 5], 6]));
    let late = asks(&stage, "/q/1", &[("red", 1), ("green", 2)]);
    stage.sent(&stage.vic, &update("/u/2", "2026-02-01T00:00:00Z", &late)).await;
    assert_eq!(stage.count(post).await, json!([[1, 5], 6]), "older news come too late");
    let other = asks(&stage, "/q/1", &[("red", 9), ("purple", 9)]);
    stage.sent(&stage.vic, &update("/u/3", "2026-02-03T00:00:00Z", &other)).await;
    assert_eq!(stage.count(post).await, json!([[1, 5], 6]), "another question is no count of this one");
    let status = stage.client().read(&format!("/api/v1/statuses/{post}")).await;
    assert_eq!(status["edited_at"], json!(null), "a count is no change of the post");

    stage.client().post(&format!("/api/v1/polls/{post}/votes"), &json!({"choices": [1]})).await;
    let mut changed = asks(&stage, "/q/1", &[("purple", 0), ("green", 0)]);
    changed["updated"] = json!("2026-02-04T00:00:00Z");
    assert_eq!(stage.sent(&stage.vic, &update("/u/4", "2026-02-04T00:00:00Z", &changed)).await, "updated");
    assert_eq!(stage.count(post).await, json!([[0, 0], 0]), "another question begins without votes");
    let poll = stage.client().read(&format!("/api/v1/polls/{post}")).await;
    assert_eq!((&poll["voted"], &poll["options"][0]["title"]), (&json!(false), &json!("purple")));
    let foreign = stage.mal.does("Update", &stage.bad("/u/5"), &more);
    stage.in_vain(&stage.mal, &foreign).await;

    let unknown = asks(&stage, "/q/2", &[("red", 2), ("green", 3)]);
    assert_eq!(stage.sent(&stage.vic, &update("/u/6", "2026-02-05T00:00:00Z", &unknown)).await, "created by update");
    assert_eq!(stage.count(known(&stage, &stage.good("/q/2")).await).await, json!([[2, 3], 5]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_goes_to_the_polls_author_and_to_nobody_else() {
    let stage = Stage::new().await;
    let mut question = asks(&stage, "/q/1", &[("red", 0), ("green", 0), ("blue", 0)]);
    let choices = question.as_object_mut().unwrap().remove("oneOf").unwrap();
    question["anyOf"] = choices;
    stage.sent(&stage.vic, &stage.vic.creates(&question)).await;
    let post = known(&stage, &stage.good("/q/1")).await;
    stage.client().post(&format!("/api/v1/polls/{post}/votes"), &json!({"choices": [2, 0]})).await;
    let votes = || {
        let posted = stage.honest.seen().into_iter().filter(|seen| seen.method == "POST");
        let read = posted.map(|seen| (seen.path, serde_json::from_slice::<Value>(&seen.body).unwrap()));
        read.filter(|(_, activity)| activity["type"] == "Create").collect::<Vec<_>>()
    };
    becomes("a vote for each choice", || async { votes().len() == 2 }).await;
    for ((path, activity), choice) in votes().into_iter().zip(["red", "blue"]) {
        assert_eq!(path, "/users/vic/inbox");
        let note = &activity["object"];
        assert_eq!(
            (&note["type"], &note["name"], &note["inReplyTo"]),
            (&json!("Note"), &json!(choice), &json!(stage.good("/q/1")))
        );
        assert!(note.get("content").is_none(), "{note}");
        for part in [&activity, note] {
            assert_eq!((&part["to"], &part["cc"]), (&json!([stage.vic.uri]), &json!([])));
        }
        let (asked, vote) = (stage.hall.anonymous(), activity["id"].as_str().unwrap());
        for address in [vote, note["id"].as_str().unwrap()] {
            assert_eq!(asked.get(address).await.status, 404, "what somebody voted is nobody's business: {address}");
        }
    }
    assert!(stage.hostile.delivered().iter().all(|activity| activity["type"] != "Create"));
    let mine = stage.client().read(&format!("/api/v1/polls/{post}")).await;
    assert_eq!(mine["own_votes"], json!([0, 2]));
}
