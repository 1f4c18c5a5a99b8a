//! Votes in polls of other servers: heard of, counted where the poll is, and passed on in communities of this hall.

use crate::remote_communities::{Scene, announced, created, page};
use crate::stage::Stage;
use domain::membership::{MembershipState, Role};
use kit::poll::becomes;
use kit::{Hall, Peer, PeerActor};
use serde_json::{Value, json};

fn vote(voter: &PeerActor, number: i32, poll: &str, choice: &str, group: &str) -> Value {
    let mut vote = voter.does("PollVote", &format!("{}/pollvote/{number}", voter.uri), &json!(poll));
    (vote["choice_text"], vote["audience"]) = (json!(choice), json!(group));
    vote
}

/// Gives a post choices with these counts.
fn asking(mut post: Value, red: u32, green: u32) -> Value {
    post["type"] = json!("Question");
    post["endTime"] = json!("2099-01-01T00:00:00Z");
    let choice =
        |name: &str, votes: u32| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}});
    post["oneOf"] = json!([choice("red", red), choice("green", green)]);
    post["votersCount"] = json!(red + green);
    post
}

/// What is to be read soon is read now.
async fn soon(hall: &Hall) {
    hall.db.raw().await.run("UPDATE fetch_jobs SET due_at = 0 WHERE kind = 'poll'").await;
}

async fn counted(hall: &Hall) -> Vec<String> {
    let rows = hall.db.raw().await.rows("SELECT votes_count FROM poll_options ORDER BY post_id, position").await;
    rows.into_iter().map(|mut row| row.remove(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_that_a_group_passes_on_has_the_poll_read_at_its_own_server() {
    let scene = Scene::new("piefed", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    let poll = page(&scene, "/post/1", "CNRYbook", "2026-11-01T10:00:00Z");
    scene.says(&announced(&scene, 1, &created(&scene, &asking(poll.clone(), 0, 0)))).await;
    becomes("the poll", async || counted(&scene.hall).await == ["0", "0"]).await;
    scene.peer.say("/post/1", &asking(poll.clone(), 1, 2));
    for number in 2..5 {
        let vote = vote(&scene.ada, number.try_into().unwrap(), &scene.peer.at("/post/1"), "green", &scene.group.uri);
        scene.says(&announced(&scene, number, &vote)).await;
    }
    let heard = "SELECT COUNT(*) FROM inbox_queue WHERE outcome = 'voted elsewhere'";
    becomes("all are heard", async || scene.hall.db.raw().await.number(heard).await == 3).await;
    assert!(!scene.peer.seen().iter().any(|seen| seen.path == "/post/1"), "several are read as one, a minute later");
    soon(&scene.hall).await;
    becomes("the count", async || counted(&scene.hall).await == ["1", "2"]).await;
    assert_eq!(scene.peer.seen().iter().filter(|seen| seen.path == "/post/1").count(), 1);
    let shown = scene.shown("CNRYbook").await.to_string();
    assert!(shown.contains("about CNRYbook"), "nothing else of it is touched: {shown}");
    let mut chosen = scene.ada.does("ChooseAnswer", &scene.peer.at("/choose/1"), &json!(scene.peer.at("/comment/1")));
    chosen["audience"] = json!(scene.group.uri);
    scene.says(&announced(&scene, 9, &chosen)).await;
    let unknown = "SELECT COUNT(*) FROM inbox_queue WHERE outcome = 'dropped: kind_not_supported'";
    becomes("it means nothing here", async || scene.hall.db.raw().await.number(unknown).await == 1).await;
    assert!(!scene.peer.seen().iter().any(|seen| seen.path == "/choose/1"), "and nothing is asked for");
    // What nobody passed on makes nobody ask.
    let direct = vote(&scene.ada, 9, &scene.peer.at("/post/1"), "red", &scene.group.uri);
    assert_eq!(scene.ada.post(&format!("{}/inbox", scene.hall.base), &direct).await.status, 202);
    let dropped = "SELECT COUNT(*) FROM inbox_queue WHERE outcome = 'dropped: not_found'";
    becomes("it is dropped", async || scene.hall.db.raw().await.number(dropped).await == 1).await;
    assert_eq!(
        scene.hall.db.raw().await.number("SELECT COUNT(*) FROM fetch_jobs WHERE kind = 'poll' AND state = 'waiting'").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_in_a_members_poll_here_is_passed_on_to_the_members_if_it_counts() {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let third = Peer::start().await;
    let (voter, stranger) = (third.actor("voter", "Person"), third.actor("stranger", "Person"));
    for who in [&stage.vic, &voter] {
        let follow = who.does("Follow", &format!("{}/follow", who.uri), &json!(group));
        assert_eq!(who.post(&stage.inbox(), &follow).await.status, 202);
    }
    stage.settled().await;
    let mut note = stage.vic.note(&stage.good("/polls/1"), "Which?");
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    stage.honest.say("/polls/1", &asking(note.clone(), 0, 0));
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&asking(note.clone(), 0, 0))).await.status, 202);
    becomes("the poll", async || counted(&stage.hall).await == ["0", "0"]).await;
    let sent = async |number, who: &PeerActor, choice| {
        let vote = vote(who, number, &stage.good("/polls/1"), choice, &group);
        assert_eq!(who.post(&stage.inbox(), &vote).await.status, 202);
        stage.settled().await;
        let sql = format!("SELECT outcome FROM inbox_queue WHERE activity_uri = '{}'", vote["id"].as_str().unwrap());
        stage.hall.db.raw().await.rows(&sql).await.remove(0).remove(0)
    };
    assert_eq!(sent(1, &stranger, "red").await, "dropped: not_a_member");
    assert_eq!(sent(2, &voter, "purple").await, "dropped: choice_unknown");
    assert_eq!(sent(3, &voter, "red").await, "voted elsewhere");
    assert_eq!(sent(5, &voter, "red").await, "voted elsewhere");
    assert_eq!(sent(6, &voter, "green").await, "voted elsewhere", "said again, or a second choice, it goes no further");
    let heard = || stage.honest.delivered().into_iter().filter(|one| one["object"]["type"] == "PollVote").collect::<Vec<_>>();
    becomes("the author's server hears of it", async || !heard().is_empty()).await;
    stage.settled().await;
    let heard = heard();
    assert_eq!((heard.len(), &heard[0]["object"]["choice_text"], &heard[0]["actor"]), (1, &json!("red"), &json!(group)));
    stage.honest.say("/polls/1", &asking(note, 1, 0));
    soon(&stage.hall).await;
    becomes("the count", async || counted(&stage.hall).await == ["1", "0"]).await;
    // Who is banned votes no more.
    let id = store::actors::id_by_uri(stage.hall.store.read(), &voter.uri).await.unwrap().unwrap();
    stage.hall.put(&stage.open, id, Role::Observer, MembershipState::Banned).await;
    assert_eq!(sent(4, &voter, "red").await, "dropped: not_a_member");
}
