//! Whatever stands in the headers of a signature: no panic, no long work, and nothing believed that was not signed.

use activitypub::digest;
use activitypub::keys::{Ed25519KeyPair, PublicKey};
use activitypub::signature::{self, MessageKey, RequestParts};
use proptest::prelude::*;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

const NOW: i64 = 1_795_341_600;
const ORIGIN: &str = "https://s.test";
const BODY: &[u8] = br#"{"type":"Follow"}"#;
static PAIR: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().unwrap());

fn signed() -> Vec<(String, String)> {
    let url = "https://s.test/inbox".parse().unwrap();
    signature::sign_message("POST", &url, NOW, Some(BODY), "https://x.test/a/1#k", MessageKey::Ed25519(&PAIR), None)
}

/// Whether every claim of a request holds.
fn holds(headers: &[(String, String)]) -> bool {
    let key = PublicKey::from_multibase(&PAIR.public_multibase()).unwrap();
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let parts = RequestParts { method: "POST", path_and_query: "/inbox", headers: &headers, body: Some(BODY) };
    signature::inspect(&parts, NOW, ORIGIN).is_ok_and(|claims| claims.iter().all(|claim| claim.verify(&key).is_ok()))
}

/// Words as signatures are made of, in any order.
fn soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("sig1=".to_owned()),
        Just("(\"@method\" \"@target-uri\" \"content-digest\")".to_owned()),
        Just(format!(";created={NOW}")),
        Just(";keyid=\"https://x.test/a/1#k\"".to_owned()),
        Just(";alg=\"ed25519\"".to_owned()),
        Just("keyId=\"https://x.test/a/1#k\",headers=\"(request-target) host date digest\",".to_owned()),
        Just("signature=\"AAAA\"".to_owned()),
        Just(":AAAA:".to_owned()),
        "[ -~]{0,12}",
        "[(),;=:\"\\\\ ?@]{1,4}",
        "[0-9]{1,20}",
        any::<String>().prop_map(|text| text.chars().take(20).collect()),
    ];
    prop::collection::vec(word, 0..12).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_words_are_read_or_refused(signature in soup(), input in soup(), content in soup(), old in soup(), both in any::<bool>()) {
        let mut headers = vec![
            ("host".to_owned(), "s.test".to_owned()),
            ("date".to_owned(), signature::http_date(NOW)),
            ("digest".to_owned(), old.clone()),
            ("content-digest".to_owned(), content.clone()),
            ("signature".to_owned(), signature),
        ];
        if both {
            headers.push(("signature-input".to_owned(), input));
        }
        let began = Instant::now();
        prop_assert!(!holds(&headers), "nobody signed this");
        let _ = (digest::matches(&old, BODY), digest::content_matches(&content, BODY));
        prop_assert!(began.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn one_letter_changed_is_another_request(which in 0..4_usize, at in any::<prop::sample::Index>(), letter in 33..127_u8) {
        let mut headers = signed();
        prop_assert!(holds(&headers));
        let name = ["content-digest", "signature-input", "signature", "host"][which];
        let (_, value) = headers.iter_mut().find(|(known, _)| known == name).unwrap();
        let place = at.index(value.len());
        let before = value.clone();
        value.replace_range(place..=place, &char::from(letter).to_string());
        // Host names know no case, a label means nothing by itself, and the last letter of base64 says two bits more.
        let same = value.eq_ignore_ascii_case(&before) && name == "host";
        let means_the_same = same || *value == before || (name == "signature" && place + 5 > value.len());
        prop_assert!(means_the_same || !holds(&headers), "{name}: {before} {}", headers.iter().find(|(n, _)| n == name).unwrap().1);
    }
}

#[test]
fn the_longest_headers_are_refused_at_once() {
    for text in
        ["(".repeat(1 << 20), "a=1,".repeat(1 << 18), "\"".repeat(1 << 20), "sig1=(".to_owned() + &"\"a\" ".repeat(1 << 18)]
    {
        let began = Instant::now();
        let headers = vec![("signature".to_owned(), text.clone()), ("signature-input".to_owned(), text.clone())];
        assert!(!holds(&headers));
        assert!(!holds(&headers[..1]));
        assert!(digest::content_matches(&text, BODY).is_err());
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}
