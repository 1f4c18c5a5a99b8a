//! The parameters of a `Signature` header (draft-cavage section 2.1), read strictly.

use super::SignatureError;

/// A `Signature` header taken apart.
#[derive(Debug)]
pub(super) struct Parameters<'a> {
    pub key_id: &'a str,
    pub algorithm: Option<&'a str>,
    pub created: Option<i64>,
    pub expires: Option<i64>,
    /// Covered headers in order, in lower case, without repeats.
    pub headers: Vec<String>,
    pub signature: &'a str,
}

/// An 8192-bit signature has 1,368 characters; a key id up to 2,048.
const MAX_LENGTH: usize = 8 * 1024;
const MAX_COVERED: usize = 32;

/// Reads the header; a parameter given twice, or one left open, is an error.
pub(super) fn parse(raw: &str) -> Result<Parameters<'_>, SignatureError> {
    if raw.len() > MAX_LENGTH {
        return Err(SignatureError::Malformed);
    }
    let (mut key_id, mut algorithm, mut created) = (None, None, None);
    let (mut expires, mut headers, mut signature) = (None, None, None);
    let mut rest = raw.trim();
    while !rest.is_empty() {
        let (name, value, tail) = parameter(rest)?;
        rest = tail;
        let slot = match name {
            "keyId" => &mut key_id,
            "algorithm" => &mut algorithm,
            "created" => &mut created,
            "expires" => &mut expires,
            "headers" => &mut headers,
            "signature" => &mut signature,
            // unknown ones must be ignored, says the draft
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(SignatureError::Malformed);
        }
    }
    Ok(Parameters {
        key_id: key_id.ok_or(SignatureError::Malformed)?,
        algorithm,
        created: created.map(seconds).transpose()?,
        expires: expires.map(seconds).transpose()?,
        // the draft's default, `(created)` or `date` alone, is never enough
        headers: covered(headers.ok_or(SignatureError::NotCovered)?)?,
        signature: signature.filter(|s| !s.is_empty()).ok_or(SignatureError::Malformed)?,
    })
}

/// Splits `name="value"` or `name=value` off the front: (name, value, rest).
fn parameter(input: &str) -> Result<(&str, &str, &str), SignatureError> {
    let (name, rest) = input.split_once('=').ok_or(SignatureError::Malformed)?;
    let (value, rest) = if let Some(quoted) = rest.strip_prefix('"') {
        quoted.split_once('"').ok_or(SignatureError::Malformed)?
    } else {
        rest.split_at(rest.find(',').unwrap_or(rest.len()))
    };
    let rest = match rest.trim_start() {
        "" => "",
        more => more.strip_prefix(',').ok_or(SignatureError::Malformed)?.trim_start(),
    };
    // a backslash would be an escape; none of the values needs one
    if value.contains('\\') || value.bytes().any(|b| b.is_ascii_control()) {
        return Err(SignatureError::Malformed);
    }
    Ok((name.trim(), value.trim(), rest))
}

/// Unix seconds of at most eleven digits: more overflow in the wrapped crate.
fn seconds(text: &str) -> Result<i64, SignatureError> {
    // a fraction is allowed by some; the signing string would need it verbatim, so it is not here
    if text.is_empty() || text.len() > 11 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SignatureError::DateMalformed);
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(SignatureError::DateMalformed);
    }
    text.parse().map_err(|_| SignatureError::DateMalformed)
}

fn covered(list: &str) -> Result<Vec<String>, SignatureError> {
    let mut names: Vec<String> = Vec::new();
    for name in list.split_ascii_whitespace() {
        let name = name.to_ascii_lowercase();
        let shaped = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_()".contains(&b));
        if !shaped || name == "signature" || name == "authorization" {
            return Err(SignatureError::Malformed);
        }
        if names.contains(&name) {
            return Err(SignatureError::HeaderRepeated);
        }
        if names.len() == MAX_COVERED {
            return Err(SignatureError::Malformed);
        }
        names.push(name);
    }
    Ok(names)
}
