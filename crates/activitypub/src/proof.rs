//! FEP-8b32 object integrity proofs with the cryptosuite `eddsa-jcs-2022`.
//!
//! What is signed is SHA-256(JCS(proof options)) followed by SHA-256(JCS(document)),
//! so a document relayed by others still says who made it.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value};

use crate::keys::{Ed25519KeyPair, PublicKey};
use crate::vocab;

/// Why a proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The document has no proof.
    #[error("the document has no proof")]
    Missing,
    /// The document or the proof has the wrong shape.
    #[error("the proof cannot be read")]
    Malformed,
    /// Another cryptosuite or purpose than ours.
    #[error("the kind of proof is not supported")]
    Unsupported,
    /// The proof was made under another `@context` than the document has.
    #[error("the proof has another context than the document")]
    ContextMismatch,
    /// Only Ed25519 keys make these proofs.
    #[error("the key does not fit the proof")]
    KeyType,
    /// The key did not make this proof over this document.
    #[error("the proof does not verify")]
    BadSignature,
}

impl ProofError {
    /// A stable code for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "proof_missing",
            Self::Malformed => "proof_malformed",
            Self::Unsupported => "proof_unsupported",
            Self::ContextMismatch => "proof_context_mismatch",
            Self::KeyType => "proof_key_type",
            Self::BadSignature => "proof_bad",
        }
    }
}

/// Puts a proof on a document, replacing an old one (FEP-8b32 "Proof generation").
///
/// `created` is RFC 3339. A linked-data `signature`, if the document carries one, is not
/// part of what is proved.
pub fn sign(doc: &mut Value, key: &Ed25519KeyPair, verification_method: &str, created: &str) -> Result<(), ProofError> {
    let mut options = Map::new();
    if let Some(context) = doc.get("@context") {
        options.insert("@context".to_owned(), context.clone());
    }
    for (name, value) in [
        ("type", "DataIntegrityProof"),
        ("cryptosuite", "eddsa-jcs-2022"),
        ("verificationMethod", verification_method),
        ("proofPurpose", "assertionMethod"),
        ("created", created),
    ] {
        options.insert(name.to_owned(), Value::from(value));
    }
    let mut message = hash(&options)?;
    message.extend(document_hash(doc)?);
    let value = format!("z{}", bs58::encode(key.sign(&message)).into_string());
    options.insert("proofValue".to_owned(), Value::from(value));
    doc.as_object_mut().ok_or(ProofError::Malformed)?.insert("proof".to_owned(), Value::Object(options));
    Ok(())
}

/// Checks a document's proof with the key its [`verification_method`] names
/// (FEP-8b32 "Proof verification").
///
/// That the key belongs to the document's actor is for the caller to check.
pub fn verify(doc: &Value, key: &PublicKey) -> Result<(), ProofError> {
    let proof = the_proof(doc)?;
    if !matches!(key, PublicKey::Ed25519(_)) {
        return Err(ProofError::KeyType);
    }
    let is = |name: &str, expected: &str| proof.get(name).and_then(Value::as_str) == Some(expected);
    if !is("type", "DataIntegrityProof") || !is("cryptosuite", "eddsa-jcs-2022") || !is("proofPurpose", "assertionMethod") {
        return Err(ProofError::Unsupported);
    }
    let value = proof
        .get("proofValue")
        .and_then(Value::as_str)
        .and_then(|text| text.strip_prefix('z'))
        .filter(|text| text.len() <= 100)
        .ok_or(ProofError::Malformed)?;
    let signature = bs58::decode(value).into_vec().map_err(|_| ProofError::Malformed)?;

    let mut options = proof.clone();
    options.remove("proofValue");
    let context = doc.get("@context");
    let mut candidates = vec![options.clone()];
    match (options.get("@context"), context) {
        (Some(own), outer) if outer != Some(own) => return Err(ProofError::ContextMismatch),
        (None, Some(outer)) => {
            // some sign the options with the document's context and then leave it out
            options.insert("@context".to_owned(), outer.clone());
            candidates.push(options);
        }
        _ => {}
    }
    let document = document_hash(doc)?;
    for candidate in candidates {
        let mut message = hash(&candidate)?;
        message.extend_from_slice(&document);
        if key.verify(&message, &signature).is_ok() {
            return Ok(());
        }
    }
    Err(ProofError::BadSignature)
}

/// The id of the key a proof says it was made with.
pub fn verification_method(doc: &Value) -> Option<&str> {
    vocab::id_of(the_proof(doc).ok()?.get("verificationMethod")?)
}

/// When a proof says it was made, in Unix milliseconds.
pub fn created_ms(doc: &Value) -> Option<i64> {
    vocab::datetime(the_proof(doc).ok()?.get("created")?.as_str()?)
}

/// The one proof of our cryptosuite. Others may stand beside it ("Objects MAY contain multiple
/// proofs"), but with two of ours, which of them counts would be the attacker's choice.
fn the_proof(doc: &Value) -> Result<&Map<String, Value>, ProofError> {
    let proofs = vocab::one_or_many(doc.get("proof").ok_or(ProofError::Missing)?);
    let ours = |proof: &&Map<String, Value>| proof.get("cryptosuite").and_then(Value::as_str) == Some("eddsa-jcs-2022");
    let mut known = proofs.iter().filter_map(|p| p.as_object()).filter(ours);
    match (known.next(), known.next()) {
        (Some(one), None) => Ok(one),
        (None, _) if proofs.is_empty() => Err(ProofError::Missing),
        (None, _) if proofs.iter().all(|p| p.is_object()) => Err(ProofError::Unsupported),
        (Some(_), Some(_)) | (None, _) => Err(ProofError::Malformed),
    }
}

fn document_hash(doc: &Value) -> Result<Vec<u8>, ProofError> {
    let mut bare = doc.as_object().ok_or(ProofError::Malformed)?.clone();
    bare.remove("proof");
    bare.remove("signature");
    hash(&bare)
}

fn hash(map: &Map<String, Value>) -> Result<Vec<u8>, ProofError> {
    let canonical = serde_json_canonicalizer::to_vec(map).map_err(|_| ProofError::Malformed)?;
    Ok(digest(&SHA256, &canonical).as_ref().to_vec())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::RsaKeyPair;

    const METHOD: &str = "https://s.test/a/1#ed25519-key";
    const CREATED: &str = "2026-11-22T10:00:00Z";

    fn signed() -> (Value, PublicKey) {
        let pair = Ed25519KeyPair::generate().unwrap();
        let mut doc = json!({
            "@context": ["https://www.w3.org/ns/activitystreams"],
            "id": "https://s.test/p/1#c", "type": "Create", "actor": "https://s.test/a/1",
            "object": {"content": "é € \u{1f600} \"\\/\u{8}", "n": [1.0, 1e21, 0.002, -0.0]},
        });
        sign(&mut doc, &pair, METHOD, CREATED).unwrap();
        let key = PublicKey::from_multibase(&pair.public_multibase()).unwrap();
        (doc, key)
    }

    #[test]
    fn a_proof_survives_a_round_trip_through_bytes() {
        let (doc, key) = signed();
        let bytes = serde_json::to_vec_pretty(&doc).unwrap();
        let again = crate::json::parse(&bytes, crate::json::Limits::default()).unwrap();
        assert_eq!(verify(&again, &key), Ok(()));
        assert_eq!(verification_method(&again), Some(METHOD));
        assert_eq!(created_ms(&again), Some(1_795_341_600_000));
    }

    #[test]
    fn canonical_form_is_that_of_rfc_8785() {
        let value = json!({"\u{20ac}": "Euro", "\r": "CR", "1": 1e30, "b": 4.50, "a": 2e-3, "\u{fb33}": 0, "\u{1f600}": 1});
        assert_eq!(
            serde_json_canonicalizer::to_string(&value).unwrap(),
            "{\"\\r\":\"CR\",\"1\":1e+30,\"a\":0.002,\"b\":4.5,\"€\":\"Euro\",\"😀\":1,\"\u{fb33}\":0}"
        );
    }

    #[test]
    fn a_later_linked_data_signature_does_not_break_the_proof() {
        let (mut doc, key) = signed();
        doc["signature"] = json!({"type": "RsaSignature2017"});
        assert_eq!(verify(&doc, &key), Ok(()));
    }

    #[test]
    fn a_proof_of_another_suite_may_stand_beside_ours() {
        let (mut doc, key) = signed();
        let other = json!({"type": "DataIntegrityProof", "cryptosuite": "ecdsa-jcs-2019"});
        doc["proof"] = json!([other, doc["proof"].clone()]);
        assert_eq!(verify(&doc, &key), Ok(()));
        assert_eq!(verification_method(&doc), Some(METHOD));
    }

    #[test]
    fn any_change_breaks_the_proof() {
        let (doc, key) = signed();
        for (pointer, value) in [
            ("/actor", json!("https://s.test/a/2")),
            ("/object/content", json!("other")),
            ("/proof/created", json!("2026-11-22T10:00:01Z")),
            ("/proof/verificationMethod", json!("https://x.test/a/1#k")),
        ] {
            let mut changed = doc.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            assert_eq!(verify(&changed, &key), Err(ProofError::BadSignature), "{pointer}");
        }
        let mut added = doc.clone();
        added["to"] = json!("x");
        assert_eq!(verify(&added, &key), Err(ProofError::BadSignature));
        let (_, other) = signed();
        assert_eq!(verify(&doc, &other), Err(ProofError::BadSignature));
    }

    #[test]
    fn other_kinds_and_shapes_are_refused() {
        let (doc, key) = signed();
        for (pointer, value, error) in [
            ("/proof/type", json!("Other"), ProofError::Unsupported),
            ("/proof/cryptosuite", json!("eddsa-rdfc-2022"), ProofError::Unsupported),
            ("/proof/proofPurpose", json!("authentication"), ProofError::Unsupported),
            ("/proof/proofValue", json!("m123"), ProofError::Malformed),
            ("/proof/proofValue", json!("z0"), ProofError::Malformed),
            ("/proof/@context", json!("https://x.test"), ProofError::ContextMismatch),
            ("/@context", json!("https://x.test"), ProofError::ContextMismatch),
            ("/proof", json!([]), ProofError::Missing),
            ("/proof", json!([{}, {}]), ProofError::Unsupported),
            ("/proof", json!([doc["proof"].clone(), doc["proof"].clone()]), ProofError::Malformed),
            ("/proof", json!("text"), ProofError::Malformed),
        ] {
            let mut changed = doc.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            assert_eq!(verify(&changed, &key), Err(error), "{pointer}");
        }
        assert_eq!(verify(&json!({}), &key), Err(ProofError::Missing));
        let rsa = PublicKey::from_pem(&RsaKeyPair::generate().unwrap().public_pem()).unwrap();
        assert_eq!(verify(&doc, &rsa), Err(ProofError::KeyType));
    }

    #[test]
    fn a_proof_that_leaves_its_context_out_is_read_under_the_documents() {
        let (mut doc, key) = signed();
        assert_eq!(doc["proof"]["@context"], doc["@context"]);
        doc["proof"].as_object_mut().unwrap().remove("@context");
        assert_eq!(verify(&doc, &key), Ok(()));
    }

    /// The known answer FEP-8b32 publishes (its `fep-8b32.feature`).
    #[test]
    fn the_test_vector_of_the_proposal_verifies() {
        let doc = json!({
            "@context": [
                "https://www.w3.org/ns/activitystreams",
                "https://w3id.org/security/data-integrity/v1",
            ],
            "type": "Create",
            "actor": "https://server.example/users/alice",
            "object": {"type": "Note", "content": "Hello world"},
            "proof": {
                "type": "DataIntegrityProof",
                "cryptosuite": "eddsa-jcs-2022",
                "verificationMethod": "https://server.example/users/alice#ed25519-key",
                "proofPurpose": "assertionMethod",
                "proofValue": "z3sXaxjKs4M3BRicwWA9peyNPJvJqxtGsDmpt1jjoHCjgeUf71TRFz56osPSfDErszyLp5Ks1EhYSgpDaNM977Rg2",
                "created": "2023-02-24T23:36:38Z",
            },
        });
        let key = PublicKey::from_multibase("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2").unwrap();
        assert_eq!(verify(&doc, &key), Ok(()));
    }
}
