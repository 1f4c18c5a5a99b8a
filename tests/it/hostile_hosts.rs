//! Group H: a blocked host is blocked by every spelling, with what lies below it, by every detour, and both ways.

use crate::stage::Stage;
use app::{Hall, Settings};
use domain::handle::canonical_host;
use domain::membership::{MembershipState, Role};
use domain::zone::Zone;
use federation::FetchOptions;
use federation::fetch::{Accept, Client, FetchError};
use kit::hostile::{Hostile, Script, document};
use kit::peer::ACTIVITY;
use kit::poll::becomes;
use kit::{Peer, PeerActor, World};
use serde_json::{Value, json};
use std::sync::Arc;
use store::views::ActorKind;
use store::{Store, instances};
use url::Url;

async fn block(store: &Store, host: &str) {
    let host = host.to_owned();
    store.write(move |tx| Box::pin(async move { instances::set_blocked(tx, &host, true).await })).await.unwrap();
}

/// A stage whose hostile peer is blocked before anything was heard of it.
async fn blocked() -> Stage {
    let stage = Stage::new().await;
    block(&stage.hall.store, &stage.hostile.host).await;
    stage
}

async fn found(stage: &Stage, what: &str) -> Value {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", what).finish();
    stage.client().read(&format!("/api/v2/search?resolve=true&{query}")).await
}

fn nothing(found: &Value) -> bool {
    ["accounts", "statuses"].iter().all(|kind| found[kind].as_array().is_some_and(Vec::is_empty))
}

#[tokio::test]
async fn c270_every_spelling_of_a_host_is_the_same_host_and_what_looks_alike_is_not() {
    for spelling in ["b.test", "B.TEST", "b.test.", "b.test:443", "ｂ.test", "b。test", "B.Test.:443"] {
        assert_eq!(canonical_host(spelling).as_deref(), Some("b.test"), "{spelling}");
    }
    assert_eq!(canonical_host("bücher.test"), canonical_host("XN--BCHER-KVA.test"));
    assert_eq!(canonical_host("127.1").as_deref(), Some("127.0.0.1"));
    for other in ["ƅ.test", "xn--b-uub.test", "bb.test", "b.test.evil.test", "b-test", "b.test:8443"] {
        assert_ne!(canonical_host(other).as_deref(), Some("b.test"), "{other}");
    }
    for bad in ["", ".", "b.test/", "b.test?x", "a@b.test", "b test", "b.test\\x", "b%2etest", "[::1", "b.test:99999"] {
        assert_eq!(canonical_host(bad), None, "{bad}");
    }
}

#[tokio::test]
async fn c271_a_block_covers_what_lies_below_it_and_nothing_beside_it() {
    let (world, names, sink) = (World::new().await, Arc::new(Script::default()), Hostile::start().await);
    let hall = Hall::new(world.store.clone(), Settings { insecure: true, ..kit::world::settings() });
    let client = Client::with_names(hall, FetchOptions::default(), names.clone()).unwrap();
    sink.says("/o", document("{\"id\":\"o\"}"));
    block(&world.store, "b.localhost").await;
    for (host, asked) in [
        ("b.localhost", false),
        ("B.LOCALHOST", false),
        ("b.localhost.", false),
        ("a.b.localhost", false),
        ("x.y.a.b.localhost", false),
        ("ab.localhost", true),
        ("b.localhost.c.localhost", true),
        ("localhost", true),
    ] {
        names.name(&host.to_lowercase(), &[&[sink.address]]);
        let url = Url::parse(&format!("http://{host}:{}/o", sink.port())).unwrap();
        let answer = client.get(&url, Accept::Activity, None).await;
        assert_eq!(answer.is_ok(), asked, "{host}: {answer:?}");
        assert!(asked || matches!(answer, Err(FetchError::Refused)), "{host}: {answer:?}");
    }
    assert_eq!(sink.connections(), 3);
    // A rule for the child does not lift the one for its parent, in whichever order they come.
    let below = world.remote_actor("known", "c.b.localhost", ActorKind::Person).await;
    #[expect(clippy::disallowed_methods, reason = "here the test vouches for the signature")]
    let asks = store::requesters::remote(world.store.read(), below).await.unwrap();
    assert!(asks.is_none(), "nor is anybody from there a requester");
    block(&world.store, "deep.v.test").await;
    let conn = world.store.read();
    assert!(
        instances::blocked(conn, "deep.v.test").await.unwrap() && instances::blocked(conn, "x.deep.v.test:8443").await.unwrap()
    );
    assert!(!instances::blocked(conn, "v.test").await.unwrap());
}

#[tokio::test]
async fn c269_a_blocked_host_is_not_listened_to_and_not_asked_for_its_keys() {
    let stage = blocked().await;
    let before = stage.hostile.seen().len();
    let note = stage.mal.creates(&stage.mal.note(&stage.bad("/n/1"), "CNRYblocked"));
    assert_eq!(stage.in_vain(&stage.mal, &note).await.status, 403);
    let (host, port) = stage.hostile.host.split_once(':').unwrap();
    for spelling in
        [format!("127.1:{port}"), format!("0x7f.0.0.1:{port}"), format!("{host}.:{port}"), format!("2130706433:{port}")]
    {
        let uri = format!("http://{spelling}/users/mal");
        let posing = PeerActor { key_id: format!("{uri}#main-key"), uri, ..stage.mal.clone() };
        let note = posing.creates(&posing.note(&format!("http://{spelling}/n/1"), "CNRYblocked"));
        let status = stage.in_vain(&posing, &note).await.status;
        assert!([400, 401, 403].contains(&status), "{spelling}: {status}");
    }
    let never = stage.vic.get(&format!("{}/p/7", stage.hall.base)).await;
    let shared = stage.hall.community(&stage.ada, "bridges", Zone::Partner, &[stage.hostile.host.as_str()]).await;
    let written = stage.hall.post_in(&stage.ada, &shared, "CNRYshared").await;
    assert_eq!(
        stage.mal.get(&format!("{}/p/{written}", stage.hall.base)).await.comparable(),
        never.comparable(),
        "named, yet blocked"
    );
    assert_eq!(stage.hostile.seen().len(), before, "nobody there was asked for anything");
}

#[tokio::test]
async fn c273_one_blocked_host_in_an_activity_is_enough_for_that_part() {
    let stage = blocked().await;
    let before = stage.hostile.seen().len();
    let (bad, mal) = (|path: &str| stage.bad(path), &stage.mal.uri);
    stage.hostile.say("/n/1", &stage.mal.note(&bad("/n/1"), "CNRYblocked"));
    let mut owned = stage.vic.note(&stage.good("/n/owned"), "CNRYblocked");
    owned["attributedTo"] = json!(mal);
    stage.in_vain(&stage.vic, &stage.vic.creates(&owned)).await;
    let mut object = stage.vic.creates(&stage.vic.note(&bad("/n/2"), "CNRYblocked"));
    object["id"] = json!(stage.good("/c/object"));
    stage.in_vain(&stage.vic, &object).await;
    for (number, kind) in ["Announce", "Like", "Follow", "Join", "Update", "Delete"].into_iter().enumerate() {
        for (index, target) in [bad("/n/1"), mal.clone()].into_iter().enumerate() {
            stage.in_vain(&stage.vic, &stage.vic.does(kind, &stage.good(&format!("/a/{number}/{index}")), &json!(target))).await;
        }
    }
    // Where the host stands in a part that can be left out, the rest is taken, and that part is neither asked nor told.
    let mut note = stage.vic.note(&stage.good("/n/parts"), "CNRYparts");
    note["inReplyTo"] = json!(bad("/n/1"));
    note["context"] = json!(bad("/contexts/1"));
    note["quoteUrl"] = json!(bad("/n/1"));
    note["cc"] = json!([mal, bad("/users/mal/followers")]);
    note["audience"] = json!(mal);
    note["replies"] = json!(bad("/n/1/replies"));
    let picture = |url: String| json!({"type": "Image", "mediaType": "image/png", "url": url});
    note["attachment"] = json!([picture(bad("/i.png")), picture(stage.good("/i.png"))]);
    note["tag"] = json!([{"type": "Mention", "href": mal, "name": "@mal"}, {"type": "Emoji", "name": ":x:", "icon": {"url": bad("/e.png")}}]);
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status, 202);
    stage.settled().await;
    let parts = store::posts::id_by_uri(stage.hall.store.read(), &stage.good("/n/parts")).await.unwrap().unwrap().id;
    let shown = stage.client().get(&format!("/api/v1/statuses/{parts}")).await;
    assert!(shown.shows("CNRYparts") && shown.shows("/i.png") && !shown.shows(&stage.hostile.host), "{}", shown.text());
    let home = stage.client().get("/api/v1/timelines/home").await;
    assert!(!home.shows("CNRYblocked"), "{}", home.text());
    assert_eq!(stage.hostile.seen().len(), before, "{:?}", stage.hostile.seen());
}

#[tokio::test]
async fn c273_an_inbox_at_a_blocked_host_is_sent_nothing_whatever_host_the_handle_names() {
    let stage = Stage::new().await;
    let trap = stage.hostile.actor("trap", "Person");
    let mut about = stage.hostile.document(&trap, "Person");
    about["webfinger"] = json!(format!("trap@{}", stage.honest.host));
    stage.hostile.say("/users/trap", &about);
    let link = json!({"rel": "self", "type": ACTIVITY, "href": trap.uri});
    let jrd = json!({"subject": format!("acct:trap@{}", stage.honest.host), "links": [link]}).to_string().into_bytes();
    for peer in [&stage.honest, &stage.hostile] {
        let path = format!("/.well-known/webfinger?resource=acct:trap@{}", peer.host);
        peer.answer(&path, 200, "application/jrd+json", jrd.clone());
    }
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    for who in [&trap, &stage.vic] {
        let follow = who.does("Follow", &format!("{}/follow", who.uri), &json!(ada));
        assert_eq!(who.post(&stage.inbox(), &follow).await.status, 202);
    }
    stage.settled().await;
    let host = format!("SELECT host FROM actors WHERE uri = '{}'", trap.uri);
    assert_eq!(stage.hall.db.raw().await.rows(&host).await, [[stage.honest.host.clone()]], "known by the other host's name");
    let heard = |peer: &Peer, word: &str| peer.delivered().iter().any(|activity| activity.to_string().contains(word));
    stage.public_post("CNRYbefore").await;
    becomes("both hear of it", || async { heard(&stage.hostile, "CNRYbefore") && heard(&stage.honest, "CNRYbefore") }).await;
    block(&stage.hall.store, &stage.hostile.host).await;
    let (inbox, note) = (stage.inbox(), stage.mal.creates(&stage.mal.note(&stage.bad("/n/1"), "CNRYblocked")));
    becomes("the block counts", || async { stage.mal.post(&inbox, &note).await.status == 403 }).await;
    let before = stage.hostile.seen().len();
    stage.public_post("CNRYnews").await;
    becomes("the other follower hears of it", || async { heard(&stage.honest, "CNRYnews") }).await;
    becomes("nothing waits", || async {
        stage.hall.db.raw().await.number("SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").await == 0
    })
    .await;
    assert_eq!(stage.hostile.seen().len(), before, "{:?}", stage.hostile.seen().last());
}

#[tokio::test]
async fn c274_a_blocked_host_is_not_reached_by_a_detour() {
    let stage = blocked().await;
    stage.hostile.say("/n/1", &stage.mal.note(&stage.bad("/n/1"), "CNRYblocked"));
    let before = stage.hostile.seen().len();
    stage.honest.lead("/detour", &stage.bad("/n/1"));
    stage.honest.lead("/users/detour", &stage.mal.uri);
    let jrd = |name: &str| {
        let link = json!({"rel": "self", "type": ACTIVITY, "href": stage.mal.uri});
        json!({"subject": format!("acct:{name}@{}", stage.honest.host), "links": [link]}).to_string().into_bytes()
    };
    let path = format!("/.well-known/webfinger?resource=acct:split@{}", stage.honest.host);
    stage.honest.answer(&path, 200, "application/jrd+json", jrd("split"));
    let page = format!("<link rel=\"alternate\" type=\"{ACTIVITY}\" href=\"{}\">", stage.bad("/n/1"));
    stage.honest.answer("/page", 200, "text/html", page.into_bytes());
    for what in [
        stage.good("/detour"),
        stage.good("/users/detour"),
        stage.good("/page"),
        stage.bad("/n/1"),
        stage.mal.uri.clone(),
        format!("@mal@{}", stage.hostile.host),
        format!("@split@{}", stage.honest.host),
    ] {
        let found = found(&stage, &what).await;
        assert!(nothing(&found), "{what}: {found}");
    }
    let group = stage.honest.actor("group", "Group");
    let inner = stage.mal.creates(&stage.mal.note(&stage.bad("/n/1"), "CNRYblocked"));
    for (number, object) in [json!(stage.bad("/n/1")), inner].into_iter().enumerate() {
        stage.in_vain(&group, &group.does("Announce", &stage.good(&format!("/announce/{number}")), &object)).await;
    }
    assert_eq!(stage.hostile.seen().len(), before, "{:?}", stage.hostile.seen());
}

#[tokio::test]
async fn c271_who_is_blocked_later_is_told_nothing_more_and_a_partner_neither() {
    let stage = Stage::new().await;
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    for who in [&stage.mal, &stage.vic] {
        who.post(&stage.inbox(), &who.does("Follow", &format!("{}/follow", who.uri), &json!(ada))).await;
    }
    stage.settled().await;
    let mal = store::actors::id_by_uri(stage.hall.store.read(), &stage.mal.uri).await.unwrap().unwrap();
    let shared = stage.hall.community(&stage.ada, "bridges", Zone::Partner, &[stage.hostile.host.as_str()]).await;
    stage.hall.put(&shared, mal, Role::Member, MembershipState::Active).await;
    becomes("both are answered", || async {
        let accepted = |seen: Vec<Value>| seen.iter().any(|activity| activity["type"] == "Accept");
        accepted(stage.hostile.delivered()) && accepted(stage.honest.delivered())
    })
    .await;
    block(&stage.hall.store, &stage.hostile.host).await;
    let before = stage.hostile.delivered().len();
    stage.public_post("CNRYnews").await;
    stage.hall.post_in(&stage.ada, &shared, "CNRYshared").await;
    becomes("the other follower hears of it", || async {
        stage.honest.delivered().iter().any(|activity| activity.to_string().contains("CNRYnews"))
    })
    .await;
    becomes("nothing waits", || async {
        stage.hall.db.raw().await.number("SELECT COUNT(*) FROM deliveries WHERE state = 'waiting'").await == 0
    })
    .await;
    assert_eq!(stage.hostile.delivered().len(), before);
}

#[tokio::test]
async fn c275_a_suspended_actor_is_gone_for_this_hall_and_its_host_is_not() {
    let stage = Stage::new().await;
    let (hall, ada) = (&stage.hall, format!("{}/a/{}", stage.hall.base, stage.ada.actor));
    let mut note = stage.mal.note(&stage.bad("/n/1"), "CNRYsuspended");
    note["tag"] = json!([{"type": "Mention", "href": ada, "name": "@ada"}]);
    stage.hostile.say("/n/1", &note);
    stage.mal.post(&stage.inbox(), &stage.mal.creates(&note)).await;
    stage.mal.post(&stage.inbox(), &stage.mal.does("Follow", &stage.bad("/follow/1"), &json!(ada))).await;
    stage.vic.post(&stage.inbox(), &stage.vic.does("Announce", &stage.good("/announce/1"), &json!(stage.bad("/n/1")))).await;
    stage.settled().await;
    let home = async || stage.client().get("/api/v1/timelines/home").await;
    becomes("its post is seen", async || home().await.shows("CNRYsuspended")).await;
    let post = store::posts::id_by_uri(hall.store.read(), &stage.bad("/n/1")).await.unwrap().unwrap().id;

    let handle = format!("@mal@{}", stage.hostile.host);
    app::federated::suspensions::suspend(&hall.hall, &handle).await.unwrap();
    assert_eq!(app::federated::suspensions::list(&hall.hall).await.unwrap(), std::slice::from_ref(&stage.mal.uri));
    becomes("it is not shown, boosted or not", async || {
        let notes = stage.client().get("/api/v1/notifications").await;
        !home().await.shows("CNRYsuspended") && !notes.shows("CNRYsuspended")
    })
    .await;
    assert_eq!(stage.client().get(&format!("/api/v1/statuses/{post}")).await.status, 404);
    // What it does, and what others say of it.
    let group = stage.honest.actor("group", "Group");
    stage.hostile.say("/n/2", &stage.mal.note(&stage.bad("/n/2"), "CNRYsuspended"));
    let (public, public_uri) = stage.public_post("public").await;
    for (kind, object) in [
        ("Create", stage.mal.note(&stage.bad("/n/2"), "CNRYsuspended")),
        ("Update", stage.mal.note(&stage.bad("/n/1"), "CNRYsuspended")),
        ("Update", stage.mal.note(&stage.bad("/n/3"), "CNRYsuspended")),
        ("Like", json!(public_uri)),
        ("Announce", json!(public_uri)),
        ("Follow", json!(ada)),
    ] {
        stage.in_vain(&stage.mal, &stage.mal.does(kind, &stage.bad(&format!("/x/{kind}{}", object["id"])), &object)).await;
    }
    for (number, who) in [&stage.vic, &group].into_iter().enumerate() {
        for path in ["/n/1", "/n/2"] {
            let announce = who.does("Announce", &stage.good(&format!("/again/{number}{path}")), &json!(stage.bad(path)));
            stage.in_vain(who, &announce).await;
        }
    }
    for what in [stage.bad("/n/2"), stage.mal.uri.clone(), handle.clone()] {
        let found = found(&stage, &what).await;
        assert!(nothing(&found), "{what}: {found}");
    }
    let told = stage.hostile.delivered().len();
    stage.hall.edit(&stage.ada, public, "CNRYnews").await.unwrap();
    stage.settled().await;
    assert_eq!(stage.hostile.delivered().len(), told, "it is told nothing more");
    let ties = format!(
        "SELECT COUNT(*) FROM follows f JOIN actors a ON a.id IN (f.follower_id, f.target_id) WHERE a.uri = '{}'",
        stage.mal.uri
    );
    assert_eq!(stage.hall.db.raw().await.number(&ties).await, 0, "it follows nobody here any more");
    // Its neighbour is somebody else.
    let mut other = stage.neighbour.note(&stage.bad("/n/9"), "CNRYneighbour");
    other["tag"] = json!([{"type": "Mention", "href": ada, "name": "@ada"}]);
    assert_eq!(stage.neighbour.post(&stage.inbox(), &stage.neighbour.creates(&other)).await.status, 202);
    becomes("the neighbour is heard", async || stage.client().get("/api/v1/notifications").await.shows("CNRYneighbour")).await;

    // Nor is anything kept beside what it wrote.
    for beside in ["received_objects", "revisions", "home_entries"] {
        let wrote = format!("SELECT p.id FROM posts p JOIN actors a ON a.id = p.actor_id WHERE a.uri = '{}'", stage.mal.uri);
        let left = format!("SELECT COUNT(*) FROM {beside} WHERE post_id IN ({wrote})");
        becomes("nothing is left", async || stage.hall.db.raw().await.number(&left).await == 0).await;
    }

    // C277: whoever may come again brings nothing of before along.
    app::federated::suspensions::restore(&hall.hall, &stage.mal.uri).await.unwrap();
    assert_eq!(stage.client().get(&format!("/api/v1/statuses/{post}")).await.status, 404);
    assert!(!home().await.shows("CNRYsuspended"));
    let mut late = stage.mal.note(&stage.bad("/n/10"), "CNRYlate");
    late["tag"] = json!([{"type": "Mention", "href": ada, "name": "@ada"}]);
    stage.mal.post(&stage.inbox(), &stage.mal.creates(&late)).await;
    becomes("it is heard again", async || stage.client().get("/api/v1/notifications").await.shows("CNRYlate")).await;
    for who in [ada.as_str(), "@ada", "@nobody@x.test", "nonsense"] {
        assert!(app::federated::suspensions::suspend(&hall.hall, who).await.is_err(), "{who}");
    }
}

#[tokio::test]
async fn c275_who_was_never_seen_can_be_suspended_before_they_come() {
    let stage = Stage::new().await;
    let before = stage.hostile.seen().len();
    app::federated::suspensions::suspend(&stage.hall.hall, &stage.mal.uri).await.unwrap();
    let note = stage.mal.creates(&stage.mal.note(&stage.bad("/n/1"), "CNRYsuspended"));
    let status = stage.in_vain(&stage.mal, &note).await.status;
    assert!([401, 403].contains(&status), "{status}");
    assert_eq!(stage.hostile.seen().len(), before, "nobody is asked for its key");
}
