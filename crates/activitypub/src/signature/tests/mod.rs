//! Round trips and freshness; what must be refused stands in [`refusals`].

mod messages;
mod refusals;

use std::sync::LazyLock;

use base64::Engine as _;

use super::*;
use crate::keys::{Ed25519KeyPair, RsaKeyPair};

const NOW: i64 = 1_795_341_600;
const BODY: &[u8] = br#"{"type":"Follow"}"#;
const KEY_ID: &str = "https://x.test/a/1#main-key";

static PAIR: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate().unwrap());

fn public() -> PublicKey {
    PublicKey::from_pem(&PAIR.public_pem()).unwrap()
}

fn one(claims: Result<Vec<Unverified>, SignatureError>) -> Result<Unverified, SignatureError> {
    claims.map(|claims| claims.into_iter().next().unwrap())
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// A request that can be bent before it is inspected.
#[derive(Clone)]
struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    fn inspect_at(&self, now: i64) -> Result<Unverified, SignatureError> {
        let (headers, body) = (borrowed(&self.headers), self.body.as_deref());
        let parts = RequestParts { method: &self.method, path_and_query: &self.path, headers: &headers, body };
        one(inspect(&parts, now, "https://s.test"))
    }

    fn inspect(&self) -> Result<Unverified, SignatureError> {
        self.inspect_at(NOW)
    }

    fn check(&self) -> Result<(), SignatureError> {
        self.inspect()?.verify(&public())
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self.add(name, value)
    }

    fn add(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self
    }

    fn signature(&self) -> String {
        self.headers.iter().find(|(n, _)| n == "signature").map(|(_, v)| v.clone()).unwrap()
    }

    /// Rewrites the signature header.
    fn bend(self, from: &str, to: &str) -> Self {
        let bent = self.signature().replacen(from, to, 1);
        assert_ne!(bent, self.signature(), "{from} stands in the header");
        self.set("signature", &bent)
    }
}

fn request(method: &str, url: &str, body: Option<&[u8]>) -> Request {
    let url = url::Url::parse(url).unwrap();
    Request {
        method: method.to_owned(),
        path: url.path().to_owned() + &url.query().map(|q| format!("?{q}")).unwrap_or_default(),
        headers: sign(method, &url, NOW, body, KEY_ID, &PAIR, Some("application/activity+json")),
        body: body.map(<[u8]>::to_vec),
    }
}

fn post() -> Request {
    request("POST", "https://s.test/inbox", Some(BODY))
}

fn get() -> Request {
    request("GET", "https://s.test/a/1?page=2", None)
}

/// A request signed by hand, for shapes `sign` never makes.
fn custom(names: &str, extra: &str, headers: &[(&str, &str)]) -> Request {
    let mut text = Vec::new();
    for name in names.split(' ').filter(|n| !n.is_empty()) {
        let value = match name {
            "(request-target)" => "get /a/1".to_owned(),
            "(created)" | "(expires)" => {
                let parameter = format!("{}=", name.trim_matches(['(', ')']));
                let start = extra.find(&parameter).map_or(0, |i| i + parameter.len());
                extra[start..].split(',').next().unwrap_or_default().trim_matches('"').to_owned()
            }
            _ => headers.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v).to_owned(),
        };
        text.push(format!("{name}: {value}"));
    }
    let signature = base64::engine::general_purpose::STANDARD.encode(PAIR.sign_sha256(text.join("\n").as_bytes()));
    let mut all: Vec<(String, String)> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    all.push(("signature".to_owned(), format!("keyId=\"{KEY_ID}\"{extra},headers=\"{names}\",signature=\"{signature}\"")));
    Request { method: "GET".to_owned(), path: "/a/1".to_owned(), headers: all, body: None }
}

#[test]
fn own_requests_verify() {
    for request in [post(), get()] {
        let unverified = request.inspect().unwrap();
        assert_eq!(unverified.key_id(), KEY_ID);
        assert_eq!(unverified.verify(&public()), Ok(()));
    }
    assert!(post().signature().contains("algorithm=\"rsa-sha256\",headers=\"(request-target) host date digest\""));
    assert!(get().signature().contains("headers=\"(request-target) host date\""));
}

#[test]
fn the_port_is_signed_when_it_is_not_the_default() {
    let request = request("GET", "https://s.test:8443/a", None);
    let parts = RequestParts { method: "GET", path_and_query: "/a", headers: &borrowed(&request.headers), body: None };
    assert!(inspect(&parts, NOW, "https://S.test:8443").is_ok());
    assert_eq!(inspect(&parts, NOW, "https://s.test").unwrap_err(), SignatureError::HostMismatch);
}

#[test]
fn a_key_of_somebody_else_does_not_verify() {
    let other = RsaKeyPair::generate().unwrap();
    let key = PublicKey::from_pem(&other.public_pem()).unwrap();
    assert_eq!(post().inspect().unwrap().verify(&key), Err(SignatureError::BadSignature));
}

#[test]
fn what_is_signed_cannot_be_changed() {
    let mut path = post();
    path.path = "/other".to_owned();
    let mut method = post();
    method.method = "PUT".to_owned();
    for request in [path, method, post().set("date", &http_date(NOW + 1))] {
        assert_eq!(request.check(), Err(SignatureError::BadSignature));
    }
    let mut body = post();
    body.body = Some(b"other".to_vec());
    assert_eq!(body.check(), Err(SignatureError::DigestMismatch));
    assert_eq!(body.set("digest", &crate::digest::sha256_header(b"other")).check(), Err(SignatureError::BadSignature));
}

#[test]
fn the_query_may_be_left_out_of_the_signature_but_not_invented() {
    let mut bare = request("GET", "https://s.test/a/1", None);
    bare.path = "/a/1?page=2".to_owned();
    assert_eq!(bare.check(), Ok(()));
    let mut other = get();
    other.path = "/a/1?page=3".to_owned();
    assert_eq!(other.check(), Err(SignatureError::BadSignature));
}

#[test]
fn the_window_is_an_hour_and_five_minutes_back_and_an_hour_ahead() {
    for (offset, expected) in [
        (0, None),
        (3_900, None),
        (3_901, Some(SignatureError::Expired)),
        (13 * 3_600, Some(SignatureError::Expired)),
        (10 * 365 * 86_400, Some(SignatureError::Expired)),
        (-300, None),
        (-3_600, None),
        (-3_601, Some(SignatureError::FromFuture)),
        (-7_200, Some(SignatureError::FromFuture)),
        (-365 * 86_400, Some(SignatureError::FromFuture)),
    ] {
        assert_eq!(post().inspect_at(NOW + offset).err(), expected, "{offset}");
    }
    for extreme in [i64::MIN, i64::MAX, 0, -1] {
        assert!(post().inspect_at(extreme).is_err());
    }
}

#[test]
fn dates_are_single_and_in_the_one_format() {
    for bad in ["2026-11-22T10:00:00Z", "yesterday", "", "Sun, 22 Nov 2026 10:00:00 +0000"] {
        assert_eq!(post().set("date", bad).check(), Err(SignatureError::DateMalformed), "{bad}");
    }
    let date = http_date(NOW);
    assert_eq!(post().add("date", &date).check(), Err(SignatureError::HeaderRepeated));
    assert_eq!(post().without("date").check(), Err(SignatureError::HeaderMissing));
}

#[test]
fn created_counts_instead_of_a_date() {
    let host = [("host", "s.test")];
    let names = "(request-target) (created) host";
    let good = custom(names, &format!(",algorithm=\"hs2019\",created={NOW}"), &host);
    assert_eq!(good.check(), Ok(()));
    let quoted = custom(names, &format!(",created=\"{NOW}\""), &host);
    assert_eq!(quoted.check(), Ok(()));
    for (created, error) in [
        ("18446744073709551615", SignatureError::DateMalformed),
        ("9223372036854775807", SignatureError::DateMalformed),
        ("999999999999", SignatureError::DateMalformed),
        ("99999999999", SignatureError::FromFuture),
        ("-1", SignatureError::DateMalformed),
        ("+1", SignatureError::DateMalformed),
        ("01", SignatureError::DateMalformed),
        ("1e9", SignatureError::DateMalformed),
        ("", SignatureError::DateMalformed),
        ("1", SignatureError::Expired),
    ] {
        let bad = custom(names, &format!(",created={created}"), &host);
        assert_eq!(bad.check(), Err(error), "{created}");
    }
    let absent = custom(names, "", &host);
    assert_eq!(absent.check(), Err(SignatureError::HeaderMissing));
}

#[test]
fn expires_is_respected_and_bounded() {
    let host = [("host", "s.test")];
    let names = "(request-target) (created) (expires) host";
    let with = |expires: &str| custom(names, &format!(",created={NOW},expires={expires}"), &host);
    assert_eq!(with(&(NOW + 10).to_string()).check(), Ok(()));
    assert_eq!(with(&(NOW - 1).to_string()).check(), Err(SignatureError::Expired));
    assert_eq!(with("18446744073709551615").check(), Err(SignatureError::DateMalformed));
    // also when it is not covered
    let loose = custom("(request-target) (created) host", &format!(",created={NOW},expires=5"), &host);
    assert_eq!(loose.check(), Err(SignatureError::Expired));
}

#[test]
fn extra_covered_headers_and_mixed_case_are_taken() {
    let date = http_date(NOW);
    let headers = [("host", "s.test"), ("date", date.as_str()), ("accept", "a/b,  c")];
    let request = custom("(request-target) host date accept", ",algorithm=\"hs2019\"", &headers);
    assert_eq!(request.check(), Ok(()));
    assert_eq!(request.bend("host date accept", "Host Date Accept").check(), Ok(()));
}

#[test]
fn ed25519_request_signatures_verify() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let date = http_date(NOW);
    let text = format!("(request-target): get /a/1\nhost: s.test\ndate: {date}");
    let signature = base64::engine::general_purpose::STANDARD.encode(pair.sign(text.as_bytes()));
    let request = custom("(request-target) host date", "", &[("host", "s.test"), ("date", &date)]).set(
        "signature",
        &format!("keyId=\"{KEY_ID}\", algorithm=\"ed25519\", headers=\"(request-target) host date\", signature=\"{signature}\""),
    );
    let key = PublicKey::from_multibase(&pair.public_multibase()).unwrap();
    assert_eq!(request.inspect().unwrap().verify(&key), Ok(()));
}
