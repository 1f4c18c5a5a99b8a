//! The `Digest` header of RFC 3230, as draft-cavage peers use it, and `Content-Digest` of RFC 9530 beside RFC 9421.

use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};

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

/// The `Content-Digest` of a body (RFC 9530).
pub fn content_digest(body: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, body);
    format!("sha-256=:{}:", STANDARD.encode(hash.as_ref()))
}

/// Longer than both digests together, with room for one that we do not know.
const MAX_CONTENT_DIGEST: usize = 1_024;

/// Checks a `Content-Digest` against the body: `sha-256`, `sha-512` or both, of which each that stands there
/// must fit; what else is named is left aside (RFC 9530 section 2).
pub fn content_matches(header_value: &str, body: &[u8]) -> Result<(), DigestError> {
    if header_value.len() > MAX_CONTENT_DIGEST {
        return Err(DigestError::Malformed);
    }
    let read: Dictionary = Parser::new(header_value).parse().map_err(|_| DigestError::Malformed)?;
    let mut known = 0;
    for (name, algorithm) in [("sha-256", &digest::SHA256), ("sha-512", &digest::SHA512)] {
        let Some(entry) = read.get(name) else { continue };
        let ListEntry::Item(Item { bare_item: BareItem::ByteSequence(claimed), .. }) = entry else {
            return Err(DigestError::Malformed);
        };
        let actual = digest::digest(algorithm, body);
        constant_time::verify_slices_are_equal(claimed, actual.as_ref()).map_err(|_| DigestError::Mismatch)?;
        known += 1;
    }
    if known > 0 { Ok(()) } else { Err(DigestError::Unsupported) }
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

    #[test]
    fn a_content_digest_fits_its_own_body_only() {
        let body = br#"{"hello": "world"}"#;
        let (short, long) = (
            "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        );
        assert_eq!(content_digest(body), short);
        for good in [short.to_owned(), long.to_owned(), format!("{short}, {long}"), format!("md5=:AAAA:, {short}")] {
            assert_eq!(content_matches(&good, body), Ok(()), "{good}");
            assert_eq!(content_matches(&good, b"other"), Err(DigestError::Mismatch), "{good}");
        }
        let one_wrong = format!("{short}, sha-512=:AAAA:");
        for (bad, error) in [
            (one_wrong.as_str(), DigestError::Mismatch),
            ("", DigestError::Unsupported),
            ("md5=:AAAA:", DigestError::Unsupported),
            ("sha-256=AAAA", DigestError::Malformed),
            ("sha-256=::", DigestError::Mismatch),
            ("SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=", DigestError::Malformed),
            (&"a".repeat(2_000), DigestError::Malformed),
        ] {
            assert_eq!(content_matches(bad, body), Err(error), "{bad}");
        }
    }
}
