//! HTTP Message Signatures (RFC 9421), as far as requests between servers need them.
//!
//! Strict where the RFC leaves room: a covered field stands once, a component has no parameters, no label and no
//! parameter is given twice, and a signature that covers less than method, target and body is none.

use sfv::{BareItem, Dictionary, FieldType as _, InnerList, Item, ListEntry, Parser};

use super::{
    Algorithm, RequestParts, SignatureError, Unverified, body_of, check_host, check_key_id, check_target, single, window,
};
use crate::digest;
use crate::model::same_origin;

/// An 8192-bit signature has 1,368 characters; a key id up to 2,048.
const MAX_LENGTH: usize = 8 * 1024;
/// One for each kind of key, and what somebody on the way may add.
const MAX_LABELS: usize = 4;
const MAX_COVERED: usize = 32;

/// Checks everything that needs no key (RFC 9421 section 3.2), for each label.
pub(super) fn inspect(parts: &RequestParts<'_>, now: i64, origin: &str) -> Result<Vec<Unverified>, SignatureError> {
    let inputs = dictionary(parts, "signature-input")?;
    let signatures = dictionary(parts, "signature")?;
    if inputs.is_empty() || inputs.len() != signatures.len() || inputs.len() > MAX_LABELS {
        return Err(SignatureError::Malformed);
    }
    check_target(parts)?;
    check_host(parts, origin.split_once("://").map_or("", |(_, host)| host))?;
    let mut claims: Vec<Unverified> = Vec::with_capacity(inputs.len());
    for (label, input) in &inputs {
        let (ListEntry::InnerList(input), Some(ListEntry::Item(signature))) = (input, signatures.get(label)) else {
            return Err(SignatureError::Malformed);
        };
        claims.push(claim(parts, now, origin, input, signature)?);
    }
    // Several keys of one server at most: a request must not send us around to ask others.
    let one_origin = claims.iter().zip(claims.iter().skip(1)).all(|(a, b)| same_origin(&a.key_id, &b.key_id));
    if one_origin { Ok(claims) } else { Err(SignatureError::KeyId) }
}

/// A dictionary field (RFC 9651) that stands once and says nothing twice.
fn dictionary(parts: &RequestParts<'_>, name: &str) -> Result<Dictionary, SignatureError> {
    let raw = single(parts.headers, name)?.ok_or(SignatureError::Missing)?;
    if raw.len() > MAX_LENGTH {
        return Err(SignatureError::Malformed);
    }
    let read: Dictionary = Parser::new(raw).parse().map_err(|_| SignatureError::Malformed)?;
    // Of two members or parameters with one name the last would count, and somebody else may read the first.
    let bare = |text: &str| text.chars().filter(|c| !matches!(c, ' ' | '\t')).collect::<String>();
    let written = read.serialize().unwrap_or_default();
    if bare(&written) == bare(raw) { Ok(read) } else { Err(SignatureError::Malformed) }
}

fn claim(
    parts: &RequestParts<'_>,
    now: i64,
    origin: &str,
    input: &InnerList,
    signature: &Item,
) -> Result<Unverified, SignatureError> {
    let covered = components(input)?;
    let covers = |name: &str| covered.contains(&name);
    let key_id = text(input, "keyid")?.ok_or(SignatureError::KeyId)?;
    check_key_id(key_id)?;
    let algorithm = match text(input, "alg")? {
        None => Algorithm::ByKey,
        Some("rsa-v1_5-sha256") => Algorithm::RsaSha256,
        Some("ed25519") => Algorithm::Ed25519,
        Some(_) => return Err(SignatureError::Algorithm),
    };
    let created = seconds(input, "created")?.ok_or(SignatureError::NotCovered)?;
    window::check_message(created, seconds(input, "expires")?, now)?;
    if covers("date") {
        let date = single(parts.headers, "date")?.ok_or(SignatureError::HeaderMissing)?;
        window::check_date(date, now)?;
    }
    let query = parts.path_and_query.contains('?');
    let in_parts = covers("@authority") && (covers("@request-target") || (covers("@path") && (covers("@query") || !query)));
    if !covers("@method") || !(covers("@target-uri") || in_parts) {
        return Err(SignatureError::NotCovered);
    }
    check_digest(parts, covers("content-digest"))?;
    let BareItem::ByteSequence(signature) = &signature.bare_item else { return Err(SignatureError::Malformed) };
    Ok(Unverified {
        key_id: key_id.to_owned(),
        algorithm,
        signature: signature.clone(),
        signing_strings: vec![base(parts, origin, input)?],
    })
}

fn components(input: &InnerList) -> Result<Vec<&str>, SignatureError> {
    if input.items.len() > MAX_COVERED {
        return Err(SignatureError::Malformed);
    }
    let mut names = Vec::with_capacity(input.items.len());
    for item in &input.items {
        let name = item.bare_item.as_string().ok_or(SignatureError::Malformed)?.as_str();
        // Parts of fields and of answers are nothing that a request between servers needs.
        if !item.params.is_empty() || name.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(SignatureError::Malformed);
        }
        if matches!(name, "signature" | "signature-input" | "authorization") {
            return Err(SignatureError::Malformed);
        }
        if names.contains(&name) {
            return Err(SignatureError::HeaderRepeated);
        }
        names.push(name);
    }
    Ok(names)
}

fn text<'a>(input: &'a InnerList, name: &str) -> Result<Option<&'a str>, SignatureError> {
    let Some(value) = input.params.get(name) else { return Ok(None) };
    value.as_string().map(|text| Some(text.as_str())).ok_or(SignatureError::Malformed)
}

fn seconds(input: &InnerList, name: &str) -> Result<Option<i64>, SignatureError> {
    let Some(value) = input.params.get(name) else { return Ok(None) };
    let value = value.as_integer().ok_or(SignatureError::DateMalformed)?;
    Ok(Some(i64::from(value)))
}

fn check_digest(parts: &RequestParts<'_>, covered: bool) -> Result<(), SignatureError> {
    let Some(body) = body_of(parts) else { return Ok(()) };
    let value = single(parts.headers, "content-digest")?.ok_or(SignatureError::DigestMissing)?;
    if !covered {
        return Err(SignatureError::NotCovered);
    }
    Ok(digest::content_matches(value, body)?)
}

/// The signature base (RFC 9421 section 2.5).
pub(super) fn base(parts: &RequestParts<'_>, origin: &str, input: &InnerList) -> Result<String, SignatureError> {
    let mut lines = String::new();
    for item in &input.items {
        let name = item.bare_item.as_string().ok_or(SignatureError::Malformed)?.as_str();
        let value = component(parts, origin, name)?;
        if value.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
            return Err(SignatureError::Malformed);
        }
        lines.extend(["\"", name, "\": ", &value, "\n"]);
    }
    let parameters = vec![ListEntry::InnerList(input.clone())].serialize().ok_or(SignatureError::Malformed)?;
    lines.extend(["\"@signature-params\": ", &parameters]);
    Ok(lines)
}

/// A component's value (RFC 9421 sections 2.1 and 2.2). Where the request went is what we know of ourselves.
fn component(parts: &RequestParts<'_>, origin: &str, name: &str) -> Result<String, SignatureError> {
    let target = parts.path_and_query;
    let (scheme, authority) = origin.split_once("://").ok_or(SignatureError::HostMismatch)?;
    Ok(match name {
        "@method" => parts.method.to_owned(),
        "@target-uri" => format!("{}://{}{target}", scheme, authority.to_ascii_lowercase()),
        "@authority" => authority.to_ascii_lowercase(),
        "@scheme" => scheme.to_owned(),
        "@request-target" => target.to_owned(),
        "@path" => target.split('?').next().unwrap_or_default().to_owned(),
        "@query" => format!("?{}", target.split_once('?').map_or("", |(_, query)| query)),
        other if other.starts_with('@') => return Err(SignatureError::Malformed),
        field => single(parts.headers, field)?.ok_or(SignatureError::HeaderMissing)?.trim().to_owned(),
    })
}
