//! What is done about a report elsewhere stands in its history, by whoever's word counts.

use crate::stage::Stage;
use domain::membership::{MembershipState, Role};
use kit::{Peer, PeerActor};
use serde_json::{Value, json};

async fn sends(stage: &Stage, who: &PeerActor, activity: &Value) {
    assert_eq!(who.post(&stage.inbox(), activity).await.status, 202);
    stage.settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moderators_and_the_reports_own_server_did_is_shown_and_what_others_say_is_not() {
    let stage = Stage::new().await;
    stage.known_note("/n/1", "known here").await;
    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    stage.hall.put(&stage.open, vic, Role::Moderator, MembershipState::Active).await;
    let ben = stage.hall.person("ben").await;
    stage.hall.member(&stage.open, ben.actor).await;
    let post = stage.hall.post_in(&ben, &stage.open, "buy this").await;
    let uri = json!(format!("{}/p/{post}", stage.hall.base));
    let flag = stage.mal.does("Flag", &stage.bad("/flag/1"), &uri);
    sends(&stage, &stage.mal, &flag).await;
    let elsewhere = Peer::start().await;
    let (eve, ned) = (elsewhere.actor("eve", "Person"), elsewhere.actor("ned", "Person"));
    for (who, kind, id, object) in [
        (&stage.vic, "Warn", stage.good("/warn/1"), &uri),
        (&stage.neighbour, "Resolve", stage.bad("/resolve/1"), &flag),
        (&eve, "Resolve", elsewhere.at("/resolve/2"), &flag),
        (&ned, "Warn", elsewhere.at("/warn/2"), &uri),
        (&stage.mal, "Warn", stage.bad("/warn/3"), &uri),
    ] {
        sends(&stage, who, &who.does(kind, &id, object)).await;
    }
    let kept = "SELECT COUNT(*) FROM received_acts WHERE kind IN ('Warn', 'Resolve')";
    assert_eq!(stage.hall.db.raw().await.number(kept).await, 5, "all are kept");
    let report = stage.hall.db.raw().await.number("SELECT id FROM reports").await;
    let (lead, path) = (stage.hall.in_browser(&stage.ada).await, format!("/reports/{report}"));
    let page = lead.get(&path).await.text();
    let line = |words: &str, host: &str, name: &str| page.contains(&format!("{words} at {host} by <a href=\"/@{name}@{host}\">"));
    assert!(line("Warning given", &stage.honest.host, "vic"), "{page}");
    assert!(line("Resolved", &stage.hostile.host, "neighbour"), "{page}");
    for (name, host) in [("eve", &elsewhere.host), ("ned", &elsewhere.host)] {
        assert!(!page.contains(&format!("{name}@{host}")), "{name}: {page}");
    }
    assert_eq!(page.matches("Warning given").count(), 1, "who reports does not warn: {page}");
    assert_eq!(stage.hall.in_browser(&ben).await.get(&path).await.status, 404);
    let history = async |asks: &app::Requester| app::reports::history(&stage.hall.hall, asks, domain::id::ReportId(report)).await;
    assert!(history(&ben.asks).await.unwrap().is_empty(), "it is for those it is for");

    // Whoever keeps order no more is not heard any more, and what is undone is gone.
    stage.hall.put(&stage.open, vic, Role::Member, MembershipState::Active).await;
    assert!(!lead.get(&path).await.shows("Warning given"));
    let undo =
        stage.neighbour.does("Undo", &stage.bad("/undo/1"), &stage.neighbour.does("Resolve", &stage.bad("/resolve/1"), &flag));
    sends(&stage, &stage.neighbour, &undo).await;
    assert!(!lead.get(&path).await.shows("Resolved at"));
}
