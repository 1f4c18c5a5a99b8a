//! HTTP signatures after draft-cavage-http-signatures-12.
//!
//! This is the one module that touches `http-signature-normalization`. That crate
//! is fragile on hostile input: it overflows on large `created`, skips the age check
//! for dates it cannot read, accepts an empty header list, prefers `Authorization`,
//! and splits parameters at commas inside quotes. So the `Signature` header is parsed
//! by `header` and every rule is checked here; the crate gets a header written anew
//! from checked parts, and only composes the signing string.

mod header;
mod sign;
mod window;

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};
use http_signature_normalization::Config;

use crate::digest::{self, DigestError};
use crate::keys::PublicKey;
pub use sign::sign;
pub use window::{MAX_AGE_SECONDS, MAX_AHEAD_SECONDS, http_date, parse_http_date};

/// The parts of a request that a signature can speak about.
#[derive(Debug, Clone, Copy)]
pub struct RequestParts<'a> {
    /// The method, in any case.
    pub method: &'a str,
    /// Path and query exactly as on the wire.
    pub path_and_query: &'a str,
    /// Names in lower case, in order, repeats kept.
    pub headers: &'a [(String, String)],
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

/// Peers disagree about padding; the bytes are what counts.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Checks everything about a signed request that needs no key (draft-cavage section 2.5).
///
/// `expected_host` is our own name, never taken from the request. `Authorization` is not
/// looked at: it belongs to client sign-in.
pub fn inspect(parts: &RequestParts<'_>, now_unix: i64, expected_host: &str) -> Result<Unverified, SignatureError> {
    let raw = single(parts.headers, "signature")?.ok_or(SignatureError::Missing)?;
    let parameters = header::parse(raw)?;
    check_key_id(parameters.key_id)?;
    let algorithm = match parameters.algorithm {
        None | Some("hs2019") => Algorithm::ByKey,
        Some("rsa-sha256") => Algorithm::RsaSha256,
        Some("ed25519") => Algorithm::Ed25519,
        Some(_) => return Err(SignatureError::Algorithm),
    };
    check_target(parts)?;
    let covers = |name: &str| parameters.headers.iter().any(|h| h == name);
    if !covers("(request-target)") || !covers("host") {
        return Err(SignatureError::NotCovered);
    }
    window::check(&parameters, single(parts.headers, "date")?, now_unix)?;
    let host = single(parts.headers, "host")?.ok_or(SignatureError::HeaderMissing)?;
    if !same_host(host, expected_host) {
        return Err(SignatureError::HostMismatch);
    }
    check_digest(parts, covers("digest"))?;
    let signature = LENIENT.decode(parameters.signature).map_err(|_| SignatureError::Malformed)?;

    let mut targets = vec![parts.path_and_query];
    // some peers leave the query out of what they sign
    if let Some((path, _)) = parts.path_and_query.split_once('?') {
        targets.push(path);
    }
    let signing_strings =
        targets.into_iter().map(|target| signing_string(parts, &parameters, target)).collect::<Result<Vec<_>, _>>()?;
    Ok(Unverified { key_id: parameters.key_id.to_owned(), algorithm, signature, signing_strings })
}

impl Unverified {
    /// The key the sender says it signed with: an http(s) URL, still only a claim.
    pub fn key_id(&self) -> &str {
        &self.key_id
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
fn single<'a>(headers: &'a [(String, String)], name: &str) -> Result<Option<&'a str>, SignatureError> {
    let mut values = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    let value = values.next().map(|(_, v)| v.as_str());
    if values.next().is_some() {
        return Err(SignatureError::HeaderRepeated);
    }
    Ok(value)
}

fn check_key_id(key_id: &str) -> Result<(), SignatureError> {
    let url = url::Url::parse(key_id).map_err(|_| SignatureError::KeyId)?;
    let plain =
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none();
    if plain && key_id.len() <= 2048 && key_id.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(())
    } else {
        Err(SignatureError::KeyId)
    }
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

fn check_digest(parts: &RequestParts<'_>, covered: bool) -> Result<(), SignatureError> {
    let writes = ["POST", "PUT", "PATCH"].iter().any(|m| parts.method.eq_ignore_ascii_case(m));
    let body = match parts.body {
        Some(body) => body,
        None if writes => &[],
        None => return Ok(()),
    };
    let value = single(parts.headers, "digest")?.ok_or(SignatureError::DigestMissing)?;
    if !covered {
        return Err(SignatureError::NotCovered);
    }
    Ok(digest::matches(value, body)?)
}

/// Host names compare without case and without a default port.
fn same_host(a: &str, b: &str) -> bool {
    fn bare(host: &str) -> &str {
        let host = host.trim();
        host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host)
    }
    !bare(b).is_empty() && bare(a).eq_ignore_ascii_case(bare(b))
}

/// Composes the signing string (draft-cavage section 2.3) with the wrapped crate.
fn signing_string(parts: &RequestParts<'_>, parameters: &header::Parameters<'_>, target: &str) -> Result<String, SignatureError> {
    let mut map = BTreeMap::new();
    for name in &parameters.headers {
        // the pseudo-headers go in as text, so that the crate compares no clock
        let value = match name.as_str() {
            "(request-target)" => continue,
            "(created)" => parameters.created.map(|n| n.to_string()),
            "(expires)" => parameters.expires.map(|n| n.to_string()),
            _ => single(parts.headers, name)?.map(|v| v.trim().to_owned()),
        };
        let value = value.ok_or(SignatureError::HeaderMissing)?;
        if value.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
            return Err(SignatureError::Malformed);
        }
        map.insert(name.clone(), value);
    }
    let clean = format!("keyId=\"k\",headers=\"{}\",signature=\"s\"", parameters.headers.join(" "));
    map.insert("signature".to_owned(), clean);
    // age was checked against the given time; two hundred years keep the crate's clock out of it
    Config::new()
        .set_expiration(Duration::from_hours(200 * 366 * 24))
        .require_header("(request-target)")
        .require_header("host")
        .begin_verify(parts.method, target, map)
        .map(|unverified| unverified.signing_string().to_owned())
        .map_err(|_| SignatureError::Malformed)
}

#[cfg(test)]
mod tests;
