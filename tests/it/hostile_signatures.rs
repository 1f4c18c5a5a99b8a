//! Group A: who signs, each row once after draft-cavage and once by RFC 9421. A delivery that is not signed as it
//! must be changes nothing and makes nobody be asked. Whose key it is stands in `hostile_keys`.

use crate::stage::Stage;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::time::{Clock, SystemClock};
use http::Method;
use kit::peer::request;
use kit::{Answer, PeerActor, Way};
use serde_json::{Value, json};

/// Each row in both kinds of signature, and once more in a hall that speaks only with listed hosts (C031).
macro_rules! both_ways {
    ($($row:ident),+ $(,)?) => {
        mod after_draft_cavage {
            $(#[tokio::test] async fn $row() { super::$row(kit::Way::Cavage).await; })+
        }
        mod by_rfc_9421 {
            $(#[tokio::test] async fn $row() { super::$row(kit::Way::Message).await; })+
        }
        mod among_listed_hosts {
            $(#[tokio::test] async fn $row() {
                crate::stage::AMONG.scope(domain::peers::Peers::Listed, super::$row(kit::Way::Cavage)).await;
            })+
        }
    };
}
pub(crate) use both_ways;

both_ways!(
    c001_c006_without_signature_or_digest_nothing_is_taken_and_nobody_asked,
    c002_c003_a_signature_outside_its_window_is_refused_and_one_just_inside_taken,
    c005_c007_the_digest_must_fit_and_be_signed,
    c009_a_signature_for_another_host_is_refused_whatever_is_said_to_be_forwarded,
    c010_c011_the_key_must_be_the_actors_own,
    c017_the_algorithm_comes_from_the_key,
    c019_a_signature_that_cannot_be_read_is_a_refusal,
    c021_a_signed_header_that_stands_twice_is_a_refusal,
    c023_what_is_verified_are_the_bytes_and_not_what_they_mean,
    c025_the_same_activity_again_is_the_same_whatever_it_says_now,
    c033_a_context_fetches_nothing_and_renames_nothing,
    c034_json_that_two_readers_could_read_differently_is_refused,
    c037_a_read_signed_for_something_else_is_a_read_by_nobody,
    c039_our_own_keys_never_come_from_outside,
);

type Headers = Vec<(String, String)>;

fn note(stage: &Stage, by: &PeerActor, path: &str) -> Value {
    by.creates(&by.note(&stage.bad(path), "CNRYhostile"))
}

/// Sends a delivery of `mal` with headers changed after they were made; must be refused without effect.
async fn tampered(stage: &Stage, change: impl FnOnce(&mut Headers)) -> Answer {
    let body = note(stage, &stage.mal, "/n/1").to_string();
    let before = stage.state().await;
    let mut headers = stage.mal.sign(&Method::POST, &stage.inbox(), Some(body.as_bytes()));
    change(&mut headers);
    let answer = request(Method::POST, &stage.inbox(), &headers, Some(body.as_bytes())).await;
    assert_eq!(stage.state().await, before);
    answer
}

/// A delivery of `mal` signed by hand: these components, under this name of an algorithm, with whatever makes a signature.
async fn made(stage: &Stage, covered: &[&str], algorithm: &str, sign: impl Fn(&[u8]) -> Vec<u8>, more: &[(&str, &str)]) -> u16 {
    let mal = &stage.mal;
    let body = mal.creates(&mal.note(&stage.bad(&format!("/made/{algorithm}/{}", covered.len())), "CNRYmade")).to_string();
    let mut headers = mal.sign(&Method::POST, &stage.inbox(), Some(body.as_bytes()));
    let value = |name: &str| match name {
        "(request-target)" => "post /inbox".to_owned(),
        "@method" => "POST".to_owned(),
        "@target-uri" => stage.inbox(),
        name => headers.iter().find(|(known, _)| known == name).unwrap().1.clone(),
    };
    let quote = if mal.way == Way::Cavage { "" } else { "\"" };
    let names = covered.iter().map(|name| format!("{quote}{name}{quote}")).collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = covered.iter().map(|name| format!("{quote}{name}{quote}: {}", value(name))).collect();
    let signature = |lines: &[String]| STANDARD.encode(sign(lines.join("\n").as_bytes()));
    if mal.way == Way::Cavage {
        let (key, signature) = (&mal.key_id, signature(&lines));
        let all = format!("keyId=\"{key}\",algorithm=\"{algorithm}\",headers=\"{names}\",signature=\"{signature}\"");
        set(&mut headers, "signature", &all);
    } else {
        let now = SystemClock.now().seconds();
        let parameters = format!("({names});created={now};keyid=\"{}\";alg=\"{algorithm}\"", mal.key_id);
        lines.push(format!("\"@signature-params\": {parameters}"));
        set(&mut headers, "signature-input", &format!("sig1={parameters}"));
        set(&mut headers, "signature", &format!("sig1=:{}:", signature(&lines)));
    }
    headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    request(Method::POST, &stage.inbox(), &headers, Some(body.as_bytes())).await.status
}

/// What is signed usually, and the name of how.
fn usual(way: Way) -> (&'static [&'static str], &'static str) {
    match way {
        Way::Cavage => (&["(request-target)", "host", "date", "digest"], "rsa-sha256"),
        Way::Message | Way::Edwards => (&["@method", "@target-uri", "content-digest"], "rsa-v1_5-sha256"),
    }
}

fn set(headers: &mut Headers, name: &str, value: &str) {
    headers.retain(|(known, _)| known != name);
    headers.push((name.into(), value.into()));
}

fn rewrite(headers: &mut Headers, name: &str, from: &str, to: &str) {
    let (_, value) = headers.iter_mut().find(|(known, _)| known == name).unwrap();
    assert!(value.contains(from), "{value}");
    *value = value.replace(from, to);
}

async fn c001_c006_without_signature_or_digest_nothing_is_taken_and_nobody_asked(way: Way) {
    let stage = Stage::signing(way).await;
    let asked = stage.hostile.seen().len();
    assert_eq!(tampered(&stage, |headers| headers.retain(|(name, _)| name != "signature")).await.status, 401);
    assert_eq!(tampered(&stage, |headers| headers.retain(|(name, _)| name != way.digest())).await.status, 401);
    assert_eq!(stage.hostile.seen().len(), asked, "no key was fetched for it");
}

async fn c002_c003_a_signature_outside_its_window_is_refused_and_one_just_inside_taken(way: Way) {
    let stage = Stage::signing(way).await;
    let now = SystemClock.now().seconds();
    for (age, status) in [
        (3_910, 401),
        (13 * 3_600, 401),
        (10 * 365 * 86_400, 401),
        (-3_660, 401),
        (-2 * 3_600, 401),
        (-365 * 86_400, 401),
        (3_880, 202),
        (-300, 202),
        (-3_590, 202),
    ] {
        let body = note(&stage, &stage.mal, &format!("/n/{age}")).to_string();
        let headers = stage.mal.sign_at(&Method::POST, &stage.inbox(), Some(body.as_bytes()), now - age);
        let answer = request(Method::POST, &stage.inbox(), &headers, Some(body.as_bytes())).await;
        assert_eq!(answer.status, status, "{age} s old: {}", answer.text());
    }
    let unreadable = match way {
        Way::Cavage => tampered(&stage, |headers| set(headers, "date", "yesterday")).await,
        Way::Message | Way::Edwards => tampered(&stage, |headers| rewrite(headers, way.input(), ";created=", ";created=-")).await,
    };
    assert_eq!(unreadable.status, 401);
}

async fn c005_c007_the_digest_must_fit_and_be_signed(way: Way) {
    let stage = Stage::signing(way).await;
    let (digest, empty) = (way.digest(), stage.mal.sign(&Method::POST, &stage.inbox(), Some(b"")));
    let (_, other) = empty.iter().find(|(name, _)| name == digest).unwrap();
    assert_eq!(tampered(&stage, |headers| set(headers, digest, other)).await.status, 401);
    let unsigned = stage.mal.sign(&Method::POST, &stage.inbox(), None);
    let swapped = tampered(&stage, |headers| {
        let signed = std::mem::replace(headers, unsigned);
        headers.extend(signed.into_iter().filter(|(name, _)| name == digest || name == "content-type"));
    });
    assert_eq!(swapped.await.status, 401, "a digest that is not signed");
    let (one, two) = (note(&stage, &stage.mal, "/n/1").to_string(), note(&stage, &stage.mal, "/n/2").to_string());
    let signed = stage.mal.sign(&Method::POST, &stage.inbox(), Some(one.as_bytes()));
    assert_eq!(request(Method::POST, &stage.inbox(), &signed, Some(two.as_bytes())).await.status, 401);
}

async fn c009_a_signature_for_another_host_is_refused_whatever_is_said_to_be_forwarded(way: Way) {
    let stage = Stage::signing(way).await;
    let elsewhere = format!("http://{}/inbox", stage.hostile.host);
    let foreign = |stage: &Stage| {
        let body = note(stage, &stage.mal, "/n/1").to_string();
        stage.mal.sign(&Method::POST, &elsewhere, Some(body.as_bytes()))
    };
    let headers = foreign(&stage);
    assert_eq!(tampered(&stage, |all| *all = headers).await.status, 401);
    let (headers, ours) = (foreign(&stage), stage.hall.host.clone());
    let forwarded = tampered(&stage, |all| {
        *all = headers;
        set(all, "x-forwarded-host", &ours);
    });
    assert_eq!(forwarded.await.status, 401);
    // Signed well, but without the host; what a message signature must cover is C035.
    if way == Way::Cavage {
        let sign = |text: &[u8]| stage.mal.key.sign_sha256(text);
        let before = stage.state().await;
        assert_eq!(made(&stage, &["(request-target)", "date", "digest"], "rsa-sha256", sign, &[]).await, 401);
        assert_eq!(stage.state().await, before);
        assert_eq!(made(&stage, usual(way).0, "rsa-sha256", sign, &[]).await, 202);
    }
}

async fn c010_c011_the_key_must_be_the_actors_own(way: Way) {
    let stage = Stage::signing(way).await;
    for victim in [&stage.neighbour, &stage.vic] {
        let mut activity = note(&stage, &stage.mal, "/n/1");
        activity["actor"] = json!(victim.uri);
        let status = stage.in_vain(&stage.mal, &activity).await.status;
        assert!([400, 401, 403].contains(&status), "{status}");
        let whole = victim.creates(&victim.note(&stage.bad("/n/2"), "forged"));
        let status = stage.in_vain(&stage.mal, &whole).await.status;
        assert!([400, 401, 403].contains(&status), "{status}");
    }
}

async fn c017_the_algorithm_comes_from_the_key(way: Way) {
    let stage = Stage::signing(way).await;
    let (covered, own) = usual(way);
    let rsa = |text: &[u8]| stage.mal.key.sign_sha256(text);
    assert_eq!(made(&stage, covered, own, rsa, &[]).await, 202, "so that the refusals below mean something");
    let before = stage.state().await;
    for algorithm in ["hmac-sha256", "none", "rsa-sha1", "ed25519", "rsa-sha512", "rsa-pss-sha512", ""] {
        assert_eq!(made(&stage, covered, algorithm, rsa, &[]).await, 401, "{algorithm}");
    }
    // The public key is known to everybody: taken for a shared secret it would sign for anybody.
    let pem = stage.mal.key.public_pem();
    for secret in [pem.as_str(), pem.trim_end()] {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        for algorithm in ["hmac-sha256", "hs2019", own] {
            let sign = |text: &[u8]| hmac::sign(&secret, text).as_ref().to_vec();
            assert_eq!(made(&stage, covered, algorithm, sign, &[]).await, 401, "{algorithm} keyed with the public key");
        }
    }
    assert_eq!(stage.state().await, before);
}

async fn c019_a_signature_that_cannot_be_read_is_a_refusal(way: Way) {
    let stage = Stage::signing(way).await;
    for signature in ["", "AAAA", "????", &"A".repeat(4_000), &"A".repeat(60_000)] {
        let answer = tampered(&stage, |headers| {
            let (_, value) = headers.iter_mut().find(|(name, _)| name == "signature").unwrap();
            *value = match way {
                Way::Cavage => format!("{}signature=\"{signature}\"", &value[..value.find("signature=").unwrap()]),
                Way::Message | Way::Edwards => format!("sig1=:{signature}:"),
            };
        });
        assert_eq!(answer.await.status, 401, "{signature:.20}");
    }
}

async fn c021_a_signed_header_that_stands_twice_is_a_refusal(way: Way) {
    let stage = Stage::signing(way).await;
    let other = stage.mal.sign_at(&Method::POST, &stage.bad("/inbox"), Some(b"other"), SystemClock.now().seconds() - 60);
    let mut names = vec![way.digest(), way.input(), "signature", "host"];
    names.extend((way == Way::Cavage).then_some("date"));
    for name in names {
        for first in [true, false] {
            let (_, value) = other.iter().find(|(known, _)| known == name).unwrap().clone();
            let answer = tampered(&stage, |headers| {
                let at = if first { 0 } else { headers.len() };
                headers.insert(at, (name.to_owned(), value));
            });
            let status = answer.await.status;
            assert!([400, 401].contains(&status), "another {name}, first {first}: {status}");
        }
    }
    let (covered, own) = usual(way);
    let covered = [covered, &["content-type"]].concat();
    let sign = |text: &[u8]| stage.mal.key.sign_sha256(text);
    assert_eq!(made(&stage, &covered, own, sign, &[("content-type", "text/plain")]).await, 401);
    assert_eq!(made(&stage, &covered, own, sign, &[]).await, 202);
}

async fn c023_what_is_verified_are_the_bytes_and_not_what_they_mean(way: Way) {
    let stage = Stage::signing(way).await;
    let wide = serde_json::to_vec_pretty(&note(&stage, &stage.mal, "/n/1")).unwrap();
    assert_eq!(stage.mal.post_bytes(&stage.inbox(), &wide).await.status, 202);
    let signed = stage.mal.sign(&Method::POST, &stage.inbox(), Some(&wide));
    let narrow = note(&stage, &stage.mal, "/n/1").to_string();
    assert_eq!(request(Method::POST, &stage.inbox(), &signed, Some(narrow.as_bytes())).await.status, 401);
}

fn accepting(mut headers: Headers) -> Headers {
    set(&mut headers, "accept", kit::peer::ACTIVITY);
    headers
}

async fn c037_a_read_signed_for_something_else_is_a_read_by_nobody(way: Way) {
    let stage = Stage::signing(way).await;
    let url = format!("{}/p/{}", stage.hall.base, stage.inside);
    let never = stage.mal.get(&format!("{}/p/7", stage.hall.base)).await;
    assert_eq!(never.status, 404);
    let now = SystemClock.now().seconds();
    for headers in [
        stage.mal.sign(&Method::GET, &format!("{}/p/7", stage.hall.base), None),
        stage.mal.sign_at(&Method::GET, &url, None, now - 90_000),
        stage.mal.sign(&Method::GET, &url, None),
        Vec::new(),
    ] {
        let answer = request(Method::GET, &url, &accepting(headers), None).await;
        assert_eq!(answer.comparable(), never.comparable());
    }
    // So that the refusals above mean something.
    assert_eq!(stage.mal.get(&format!("{}/a/{}", stage.hall.base, stage.open.actor)).await.status, 200);
}

async fn c039_our_own_keys_never_come_from_outside(way: Way) {
    let stage = Stage::signing(way).await;
    // Her own key, as if it had been stolen, and the hall's.
    let own_key = crate::three_halls::signing(&stage.hall, stage.ada.actor).await.signing(way);
    for stolen in [own_key, crate::three_halls::instance(&stage.hall).await.signing(way)] {
        let own = format!("{}/n/1", stolen.uri);
        assert_eq!(stage.in_vain(&stolen, &stolen.creates(&stolen.note(&own, "forged"))).await.status, 401);
        let read = stolen.get(&format!("{}/p/{}", stage.hall.base, stage.inside)).await;
        assert_eq!(read.status, 404, "nor does it read anything");
    }
    let here = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    for uri in [here.clone(), here.replace("127.0.0.1", "127.0.0.1."), here.to_uppercase().replace("HTTP://", "http://")] {
        let posing = PeerActor { key_id: format!("{uri}#main-key"), uri, ..stage.mal.clone() };
        let status = stage.in_vain(&posing, &posing.creates(&posing.note(&stage.bad("/n/1"), "forged"))).await.status;
        assert!([400, 401, 403].contains(&status), "{status}");
    }
}

async fn c025_the_same_activity_again_is_the_same_whatever_it_says_now(way: Way) {
    let stage = Stage::signing(way).await;
    stage.known_note("/n/1", "first words").await;
    let mut forged = stage.vic.note(&stage.good("/n/1"), "other words");
    forged["updated"] = json!("2026-01-03T00:00:00Z");
    assert_eq!(stage.in_vain(&stage.vic, &stage.vic.creates(&forged)).await.status, 202);
}

async fn c034_json_that_two_readers_could_read_differently_is_refused(way: Way) {
    let stage = Stage::signing(way).await;
    let good = note(&stage, &stage.mal, "/n/1").to_string();
    let inner = &good[1..];
    let vic = &stage.vic.uri;
    let deep = format!("{{\"a\":{}{},{inner}", "[".repeat(200_000), "]".repeat(200_000));
    let before = stage.state().await;
    for (what, body) in [
        ("a key twice", format!("{{\"actor\":\"{vic}\",{inner}").into_bytes()),
        ("an escaped key twice", format!("{{\"\\u0061ctor\":\"{vic}\",{inner}").into_bytes()),
        ("a byte order mark", format!("\u{feff}{good}").into_bytes()),
        ("bytes after the end", format!("{good}{{}}").into_bytes()),
        ("half a surrogate", format!("{{\"x\":\"\\ud800\",{inner}").into_bytes()),
        ("a number without end", format!("{{\"x\":1e400,{inner}").into_bytes()),
        ("200,000 levels", deep.into_bytes()),
        ("half of it", good.as_bytes()[..good.len() / 2].to_vec()),
        ("no UTF-8", [good.as_bytes(), &[0xff]].concat()),
        ("a list", format!("[{good}]").into_bytes()),
    ] {
        let answer = stage.mal.post_bytes(&stage.inbox(), &body).await;
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
    }
    assert_eq!(stage.state().await, before);
    let large = format!("{{\"x\":\"{}\",{inner}", "a".repeat(2 * 1024 * 1024));
    assert_eq!(stage.mal.post_bytes(&stage.inbox(), large.as_bytes()).await.status, 413);
    let plain = stage.mal.sign(&Method::POST, &stage.inbox(), Some(good.as_bytes()));
    let text: Headers = plain
        .into_iter()
        .map(|(name, value)| if name == "content-type" { (name, "text/plain".into()) } else { (name, value) })
        .collect();
    assert_eq!(request(Method::POST, &stage.inbox(), &text, Some(good.as_bytes())).await.status, 415);
}

async fn c033_a_context_fetches_nothing_and_renames_nothing(way: Way) {
    let stage = Stage::signing(way).await;
    let mut activity = note(&stage, &stage.mal, "/n/1");
    activity["@context"] = json!([stage.bad("/context"), {"actor": "as:target", "attributedTo": {"@id": "as:actor", "@type": "@json"}, "doer": "as:actor"}]);
    activity["doer"] = json!(stage.vic.uri);
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    activity["object"]["tag"] = json!([{"type": "Mention", "href": ada, "name": "@ada"}]);
    assert_eq!(stage.mal.post(&stage.inbox(), &activity).await.status, 202);
    stage.settled().await;
    assert!(!stage.hostile.seen().iter().any(|seen| seen.path.starts_with("/context")), "no remote context is fetched");
    let by = format!("SELECT a.uri FROM posts p JOIN actors a ON a.id = p.actor_id WHERE p.uri = '{}'", stage.bad("/n/1"));
    assert_eq!(stage.hall.db.raw().await.rows(&by).await, [[stage.mal.uri.clone()]], "core terms mean what they mean");
}
