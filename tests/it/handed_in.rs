//! Who writes in an open community without having subscribed.

use crate::stage::Stage;
use domain::id::ActorId;
use domain::membership::{MembershipState, Role};
use domain::zone::{Door, JoinPolicy, Zone};
use kit::Community;
use serde_json::{Value, json};

impl Stage {
    fn group(&self, community: &Community) -> String {
        format!("{}/a/{}", self.hall.base, community.actor)
    }

    /// Sends a stranger's note into a community, named as its audience or mentioned alone, and gives what became of it.
    async fn handed_in(&self, path: &str, community: &Community, named: bool) -> String {
        let group = self.group(community);
        let mut note = self.mal.note(&self.bad(path), "CNRYthread");
        note["cc"] = json!([group]);
        if named {
            note["audience"] = json!(group);
        }
        self.said(&note).await
    }

    async fn said(&self, note: &Value) -> String {
        let activity = self.mal.creates(note);
        assert_eq!(self.mal.post(&self.inbox(), &activity).await.status, 202);
        self.settled().await;
        let sql = format!("SELECT outcome FROM inbox_queue WHERE activity_uri = '{}'", activity["id"].as_str().unwrap());
        self.hall.db.raw().await.rows(&sql).await.remove(0).remove(0)
    }

    async fn actor(&self, uri: &str) -> ActorId {
        let sql = format!("SELECT id FROM actors WHERE uri = '{uri}'");
        ActorId(self.hall.db.raw().await.number(&sql).await)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_forum_hands_in_begins_a_thread_where_anybody_is_let_in() {
    let stage = Stage::new().await;
    let follow = stage.vic.does("Follow", &stage.good("/follow"), &json!(stage.group(&stage.open)));
    assert_eq!(stage.vic.post(&stage.inbox(), &follow).await.status, 202);
    stage.settled().await;
    assert_eq!(stage.handed_in("/n/1", &stage.open, true).await, "created");
    let uri = stage.bad("/n/1");
    let passed_on = stage
        .honest
        .delivered()
        .into_iter()
        .any(|said| said["type"] == "Announce" && said["object"]["object"]["id"] == json!(uri));
    assert!(passed_on, "who is in hears of it");
    let thread = stage.hall.anonymous().get("/@gardens").await.text();
    assert!(thread.contains("CNRYthread"), "it stands on the community's page");
    // Its author changes it and takes it away like anybody.
    let mut changed = stage.mal.note(&uri, "CNRYchanged");
    (changed["cc"], changed["audience"]) = (json!([stage.group(&stage.open)]), json!(stage.group(&stage.open)));
    changed["updated"] = json!("2026-01-03T03:04:05Z");
    let update = stage.mal.does("Update", &stage.bad("/n/1/update"), &changed);
    assert_eq!(stage.mal.post(&stage.inbox(), &update).await.status, 202);
    stage.settled().await;
    assert!(stage.hall.anonymous().get("/@gardens").await.text().contains("CNRYchanged"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mention_alone_a_door_with_a_bell_and_a_closed_room_let_nobody_write() {
    let stage = Stage::new().await;
    let asks = stage.hall.community_with(&stage.ada, "asking", Zone::Open, Door::Hall, JoinPolicy::Request, &[]).await;
    let invites = stage.hall.community_with(&stage.ada, "inviting", Zone::Open, Door::Hall, JoinPolicy::Invite, &[]).await;
    let partners = stage
        .hall
        .community_with(&stage.ada, "partners", Zone::Partner, Door::Hall, JoinPolicy::Open, &[&stage.hostile.host])
        .await;
    assert_eq!(stage.handed_in("/n/1", &stage.open, false).await, "dropped: not_a_member");
    assert_eq!(stage.handed_in("/n/2", &asks, true).await, "dropped: not_a_member");
    assert_eq!(stage.handed_in("/n/3", &invites, true).await, "dropped: not_a_member");
    let group = stage.group(&partners);
    let mut closed = stage.mal.note(&stage.bad("/n/4"), "CNRYthread");
    (closed["to"], closed["cc"], closed["audience"]) = (json!([group, format!("{group}/followers")]), json!([]), json!(group));
    assert_ne!(stage.said(&closed).await, "created");
    assert_eq!(stage.handed_in("/n/5", &stage.inner, true).await, "created", "for the network that room is not there");
    let inside = "SELECT COUNT(*) FROM posts WHERE community_id IS NOT NULL AND html LIKE '%CNRYthread%'";
    assert_eq!(stage.hall.db.raw().await.number(inside).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_may_and_who_was_refused_put_out_or_waits_may_not() {
    let stage = Stage::new().await;
    assert_eq!(stage.handed_in("/n/0", &stage.open, true).await, "created");
    let mal = stage.actor(&stage.mal.uri).await;
    for (number, state, outcome) in [
        (1, MembershipState::Left, "created"),
        (2, MembershipState::Rejected, "dropped: not_a_member"),
        (3, MembershipState::Pending, "dropped: not_a_member"),
        (4, MembershipState::Banned, "dropped: not_a_member"),
    ] {
        stage.hall.put(&stage.open, mal, Role::Observer, state).await;
        assert_eq!(stage.handed_in(&format!("/n/{number}"), &stage.open, true).await, outcome, "{state:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_answers_something_that_is_locked_removed_or_not_here_begins_nothing() {
    let stage = Stage::new().await;
    let locked = stage.hall.post_in(&stage.ada, &stage.open, "CNRYlocked").await;
    let removed = stage.hall.post_in(&stage.ada, &stage.open, "CNRYremoved").await;
    stage.hall.db.raw().await.run(&format!("UPDATE posts SET locked_at = 1 WHERE id = {locked}")).await;
    stage.client().json(http::Method::DELETE, &format!("/api/v1/statuses/{removed}"), &json!({})).await;
    let here = |post: domain::id::PostId| format!("{}/p/{post}", stage.hall.base);
    for (number, answered, outcome) in [
        (1, here(locked), "dropped: locked"),
        (2, here(removed), "dropped: not_a_member"),
        (3, here(stage.inside), "dropped: not_a_member"),
        (4, here(domain::id::PostId(9)), "dropped: not_a_member"),
        (5, stage.bad("/n/refused"), "dropped: not_a_member"),
    ] {
        let mut answer = stage.mal.note(&stage.bad(&format!("/n/{number}")), "CNRYanswer");
        answer["inReplyTo"] = json!(answered);
        (answer["cc"], answer["audience"]) = (json!([stage.group(&stage.open)]), json!(stage.group(&stage.open)));
        assert_eq!(stage.said(&answer).await, outcome, "{answered}");
    }
}
