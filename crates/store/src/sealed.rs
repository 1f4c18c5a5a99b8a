//! Secrets at rest: private keys are encrypted, tokens are kept as hashes only.

use crate::{Result, StoreError};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{digest, hkdf};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::time::Random;
use std::fmt;

/// The first byte of everything sealed, so that the way of sealing can change later.
const VERSION: u8 = 1;
/// Separates this use of the secret from any other.
const PURPOSE: &[u8] = b"guildhall private keys at rest";

/// Encrypts and decrypts with the hall's secret.
#[derive(Clone)]
pub struct Sealer {
    key: [u8; 32],
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// A sealer of the hall's 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        let mut key = [0_u8; 32];
        let derived = hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
            .extract(secret)
            .expand(&[PURPOSE], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut key));
        debug_assert!(derived.is_ok(), "32 bytes are what HKDF-SHA-256 gives");
        Self { key }
    }

    /// Encrypts. What was sealed for one `context` (such as `actor 7 rsa`) opens only for the same.
    pub fn seal(&self, plain: &[u8], context: &str) -> Result<Vec<u8>> {
        let mut nonce = [0_u8; NONCE_LEN];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| broken("no randomness"))?;
        let mut body = plain.to_vec();
        self.key()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context.as_bytes()), &mut body)
            .map_err(|_| broken("sealing failed"))?;
        let mut out = Vec::with_capacity(1 + NONCE_LEN + body.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&body);
        Ok(out)
    }

    /// Decrypts what was sealed with the same secret for the same context.
    pub fn open(&self, sealed: &[u8], context: &str) -> Result<Vec<u8>> {
        let rest = sealed.strip_prefix(&[VERSION]).ok_or_else(|| broken("sealed in an unknown way"))?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or_else(|| broken("a sealed value is too short"))?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken("a sealed value is too short"))?;
        let mut body = body.to_vec();
        let plain = self
            .key()?
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut body)
            .map_err(|_| broken("a sealed value does not open with this secret file"))?
            .len();
        body.truncate(plain);
        Ok(body)
    }

    fn key(&self) -> Result<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &self.key).map(LessSafeKey::new).map_err(|_| broken("no key"))
    }
}

fn broken(what: &str) -> StoreError {
    StoreError::Corrupt(what.to_owned())
}

/// What is kept of a token, code, session cookie or client secret. These are random and long, so
/// that a plain hash cannot be searched.
pub fn token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, token.as_bytes()))
}

/// A new secret: 32 random bytes in base64url, 43 characters.
pub fn new_token(random: &dyn Random) -> String {
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether a shown secret is the one whose hash is kept, in constant time.
pub fn matches_hash(shown: &str, hash: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(token_hash(shown).as_bytes(), hash.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::SystemRandom;

    #[test]
    fn what_is_sealed_opens_only_with_its_secret_and_context() {
        let sealer = Sealer::new(&[7; 32]);
        let locked = sealer.seal(b"private key", "actor 1 rsa").unwrap();
        assert!(!locked.windows(7).any(|window| window == b"private"));
        assert_eq!(sealer.open(&locked, "actor 1 rsa").unwrap(), b"private key");
        assert!(sealer.open(&locked, "actor 2 rsa").is_err());
        assert!(Sealer::new(&[8; 32]).open(&locked, "actor 1 rsa").is_err());
        for cut in 0..locked.len() {
            assert!(sealer.open(&locked[..cut], "actor 1 rsa").is_err());
        }
    }

    #[test]
    fn two_seals_of_one_text_differ() {
        let sealer = Sealer::new(&[7; 32]);
        assert_ne!(sealer.seal(b"x", "c").unwrap(), sealer.seal(b"x", "c").unwrap());
    }

    #[test]
    fn tokens_are_long_and_their_hash_is_not_the_token() {
        let token = new_token(&SystemRandom);
        assert_eq!(token.len(), 43);
        assert_ne!(token_hash(&token), token);
        assert!(matches_hash(&token, &token_hash(&token)));
        assert!(!matches_hash("other", &token_hash(&token)));
    }

    #[test]
    fn a_sealer_shows_nothing_of_its_secret() {
        assert_eq!(format!("{:?}", Sealer::new(&[7; 32])), "Sealer");
    }
}
