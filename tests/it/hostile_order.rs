//! Groups C, D and I as far as they can be seen from outside: addresses that are never asked, budgets, and
//! activities that come twice, late, or in the wrong order.

use crate::stage::Stage;
use app::Requester;
use domain::membership::MembershipState;
use http::Method;
use kit::Client;
use serde_json::{Value, json};

/// What a member finds at an address.
async fn resolved(stage: &Stage, address: &str) -> Value {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", address).finish();
    let answer = stage.client().get(&format!("/api/v2/search?resolve=true&{query}")).await;
    assert_eq!(answer.status, 200, "{address}: {}", answer.text());
    answer.value()
}

fn nothing(found: &Value) -> bool {
    ["accounts", "statuses", "hashtags"].iter().all(|kind| found[kind].as_array().is_some_and(Vec::is_empty))
}

#[tokio::test]
async fn c080_c085_internal_addresses_are_never_asked_by_whatever_name() {
    let stage = Stage::new().await;
    let port = stage.hostile.host.split_once(':').unwrap().1.to_owned();
    stage.hostile.say("/o", &stage.mal.note(&stage.bad("/o"), "CNRYsink"));
    let before = stage.hostile.seen().len();
    // Even with the development switch only loopback itself is allowed; these lead to it or to other inside places.
    for host in [
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fc00::1]",
        "[fec0::1]",
        "[2001:db8::1]",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "metadata.google.internal",
    ] {
        for scheme in ["http", "https"] {
            assert!(nothing(&resolved(&stage, &format!("{scheme}://{host}:{port}/o")).await), "{scheme}://{host}");
        }
        let handle = host.trim_matches(['[', ']']);
        assert!(nothing(&resolved(&stage, &format!("@mal@{handle}:{port}")).await), "@mal@{handle}");
    }
    assert_eq!(stage.hostile.seen().len(), before, "no packet reached the sink");
}

#[tokio::test]
async fn c087_a_redirect_leads_nowhere_inside() {
    let stage = Stage::new().await;
    let port = stage.hostile.host.split_once(':').unwrap().1.to_owned();
    stage.hostile.say("/sink", &stage.mal.note(&stage.bad("/sink"), "CNRYsink"));
    for (number, to) in [
        format!("http://0.0.0.0:{port}/sink"),
        format!("http://[::ffff:7f00:1]:{port}/sink"),
        "http://169.254.169.254/".into(),
        "file:///etc/passwd".into(),
    ]
    .iter()
    .enumerate()
    {
        stage.hostile.lead(&format!("/r{number}"), to);
        assert!(nothing(&resolved(&stage, &stage.bad(&format!("/r{number}"))).await), "{to}");
    }
    stage.hostile.lead("/round", &stage.bad("/round"));
    assert!(nothing(&resolved(&stage, &stage.bad("/round")).await), "a circle ends");
    assert!(!stage.hostile.seen().iter().any(|seen| seen.path == "/sink"));
}

#[tokio::test]
async fn c089_c091_odd_schemes_and_addresses_are_only_words() {
    let stage = Stage::new().await;
    let before = stage.hostile.seen().len();
    let host = stage.hostile.host.clone();
    for address in [
        format!("ftp://{host}/o"),
        format!("gopher://{host}/o"),
        format!("ws://{host}/o"),
        "file:///etc/passwd".into(),
        "data:application/activity+json,{}".into(),
        "javascript:alert(1)".into(),
        format!("http://user:pass@{host}/o"),
        format!("http://{host}\r\nX-Injected: 1/o"),
    ] {
        resolved(&stage, &address).await;
    }
    assert_eq!(stage.hostile.seen().len(), before);
}

#[tokio::test]
async fn c095_a_key_at_an_internal_address_is_not_fetched() {
    let stage = Stage::new().await;
    let port = stage.honest.host.split_once(':').unwrap().1.to_owned();
    let asked = stage.honest.seen().len();
    for host in ["0.0.0.0", "[::ffff:127.0.0.1]"] {
        let uri = format!("http://{host}:{port}/users/vic");
        let posing = kit::PeerActor { key_id: format!("{uri}#main-key"), uri: uri.clone(), ..stage.mal.clone() };
        let note = posing.note(&format!("http://{host}:{port}/n/1"), "x");
        let status = stage.in_vain(&posing, &posing.creates(&note)).await.status;
        assert!((400..500).contains(&status), "{status}");
    }
    assert_eq!(stage.honest.seen().len(), asked);
}

#[tokio::test]
async fn c309_one_activity_delivered_many_times_at_once_is_one_post_and_one_notification() {
    let stage = Stage::new().await;
    let mut note = stage.vic.note(&stage.good("/n/1"), "hello");
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    note["tag"] = json!([{"type": "Mention", "href": ada, "name": "@ada"}]);
    let activity = stage.vic.creates(&note);
    let (shared, personal) = (stage.inbox(), format!("{ada}/inbox"));
    let sends = (0..30).map(|number| stage.vic.post(if number % 2 == 0 { &shared } else { &personal }, &activity));
    for answer in futures_util::future::join_all(sends).await {
        assert_eq!(answer.status, 202);
    }
    stage.settled().await;
    let mut raw = stage.hall.db.raw().await;
    assert_eq!(raw.number(&format!("SELECT COUNT(*) FROM posts WHERE uri = '{}'", stage.good("/n/1"))).await, 1);
    let notified = stage.client().read("/api/v1/notifications").await;
    assert_eq!(notified.as_array().unwrap().iter().filter(|one| one["type"] == "mention").count(), 1, "{notified}");
}

/// Everything public that is known here.
async fn public(stage: &Stage) -> String {
    Client::new(&stage.hall.base).get("/api/v1/timelines/public").await.text()
}

#[tokio::test]
async fn c310_a_deletion_that_comes_first_wins() {
    let stage = Stage::new().await;
    let note = stage.vic.note(&stage.good("/n/1"), "CNRYlate");
    stage.honest.say("/n/1", &note);
    for activity in [stage.vic.does("Delete", &stage.good("/d/1"), &note["id"]), stage.vic.creates(&note)] {
        assert_eq!(stage.vic.post(&stage.inbox(), &activity).await.status, 202);
        stage.settled().await;
    }
    let mut changed = note.clone();
    changed["updated"] = json!("2026-05-05T00:00:00Z");
    stage.vic.post(&stage.inbox(), &stage.vic.does("Update", &stage.good("/u/1"), &changed)).await;
    stage.mal.post(&stage.inbox(), &stage.mal.does("Announce", &stage.bad("/a/1"), &note["id"])).await;
    stage.settled().await;
    assert!(nothing(&resolved(&stage, &stage.good("/n/1")).await), "nor by fetching it");
    assert!(!public(&stage).await.contains("CNRYlate"));
}

#[tokio::test]
async fn c310_a_change_that_comes_before_its_post_ends_in_the_changed_words() {
    let stage = Stage::new().await;
    let note = stage.vic.note(&stage.good("/n/1"), "first words");
    let mut changed = stage.vic.note(&stage.good("/n/1"), "changed words");
    changed["updated"] = json!("2026-05-05T00:00:00Z");
    stage.honest.say("/n/1", &changed);
    for activity in [stage.vic.does("Update", &stage.good("/u/1"), &changed), stage.vic.creates(&note)] {
        stage.vic.post(&stage.inbox(), &activity).await;
        stage.settled().await;
    }
    let post = store::posts::id_by_uri(stage.hall.store.read(), &stage.good("/n/1")).await.unwrap().unwrap();
    let seen = stage.hall.see(&Requester::anonymous(), post.id).await.unwrap();
    assert!(seen.post.html.as_str().contains("changed words"), "{}", seen.post.html.as_str());
}

#[tokio::test]
async fn c310_an_undo_that_comes_first_leaves_nothing_followed_or_liked() {
    let stage = Stage::new().await;
    let (post, uri) = stage.public_post("hello").await;
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    let follow = stage.vic.does("Follow", &stage.good("/f/1"), &json!(ada));
    let like = stage.vic.does("Like", &stage.good("/l/1"), &json!(uri));
    for (number, first) in [follow, like].into_iter().enumerate() {
        let undo = stage.vic.does("Undo", &stage.good(&format!("/undo/{number}")), &first);
        for activity in [&undo, &first] {
            assert_eq!(stage.vic.post(&stage.inbox(), activity).await.status, 202);
            stage.settled().await;
        }
    }
    let mut raw = stage.hall.db.raw().await;
    let followed = raw.number(&format!("SELECT COUNT(*) FROM follows WHERE target_id = {}", stage.ada.actor)).await;
    let liked = raw.number(&format!("SELECT COUNT(*) FROM favourites WHERE post_id = {post}")).await;
    assert_eq!((followed, liked), (0, 0));
}

#[tokio::test]
async fn c310_an_undo_that_comes_first_leaves_nobody_in_a_community_and_nothing_boosted() {
    let stage = Stage::new().await;
    let (post, uri) = stage.public_post("hello").await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let join = stage.vic.does("Join", &stage.good("/j/1"), &json!(group));
    let follow = stage.vic.does("Follow", &stage.good("/f/1"), &json!(group));
    let mut boost = stage.vic.does("Announce", &stage.good("/b/1"), &json!(uri));
    boost["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
    for (number, first) in [join, follow, boost].into_iter().enumerate() {
        let undo = stage.vic.does("Undo", &stage.good(&format!("/undo/{number}")), &first);
        for activity in [&undo, &first] {
            assert_eq!(stage.vic.post(&stage.inbox(), activity).await.status, 202);
            stage.settled().await;
        }
    }
    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    let standing = store::memberships::standing(stage.hall.store.read(), stage.open.id, vic).await.unwrap();
    assert!(standing.is_none_or(|standing| !standing.is_active()), "{standing:?}");
    let boosts = format!("SELECT COUNT(*) FROM posts WHERE boost_of = {post} AND deleted_at IS NULL");
    assert_eq!(stage.hall.db.raw().await.number(&boosts).await, 0);
}

#[tokio::test]
async fn c310_a_reply_that_comes_before_its_parent_finds_it_later() {
    let stage = Stage::new().await;
    let parent = stage.vic.note(&stage.good("/n/1"), "parent");
    let mut reply = stage.vic.note(&stage.good("/n/2"), "CNRYreply");
    reply["inReplyTo"] = parent["id"].clone();
    stage.vic.post(&stage.inbox(), &stage.vic.creates(&reply)).await;
    stage.settled().await;
    stage.honest.say("/n/1", &parent);
    stage.vic.post(&stage.inbox(), &stage.vic.creates(&parent)).await;
    stage.settled().await;
    let post = store::posts::id_by_uri(stage.hall.store.read(), &stage.good("/n/1")).await.unwrap().unwrap();
    let context = stage.hall.anonymous().get(&format!("/api/v1/statuses/{}/context", post.id)).await;
    assert!(context.shows("CNRYreply"), "{}", context.text());
}

#[tokio::test]
async fn joining_and_leaving_from_outside_ends_outside_and_a_banned_one_stays_out() {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    let standing =
        || async { store::memberships::standing(stage.hall.store.read(), stage.open.id, vic).await.unwrap().map(|m| m.state) };
    let join = |number: u32| stage.vic.does("Join", &stage.good(&format!("/join/{number}")), &json!(group));
    stage.vic.post(&stage.inbox(), &join(1)).await;
    stage.settled().await;
    assert_eq!(standing().await, Some(MembershipState::Active));
    stage.vic.post(&stage.inbox(), &stage.vic.does("Leave", &stage.good("/leave/1"), &json!(group))).await;
    stage.settled().await;
    assert_ne!(standing().await, Some(MembershipState::Active));
    stage.hall.put(&stage.open, vic, domain::membership::Role::Member, MembershipState::Banned).await;
    stage.vic.post(&stage.inbox(), &join(2)).await;
    stage.settled().await;
    assert_eq!(standing().await, Some(MembershipState::Banned));
}

#[tokio::test]
async fn c107_hostile_bodies_at_the_api_are_refused_and_the_hall_goes_on() {
    let stage = Stage::new().await;
    let client = stage.client();
    let kind = [("content-type", "application/json")];
    let deep = format!("{{\"status\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    for (body, allowed) in [
        (deep.into_bytes(), vec![400, 413, 422]),
        (b"{\"status\":".to_vec(), vec![400, 422]),
        (vec![0xff, 0xfe], vec![400, 422]),
        (vec![b'a'; auth::params::BODY_LIMIT + 1_000], vec![413]),
        (json!({"status": "x".repeat(6_000)}).to_string().into_bytes(), vec![422]),
        (json!({"status": {"a": 1}}).to_string().into_bytes(), vec![400, 422]),
    ] {
        let answer = client.send(Method::POST, "/api/v1/statuses", &kind, Some(body)).await;
        assert!(allowed.contains(&answer.status), "{} {}", answer.status, answer.text());
        assert!(answer.value()["error"].is_string(), "{}", answer.text());
    }
    let wrong =
        client.send(Method::POST, "/api/v1/statuses", &[("content-type", "application/xml")], Some(b"<a/>".to_vec())).await;
    assert!([400, 415, 422].contains(&wrong.status), "{}", wrong.status);
    client.post("/api/v1/statuses", &json!({"status": "still here"})).await;
}

#[tokio::test]
async fn c259_what_a_client_may_not_set_is_not_set() {
    let stage = Stage::new().await;
    let more = json!({"status": "hello", "id": "1", "account_id": "7", "created_at": "1999-01-01T00:00:00Z", "community_id": stage.inner.id,
        "admin": true, "role": "admin", "uri": "http://elsewhere.test/1"});
    let status = stage.client().post("/api/v1/statuses", &more).await;
    assert_ne!(status["id"], "1");
    assert_eq!(status["account"]["username"], "ada");
    assert!(!status["created_at"].as_str().unwrap().starts_with("1999"));
    assert_eq!(status["visibility"], "public");
    let changed = stage
        .client()
        .json(Method::PATCH, "/api/v1/accounts/update_credentials", &json!({"admin": true, "username": "root", "locked": true}))
        .await;
    assert_eq!(changed.value()["username"], "ada");
    assert_eq!(stage.hall.db.raw().await.number("SELECT COUNT(*) FROM accounts WHERE admin").await, 0);
}

#[tokio::test]
async fn a_dead_instance_is_nothing_found_and_keeps_no_post_from_being_written() {
    let stage = Stage::new().await;
    for address in ["http://127.0.0.1:1/users/nobody", "@nobody@127.0.0.1:1"] {
        assert!(nothing(&resolved(&stage, address).await), "{address}");
    }
    stage.hostile.answer("/slow", 500, "text/html", b"<html>".to_vec());
    assert!(nothing(&resolved(&stage, &stage.bad("/slow")).await));
    stage.hostile.answer("/page", 200, "text/html", b"<html><body>no document</body></html>".to_vec());
    assert!(nothing(&resolved(&stage, &stage.bad("/page")).await));
    let status = stage.client().post("/api/v1/statuses", &json!({"status": "hello @nobody@127.0.0.1:1"})).await;
    assert_eq!(status["mentions"], json!([]));
}
