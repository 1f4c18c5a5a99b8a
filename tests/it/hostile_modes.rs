//! A hall that federates only with listed hosts, or with nobody: who is not meant is not listened to, not asked and
//! not told anything. Group A in such a hall stands beside its rows, in `hostile_signatures` and `hostile_keys`.

use crate::stage::{AMONG, Stage, list};
use domain::audience::Visibility;
use domain::peers::Peers;
use http::Method;
use kit::peer::{ACTIVITY, request};
use kit::poll::becomes;
use kit::{Hall, Peer, PeerActor, Way};
use serde_json::json;
use store::{instances, settings};

async fn among(peers: Peers) -> Stage {
    AMONG.scope(peers, Stage::new()).await
}

/// A server that is on no list, with somebody there.
async fn third() -> (Peer, PeerActor) {
    let peer = Peer::start().await;
    let actor = peer.actor("eve", "Person");
    (peer, actor)
}

#[tokio::test]
async fn c031_c269_who_is_not_on_the_list_is_not_listened_to_and_not_asked() {
    let stage = among(Peers::Listed).await;
    let (peer, eve) = third().await;
    let (_, post) = stage.public_post("CNRYopen").await;
    for way in [Way::Cavage, Way::Message, Way::Edwards] {
        let eve = eve.signing(way);
        let note = eve.creates(&eve.note(&peer.at("/n/1"), "CNRYstranger"));
        assert_eq!(stage.in_vain(&eve, &note).await.status, 403, "{way:?}");
        let personal = format!("{}/a/{}/inbox", stage.hall.base, stage.ada.actor);
        assert_eq!(eve.post(&personal, &note).await.status, 403, "{way:?}");
    }
    // Somebody on the list who speaks of what is not.
    let announce = stage.vic.does("Announce", &stage.good("/announce/1"), &json!(peer.at("/n/1")));
    stage.in_vain(&stage.vic, &announce).await;
    let mut note = stage.vic.note(&stage.good("/n/owned"), "CNRYstranger");
    note["attributedTo"] = json!(eve.uri);
    stage.in_vain(&stage.vic, &stage.vic.creates(&note)).await;
    stage.honest.lead("/detour", &peer.at("/n/1"));
    for what in [peer.at("/n/1"), eve.uri.clone(), format!("@eve@{}", peer.host), stage.good("/detour")] {
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", &what).finish();
        let found = stage.client().read(&format!("/api/v2/search?resolve=true&{query}")).await;
        assert_eq!((&found["accounts"], &found["statuses"]), (&json!([]), &json!([])), "{what}");
    }
    // Reads: nobody but a listed host's signature opens a document.
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    let never = format!("{}/p/7", stage.hall.base);
    for path in [post.clone(), format!("{post}/replies"), format!("{post}/context"), ada.clone(), format!("{ada}/outbox")] {
        let refused = stage.vic.get(&never).await.comparable();
        assert_eq!(eve.get(&path).await.comparable(), refused, "{path}");
        let unsigned = request(Method::GET, &path, &[("accept".into(), ACTIVITY.into())], None).await;
        assert_eq!(unsigned.comparable(), refused, "{path}, unsigned");
        assert_eq!(stage.vic.get(&path).await.status, 200, "{path}, for the list");
    }
    assert_eq!(stage.hall.anonymous().get("/actor").await.status, 200, "our key can be found");
    assert_eq!(peer.seen().len(), 0, "{:?}", peer.seen());
    let host = &peer.host;
    let rows = format!("SELECT COUNT(*) FROM actors WHERE host = '{host}'");
    let hosts = format!("SELECT COUNT(*) FROM instances WHERE host = '{host}'");
    let mut raw = stage.hall.db.raw().await;
    assert_eq!((raw.number(&rows).await, raw.number(&hosts).await), (0, 0));
}

#[tokio::test]
async fn c031_who_is_taken_off_the_list_is_told_nothing_more() {
    let stage = among(Peers::Listed).await;
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    for who in [&stage.mal, &stage.vic] {
        who.post(&stage.inbox(), &who.does("Follow", &format!("{}/follow", who.uri), &json!(ada))).await;
    }
    becomes("both are answered", || async {
        [&stage.hostile, &stage.honest].iter().all(|peer| peer.delivered().iter().any(|activity| activity["type"] == "Accept"))
    })
    .await;
    list(&stage.hall, &stage.hostile.host, false).await;
    let before = stage.hostile.seen().len();
    stage.public_post("CNRYnews").await;
    becomes("who is on the list hears of it", || async {
        stage.honest.delivered().iter().any(|activity| activity.to_string().contains("CNRYnews"))
    })
    .await;
    becomes("nothing waits", || async {
        stage.hall.db.raw().await.number("SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").await == 0
    })
    .await;
    assert_eq!(stage.hostile.seen().len(), before);
    let queued = format!("SELECT COUNT(*) FROM deliveries WHERE host = '{}'", stage.hostile.host);
    assert_eq!(stage.hall.db.raw().await.number(&queued).await, 0, "not even written down");
}

#[tokio::test]
async fn c271_the_list_names_hosts_one_by_one_and_a_block_wins_over_it() {
    let stage = among(Peers::Listed).await;
    let conn = stage.hall.store.read();
    for host in ["p.test", "b.test", "ok.b.test"] {
        list(&stage.hall, host, true).await;
    }
    let store = &stage.hall.store;
    store.write(|tx| Box::pin(async move { instances::set_blocked(tx, "b.test", true).await })).await.unwrap();
    for (host, shut) in [
        ("p.test", false),
        ("evil.p.test", true),
        ("p.test:8443", true),
        ("p.test.evil.test", true),
        ("other.test", true),
        ("b.test", true),
        ("ok.b.test", true),
    ] {
        assert_eq!(instances::blocked(conn, host).await.unwrap(), shut, "{host}");
    }
    // A word that is no policy is the narrowest one, whoever wrote it there.
    store.write(|tx| Box::pin(async move { settings::set(tx, settings::FEDERATION, "lis").await })).await.unwrap();
    assert!(instances::blocked(conn, "p.test").await.unwrap());
}

#[tokio::test]
async fn c031_c285_a_hall_that_stands_alone_answers_asks_and_tells_nobody() {
    let hall = Hall::with("Alone", |config| config.federation = Peers::Nobody).await;
    let (peer, eve) = third().await;
    let ada = hall.person("ada").await;
    let post = hall.post(&ada, "CNRYalone", Visibility::Public).await;
    let note = eve.creates(&eve.note(&peer.at("/n/1"), "CNRYstranger"));
    for route in federation::declarations() {
        let path =
            route.path.replace("{id}", &if route.path.starts_with("/p/") { post.to_string() } else { ada.actor.to_string() });
        let path = path.replace("{what}", "1").replace("{verb}", "follow").replace("{key}", "1");
        let url = format!("{}{path}?resource=acct:ada@{}", hall.base, hall.host);
        for way in [Way::Cavage, Way::Message] {
            let eve = eve.signing(way);
            let answer = if route.method == "POST" { eve.post(&url, &note).await } else { eve.get(&url).await };
            assert_eq!(answer.status, 404, "{} {path}", route.method);
        }
        let method: Method = route.method.parse().unwrap();
        let body = (method == Method::POST).then(|| note.to_string().into_bytes());
        let unsigned = request(method, &url, &[("content-type".into(), ACTIVITY.into())], body.as_deref()).await;
        assert_eq!(unsigned.status, 404, "{} {path}, unsigned", route.method);
    }
    // Nor does anything go out: what is looked for, and what somebody there would follow.
    for what in [peer.at("/n/1"), eve.uri.clone(), format!("@eve@{}", peer.host)] {
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", &what).finish();
        let found = hall.as_person(&ada).read(&format!("/api/v2/search?resolve=true&{query}")).await;
        assert_eq!((&found["accounts"], &found["statuses"]), (&json!([]), &json!([])), "{what}");
    }
    let follower = hall.remote_actor("fan", &peer.host, store::views::ActorKind::Person).await;
    let mut raw = hall.db.raw().await;
    raw.run(&format!(
        "INSERT INTO follows (follower_id, target_id, state, created_at) VALUES ({follower}, {}, 'active', 1)",
        ada.actor
    ))
    .await;
    hall.post(&ada, "CNRYagain", Visibility::Public).await;
    becomes("what follows from it is dealt with", || async {
        hall.db.raw().await.number("SELECT COUNT(*) FROM effects WHERE state = 'waiting'").await == 0
    })
    .await;
    assert_eq!(raw.number("SELECT COUNT(*) FROM deliveries").await, 0);
    assert_eq!(raw.number("SELECT COUNT(*) FROM inbox_queue").await, 0);
    assert_eq!(peer.seen().len(), 0, "{:?}", peer.seen());
}
