//! Whoever is put out of a community comes back by none of the ways in.

use crate::stage::Stage;
use domain::id::ActorId;
use domain::membership::{MembershipState, Role};
use kit::PeerActor;
use kit::poll::becomes;
use serde_json::{Value, json};

async fn known(stage: &Stage, uri: &str) -> Option<ActorId> {
    store::actors::id_by_uri(stage.hall.store.read(), uri).await.unwrap()
}

async fn says(stage: &Stage, who: &PeerActor, activity: &Value) {
    assert_eq!(who.post(&stage.inbox(), activity).await.status, 202, "{activity}");
    stage.settled().await;
}

/// A note for the open community.
fn for_the_group(stage: &Stage, who: &PeerActor, id: &str, text: &str) -> Value {
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let mut note = who.note(id, text);
    (note["cc"], note["audience"]) = (json!([group]), json!(group));
    note
}

async fn room(stage: &Stage) -> String {
    let shown = stage.client().read(&format!("/api/v1/accounts/{}/statuses?limit=40", stage.open.actor)).await;
    shown.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c279_a_banned_member_changes_and_judges_nothing_in_the_community_and_comes_back_under_no_other_name() {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    for (who, id) in [(&stage.vic, stage.good("/join")), (&stage.mal, stage.bad("/join"))] {
        says(&stage, who, &who.does("Join", &id, &json!(group))).await;
    }
    let old = for_the_group(&stage, &stage.vic, &stage.good("/n/old"), "CNRYbefore");
    stage.honest.say("/n/old", &old);
    says(&stage, &stage.vic, &stage.vic.creates(&old)).await;
    let words = stage.hall.post_in(&stage.ada, &stage.open, "CNRYours").await;
    let uri = format!("{}/p/{words}", stage.hall.base);
    becomes("both are in the room", async || {
        room(&stage).await.contains("CNRYbefore") && room(&stage).await.contains("CNRYours")
    })
    .await;
    let vic = known(&stage, &stage.vic.uri).await.unwrap();
    stage.hall.put(&stage.open, vic, Role::Member, MembershipState::Banned).await;

    let mut changed = old.clone();
    (changed["content"], changed["updated"]) = (json!("CNRYafter"), json!("2026-02-02T00:00:00Z"));
    stage.honest.say("/n/old", &changed);
    let new = for_the_group(&stage, &stage.vic, &stage.good("/n/new"), "CNRYnew");
    let mut answer = for_the_group(&stage, &stage.vic, &stage.good("/n/answer"), "CNRYanswer");
    answer["inReplyTo"] = json!(uri);
    for note in [&new, &answer] {
        stage.honest.say(note["id"].as_str().unwrap().trim_start_matches(&stage.honest.base), note);
    }
    for activity in [
        stage.vic.does("Update", &stage.good("/u/1"), &changed),
        stage.vic.creates(&new),
        stage.vic.creates(&answer),
        stage.vic.does("Like", &stage.good("/like/1"), &json!(uri)),
        stage.vic.does("Dislike", &stage.good("/dislike/1"), &json!(uri)),
        stage.vic.does("Join", &stage.good("/join/2"), &json!(group)),
        stage.vic.does("Follow", &stage.good("/follow/2"), &json!(group)),
    ] {
        says(&stage, &stage.vic, &activity).await;
    }
    // A member who boosts what was refused brings it into nobody's room.
    says(&stage, &stage.mal, &stage.mal.does("Announce", &stage.bad("/boost/1"), &new["id"])).await;
    let now = room(&stage).await;
    assert!(now.contains("CNRYbefore"), "{now}");
    for never in ["CNRYafter", "CNRYnew", "CNRYanswer"] {
        assert!(!now.contains(never), "{never} is in the room");
    }
    let seen = stage.client().read(&format!("/api/v1/statuses/{words}")).await;
    assert_eq!((&seen["favourites_count"], &seen["replies_count"]), (&json!(0), &json!(0)), "{seen}");
    let against = format!("SELECT dislikes_count FROM posts WHERE id = {words}");
    assert_eq!(stage.hall.db.raw().await.number(&against).await, 0);

    // Under another name: one that both say is the same person, and one that was only claimed.
    let (other, framed) = (stage.hostile.actor("vic2", "Person"), stage.hostile.actor("framed", "Person"));
    let mut document = stage.hostile.document(&other, "Person");
    document["alsoKnownAs"] = json!([stage.vic.uri]);
    stage.hostile.say("/users/vic2", &document);
    for (number, to) in [(1, &framed), (2, &other)] {
        let mut moving = stage.vic.does("Move", &stage.good(&format!("/move/{number}")), &json!(stage.vic.uri));
        moving["target"] = json!(to.uri);
        says(&stage, &stage.vic, &moving).await;
    }
    for who in [&other, &framed] {
        says(&stage, who, &who.does("Join", &format!("{}/join", who.uri), &json!(group))).await;
    }
    let standing = async |who: &PeerActor| {
        let who = known(&stage, &who.uri).await.unwrap();
        store::memberships::standing(stage.hall.store.read(), stage.open.id, who).await.unwrap().map(|there| there.state)
    };
    assert_eq!(standing(&other).await, Some(MembershipState::Banned));
    assert_eq!(standing(&framed).await, Some(MembershipState::Active), "nobody is banned by somebody else's word");
    // A ban of the other account that ends is not one that is for good, and what a lead lifts stays lifted.
    let (short, again) =
        (stage.hostile.actor("vic3", "Person"), stage.vic.does("Move", &stage.good("/move/4"), &json!(stage.vic.uri)));
    let mut document = stage.hostile.document(&short, "Person");
    document["alsoKnownAs"] = json!([other.uri]);
    stage.hostile.say("/users/vic3", &document);
    says(&stage, &short, &short.does("Join", &format!("{}/join", short.uri), &json!(group))).await;
    let hour = format!(
        "UPDATE memberships SET banned_until = {} WHERE actor_id = {}",
        app::federated::now(&stage.hall.hall).0 + domain::time::HOUR,
        known(&stage, &other.uri).await.unwrap()
    );
    stage.hall.db.raw().await.run(&hour).await;
    let lasting = format!(
        "UPDATE memberships SET state = 'banned', banned_until = NULL WHERE actor_id = {}",
        known(&stage, &short.uri).await.unwrap()
    );
    stage.hall.db.raw().await.run(&lasting).await;
    let mut moving = other.does("Move", &format!("{}/move", other.uri), &json!(other.uri));
    moving["target"] = json!(short.uri);
    says(&stage, &other, &moving).await;
    let ends = format!(
        "SELECT COUNT(*) FROM memberships WHERE actor_id = {} AND banned_until IS NULL",
        known(&stage, &short.uri).await.unwrap()
    );
    assert_eq!(stage.hall.db.raw().await.number(&ends).await, 1, "no ban is made shorter by moving");
    stage.hall.put(&stage.open, known(&stage, &other.uri).await.unwrap(), Role::Member, MembershipState::Left).await;
    let mut again = again;
    again["target"] = json!(other.uri);
    says(&stage, &stage.vic, &again).await;
    assert_eq!(standing(&other).await, Some(MembershipState::Left), "a lead let them in again");
    // What they wrote they may still take away.
    says(&stage, &stage.vic, &stage.vic.does("Delete", &stage.good("/delete/1"), &old["id"])).await;
    assert!(!room(&stage).await.contains("CNRYbefore"));
}
