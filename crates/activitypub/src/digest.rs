//! The `Digest` header of RFC 3230, as draft-cavage peers use it.

use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Why a digest header did not vouch for the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// No SHA-256 value in the header; nothing else is strong enough or in use.
    #[error("the digest header has no SHA-256 value")]
    Unsupported,
    /// Two SHA-256 values, or one that is not base64 of 32 bytes.
    #[error("the digest header cannot be read")]
    Malformed,
    /// The body is another one.
    #[error("the digest does not match the body")]
    Mismatch,
}

/// The header value for a body: `SHA-256=<base64>`, spelled as peers compare it.
pub fn sha256_header(body: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, body);
    format!("SHA-256={}", STANDARD.encode(hash.as_ref()))
}

/// Checks a header value against the body (RFC 3230 section 4.3.2: a list is allowed).
pub fn matches(header_value: &str, body: &[u8]) -> Result<(), DigestError> {
    let mut found = None;
    for entry in header_value.split(',') {
        let Some((algorithm, value)) = entry.trim().split_once('=') else {
            continue;
        };
        if algorithm.eq_ignore_ascii_case("sha-256") && found.replace(value.trim()).is_some() {
            return Err(DigestError::Malformed);
        }
    }
    let claimed = STANDARD.decode(found.ok_or(DigestError::Unsupported)?).map_err(|_| DigestError::Malformed)?;
    if claimed.len() != digest::SHA256_OUTPUT_LEN {
        return Err(DigestError::Malformed);
    }
    let actual = digest::digest(&digest::SHA256, body);
    constant_time::verify_slices_are_equal(&claimed, actual.as_ref()).map_err(|_| DigestError::Mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_matches_its_own_header_only() {
        let header = sha256_header(b"hello");
        assert_eq!(header, "SHA-256=LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=");
        assert_eq!(matches(&header, b"hello"), Ok(()));
        assert_eq!(matches(&header, b"hellp"), Err(DigestError::Mismatch));
    }

    #[test]
    fn lists_are_read_and_ambiguous_ones_refused() {
        let good = sha256_header(b"x");
        assert_eq!(matches(&format!("MD5=abc, {good}"), b"x"), Ok(()));
        assert_eq!(matches(&good.replace("SHA", "sha"), b"x"), Ok(()));
        assert_eq!(matches(&format!("{good},{good}"), b"x"), Err(DigestError::Malformed));
        for (header, error) in [
            ("", DigestError::Unsupported),
            ("SHA-512=abcd", DigestError::Unsupported),
            ("SHA-256=", DigestError::Malformed),
            ("SHA-256=!!!", DigestError::Malformed),
            ("SHA-256=AAAA", DigestError::Malformed),
        ] {
            assert_eq!(matches(header, b"x"), Err(error), "{header}");
        }
    }
}
