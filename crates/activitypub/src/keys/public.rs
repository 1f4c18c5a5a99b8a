//! Foreign public keys, parsed once and cheap to keep.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject as _;

use super::KeyError;
use super::der::{self, Spki};

/// A public key that passed all our checks.
///
/// Cloning shares the parsed key, so that it can stand in a cache.
#[derive(Clone)]
pub enum PublicKey {
    /// For RSASSA-PKCS1-v1_5 with SHA-256.
    Rsa(Arc<ParsedPublicKey>),
    /// For pure Ed25519 (RFC 8032).
    Ed25519(Arc<ParsedPublicKey>),
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa(_) => "PublicKey::Rsa",
            Self::Ed25519(_) => "PublicKey::Ed25519",
        })
    }
}

/// No acceptable key comes near this; an 8192-bit one has about 1,500 characters.
const MAX_TEXT: usize = 8 * 1024;
/// The PEM reader knows no PKCS#1 public keys, so these two lines are matched here.
const PKCS1_BEGIN: &str = "-----BEGIN RSA PUBLIC KEY-----";
const PKCS1_END: &str = "-----END RSA PUBLIC KEY-----";
/// Multicodec prefix of an Ed25519 public key.
const ED25519_CODEC: [u8; 2] = [0xed, 0x01];
/// Multicodec prefix of an RSA public key in PKCS#1 form.
const RSA_CODEC: [u8; 2] = [0x85, 0x24];

/// y coordinates of the points of order 1, 2, 4 and 8, in canonical form and as p + y;
/// the top bit (the sign of x) is ignored in comparing.
const SMALL_ORDER: [[u8; 32]; 7] = [
    filled(0x00, 0x00, 0x00),
    filled(0x01, 0x00, 0x00),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05,
        0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa,
        0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    filled(0xec, 0xff, 0x7f),
    filled(0xed, 0xff, 0x7f),
    filled(0xee, 0xff, 0x7f),
];

const fn filled(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    let [head, .., tail] = &mut bytes;
    *head = first;
    *tail = last;
    bytes
}

impl PublicKey {
    /// Reads an actor's `publicKeyPem` (security vocabulary v1): SPKI, or PKCS#1 from old peers.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if pem.len() > MAX_TEXT {
            return Err(KeyError::Size);
        }
        if let Some(rest) = pem.trim().strip_prefix(PKCS1_BEGIN) {
            let encoded = rest.strip_suffix(PKCS1_END).ok_or(KeyError::Malformed)?;
            let packed: String = encoded.split_ascii_whitespace().collect();
            let bytes = STANDARD.decode(packed).map_err(|_| KeyError::Malformed)?;
            return Self::rsa(&bytes);
        }
        let spki = SubjectPublicKeyInfoDer::from_pem_slice(pem.trim().as_bytes()).map_err(|_| KeyError::Malformed)?;
        match der::spki(&spki)? {
            Spki::Rsa(key) => Self::rsa(key),
            Spki::Ed25519(point) => Self::ed25519(point),
        }
    }

    /// Reads a `publicKeyMultibase` (FEP-521a): base58btc of a multicodec key.
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        // base58 takes quadratic time, so the bound comes first
        if text.len() > MAX_TEXT {
            return Err(KeyError::Size);
        }
        let encoded = text.strip_prefix('z').ok_or(KeyError::Malformed)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| KeyError::Malformed)?;
        if let Some(point) = bytes.strip_prefix(&ED25519_CODEC) {
            Self::ed25519(point)
        } else if let Some(key) = bytes.strip_prefix(&RSA_CODEC) {
            Self::rsa(key)
        } else {
            Err(KeyError::Unsupported)
        }
    }

    fn rsa(pkcs1: &[u8]) -> Result<Self, KeyError> {
        der::check_rsa(pkcs1)?;
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pkcs1)
            .map(|key| Self::Rsa(Arc::new(key)))
            .map_err(|_| KeyError::Malformed)
    }

    fn ed25519(point: &[u8]) -> Result<Self, KeyError> {
        let mut masked: [u8; 32] = point.try_into().map_err(|_| KeyError::Malformed)?;
        if let Some(top) = masked.last_mut() {
            *top &= 0x7f;
        }
        if SMALL_ORDER.contains(&masked) {
            return Err(KeyError::SmallOrder);
        }
        ParsedPublicKey::new(&ED25519, point).map(|key| Self::Ed25519(Arc::new(key))).map_err(|_| KeyError::Malformed)
    }

    /// Whether this is an RSA key.
    pub fn is_rsa(&self) -> bool {
        matches!(self, Self::Rsa(_))
    }

    /// Checks a signature; the algorithm follows from the key, never from the message.
    pub fn verify(&self, msg: &[u8], sig: &[u8]) -> Result<(), KeyError> {
        match self {
            Self::Rsa(key) | Self::Ed25519(key) => key.verify_sig(msg, sig).map_err(|_| KeyError::BadSignature),
        }
    }
}
