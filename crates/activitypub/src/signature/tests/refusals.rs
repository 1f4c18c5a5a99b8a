//! Every way a signature must be refused, whatever its key says.

use super::*;

#[test]
fn what_must_be_covered_is() {
    let date = http_date(NOW);
    let headers = [("host", "s.test"), ("date", date.as_str())];
    for (names, expected) in [
        ("(request-target) host date", Ok(())),
        ("date host (request-target)", Ok(())),
        ("(request-target) host", Err(SignatureError::NotCovered)),
        ("(request-target) date", Err(SignatureError::NotCovered)),
        ("host date", Err(SignatureError::NotCovered)),
        ("date", Err(SignatureError::NotCovered)),
        ("", Err(SignatureError::NotCovered)),
        ("(request-target) host date date", Err(SignatureError::HeaderRepeated)),
        ("(request-target) host date x-absent", Err(SignatureError::HeaderMissing)),
        ("(request-target) host date (other)", Err(SignatureError::HeaderMissing)),
        ("(request-target) host date signature", Err(SignatureError::Malformed)),
        ("(request-target) host date authorization", Err(SignatureError::Malformed)),
    ] {
        assert_eq!(custom(names, "", &headers).check(), expected, "{names}");
    }
    let silent = post().bend("headers=\"(request-target) host date digest\",", "");
    assert_eq!(silent.check(), Err(SignatureError::NotCovered));
    let many = (0..40).map(|i| format!("h{i}")).collect::<Vec<_>>().join(" ");
    let many = post().bend("(request-target)", &many);
    assert_eq!(many.check(), Err(SignatureError::Malformed));
}

#[test]
fn a_body_needs_a_covered_digest() {
    assert_eq!(post().without("digest").check(), Err(SignatureError::DigestMissing));
    assert_eq!(post().set("digest", "SHA-512=abc").check(), Err(SignatureError::DigestMalformed));
    assert_eq!(post().bend(" date digest", " date").check(), Err(SignatureError::NotCovered));
    let mut bodiless = get();
    bodiless.method = "POST".to_owned();
    assert_eq!(bodiless.check(), Err(SignatureError::DigestMissing));
    let digest = crate::digest::sha256_header(BODY);
    assert_eq!(post().add("digest", &digest).check(), Err(SignatureError::HeaderRepeated));
}

#[test]
fn the_host_is_ours_whatever_the_request_says() {
    for good in ["S.TEST", "s.test:443", "s.test:80"] {
        let date = http_date(NOW);
        let request = custom("(request-target) host date", "", &[("host", good), ("date", &date)]);
        assert_eq!(request.check(), Ok(()), "{good}");
    }
    for bad in ["x.test", "s.test:8080", "s.test.x.test", "", "xs.test"] {
        assert_eq!(post().set("host", bad).check(), Err(SignatureError::HostMismatch), "{bad}");
    }
    let forwarded = request("POST", "https://x.test/inbox", Some(BODY)).add("x-forwarded-host", "s.test");
    assert_eq!(forwarded.check(), Err(SignatureError::HostMismatch));
    assert_eq!(post().add("host", "x.test").check(), Err(SignatureError::HeaderRepeated));
    let parts = RequestParts { method: "GET", path_and_query: "/", headers: &[], body: None };
    assert_eq!(inspect(&parts, NOW, "https://s.test").unwrap_err(), SignatureError::Missing);
}

#[test]
fn repeated_signed_headers_are_refused() {
    let date = http_date(NOW);
    let headers = [("host", "s.test"), ("date", date.as_str()), ("accept", "a")];
    let request = custom("(request-target) host date accept", "", &headers).add("accept", "b");
    assert_eq!(request.check(), Err(SignatureError::HeaderRepeated));
    let twice = post();
    let value = twice.signature();
    assert_eq!(twice.add("signature", &value).check(), Err(SignatureError::HeaderRepeated));
}

#[test]
fn the_algorithm_is_the_keys_and_never_weak() {
    for bad in ["hmac-sha256", "none", "rsa-sha1", "rsa-sha512", "ecdsa-sha256", "RSA-SHA256 ", ""] {
        let request = post().bend("rsa-sha256", bad);
        let refused = request.check();
        // spaces around the value do not matter, its case does
        assert_eq!(refused, Err(SignatureError::Algorithm), "{bad}");
    }
    let confused = post().bend("rsa-sha256", "ed25519").inspect().unwrap();
    assert_eq!(confused.verify(&public()), Err(SignatureError::AlgorithmMismatch));
    let ed = Ed25519KeyPair::generate().unwrap();
    let ed = PublicKey::from_multibase(&ed.public_multibase()).unwrap();
    let rsa = post().inspect().unwrap();
    assert_eq!(rsa.verify(&ed), Err(SignatureError::AlgorithmMismatch));
    let open = post().bend("rsa-sha256", "hs2019").inspect().unwrap();
    assert_eq!(open.verify(&ed), Err(SignatureError::BadSignature));
    assert_eq!(open.verify(&public()), Ok(()));
    assert_eq!(post().bend("algorithm=\"rsa-sha256\",", "").check(), Ok(()));
}

#[test]
fn key_ids_are_web_addresses() {
    for bad in [
        "acct:vic@v.test",
        "mailto:a@b",
        "file:///etc/passwd",
        "javascript:1",
        "did:key:z6Mk",
        "https://",
        "https://u:p@x.test/a",
        "https://x.test/a b",
        "nonsense",
        "",
    ] {
        assert_eq!(post().bend(KEY_ID, bad).check(), Err(SignatureError::KeyId), "{bad}");
    }
    let long = format!("https://x.test/{}", "a".repeat(2_100));
    assert_eq!(post().bend(KEY_ID, &long).check(), Err(SignatureError::KeyId));
    // a comma is legal in a URL and in a quoted value
    let comma = post().bend(KEY_ID, "https://x.test/a,headers=b");
    assert_eq!(comma.inspect().unwrap().key_id(), "https://x.test/a,headers=b");
}

#[test]
fn authorization_is_never_a_signature() {
    let value = post().signature();
    let moved = post().without("signature").add("authorization", &format!("Signature {value}"));
    assert_eq!(moved.check(), Err(SignatureError::Missing));
    // and does not shadow the real one
    assert_eq!(post().add("authorization", "Signature keyId=\"x\"").check(), Ok(()));
}

#[test]
fn malformed_signature_headers_are_errors_not_panics() {
    for raw in [
        "",
        " ",
        ",",
        "=",
        "\"",
        "keyId",
        "keyId=\"x",
        "keyId=\"https://x.test/k\"",
        "keyId=\"https://x.test/k\" headers=\"host\"",
        "keyId=\"https://x.test/k\",signature=\"\",headers=\"host\"",
        "keyId=\"a\",keyId=\"b\",headers=\"host\",signature=\"AAAA\"",
        "keyId=\"https://x.test/\\\"k\",headers=\"host\",signature=\"AAAA\"",
        "keyId=\"https://x.test/k\",headers=\"host\u{e9}\",signature=\"AAAA\"",
        "Signature keyId=\"https://x.test/k\",headers=\"\",signature=\"AAAA\"",
    ] {
        assert!(post().set("signature", raw).check().is_err(), "{raw}");
    }
    assert_eq!(post().set("signature", &"a=b,".repeat(10_000)).check(), Err(SignatureError::Malformed));
    assert_eq!(post().bend("signature=\"", "signature=\"!").check(), Err(SignatureError::Malformed));
    assert_eq!(post().bend("keyId=", "headers=\"host\",keyId=").check(), Err(SignatureError::Malformed));
    let good = post().signature();
    for cut in 0..good.len() {
        assert!(post().set("signature", &good[..cut]).check().is_err(), "{cut}");
    }
}

#[test]
fn line_breaks_cannot_forge_lines() {
    for path in ["/inbox%0Adate:", "/inbox%0d", "/inbox\nhost: s.test", "/in box", "inbox", "", "/%00"] {
        let mut request = post();
        request.path = path.to_owned();
        assert_eq!(request.check(), Err(SignatureError::Malformed), "{path}");
    }
    let mut method = post();
    method.method = "POST /x\nhost".to_owned();
    assert_eq!(method.check(), Err(SignatureError::Malformed));
    let date = http_date(NOW);
    for value in ["a\nb", "a\r\n b", "a\0"] {
        let headers = [("host", "s.test"), ("date", date.as_str()), ("accept", value)];
        let request = custom("(request-target) host date accept", "", &headers);
        assert_eq!(request.check(), Err(SignatureError::Malformed));
    }
}

#[test]
fn codes_are_distinct() {
    use SignatureError as E;
    let all = [
        E::Missing,
        E::Malformed,
        E::KeyId,
        E::Algorithm,
        E::AlgorithmMismatch,
        E::NotCovered,
        E::HeaderMissing,
        E::HeaderRepeated,
        E::DateMalformed,
        E::Expired,
        E::FromFuture,
        E::HostMismatch,
        E::DigestMissing,
        E::DigestMalformed,
        E::DigestMismatch,
        E::BadSignature,
    ];
    let codes: std::collections::BTreeSet<_> = all.iter().map(SignatureError::code).collect();
    assert_eq!(codes.len(), all.len());
}
