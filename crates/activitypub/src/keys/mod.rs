//! Keys: RSA for draft-cavage signatures, Ed25519 for FEP-8b32 proofs.
//!
//! A foreign key is hostile input: weak exponents make signatures forgeable,
//! huge moduli make them expensive, small-order points verify anything.

mod der;
mod pair;
mod public;

pub use pair::{Ed25519KeyPair, RsaKeyPair};
pub use public::PublicKey;

/// Why a key or a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not PEM, not multibase, not a public key structure we know.
    #[error("the key cannot be read")]
    Malformed,
    /// A kind of key other than RSA and Ed25519.
    #[error("the kind of key is not supported")]
    Unsupported,
    /// An RSA key below 2048 or above 8192 bits.
    #[error("the RSA key has an unacceptable size")]
    Size,
    /// An RSA exponent below 65537, even, or too large.
    #[error("the RSA key has an unacceptable exponent")]
    Exponent,
    /// An Ed25519 point of small order.
    #[error("the Ed25519 key is a point of small order")]
    SmallOrder,
    /// The signature is not one of this key over this message.
    #[error("the signature does not verify")]
    BadSignature,
    /// The cryptographic library could not make a key.
    #[error("the key could not be generated")]
    Generation,
}

impl KeyError {
    /// A stable code for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "key_malformed",
            Self::Unsupported => "key_unsupported",
            Self::Size => "key_size",
            Self::Exponent => "key_exponent",
            Self::SmallOrder => "key_small_order",
            Self::BadSignature => "key_bad_signature",
            Self::Generation => "key_generation",
        }
    }
}

#[cfg(test)]
mod tests;
