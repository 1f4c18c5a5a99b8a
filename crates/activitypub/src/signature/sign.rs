//! Signing our own requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use super::window::http_date;
use crate::digest::sha256_header;
use crate::keys::RsaKeyPair;

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
