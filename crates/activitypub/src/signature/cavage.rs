//! HTTP signatures after draft-cavage-http-signatures-12.
//!
//! This is the one module that touches `http-signature-normalization`. That crate
//! is fragile on hostile input: it overflows on large `created`, skips the age check
//! for dates it cannot read, accepts an empty header list, prefers `Authorization`,
//! and splits parameters at commas inside quotes. So the `Signature` header is parsed
//! by `header` and every rule is checked here; the crate gets a header written anew
//! from checked parts, and only composes the signing string.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{alphabet, engine::DecodePaddingMode};
use http_signature_normalization::Config;

use super::{
    Algorithm, RequestParts, SignatureError, Unverified, body_of, check_host, check_key_id, check_target, header, single, window,
};
use crate::digest;

/// Peers disagree about padding; the bytes are what counts.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Checks everything about a signed request that needs no key (draft-cavage section 2.5).
///
/// `expected_host` is our own name, never taken from the request. `Authorization` is not
/// looked at: it belongs to client sign-in.
pub(super) fn inspect(parts: &RequestParts<'_>, now_unix: i64, expected_host: &str) -> Result<Unverified, SignatureError> {
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
    check_host(parts, expected_host)?.ok_or(SignatureError::HeaderMissing)?;
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

fn check_digest(parts: &RequestParts<'_>, covered: bool) -> Result<(), SignatureError> {
    let Some(body) = body_of(parts) else { return Ok(()) };
    let value = single(parts.headers, "digest")?.ok_or(SignatureError::DigestMissing)?;
    if !covered {
        return Err(SignatureError::NotCovered);
    }
    Ok(digest::matches(value, body)?)
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
