//! C035: what only RFC 9421 has, at the running inbox. Signed by hand, so that a shape nobody should send is signed well.

use crate::stage::Stage;
use activitypub::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::time::{Clock, SystemClock};
use http::Method;
use kit::PeerActor;
use kit::peer::{ACTIVITY, request};
use std::fmt::Write;

/// The key a label is signed with.
#[derive(Clone, Copy, PartialEq)]
enum With {
    Rsa,
    Edwards,
    /// Somebody else's of the same host.
    Neighbour,
    /// No key at all.
    Nothing,
}

/// A signature as it stands in the headers: label, covered components, parameters, key.
struct Label {
    name: &'static str,
    covered: &'static str,
    parameters: String,
    with: With,
}

const COVERED: &str = "\"@method\" \"@target-uri\" \"content-digest\"";

fn label(covered: &'static str, parameters: &str, with: With) -> Label {
    Label { name: "sig1", covered, parameters: parameters.to_owned(), with }
}

/// The signature base of RFC 9421 section 2.5, for the few components that are played here.
fn base(stage: &Stage, label: &Label, body: &[u8]) -> String {
    let mut lines = String::new();
    for component in label.covered.split(' ') {
        let value = match component.split(';').next().unwrap_or_default().trim_matches('"') {
            "@method" => "POST".to_owned(),
            "@target-uri" => stage.inbox(),
            "@authority" => stage.hall.host.clone(),
            "@path" | "@request-target" => "/inbox".to_owned(),
            "content-digest" => digest::content_digest(body),
            "content-type" => ACTIVITY.to_owned(),
            _ => String::new(),
        };
        writeln!(lines, "{component}: {value}").unwrap();
    }
    format!("{lines}\"@signature-params\": ({}){}", label.covered, label.parameters)
}

fn key_id(stage: &Stage, with: With) -> String {
    match with {
        With::Edwards => stage.mal.edwards_id(),
        With::Neighbour => stage.neighbour.key_id.clone(),
        With::Rsa | With::Nothing => stage.mal.key_id.clone(),
    }
}

fn signed(stage: &Stage, labels: &[Label], body: &[u8]) -> Vec<(String, String)> {
    let (mut inputs, mut signatures) = (Vec::new(), Vec::new());
    for label in labels {
        let base = base(stage, label, body);
        let rsa = |by: &PeerActor| by.key.sign_sha256(base.as_bytes());
        let signature = match label.with {
            With::Rsa => rsa(&stage.mal),
            With::Neighbour => rsa(&stage.neighbour),
            With::Edwards => stage.mal.edwards.sign(base.as_bytes()),
            With::Nothing => vec![7; 256],
        };
        inputs.push(format!("{}=({}){}", label.name, label.covered, label.parameters));
        signatures.push(format!("{}=:{}:", label.name, STANDARD.encode(signature)));
    }
    vec![
        ("content-type".into(), ACTIVITY.into()),
        ("content-digest".into(), digest::content_digest(body)),
        ("signature-input".into(), inputs.join(", ")),
        ("signature".into(), signatures.join(", ")),
    ]
}

struct Played {
    stage: Stage,
    number: std::cell::Cell<u32>,
}

impl Played {
    /// Delivers something new with these headers. Gives the status.
    async fn sends(&self, headers: impl FnOnce(&[u8]) -> Vec<(String, String)>) -> u16 {
        self.number.set(self.number.get() + 1);
        let note = self.stage.mal.note(&self.stage.bad(&format!("/n/{}", self.number.get())), "CNRYmessage");
        let body = self.stage.mal.creates(&note).to_string().into_bytes();
        request(Method::POST, &self.stage.inbox(), &headers(&body), Some(&body)).await.status
    }

    async fn labels(&self, labels: &[Label]) -> u16 {
        self.sends(|body| signed(&self.stage, labels, body)).await
    }

    /// Created now, by a key, and these parameters more.
    fn usual(&self, with: With, more: &str) -> String {
        format!(";created={};keyid=\"{}\"{more}", SystemClock.now().seconds(), key_id(&self.stage, with))
    }
}

async fn played() -> Played {
    Played { stage: Stage::new().await, number: std::cell::Cell::default() }
}

#[tokio::test]
async fn c035_what_a_message_signature_must_cover_and_say() {
    let played = played().await;
    let now = SystemClock.now().seconds();
    let (usual, key) = (played.usual(With::Rsa, ""), key_id(&played.stage, With::Rsa));
    for (what, covered, parameters) in [
        ("as it should be", COVERED, usual.clone()),
        ("in parts", "\"@method\" \"@authority\" \"@path\" \"content-digest\"", usual.clone()),
        ("with its algorithm", COVERED, played.usual(With::Rsa, ";alg=\"rsa-v1_5-sha256\"")),
        ("with an end to come", COVERED, played.usual(With::Rsa, &format!(";expires={}", now + 300))),
        ("with words of no meaning here", COVERED, played.usual(With::Rsa, ";nonce=\"n\";tag=\"t\"")),
    ] {
        assert_eq!(played.labels(&[label(covered, &parameters, With::Rsa)]).await, 202, "{what}");
    }
    let before = played.stage.state().await;
    for (what, covered, parameters) in [
        ("no method", "\"@target-uri\" \"content-digest\"", usual.clone()),
        ("no target", "\"@method\" \"content-digest\"", usual.clone()),
        ("a path of any host", "\"@method\" \"@path\" \"content-digest\"", usual.clone()),
        ("no digest", "\"@method\" \"@target-uri\"", usual.clone()),
        ("nothing", "", usual.clone()),
        ("one thing twice", "\"@method\" \"@method\" \"@target-uri\" \"content-digest\"", usual.clone()),
        ("a component with a parameter", "\"@method\";req \"@target-uri\" \"content-digest\"", usual.clone()),
        ("a field in another form", "\"@method\" \"@target-uri\" \"content-digest\";sf", usual.clone()),
        ("its own header", "\"@method\" \"@target-uri\" \"content-digest\" \"signature\"", usual.clone()),
        ("an unknown component", "\"@method\" \"@target-uri\" \"content-digest\" \"@nothing\"", usual.clone()),
        ("a component in capitals", "\"@Method\" \"@target-uri\" \"content-digest\"", usual.clone()),
        ("the algorithm of another key", COVERED, played.usual(With::Rsa, ";alg=\"ed25519\"")),
        ("an algorithm with a shared secret", COVERED, played.usual(With::Rsa, ";alg=\"hmac-sha256\"")),
        ("another padding", COVERED, played.usual(With::Rsa, ";alg=\"rsa-pss-sha512\"")),
        ("no algorithm", COVERED, played.usual(With::Rsa, ";alg=\"none\"")),
        ("an algorithm that is no word", COVERED, played.usual(With::Rsa, ";alg=1")),
        ("over", COVERED, played.usual(With::Rsa, &format!(";expires={}", now - 10))),
        ("over before it began", COVERED, format!(";created={};expires={};keyid=\"{key}\"", now + 600, now + 300)),
        ("an end that is no number", COVERED, played.usual(With::Rsa, ";expires=\"never\"")),
        ("without a beginning", COVERED, format!(";keyid=\"{key}\"")),
        ("from two hours ahead", COVERED, format!(";created={};keyid=\"{key}\"", now + 7_200)),
        ("two hours old", COVERED, format!(";created={};keyid=\"{key}\"", now - 7_200)),
        ("a beginning that is no number", COVERED, format!(";created=\"{now}\";keyid=\"{key}\"")),
        ("a beginning with a fraction", COVERED, format!(";created={now}.5;keyid=\"{key}\"")),
        ("begun twice", COVERED, format!(";created={};created={now};keyid=\"{key}\"", now - 90_000)),
        ("by nobody", COVERED, format!(";created={now}")),
        ("by two", COVERED, format!(";created={now};keyid=\"{}\";keyid=\"{key}\"", key_id(&played.stage, With::Neighbour))),
        ("by a key that is no text", COVERED, format!(";created={now};keyid={key:?}").replace('"', "")),
    ] {
        assert_eq!(played.labels(&[label(covered, &parameters, With::Rsa)]).await, 401, "{what}");
    }
    assert_eq!(played.stage.state().await, before);
}

#[tokio::test]
async fn c035_every_label_counts_and_all_are_the_actors() {
    let played = played().await;
    let one = |name, with| Label { name, covered: COVERED, parameters: played.usual(with, ""), with };
    assert_eq!(played.labels(&[one("a", With::Rsa), one("b", With::Edwards)]).await, 202, "both keys of one actor");
    let before = played.stage.state().await;
    for (what, labels) in [
        ("a bad one behind", vec![one("a", With::Rsa), one("b", With::Nothing)]),
        ("a bad one before", vec![one("a", With::Nothing), one("b", With::Rsa)]),
        ("the same label twice", vec![one("a", With::Nothing), one("a", With::Rsa)]),
        ("more than anybody needs", ["a", "b", "c", "d", "e"].map(|name| one(name, With::Rsa)).into()),
    ] {
        // One that a new key could have made makes us ask for it, and after that to come again.
        let status = played.labels(&labels).await;
        assert!([401, 503].contains(&status), "{what}: {status}");
    }
    for labels in [[one("a", With::Rsa), one("b", With::Neighbour)], [one("a", With::Neighbour), one("b", With::Rsa)]] {
        let status = played.labels(&labels).await;
        assert!([401, 403, 503].contains(&status), "a neighbour's beside it: {status}");
    }
    for (what, name, change) in [
        ("a label without a signature", "signature", "b=:AAAA:"),
        ("a signature without its input", "signature-input", "b=(\"@method\");created=1;keyid=\"x\""),
        ("no signature", "signature", ""),
        ("a signature that is text", "signature", "sig1=\"AAAA\""),
        ("a signature that is a list", "signature", "sig1=(:AAAA:)"),
        ("a digest of no kind", "content-digest", "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:"),
        ("a digest of nothing", "content-digest", "sha-256=::"),
    ] {
        let status = played
            .sends(|body| {
                let mut headers = signed(&played.stage, &[one("sig1", With::Rsa)], body);
                headers.retain(|(known, _)| known != name);
                headers.push((name.to_owned(), change.to_owned()));
                headers
            })
            .await;
        assert_eq!(status, 401, "{what}");
    }
    for name in ["signature", "signature-input", "content-digest"] {
        let status = played
            .sends(|body| {
                let mut headers = signed(&played.stage, &[one("sig1", With::Rsa)], body);
                let again = headers.iter().find(|(known, _)| known == name).cloned().unwrap();
                headers.push(again);
                headers
            })
            .await;
        assert!([400, 401].contains(&status), "{name} twice: {status}");
    }
    assert_eq!(played.stage.state().await, before);
}
