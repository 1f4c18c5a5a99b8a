//! Who signed a request: draft-cavage-http-signatures-12 and RFC 9421, read strictly.
//!
//! Everything that needs no key is checked first and gives [`Unverified`] claims; each of them must then
//! hold with the key it names. What is not covered by a signature is not believed.

mod cavage;
mod header;
mod message;
mod sign;
mod window;

use crate::digest::DigestError;
use crate::keys::PublicKey;
use crate::model::is_http_url;
pub use sign::{MessageKey, sign, sign_message};
pub use window::{MAX_AGE_SECONDS, MAX_AHEAD_SECONDS, http_date, parse_http_date};

/// The parts of a request that a signature can speak about.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// The method, in any case.
    pub method: &'a str,
    /// Path and query exactly as on the wire.
    pub path_and_query: &'a str,
    /// Names in lower case, in order, repeats kept.
    pub headers: &'a [(&'a str, &'a str)],
    /// The raw body; `None` for requests without one.
    pub body: Option<&'a [u8]>,
}

/// Why a request's signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No `Signature` header.
    #[error("the request is not signed")]
    Missing,
    /// The `Signature` header, or something it names, cannot be read.
    #[error("the signature cannot be read")]
    Malformed,
    /// The key id is not an http(s) URL.
    #[error("the key id is not an http(s) URL")]
    KeyId,
    /// An algorithm we do not accept.
    #[error("the signature algorithm is not accepted")]
    Algorithm,
    /// The algorithm is not one for this kind of key.
    #[error("the signature algorithm does not fit the key")]
    AlgorithmMismatch,
    /// Request target, host, date or digest is not covered by the signature.
    #[error("the signature does not cover what it must")]
    NotCovered,
    /// A covered header is missing from the request.
    #[error("a signed header is missing")]
    HeaderMissing,
    /// A header that must be single stands twice.
    #[error("a signed header is repeated")]
    HeaderRepeated,
    /// The date cannot be read.
    #[error("the date cannot be read")]
    DateMalformed,
    /// Too old, or its own `expires` has passed.
    #[error("the signature is too old")]
    Expired,
    /// Dated too far in the future.
    #[error("the signature is dated in the future")]
    FromFuture,
    /// Signed for another host.
    #[error("the signature is for another host")]
    HostMismatch,
    /// No digest header on a request with a body.
    #[error("the request has no digest")]
    DigestMissing,
    /// A digest header without a usable SHA-256 value.
    #[error("the digest cannot be read")]
    DigestMalformed,
    /// The digest is not that of the body.
    #[error("the digest does not match the body")]
    DigestMismatch,
    /// The key did not make this signature.
    #[error("the signature does not verify")]
    BadSignature,
}

impl SignatureError {
    /// A stable code for answers, logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Malformed => "signature_malformed",
            Self::KeyId => "signature_key_id",
            Self::Algorithm => "signature_algorithm",
            Self::AlgorithmMismatch => "signature_algorithm_mismatch",
            Self::NotCovered => "signature_not_covered",
            Self::HeaderMissing => "signature_header_missing",
            Self::HeaderRepeated => "signature_header_repeated",
            Self::DateMalformed => "signature_date_malformed",
            Self::Expired => "signature_expired",
            Self::FromFuture => "signature_from_future",
            Self::HostMismatch => "signature_host_mismatch",
            Self::DigestMissing => "signature_digest_missing",
            Self::DigestMalformed => "signature_digest_malformed",
            Self::DigestMismatch => "signature_digest_mismatch",
            Self::BadSignature => "signature_bad",
        }
    }
}

impl From<DigestError> for SignatureError {
    fn from(error: DigestError) -> Self {
        match error {
            DigestError::Unsupported | DigestError::Malformed => Self::DigestMalformed,
            DigestError::Mismatch => Self::DigestMismatch,
        }
    }
}

/// What the `algorithm` parameter allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    /// Absent or `hs2019`: the key decides.
    ByKey,
    RsaSha256,
    Ed25519,
}

/// A signature that passed every check but the one with the key.
#[derive(Debug, Clone)]
pub struct Unverified {
    key_id: String,
    algorithm: Algorithm,
    signature: Vec<u8>,
    signing_strings: Vec<String>,
}

/// Checks everything about a signed request that needs no key.
///
/// `origin` is our own (`https://host[:port]`), never taken from the request. A request with `Signature-Input`
/// is read by RFC 9421 alone, any other by draft-cavage. There is at least one claim; where there are several,
/// each must hold: a bad signature beside a good one is a refusal. `Authorization` is not looked at: it belongs
/// to client sign-in.
pub fn inspect(parts: &RequestParts<'_>, now_unix: i64, origin: &str) -> Result<Vec<Unverified>, SignatureError> {
    let (_, host) = origin.split_once("://").ok_or(SignatureError::HostMismatch)?;
    if parts.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("signature-input")) {
        return message::inspect(parts, now_unix, origin);
    }
    Ok(vec![cavage::inspect(parts, now_unix, host)?])
}

impl Unverified {
    /// The key the sender says it signed with: an http(s) URL, still only a claim.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Whether it is as long as one of a key that is taken (Ed25519, RSA of 2048 to 8192 bits): else no key makes it good.
    pub fn may_be_good(&self) -> bool {
        matches!(self.signature.len(), 64 | 256..=1024)
    }

    /// Checks the signature with the key; the kind of key decides the algorithm.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        match (self.algorithm, key) {
            (Algorithm::RsaSha256, PublicKey::Ed25519(_)) | (Algorithm::Ed25519, PublicKey::Rsa(_)) => {
                return Err(SignatureError::AlgorithmMismatch);
            }
            _ => {}
        }
        let fits = |text: &String| key.verify(text.as_bytes(), &self.signature).is_ok();
        if self.signing_strings.iter().any(fits) { Ok(()) } else { Err(SignatureError::BadSignature) }
    }
}

/// The value of a header that may stand once at most.
fn single<'a>(headers: &[(&'a str, &'a str)], name: &str) -> Result<Option<&'a str>, SignatureError> {
    let mut values = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    let value = values.next().map(|(_, v)| *v);
    if values.next().is_some() {
        return Err(SignatureError::HeaderRepeated);
    }
    Ok(value)
}

fn check_key_id(key_id: &str) -> Result<(), SignatureError> {
    if is_http_url(key_id) && key_id.bytes().all(|b| b.is_ascii_graphic()) { Ok(()) } else { Err(SignatureError::KeyId) }
}

/// A line break, real or escaped, in the path could forge lines of the signing string.
fn check_target(parts: &RequestParts<'_>) -> Result<(), SignatureError> {
    let path = parts.path_and_query;
    let lower = path.to_ascii_lowercase();
    let clean = path.starts_with('/')
        && path.bytes().all(|b| b.is_ascii_graphic())
        && !["%0a", "%0d", "%00"].iter().any(|bad| lower.contains(bad))
        && parts.method.bytes().all(|b| b.is_ascii_alphabetic())
        && !parts.method.is_empty();
    if clean { Ok(()) } else { Err(SignatureError::Malformed) }
}

/// The body a digest must vouch for; `None` for a request that has none and needs none.
fn body_of<'a>(parts: &RequestParts<'a>) -> Option<&'a [u8]> {
    let writes = ["POST", "PUT", "PATCH"].iter().any(|m| parts.method.eq_ignore_ascii_case(m));
    parts.body.or_else(|| writes.then_some(&[][..]))
}

/// The `Host` header, if there is one: it must be our own name.
fn check_host<'a>(parts: &RequestParts<'a>, expected: &str) -> Result<Option<&'a str>, SignatureError> {
    match single(parts.headers, "host")? {
        Some(host) if !same_host(host, expected) => Err(SignatureError::HostMismatch),
        found => Ok(found),
    }
}

/// Host names compare without case and without a default port.
fn same_host(a: &str, b: &str) -> bool {
    fn bare(host: &str) -> &str {
        let host = host.trim();
        host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host)
    }
    !bare(b).is_empty() && bare(a).eq_ignore_ascii_case(bare(b))
}

#[cfg(test)]
mod tests;
