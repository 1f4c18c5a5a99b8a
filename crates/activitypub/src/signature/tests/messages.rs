//! RFC 9421: the vectors it gives, round trips, and what must be refused.

use base64::Engine as _;

use super::*;
use crate::digest::content_digest;

static EDWARDS: LazyLock<Ed25519KeyPair> = LazyLock::new(|| Ed25519KeyPair::generate().unwrap());
const EDWARDS_ID: &str = "https://x.test/a/1#ed25519-key";
const TEST_KEY_ED25519: &str =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----";
const TEST_KEY_RSA: &str = "-----BEGIN RSA PUBLIC KEY-----\n\
    MIIBCgKCAQEAhAKYdtoeoy8zcAcR874L8cnZxKzAGwd7v36APp7Pv6Q2jdsPBRrw\n\
    WEBnez6d0UDKDwGbc6nxfEXAy5mbhgajzrw3MOEt8uA5txSKobBpKDeBLOsdJKFq\n\
    MGmXCQvEG7YemcxDTRPxAleIAgYYRjTSd/QBwVW9OwNFhekro3RtlinV0a75jfZg\n\
    kne/YiktSvLG34lw2zqXBDTC5NHROUqGTlML4PlNZS5Ri2U4aCNx2rUPRcKIlE0P\n\
    uKxI4T+HIaFpv8+rdV6eUgOrB2xeI1dSFFn/nnv5OoZJEIB+VmuKn3DCUcCZSFlQ\n\
    PSXSfBDiUGhwOw76WuSSsf1D4b/vLoJ10wIDAQAB\n-----END RSA PUBLIC KEY-----";
const DIGEST_512: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";

fn edwards() -> PublicKey {
    PublicKey::from_multibase(&EDWARDS.public_multibase()).unwrap()
}

/// Checks one of the RFC's own examples, whose key ids are no addresses and which cover less than we demand.
fn vector(origin: &str, headers: &[(&str, &str)], label: &str, input: &str, signature: &str, key: &str) {
    let parts = RequestParts { method: "POST", path_and_query: "/foo?param=Value&Pet=dog", headers, body: None };
    let read: sfv::Dictionary = sfv::Parser::new(input).parse().unwrap();
    let sfv::ListEntry::InnerList(input) = &read[label] else { panic!("{label}") };
    let base = message::base(&parts, origin, input).unwrap();
    let signature = base64::engine::general_purpose::STANDARD.decode(signature).unwrap();
    let key = PublicKey::from_pem(key).unwrap();
    assert_eq!(key.verify(base.as_bytes(), &signature), Ok(()), "{base}");
    assert!(key.verify(base.replace("POST", "PUT").as_bytes(), &signature).is_err());
}

/// RFC 9421 appendix B.2.6.
#[test]
fn the_rfcs_ed25519_example_verifies() {
    let headers = [("date", "Tue, 20 Apr 2021 02:07:55 GMT"), ("content-type", "application/json"), ("content-length", "18")];
    let input = "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
        ;created=1618884473;keyid=\"test-key-ed25519\"";
    let signature = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
    vector("https://example.com", &headers, "sig-b26", input, signature, TEST_KEY_ED25519);
}

/// RFC 9421 section 4.3, the proxy's signature; appendix B has no example of `rsa-v1_5-sha256`.
#[test]
fn the_rfcs_rsa_example_verifies() {
    let headers = [
        ("content-digest", DIGEST_512),
        ("content-type", "application/json"),
        ("content-length", "18"),
        ("forwarded", "for=192.0.2.123;host=example.com;proto=https"),
    ];
    let input = "sig1=(\"@method\" \"@authority\" \"@path\" \"content-digest\" \"content-type\" \"content-length\")\
        ;created=1618884475;keyid=\"test-key-ecc-p256\", \
        proxy_sig=(\"@method\" \"@authority\" \"@path\" \"content-digest\" \"content-type\" \"content-length\" \"forwarded\")\
        ;created=1618884480;keyid=\"test-key-rsa\";alg=\"rsa-v1_5-sha256\";expires=1618884540";
    let signature = "S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsO\
        ckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwp\
        Bdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==";
    vector("https://origin.host.internal.example", &headers, "proxy_sig", input, signature, TEST_KEY_RSA);
}

fn signed(method: &str, url: &str, body: Option<&[u8]>, key_id: &str, key: MessageKey<'_>) -> Request {
    let url = url::Url::parse(url).unwrap();
    Request {
        method: method.to_owned(),
        path: url.path().to_owned() + &url.query().map(|q| format!("?{q}")).unwrap_or_default(),
        headers: sign_message(method, &url, NOW, body, key_id, key, Some("application/activity+json")),
        body: body.map(<[u8]>::to_vec),
    }
}

fn message() -> Request {
    signed("POST", "https://s.test/inbox?a=b", Some(BODY), EDWARDS_ID, MessageKey::Ed25519(&EDWARDS))
}

/// A message signed by hand, for shapes `sign_message` never makes.
fn by_hand(parameters: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Request {
    labelled(&[("sig1", parameters)], headers, body)
}

fn labelled(labels: &[(&str, &str)], headers: &[(&str, &str)], body: Option<&[u8]>) -> Request {
    let mut headers: Vec<(String, String)> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let method = if body.is_some() { "POST" } else { "GET" };
    let (mut inputs, mut signatures) = (Vec::new(), Vec::new());
    for (label, parameters) in labels {
        let read: sfv::Dictionary = sfv::Parser::new(&format!("x={parameters}")).parse().unwrap();
        let sfv::ListEntry::InnerList(input) = &read["x"] else { panic!("{parameters}") };
        let parts = RequestParts { method, path_and_query: "/a/1", headers: &borrowed(&headers), body };
        let base = message::base(&parts, "https://s.test", input).unwrap_or_default();
        let signature = base64::engine::general_purpose::STANDARD.encode(EDWARDS.sign(base.as_bytes()));
        inputs.push(format!("{label}={parameters}"));
        signatures.push(format!("{label}=:{signature}:"));
    }
    headers.push(("signature-input".to_owned(), inputs.join(", ")));
    headers.push(("signature".to_owned(), signatures.join(", ")));
    Request { method: method.to_owned(), path: "/a/1".to_owned(), headers, body: body.map(<[u8]>::to_vec) }
}

fn check(request: &Request) -> Result<(), SignatureError> {
    request.inspect()?.verify(&edwards())
}

#[test]
fn own_messages_verify_with_either_key() {
    for (key_id, key, public) in
        [(KEY_ID, MessageKey::Rsa(&PAIR), public()), (EDWARDS_ID, MessageKey::Ed25519(&EDWARDS), edwards())]
    {
        for (method, body) in [("POST", Some(BODY)), ("GET", None)] {
            let request = signed(method, "https://s.test/a/1?page=2", body, key_id, key);
            let claim = request.inspect().unwrap();
            assert_eq!(claim.key_id(), key_id);
            assert_eq!(claim.verify(&public), Ok(()));
        }
    }
}

#[test]
fn the_algorithm_must_be_that_of_the_key() {
    assert_eq!(message().inspect().unwrap().verify(&public()), Err(SignatureError::AlgorithmMismatch));
    let rsa = signed("POST", "https://s.test/inbox", Some(BODY), KEY_ID, MessageKey::Rsa(&PAIR));
    assert_eq!(rsa.inspect().unwrap().verify(&edwards()), Err(SignatureError::AlgorithmMismatch));
    for other in ["hmac-sha256", "rsa-pss-sha512", "rsa-v1_5-sha512", "ecdsa-p256-sha256", "none", "", "ED25519"] {
        let request =
            by_hand(&format!("(\"@method\" \"@target-uri\");created={NOW};keyid=\"{EDWARDS_ID}\";alg=\"{other}\""), &[], None);
        assert_eq!(check(&request), Err(SignatureError::Algorithm), "{other}");
    }
    let silent = by_hand(&format!("(\"@method\" \"@target-uri\");created={NOW};keyid=\"{EDWARDS_ID}\""), &[], None);
    assert_eq!(check(&silent), Ok(()));
}

#[test]
fn method_target_and_body_must_be_covered() {
    let digest = content_digest(BODY);
    for (names, body, expected) in [
        ("\"@method\" \"@target-uri\"", false, Ok(())),
        ("\"@method\" \"@scheme\" \"@authority\" \"@path\" \"@query\"", false, Ok(())),
        ("\"@method\" \"@authority\" \"@request-target\"", false, Ok(())),
        ("\"@method\" \"@authority\" \"@path\"", false, Ok(())),
        ("\"@target-uri\"", false, Err(SignatureError::NotCovered)),
        ("\"@method\"", false, Err(SignatureError::NotCovered)),
        ("\"@method\" \"@path\" \"@query\"", false, Err(SignatureError::NotCovered)),
        ("\"@method\" \"@authority\"", false, Err(SignatureError::NotCovered)),
        ("", false, Err(SignatureError::NotCovered)),
        ("\"@method\" \"@target-uri\" \"content-digest\"", true, Ok(())),
        ("\"@method\" \"@target-uri\"", true, Err(SignatureError::NotCovered)),
        ("\"@method\" \"@target-uri\" \"@method\"", false, Err(SignatureError::HeaderRepeated)),
        ("\"@method\" \"@target-uri\" \"x-absent\"", false, Err(SignatureError::HeaderMissing)),
        ("\"@method\" \"@target-uri\" \"@status\"", false, Err(SignatureError::Malformed)),
        ("\"@method\" \"@target-uri\" \"@query-param\";name=\"a\"", false, Err(SignatureError::Malformed)),
        ("\"@method\" \"@target-uri\" \"signature\"", false, Err(SignatureError::Malformed)),
        ("\"@method\" \"@target-uri\" \"Content-Digest\"", true, Err(SignatureError::Malformed)),
        ("@method \"@target-uri\"", false, Err(SignatureError::Malformed)),
    ] {
        let parameters = format!("({names});created={NOW};keyid=\"{EDWARDS_ID}\"");
        let Ok(_) = sfv::Parser::new(&parameters).parse::<sfv::List>() else {
            assert_eq!(check(&message().set("signature-input", &format!("sig1={parameters}"))), expected, "{names}");
            continue;
        };
        let request = by_hand(&parameters, &[("content-digest", &digest)], body.then_some(BODY));
        assert_eq!(check(&request), expected, "{names}");
    }
    let mut asks = by_hand(&format!("(\"@method\" \"@authority\" \"@path\");created={NOW};keyid=\"{EDWARDS_ID}\""), &[], None);
    asks.path = "/a/1?page=2".to_owned();
    assert_eq!(check(&asks), Err(SignatureError::NotCovered), "a query is part of the target");
    assert_eq!(check(&message().without("content-digest")), Err(SignatureError::DigestMissing));
}

#[test]
fn what_is_covered_cannot_be_changed() {
    let mut path = message();
    path.path = "/inbox?a=c".to_owned();
    let mut method = message();
    method.method = "PUT".to_owned();
    for request in [path, method] {
        assert_eq!(check(&request), Err(SignatureError::BadSignature));
    }
    let mut body = message();
    body.body = Some(b"other".to_vec());
    assert_eq!(check(&body), Err(SignatureError::DigestMismatch));
    assert_eq!(check(&body.set("content-digest", &content_digest(b"other"))), Err(SignatureError::BadSignature));
    let elsewhere = signed("POST", "https://x.test/inbox", Some(BODY), EDWARDS_ID, MessageKey::Ed25519(&EDWARDS));
    assert_eq!(check(&elsewhere), Err(SignatureError::HostMismatch));
    assert_eq!(check(&elsewhere.set("host", "s.test")), Err(SignatureError::BadSignature));
    let plain = signed("GET", "http://s.test/a/1", None, EDWARDS_ID, MessageKey::Ed25519(&EDWARDS));
    assert_eq!(check(&plain), Err(SignatureError::BadSignature), "the scheme is part of the target");
    let other = PublicKey::from_multibase(&Ed25519KeyPair::generate().unwrap().public_multibase()).unwrap();
    assert_eq!(message().inspect().unwrap().verify(&other), Err(SignatureError::BadSignature));
}

#[test]
fn a_message_must_be_fresh() {
    for (parameters, expected) in [
        (format!("created={}", NOW - 3_900), Ok(())),
        (format!("created={}", NOW - 3_901), Err(SignatureError::Expired)),
        (format!("created={}", NOW + 3_600), Ok(())),
        (format!("created={}", NOW + 3_601), Err(SignatureError::FromFuture)),
        (format!("created={};expires={}", NOW - 60, NOW), Ok(())),
        (format!("created={};expires={}", NOW - 60, NOW - 1), Err(SignatureError::Expired)),
        (format!("created={};expires={}", NOW + 60, NOW + 30), Err(SignatureError::Expired)),
        ("created=999999999999999".to_owned(), Err(SignatureError::FromFuture)),
        ("created=-999999999999999".to_owned(), Err(SignatureError::Expired)),
        (format!("created=\"{NOW}\""), Err(SignatureError::DateMalformed)),
        (format!("created={NOW}.5"), Err(SignatureError::DateMalformed)),
        (format!("expires={NOW}"), Err(SignatureError::NotCovered)),
    ] {
        let request = by_hand(&format!("(\"@method\" \"@target-uri\");{parameters};keyid=\"{EDWARDS_ID}\""), &[], None);
        assert_eq!(check(&request), expected, "{parameters}");
    }
    let date = http_date(NOW - 90_000);
    let old = by_hand(
        &format!("(\"@method\" \"@target-uri\" \"date\");created={NOW};keyid=\"{EDWARDS_ID}\""),
        &[("date", &date)],
        None,
    );
    assert_eq!(check(&old), Err(SignatureError::Expired), "a date that is signed counts");
}

#[test]
fn every_label_is_a_claim_and_none_is_passed_over() {
    let good = format!("(\"@method\" \"@target-uri\");created={NOW};keyid=\"{EDWARDS_ID}\"");
    let two = labelled(&[("a", &good), ("b", &good)], &[], None);
    let headers = borrowed(&two.headers);
    let parts = RequestParts { method: "GET", path_and_query: &two.path, headers: &headers, body: None };
    let claims = inspect(&parts, NOW, "https://s.test").unwrap();
    assert_eq!(claims.len(), 2);
    assert!(claims.iter().all(|claim| claim.verify(&edwards()).is_ok()));
    let old = good.replace(&NOW.to_string(), "1");
    for (labels, error) in [
        (vec![("a", good.as_str()), ("b", old.as_str())], SignatureError::Expired),
        (vec![("a", good.as_str()), ("b", &good.replace("x.test", "y.test"))], SignatureError::KeyId),
        (vec![("a", &good), ("b", &good), ("c", &good), ("d", &good), ("e", &good)], SignatureError::Malformed),
    ] {
        assert_eq!(check(&labelled(&labels, &[], None)), Err(error), "{labels:?}");
    }
    let named = |input: &str| two.clone().set("signature-input", input);
    assert_eq!(check(&named(&format!("a={good}"))), Err(SignatureError::Malformed), "a signature without an input");
    assert_eq!(check(&named(&format!("a={good}, c={good}"))), Err(SignatureError::Malformed), "an input without a signature");
    assert_eq!(check(&named(&format!("a={good}, a={good}, b={good}"))), Err(SignatureError::Malformed), "a label twice");
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let request = message();
    let input = request.headers.iter().find(|(n, _)| n == "signature-input").unwrap().1.clone();
    for (bad, error) in [
        (format!("{input};keyid=\"https://v.test/#k\""), SignatureError::Malformed),
        (input.replace("keyid=\"https://x.test", "keyid=\"acct:x.test"), SignatureError::KeyId),
        (input.replace(&format!("\"{EDWARDS_ID}\""), "token"), SignatureError::Malformed),
        (input.replace("sig1=", "sig1"), SignatureError::Malformed),
        (input.replace("(\"@method\"", "(\"@method"), SignatureError::Malformed),
        ("sig1=?1".to_owned(), SignatureError::Malformed),
        (String::new(), SignatureError::Malformed),
        ("(".repeat(9_000), SignatureError::Malformed),
        (format!("{input}, {}", "a".repeat(9_000)), SignatureError::Malformed),
    ] {
        assert_eq!(check(&request.clone().set("signature-input", &bad)), Err(error), "{bad:.80}");
    }
    assert_eq!(check(&request.clone().add("signature-input", &input)), Err(SignatureError::HeaderRepeated));
    assert_eq!(check(&request.clone().add("content-digest", &content_digest(BODY))), Err(SignatureError::HeaderRepeated));
    assert_eq!(check(&request.clone().without("signature")), Err(SignatureError::Missing));
    assert_eq!(check(&request.clone().set("signature", "sig1=\"text\"")), Err(SignatureError::Malformed));
    assert_eq!(check(&request.set("signature", "sig1=::")), Err(SignatureError::BadSignature));
    let spaced = message();
    let wide = input.replace(" \"", "  \"").replace(";created", "; created");
    assert_eq!(check(&spaced.set("signature-input", &wide)), Ok(()), "spaces mean nothing");
}

#[test]
fn a_cavage_signature_beside_an_input_is_not_looked_at() {
    let mut both = post();
    both.headers.push(("signature-input".to_owned(), "sig1=()".to_owned()));
    assert_eq!(both.check(), Err(SignatureError::Malformed));
}
