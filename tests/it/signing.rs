//! How our own requests are signed: draft-cavage first, the other kind once, and what a host said or took remembered.

use crate::two_halls::{find, idle};
use domain::audience::Visibility;
use kit::poll::becomes;
use kit::{Hall, Peer, PeerActor, Person, Way};
use serde_json::json;

/// A hall with somebody whom a peer's person follows, so that every post is delivered there.
struct Followed {
    hall: Hall,
    peer: Peer,
    ann: Person,
}

async fn followed(document: impl FnOnce(&Peer, &PeerActor) -> Option<serde_json::Value>) -> Followed {
    let (hall, peer) = (Hall::start("Here").await, Peer::start().await);
    let (ann, fan) = (hall.person("ann").await, peer.actor("fan", "Person"));
    if let Some(document) = document(&peer, &fan) {
        peer.say("/users/fan", &document);
    }
    hall.post(&ann, "known outside", Visibility::Public).await;
    let uri = format!("{}/a/{}", hall.base, ann.actor);
    let follow = fan.does("Follow", &peer.at("/follows/1"), &json!(uri));
    assert_eq!(fan.post(&format!("{}/inbox", hall.base), &follow).await.status, 202);
    becomes("the answer", || async { peer.delivered().iter().any(|activity| activity["type"] == "Accept") }).await;
    becomes("all work is done", || idle(&hall)).await;
    Followed { hall, peer, ann }
}

impl Followed {
    /// How what somebody writes is delivered, try by try.
    async fn delivered(&self, text: &str) -> Vec<Option<Way>> {
        let before = self.peer.seen().len();
        self.hall.post(&self.ann, text, Visibility::Public).await;
        let tries = || async {
            let seen = self.peer.seen();
            let posts = seen.iter().skip(before).filter(|seen| seen.method == "POST" && seen.path == "/inbox");
            let ways: Vec<_> = posts.map(kit::peer::Seen::way).collect();
            (!ways.is_empty() && idle(&self.hall).await).then_some(ways)
        };
        kit::eventually(kit::poll::PATIENCE, tries).await.unwrap()
    }

    async fn remembered(&self) -> Vec<Vec<String>> {
        self.hall.db.raw().await.rows("SELECT host, kind, learned FROM host_signing ORDER BY host").await
    }
}

#[tokio::test]
async fn a_host_that_takes_draft_cavage_is_never_sent_anything_else() {
    let scene = followed(|_, _| None).await;
    assert_eq!(scene.delivered("one").await, [Some(Way::Cavage)]);
    scene.peer.answer("/inbox", 400, "text/plain", Vec::new());
    assert_eq!(scene.delivered("two").await, [Some(Way::Cavage)], "its refusals are about something else");
    assert_eq!(scene.remembered().await, [[scene.peer.host.clone(), "cavage".into(), "worked".into()]]);
}

#[tokio::test]
async fn what_is_asked_for_carries_the_digest_of_nothing_as_well() {
    let scene = followed(|_, _| None).await;
    let asked = |seen: &kit::peer::Seen| seen.method == "GET" && seen.path == "/users/fan";
    let seen = scene.peer.seen().into_iter().find(asked).unwrap();
    let text = |name: &str| seen.headers.get(name).unwrap().to_str().unwrap().to_owned();
    // Without it Lemmy gives nothing of its private communities. It is the SHA-256 of no bytes.
    assert_eq!(text("digest"), "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert!(text("signature").contains("(request-target) host date digest"), "{}", text("signature"));
}

#[tokio::test]
async fn a_host_that_refuses_one_kind_is_sent_the_other_once_and_that_is_remembered() {
    for status in [400, 401] {
        let hall = Hall::start("Here").await;
        let peer = Peer::start().await;
        let ann = hall.person("ann").await;
        peer.only_takes(Way::Message, status);
        peer.actor("otto", "Person");
        let client = hall.as_person(&ann);
        assert!(find(&client, &format!("@otto@{}", peer.host)).await.is_some());
        let ways = |seen: Vec<kit::peer::Seen>| seen.iter().map(kit::peer::Seen::way).collect::<Vec<_>>();
        let first = ways(peer.seen());
        assert_eq!(first[..2], [Some(Way::Cavage), Some(Way::Message)], "{status}");
        assert!(first[2..].iter().all(|way| *way == Some(Way::Message)), "{first:?}");
        let rows = hall.db.raw().await.rows("SELECT host, kind, learned FROM host_signing").await;
        assert_eq!(rows, [[peer.host.clone(), "rfc9421".into(), "knocked".into()]]);
    }
}

#[tokio::test]
async fn that_a_read_was_answered_says_nothing_about_deliveries() {
    let (hall, peer) = (Hall::start("Here").await, Peer::start().await);
    let ann = hall.person("ann").await;
    peer.actor("otto", "Person");
    let client = hall.as_person(&ann);
    let otto = find(&client, &format!("@otto@{}", peer.host)).await.unwrap();
    peer.only_takes(Way::Message, 401);
    client.post(&format!("/api/v1/accounts/{}/follow", crate::two_halls::id(&otto)), &json!({})).await;
    let tries = || async {
        let posts: Vec<_> = peer.seen().into_iter().filter(|seen| seen.method == "POST").collect();
        (posts.len() > 1).then(|| posts.iter().map(kit::peer::Seen::way).collect::<Vec<_>>())
    };
    let tries = kit::eventually(kit::poll::PATIENCE, tries).await.unwrap();
    assert_eq!(tries, [Some(Way::Cavage), Some(Way::Message)]);
}

#[tokio::test]
async fn a_host_that_refuses_both_is_not_asked_twice_every_time() {
    let (hall, peer) = (Hall::start("Here").await, Peer::start().await);
    let ann = hall.person("ann").await;
    peer.only_takes(Way::Edwards, 401);
    let client = hall.as_person(&ann);
    for name in ["one", "two", "three"] {
        assert!(find(&client, &format!("@{name}@{}", peer.host)).await.is_none());
    }
    let seconds = peer.seen().iter().filter(|seen| seen.way() == Some(Way::Message)).count();
    assert_eq!(seconds, 1, "{}", peer.seen().len());
}

#[tokio::test]
async fn a_host_that_says_so_is_sent_ed25519_first() {
    let says = |peer: &Peer, fan: &PeerActor| {
        let mut document = peer.document(fan, "Person");
        let rfc = "https://datatracker.ietf.org/doc/html/rfc9421";
        document["generator"] = json!({"type": "Application", "implements": [
            {"href": rfc, "name": "RFC-9421"}, {"href": format!("{rfc}#name-eddsa-using-curve-edwards25")},
        ]});
        Some(document)
    };
    let scene = followed(says).await;
    assert_eq!(scene.delivered("one").await, [Some(Way::Edwards)]);
}

#[tokio::test]
async fn a_host_that_says_more_than_it_takes_gets_the_kind_that_everybody_takes() {
    let says = |peer: &Peer, fan: &PeerActor| {
        let mut document = peer.document(fan, "Person");
        let edwards = "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25";
        document["generator"] = json!({"type": "Application", "implements": [{"href": edwards}]});
        peer.only_takes(Way::Cavage, 401);
        Some(document)
    };
    let scene = followed(says).await;
    assert_eq!(scene.delivered("one").await, [Some(Way::Cavage)]);
    assert_eq!(scene.remembered().await, [[scene.peer.host.clone(), "cavage".into(), "knocked".into()]]);
}

#[tokio::test]
async fn a_server_that_says_it_in_its_own_actor_is_asked_there() {
    let says = |peer: &Peer, fan: &PeerActor| {
        let mut document = peer.document(fan, "Person");
        document["generator"] = json!(peer.at("/server"));
        let implements = json!([{"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC-9421"}]);
        peer.say("/server", &json!({"id": peer.at("/server"), "type": "Application", "implements": implements}));
        Some(document)
    };
    let scene = followed(says).await;
    assert_eq!(scene.delivered("one").await, [Some(Way::Message)]);
}

#[tokio::test]
async fn halls_say_what_they_take_and_talk_by_ed25519() {
    let (here, there) = (Hall::start("Here").await, Hall::start("There").await);
    let (ann, ben) = (here.person("ann").await, there.person("ben").await);
    there.community(&ben, "tdd", domain::zone::Zone::Open, &[]).await;
    crate::two_halls::join(&here.as_person(&ann), &there.handle("tdd")).await;
    for (hall, other) in [(&here, &there), (&there, &here)] {
        let rows = hall.db.raw().await.rows("SELECT host, kind FROM host_signing").await;
        assert_eq!(rows, [[other.host.clone(), "rfc9421-ed25519".into()]]);
    }
    let instance = here.anonymous().with("accept", kit::peer::ACTIVITY).read("/actor").await;
    assert_eq!(instance["implements"].as_array().unwrap().len(), 2, "{instance}");
    assert_eq!(instance["authentication"], instance["assertionMethod"]);
}
