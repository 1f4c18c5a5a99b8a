//! Keys that must work and keys that must be refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// Wraps content in a DER element.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(n) if n < 0x80 => out.push(n),
        Ok(n) => out.extend([0x81, n]),
        Err(_) => {
            out.push(0x82);
            out.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
        }
    }
    out.extend_from_slice(content);
    out
}

fn rsa_pem(bits: usize, exponent: &[u8]) -> String {
    let mut modulus = vec![0, 0x80];
    modulus.resize(bits / 8, 0x5a);
    modulus.push(0x01);
    let key = der(0x30, &[der(2, &modulus), der(2, exponent)].concat());
    let algorithm = der(0x30, &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0]);
    let spki = der(0x30, &[algorithm, der(3, &[vec![0], key].concat())].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(spki))
}

#[test]
fn rsa_round_trip_through_storage() {
    let pair = RsaKeyPair::generate().unwrap();
    let again = RsaKeyPair::from_pkcs8(&pair.to_pkcs8()).unwrap();
    assert_eq!(pair.public_pem(), again.public_pem());
    assert!(pair.public_pem().lines().all(|l| l.len() <= 64));
    let key = PublicKey::from_pem(&again.public_pem()).unwrap();
    let sig = pair.sign_sha256(b"message");
    assert_eq!(key.clone().verify(b"message", &sig), Ok(()));
    assert_eq!(key.verify(b"massage", &sig), Err(KeyError::BadSignature));
    for bad in [&[][..], &sig[1..], &[0; 256], &[1; 5000]] {
        assert_eq!(key.verify(b"message", bad), Err(KeyError::BadSignature));
    }
}

#[test]
fn ed25519_round_trip_through_storage() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let again = Ed25519KeyPair::from_pkcs8(&pair.to_pkcs8()).unwrap();
    let text = again.public_multibase();
    assert!(text.starts_with("z6Mk"), "{text}");
    let key = PublicKey::from_multibase(&text).unwrap();
    assert!(!key.is_rsa());
    assert_eq!(key.verify(b"m", &pair.sign(b"m")), Ok(()));
    assert_eq!(key.verify(b"n", &pair.sign(b"m")), Err(KeyError::BadSignature));
    assert_eq!(key.verify(b"m", b"short"), Err(KeyError::BadSignature));
}

#[test]
fn weak_and_oversized_rsa_keys_are_refused() {
    let usual = [1, 0, 1];
    assert!(PublicKey::from_pem(&rsa_pem(2048, &usual)).is_ok());
    assert!(PublicKey::from_pem(&rsa_pem(8192, &usual)).is_ok());
    for (bits, exponent, error) in [
        (512, &usual[..], KeyError::Size),
        (1024, &usual[..], KeyError::Size),
        (2040, &usual[..], KeyError::Size),
        (8200, &usual[..], KeyError::Size),
        (32768, &usual[..], KeyError::Size),
        (2048, &[1], KeyError::Exponent),
        (2048, &[3], KeyError::Exponent),
        (2048, &[17], KeyError::Exponent),
        (2048, &[1, 0, 0], KeyError::Exponent),
        (2048, &[1, 0, 2], KeyError::Exponent),
        (2048, &[1, 0, 0, 0, 1], KeyError::Exponent),
        (2048, &[], KeyError::Malformed),
        (2048, &[0], KeyError::Malformed),
        (2048, &[0x81, 0, 1], KeyError::Malformed),
    ] {
        let got = PublicKey::from_pem(&rsa_pem(bits, exponent)).unwrap_err();
        assert_eq!(got, error, "{bits} {exponent:?}");
    }
}

#[test]
fn malformed_keys_are_errors_not_panics() {
    let good = RsaKeyPair::generate().unwrap().public_pem();
    for cut in 0..good.len() {
        assert!(PublicKey::from_pem(&good[..cut]).is_err() || cut >= good.len() - 1);
    }
    for pem in [
        "",
        "hello",
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
        "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----",
    ] {
        assert!(PublicKey::from_pem(pem).is_err(), "{pem}");
    }
    assert!(RsaKeyPair::from_pkcs8(b"nonsense").is_err());
    assert!(Ed25519KeyPair::from_pkcs8(b"nonsense").is_err());
}

#[test]
fn small_order_points_are_refused_with_either_sign() {
    let mut points = vec![[0_u8; 32], [0; 32], [0xff; 32], [0xff; 32], [0xff; 32]];
    points[1][0] = 1;
    for (i, first) in [(2, 0xec), (3, 0xed), (4, 0xee)] {
        points[i][0] = first;
        points[i][31] = 0x7f;
    }
    for mut point in points {
        for sign in [0, 0x80] {
            point[31] |= sign;
            let text = format!("z{}", bs58::encode([&[0xed, 1][..], &point].concat()).into_string());
            assert_eq!(PublicKey::from_multibase(&text).unwrap_err(), KeyError::SmallOrder);
        }
    }
}

#[test]
fn multibase_of_other_kinds_is_refused() {
    for text in ["", "z", "mAAAA", "z0OIl", "z6Mk", "u7QE"] {
        assert!(PublicKey::from_multibase(text).is_err(), "{text}");
    }
    assert_eq!(PublicKey::from_multibase(&format!("z{}", "1".repeat(100_000))).unwrap_err(), KeyError::Size);
}

#[test]
fn keys_can_be_cached_across_threads() {
    fn check<T: Clone + Send + Sync + 'static>() {}
    check::<PublicKey>();
}
