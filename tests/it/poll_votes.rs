//! Votes in the form that `PieFed` has for them: an activity of its own, `PollVote`.

use crate::remote_communities::Scene;
use crate::stage::Stage;
use domain::audience::Visibility;
use domain::draft::Draft;
use domain::poll::PollDraft;
use domain::time::DAY;
use kit::PeerActor;
use kit::poll::{PATIENCE, becomes, eventually};
use serde_json::{Value, json};

fn poll(text: &str) -> Draft {
    Draft { poll: Some(PollDraft::new(["red", "green"], false, false, DAY)), ..Draft::new(text, Visibility::Public) }
}

fn vote(voter: &PeerActor, number: i32, poll: &str, choice: &Value) -> Value {
    let mut vote = voter.does("PollVote", &format!("{}/pollvote/{number}", voter.uri), &json!(poll));
    vote["choice_text"] = choice.clone();
    vote
}

/// What became of it.
async fn sent(stage: &Stage, voter: &PeerActor, vote: &Value) -> String {
    assert_eq!(voter.post(&stage.inbox(), vote).await.status, 202);
    let sql =
        format!("SELECT outcome FROM inbox_queue WHERE activity_uri = {} AND state <> 'waiting'", vote["id"]).replace('"', "'");
    eventually(PATIENCE, async || stage.hall.db.raw().await.rows(&sql).await.pop()).await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_that_is_an_activity_counts_as_one_that_is_a_note() {
    let stage = Stage::new().await;
    let at = |post: domain::id::PostId| format!("{}/p/{post}", stage.hall.base);
    let post = stage.hall.publish(&stage.ada, poll("Which colour?")).await.unwrap();
    let inside = stage.hall.publish(&stage.ada, Draft { community: Some(stage.inner.id), ..poll("Inside?") }).await.unwrap();
    let open = stage.hall.publish(&stage.ada, Draft { community: Some(stage.open.id), ..poll("Open?") }).await.unwrap();
    let (_, words) = stage.public_post("no poll").await;
    let (red, green) = (json!("red"), json!("green"));
    for (number, voter, poll, choice, outcome) in [
        (1, &stage.vic, &at(post), &green, "voted"),
        (2, &stage.vic, &at(post), &red, "voted before"),
        (3, &stage.mal, &at(post), &json!("purple"), "dropped: choice_unknown"),
        (4, &stage.mal, &at(post), &json!({"name": "red"}), "dropped: object_missing"),
        (5, &stage.vic, &at(inside), &red, "dropped: not_found"),
        (6, &stage.vic, &at(open), &red, "dropped: not_a_member"),
        (7, &stage.vic, &words, &red, "dropped: poll_vote"),
        (8, &stage.vic, &stage.good("/polls/1"), &red, "dropped: poll_vote"),
    ] {
        assert_eq!(sent(&stage, voter, &vote(voter, number, poll, choice)).await, outcome, "{number}");
    }
    let shown = stage.client().read(&format!("/api/v1/polls/{post}")).await;
    assert_eq!((&shown["options"][0]["votes_count"], &shown["options"][1]["votes_count"]), (&json!(0), &json!(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vote_that_a_group_passes_on_counts_in_our_members_poll_there() {
    let scene = Scene::new("piefed", "/c/books", "/u/ada", &json!({})).await;
    scene.joined().await;
    let poll = Draft { community: Some(scene.community().await), ..poll("Which book?") };
    let post = scene.hall.publish(&scene.eve, poll).await.unwrap();
    let uri = format!("{}/p/{post}", scene.hall.base);
    let passes = |number: i32, vote: &Value| {
        let mut vote = vote.clone();
        vote["audience"] = json!(scene.group.uri);
        scene.group.does("Announce", &scene.peer.at(&format!("/activities/announce/vote/{number}")), &vote)
    };
    scene.says(&passes(1, &vote(&scene.ada, 1, &uri, &json!("green")))).await;
    let votes = async || scene.hall.db.raw().await.number("SELECT COUNT(*) FROM poll_votes").await;
    becomes("the vote counts", async || votes().await == 1).await;
    // Somebody else's server does not vouch for it.
    let other = kit::Peer::start().await;
    let stranger = other.actor("stranger", "Person");
    scene.says(&passes(2, &vote(&stranger, 2, &uri, &json!("green")))).await;
    let ended = "SELECT COUNT(*) FROM inbox_queue WHERE outcome LIKE 'dropped: nobody_vouches%'";
    becomes("it is refused", async || scene.hall.db.raw().await.number(ended).await == 1).await;
    assert_eq!(votes().await, 1);
}
