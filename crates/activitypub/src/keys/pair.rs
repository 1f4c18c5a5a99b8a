//! Our own key pairs.

use std::fmt;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::KeyError;

/// The RSA pair an actor signs its requests with (draft-cavage, `rsa-sha256`).
pub struct RsaKeyPair {
    pair: signature::RsaKeyPair,
    pkcs8: Vec<u8>,
    public_pem: String,
}

impl fmt::Debug for RsaKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RsaKeyPair")
    }
}

impl RsaKeyPair {
    /// Makes a new 2048-bit pair, the size every peer takes.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = signature::RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generation)?;
        Self::new(pair)
    }

    /// Reads a pair stored by [`Self::to_pkcs8`].
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
        let pair = signature::RsaKeyPair::from_pkcs8(bytes).map_err(|_| KeyError::Malformed)?;
        Self::new(pair)
    }

    fn new(pair: signature::RsaKeyPair) -> Result<Self, KeyError> {
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Malformed)?;
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| KeyError::Malformed)?;
        Ok(Self { pkcs8: private.as_ref().to_vec(), public_pem: pem(public.as_ref()), pair })
    }

    /// The unencrypted PKCS#8 form (RFC 5208); encrypt it before storing it.
    pub fn to_pkcs8(&self) -> Vec<u8> {
        self.pkcs8.clone()
    }

    /// The public half as SPKI PEM, for an actor's `publicKeyPem`.
    pub fn public_pem(&self) -> String {
        self.public_pem.clone()
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2).
    ///
    /// Fails only when memory runs out; the result is then empty, which verifies nowhere.
    pub fn sign_sha256(&self, msg: &[u8]) -> Vec<u8> {
        let mut out = vec![0; self.pair.public_modulus_len()];
        match self.pair.sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), msg, &mut out) {
            Ok(()) => out,
            Err(_) => Vec::new(),
        }
    }
}

/// RFC 7468: 64 characters a line.
fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut out = String::from("-----BEGIN PUBLIC KEY-----\n");
    for (i, c) in encoded.chars().enumerate() {
        if i > 0 && i % 64 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push_str("\n-----END PUBLIC KEY-----\n");
    out
}

/// The Ed25519 pair an actor signs its documents with (FEP-8b32).
pub struct Ed25519KeyPair {
    pair: signature::Ed25519KeyPair,
    pkcs8: Vec<u8>,
}

impl fmt::Debug for Ed25519KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ed25519KeyPair")
    }
}

impl Ed25519KeyPair {
    /// Makes a new pair.
    pub fn generate() -> Result<Self, KeyError> {
        Self::new(signature::Ed25519KeyPair::generate().map_err(|_| KeyError::Generation)?)
    }

    /// Reads a pair stored by [`Self::to_pkcs8`].
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::new(signature::Ed25519KeyPair::from_pkcs8(bytes).map_err(|_| KeyError::Malformed)?)
    }

    fn new(pair: signature::Ed25519KeyPair) -> Result<Self, KeyError> {
        let pkcs8 = pair.to_pkcs8().map_err(|_| KeyError::Malformed)?;
        Ok(Self { pkcs8: pkcs8.as_ref().to_vec(), pair })
    }

    /// The unencrypted PKCS#8 v2 form (RFC 5958); encrypt it before storing it.
    pub fn to_pkcs8(&self) -> Vec<u8> {
        self.pkcs8.clone()
    }

    /// The public half as Multikey (FEP-521a): `z` and base58btc of `0xed01` and the key.
    pub fn public_multibase(&self) -> String {
        let mut bytes = vec![0xed, 0x01];
        bytes.extend_from_slice(self.pair.public_key().as_ref());
        format!("z{}", bs58::encode(bytes).into_string())
    }

    /// Pure Ed25519 (RFC 8032): 64 bytes.
    pub fn sign(&self, msg: &[u8]) -> Vec<u8> {
        self.pair.sign(msg).as_ref().to_vec()
    }
}
