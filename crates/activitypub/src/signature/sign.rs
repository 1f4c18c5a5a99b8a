//! Signing our own requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::window::http_date;
use crate::digest::{content_digest, sha256_header};
use crate::keys::{Ed25519KeyPair, RsaKeyPair};

/// Signs a request (draft-cavage) and gives the headers to put on it.
///
/// `host`, `date`, `digest` (with a body), `content-type` (if given, unsigned) and
/// `signature`. Covered are `(request-target) host date` and, with a body, `digest`: the set
/// and order every receiver takes. `algorithm` is always `rsa-sha256`, because some peers
/// fail without it and the wrapped crate can only write `hs2019`; that is why this is
/// composed by hand. Call it when the request is sent, also on every retry.
pub fn sign(
    method: &str,
    url: &Url,
    date_unix: i64,
    body: Option<&[u8]>,
    key_id: &str,
    key: &RsaKeyPair,
    content_type: Option<&str>,
) -> Vec<(String, String)> {
    let mut headers = vec![("host".to_owned(), host(url)), ("date".to_owned(), http_date(date_unix))];
    if let Some(body) = body {
        headers.push(("digest".to_owned(), sha256_header(body)));
    }
    let mut names = String::from("(request-target)");
    let mut text = format!("(request-target): {} {}", method.to_ascii_lowercase(), target(url));
    for (name, value) in &headers {
        names.push(' ');
        names.push_str(name);
        text.push('\n');
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value);
    }
    let signature = STANDARD.encode(key.sign_sha256(text.as_bytes()));
    if let Some(value) = content_type {
        headers.push(("content-type".to_owned(), value.to_owned()));
    }
    headers.push((
        "signature".to_owned(),
        format!("keyId=\"{key_id}\",algorithm=\"rsa-sha256\",headers=\"{names}\",signature=\"{signature}\""),
    ));
    headers
}

/// What an RFC 9421 signature is made with.
#[derive(Debug, Clone, Copy)]
pub enum MessageKey<'a> {
    /// `rsa-v1_5-sha256`, which everybody who verifies these takes.
    Rsa(&'a RsaKeyPair),
    /// `ed25519`, twenty times cheaper, for those who say that they take it.
    Ed25519(&'a Ed25519KeyPair),
}

impl MessageKey<'_> {
    fn algorithm(self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa-v1_5-sha256",
            Self::Ed25519(_) => "ed25519",
        }
    }

    fn sign(self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => key.sign_sha256(text),
            Self::Ed25519(key) => key.sign(text),
        }
    }
}

/// Signs a request by RFC 9421 and gives the headers to put on it.
///
/// Covered are `@method`, `@target-uri` and, with a body, `content-digest`: what receivers demand, and nothing that
/// a proxy on the way may write anew. Call it when the request is sent, also on every retry.
pub fn sign_message(
    method: &str,
    url: &Url,
    created: i64,
    body: Option<&[u8]>,
    key_id: &str,
    key: MessageKey<'_>,
    content_type: Option<&str>,
) -> Vec<(String, String)> {
    let mut headers = vec![("host".to_owned(), host(url)), ("date".to_owned(), http_date(created))];
    let mut uri = url.clone();
    uri.set_fragment(None);
    let mut names = String::from("\"@method\" \"@target-uri\"");
    let mut text = format!("\"@method\": {method}\n\"@target-uri\": {uri}\n");
    if let Some(body) = body {
        let digest = content_digest(body);
        names.push_str(" \"content-digest\"");
        text.extend(["\"content-digest\": ", &digest, "\n"]);
        headers.push(("content-digest".to_owned(), digest));
    }
    let parameters = format!("({names});created={created};keyid=\"{key_id}\";alg=\"{}\"", key.algorithm());
    text.extend(["\"@signature-params\": ", &parameters]);
    let signature = STANDARD.encode(key.sign(text.as_bytes()));
    if let Some(value) = content_type {
        headers.push(("content-type".to_owned(), value.to_owned()));
    }
    headers.push(("signature-input".to_owned(), format!("sig1={parameters}")));
    headers.push(("signature".to_owned(), format!("sig1=:{signature}:")));
    headers
}

/// The authority as it goes on the wire: a port only if it is not the default one.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn target(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
