//! Group A: whose key it is, each row once after draft-cavage and once by RFC 9421.

use crate::hostile_signatures::both_ways;
use crate::stage::Stage;
use domain::membership::{MembershipState, Role};
use domain::zone::{Door, JoinPolicy, Zone};
use kit::peer::ACTIVITY;
use kit::poll::becomes;
use kit::{PeerActor, Way};
use serde_json::{Value, json};
use std::sync::Arc;

both_ways!(
    c013_a_key_document_under_another_id_is_nobodys,
    c014_a_key_that_says_it_belongs_to_somebody_else_is_not_used,
    c015_a_key_id_that_is_no_address_is_a_refusal,
    c018_c019_a_key_that_is_weak_or_cannot_be_read_is_a_refusal,
    c026_a_new_key_counts_after_one_question_and_the_old_one_no_more,
    c027_a_key_changes_only_by_the_actors_own_document,
    c029_somebody_unknown_who_is_gone_is_not_asked_for,
    c078_a_partners_member_with_a_new_key_is_out_until_a_lead_lets_them_in_again,
    c030_a_key_that_could_not_be_fetched_is_asked_for_again,
    keys_are_found_in_all_their_forms,
);

fn note(stage: &Stage, by: &PeerActor, path: &str) -> Value {
    by.creates(&by.note(&stage.bad(path), "CNRYhostile"))
}

/// How often an address over there was asked.
fn asked(stage: &Stage, path: &str) -> usize {
    stage.hostile.seen().iter().filter(|seen| seen.method == "GET" && seen.path == path).count()
}

async fn c013_a_key_document_under_another_id_is_nobodys(way: Way) {
    let stage = Stage::signing(way).await;
    let apart = PeerActor { key_id: stage.bad("/keys/1"), ..stage.hostile.actor("apart", "Person").signing(way) };
    let key = |id: &str| json!({"id": id, "owner": apart.uri, "publicKeyPem": apart.key.public_pem()});
    stage.hostile.say("/keys/1", &key(&stage.bad("/keys/2")));
    let body = note(&stage, &apart, "/n/1");
    assert_eq!(stage.in_vain(&apart, &body).await.status, 401);
    let answer = apart.get(&format!("{}/p/{}", stage.hall.base, stage.inside)).await;
    assert_eq!(answer.status, 404);
}

async fn c015_a_key_id_that_is_no_address_is_a_refusal(way: Way) {
    let stage = Stage::signing(way).await;
    for key_id in [format!("acct:vic@{}", stage.honest.host), "did:key:z6Mk".into(), "x".into(), "file:///etc/passwd".into()] {
        let posing = PeerActor { key_id, ..stage.mal.clone() };
        assert_eq!(stage.in_vain(&posing, &note(&stage, &posing, "/n/1")).await.status, 401, "{}", posing.key_id);
    }
}

async fn c018_c019_a_key_that_is_weak_or_cannot_be_read_is_a_refusal(way: Way) {
    let stage = Stage::signing(way).await;
    // 512 bits; the others can be read by nobody
    let short = "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu\n\
        KUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==\n-----END PUBLIC KEY-----";
    let pems = ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", short];
    for (number, pem) in pems.into_iter().enumerate() {
        let broken = stage.hostile.actor(&format!("broken{number}"), "Person").signing(way);
        let mut document = stage.hostile.document(&broken, "Person");
        document["publicKey"]["publicKeyPem"] = json!(pem);
        stage.hostile.say(&format!("/users/{}", broken.name), &document);
        assert_eq!(stage.in_vain(&broken, &note(&stage, &broken, "/n/3")).await.status, 401, "{pem}");
    }
}

async fn c026_a_new_key_counts_after_one_question_and_the_old_one_no_more(way: Way) {
    let stage = Stage::signing(way).await;
    assert_eq!(stage.mal.post(&stage.inbox(), &note(&stage, &stage.mal, "/n/1")).await.status, 202);
    stage.settled().await;
    let before = asked(&stage, "/users/mal");
    let fresh = PeerActor { key: Arc::new(activitypub::keys::RsaKeyPair::generate().unwrap()), ..stage.mal.clone() };
    stage.hostile.say("/users/mal", &stage.hostile.document(&fresh, "Person"));
    assert_eq!(fresh.post(&stage.inbox(), &note(&stage, &fresh, "/n/2")).await.status, 202);
    assert_eq!(asked(&stage, "/users/mal"), before + 1);
    for number in 3..6 {
        assert_eq!(stage.in_vain(&stage.mal, &note(&stage, &stage.mal, &format!("/n/{number}"))).await.status, 503);
    }
    assert_eq!(asked(&stage, "/users/mal"), before + 1, "nobody is asked again for each bad signature");
    assert_eq!(fresh.post(&stage.inbox(), &note(&stage, &fresh, "/n/6")).await.status, 202);
}

/// Whoever takes over a partner's host has its actors' ids, and new keys.
async fn c078_a_partners_member_with_a_new_key_is_out_until_a_lead_lets_them_in_again(way: Way) {
    let stage = Stage::signing(way).await;
    let lead = stage.hall.person("lead078").await;
    let named = [stage.honest.host.as_str()];
    let club = stage.hall.community_with(&lead, "closed078", Zone::Partner, Door::Hall, JoinPolicy::Request, &named).await;
    let post = stage.hall.post_in(&lead, &club, "CNRYpartners").await;
    stage.known_note("/n/1", "CNRYknown").await;
    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    stage.hall.put(&club, vic, Role::Member, MembershipState::Active).await;
    let address = format!("{}/p/{post}", stage.hall.base);
    assert!(stage.vic.get(&address).await.shows("CNRYpartners"));
    let taken_over = PeerActor { key: Arc::new(activitypub::keys::RsaKeyPair::generate().unwrap()), ..stage.vic.clone() };
    stage.honest.say("/users/vic", &stage.honest.document(&taken_over, "Person"));
    let greeting = taken_over.creates(&taken_over.note(&stage.good("/n/2"), "CNRYnew"));
    assert_eq!(taken_over.post(&stage.inbox(), &greeting).await.status, 202);
    assert_eq!(taken_over.get(&address).await.status, 404);
    let standing = store::memberships::standing(stage.hall.store.read(), club.id, vic).await.unwrap().unwrap();
    assert_eq!(standing.state, MembershipState::Pending);
    let told = stage.hall.as_person(&lead).read("/api/v1/notifications").await;
    assert!(told.to_string().contains("follow_request"), "{told}");
    let audited = "SELECT COUNT(*) FROM audit_log WHERE act = 'partner.key_changed'";
    assert_eq!(stage.hall.db.raw().await.number(audited).await, 1);
    app::communities::decide(&stage.hall.hall, &lead.asks, club.id, vic, true).await.unwrap();
    let group = format!("{}/a/{}", stage.hall.base, club.actor);
    let told = |activity: &serde_json::Value| activity["type"] == "Accept" && activity["actor"] == json!(group);
    becomes("their server is told", || async { stage.honest.delivered().iter().any(told) }).await;
    assert!(taken_over.get(&address).await.shows("CNRYpartners"));
}

async fn c029_somebody_unknown_who_is_gone_is_not_asked_for(way: Way) {
    let stage = Stage::signing(way).await;
    let ghost = stage.hostile.actor("ghost", "Person").signing(way);
    stage.hostile.answer("/users/ghost", 410, ACTIVITY, Vec::new());
    let gone = ghost.does("Delete", &stage.bad("/d/1"), &json!(ghost.uri));
    assert_eq!(stage.in_vain(&ghost, &gone).await.status, 202);
    assert_eq!(asked(&stage, "/users/ghost"), 0);
    // Somebody known is believed by the key that is known.
    let uri = stage.mal.uri.clone();
    assert_eq!(stage.mal.post(&stage.inbox(), &note(&stage, &stage.mal, "/n/1")).await.status, 202);
    stage.settled().await;
    stage.hostile.answer("/users/mal", 410, ACTIVITY, Vec::new());
    assert_eq!(stage.mal.post(&stage.inbox(), &stage.mal.does("Delete", &stage.bad("/d/2"), &json!(uri))).await.status, 202);
    becomes("the actor is gone", || async { store::actors::id_by_uri(stage.hall.store.read(), &uri).await.unwrap().is_none() })
        .await;
}

async fn c030_a_key_that_could_not_be_fetched_is_asked_for_again(way: Way) {
    let stage = Stage::signing(way).await;
    let slow = stage.hostile.actor("slow", "Person").signing(way);
    stage.hostile.answer("/users/slow", 502, "text/plain", Vec::new());
    let answer = stage.in_vain(&slow, &note(&stage, &slow, "/n/1")).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.headers.contains_key("retry-after"));
    // Its host is left alone for a while, and then asked again.
    stage.hostile.say("/users/slow", &stage.hostile.document(&slow, "Person"));
    let (inbox, again) = (stage.inbox(), note(&stage, &slow, "/n/1"));
    becomes("it is taken", || async {
        let status = slow.post(&inbox, &again).await.status;
        assert!([202, 503].contains(&status), "{status}");
        status == 202
    })
    .await;
    assert_eq!(asked(&stage, "/users/slow"), 2, "once in vain and once well");
}

/// Facts 12: a fragment of the actor, an address of its own that answers with a stub or the bare key, a list of
/// keys, and a key that is only named in the actor's document.
async fn keys_are_found_in_all_their_forms(way: Way) {
    let stage = Stage::signing(way).await;
    let pem = |actor: &PeerActor| json!({"id": actor.key_id, "owner": actor.uri, "publicKeyPem": actor.key.public_pem()});
    for (name, form) in [("fragment", 0), ("stub", 1), ("bare", 2), ("list", 3), ("named", 4)] {
        let mut actor = stage.hostile.actor(name, "Person").signing(way);
        let path = format!("/users/{name}");
        if form != 0 {
            actor.key_id = format!("{}/main-key", actor.uri);
        }
        let mut document = stage.hostile.document(&actor, "Person");
        let stub = json!({"id": actor.uri, "type": "Person", "publicKey": pem(&actor)});
        match form {
            1 => stage.hostile.say(&format!("{path}/main-key"), &stub),
            3 => {
                let other = json!({"id": format!("{}#other", actor.uri), "owner": actor.uri, "publicKeyPem": "no key"});
                document["publicKey"] = json!([pem(&actor), other]);
            }
            4 => document["publicKey"] = json!(actor.key_id),
            _ => {}
        }
        if form > 1 {
            stage.hostile.say(&format!("{path}/main-key"), &pem(&actor));
        }
        stage.hostile.say(&path, &document);
        let read = actor.get(&format!("{}/a/{}", stage.hall.base, stage.open.actor)).await;
        assert_eq!(read.status, 200, "{name}");
        assert_eq!(actor.post(&stage.inbox(), &note(&stage, &actor, &format!("/n/{name}"))).await.status, 202, "{name}");
    }
}

async fn c014_a_key_that_says_it_belongs_to_somebody_else_is_not_used(way: Way) {
    let stage = Stage::signing(way).await;
    let thief = stage.hostile.actor("thief", "Person");
    let mut document = stage.hostile.document(&thief, "Person");
    document["publicKey"]["owner"] = json!(stage.vic.uri);
    stage.hostile.say("/users/thief", &document);
    assert!([401, 403].contains(&stage.in_vain(&thief, &note(&stage, &thief, "/n/1")).await.status));
    let posing = PeerActor { uri: stage.vic.uri.clone(), ..thief };
    let activity = posing.creates(&posing.note(&stage.good("/n/9"), "forged"));
    assert!([401, 403].contains(&stage.in_vain(&posing, &activity).await.status));
}

async fn c027_a_key_changes_only_by_the_actors_own_document(way: Way) {
    let stage = Stage::signing(way).await;
    let mut document = stage.honest.document(&stage.vic, "Person");
    document["publicKey"]["publicKeyPem"] = json!(stage.mal.key.public_pem());
    for (who, id) in [(&stage.mal, "/u/1"), (&stage.neighbour, "/u/2")] {
        stage.in_vain(who, &who.does("Update", &stage.bad(id), &document)).await;
    }
    let other = stage.honest.actor("other", "Person");
    stage.in_vain(&other, &other.does("Update", &stage.good("/u/3"), &document)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_signature_keeps_no_real_new_key_out() {
    let stage = Stage::new().await;
    let said = |by: &PeerActor, path: &str| by.creates(&by.note(&stage.good(path), "hello"));
    let with_new_key = || PeerActor { key: Arc::new(activitypub::keys::RsaKeyPair::generate().unwrap()), ..stage.vic.clone() };
    // Somebody who only says that they are vic makes us ask, and finds nothing new.
    let posing = with_new_key();
    assert_eq!(stage.in_vain(&posing, &said(&posing, "/n/1")).await.status, 401);
    let fresh = with_new_key();
    stage.honest.say("/users/vic", &stage.honest.document(&fresh, "Person"));
    let activity = said(&fresh, "/n/2");
    let first = fresh.post(&stage.inbox(), &activity).await;
    assert!(first.status == 503 && first.headers.contains_key("retry-after"), "it is to come again: {}", first.status);
    let inbox = stage.inbox();
    becomes("the new key counts, whoever else goes on", || async {
        let (real, other) = tokio::join!(fresh.post(&inbox, &activity), posing.post(&inbox, &activity));
        assert_ne!(other.status, 202);
        real.status == 202
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_comes_with_a_new_key_at_once_waits_for_one_question() {
    let stage = Stage::new().await;
    assert_eq!(stage.mal.post(&stage.inbox(), &note(&stage, &stage.mal, "/n/0")).await.status, 202);
    stage.settled().await;
    let before = asked(&stage, "/users/mal");
    let fresh = PeerActor { key: Arc::new(activitypub::keys::RsaKeyPair::generate().unwrap()), ..stage.mal.clone() };
    stage.hostile.say("/users/mal", &stage.hostile.document(&fresh, "Person"));
    let inbox = stage.inbox();
    let sent = (1..9).map(|number| {
        let (fresh, activity, inbox) = (&fresh, note(&stage, &fresh, &format!("/n/{number}")), &inbox);
        async move { fresh.post(inbox, &activity).await.status }
    });
    assert_eq!(futures_util::future::join_all(sent).await, [202; 8]);
    assert_eq!(asked(&stage, "/users/mal"), before + 1);
}
