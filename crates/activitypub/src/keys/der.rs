//! Just enough DER (X.690) to look at a public key before using it.
//!
//! The cryptographic library accepts exponents 1 and 3, so size and exponent
//! are read here first.

use super::KeyError;

/// `SubjectPublicKeyInfo` of Ed25519 up to the key itself (RFC 8410 section 4).
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// `rsaEncryption` with its NULL parameters, as content of the algorithm sequence.
const RSA_ALGORITHM: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// What a `SubjectPublicKeyInfo` contains.
pub(super) enum Spki<'a> {
    /// The PKCS#1 `RSAPublicKey` structure.
    Rsa(&'a [u8]),
    /// The 32 bytes of the point.
    Ed25519(&'a [u8]),
}

/// Splits one element off the front: (content, rest).
fn element(tag: u8, input: &[u8]) -> Result<(&[u8], &[u8]), KeyError> {
    let (&found, rest) = input.split_first().ok_or(KeyError::Malformed)?;
    let (&first, rest) = rest.split_first().ok_or(KeyError::Malformed)?;
    if found != tag {
        return Err(KeyError::Malformed);
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x82 => {
            let count = usize::from(first & 0x7f);
            let (bytes, rest) = rest.split_at_checked(count).ok_or(KeyError::Malformed)?;
            let length = bytes.iter().fold(0_usize, |n, b| n << 8 | usize::from(*b));
            // the long form where the short one would do is not DER
            if length < 0x80 || (count == 2 && length < 0x100) {
                return Err(KeyError::Malformed);
            }
            (length, rest)
        }
        _ => return Err(KeyError::Malformed),
    };
    rest.split_at_checked(length).ok_or(KeyError::Malformed)
}

/// One element that fills the input.
fn only(tag: u8, input: &[u8]) -> Result<&[u8], KeyError> {
    match element(tag, input)? {
        (content, []) => Ok(content),
        _ => Err(KeyError::Malformed),
    }
}

/// A positive integer without its sign byte.
fn positive(input: &[u8]) -> Result<(&[u8], &[u8]), KeyError> {
    let (content, rest) = element(INTEGER, input)?;
    let magnitude = match content {
        [0, tail @ ..] if tail.first().is_some_and(|b| *b >= 0x80) => tail,
        [first, ..] if (1..0x80).contains(first) => content,
        _ => return Err(KeyError::Malformed),
    };
    Ok((magnitude, rest))
}

/// Reads a `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
pub(super) fn spki(input: &[u8]) -> Result<Spki<'_>, KeyError> {
    if let Some(point) = input.strip_prefix(&ED25519_SPKI) {
        return Ok(Spki::Ed25519(point));
    }
    let (algorithm, rest) = element(SEQUENCE, only(SEQUENCE, input)?)?;
    // some old writers leave the NULL out
    let bare = RSA_ALGORITHM.strip_suffix(&[0x05, 0x00]);
    if algorithm != RSA_ALGORITHM && Some(algorithm) != bare {
        return Err(KeyError::Unsupported);
    }
    match only(BIT_STRING, rest)? {
        [0, key @ ..] => Ok(Spki::Rsa(key)),
        _ => Err(KeyError::Malformed),
    }
}

/// Refuses an `RSAPublicKey` (RFC 8017 appendix A.1.1) outside our limits.
pub(super) fn check_rsa(key: &[u8]) -> Result<(), KeyError> {
    let (modulus, rest) = positive(only(SEQUENCE, key)?)?;
    let (exponent, rest) = positive(rest)?;
    if !rest.is_empty() {
        return Err(KeyError::Malformed);
    }
    let top = modulus.first().map_or(8, |b| b.leading_zeros() as usize);
    if !(2048..=8192).contains(&(modulus.len() * 8 - top)) {
        return Err(KeyError::Size);
    }
    // four bytes: real keys use 65537, and a large exponent makes verifying slow
    if exponent.len() > 4 {
        return Err(KeyError::Exponent);
    }
    let exponent = exponent.iter().fold(0_u64, |n, b| n << 8 | u64::from(*b));
    if exponent < 65537 || exponent.is_multiple_of(2) {
        return Err(KeyError::Exponent);
    }
    Ok(())
}
