//! The private keys of local actors, encrypted at rest.

use crate::conn::params;
use crate::sealed::Sealer;
use crate::{Conn, Result, Tx};
use domain::id::ActorId;
use std::fmt;

/// An actor's keys, decrypted.
#[derive(Clone)]
pub struct ActorKeys {
    /// RSA private key, PKCS#8 DER.
    pub rsa_pkcs8: Vec<u8>,
    /// RSA public key, PEM.
    pub rsa_public_pem: String,
    /// Ed25519 private key, PKCS#8 DER.
    pub ed25519_pkcs8: Vec<u8>,
    /// Ed25519 public key, multibase.
    pub ed25519_public: String,
}

impl fmt::Debug for ActorKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActorKeys")
            .field("rsa_public_pem", &self.rsa_public_pem)
            .field("ed25519_public", &self.ed25519_public)
            .finish_non_exhaustive()
    }
}

/// Keeps an actor's keys; if it has some already, those stay and this gives `false`.
pub async fn insert_if_absent(tx: &Tx, sealer: &Sealer, actor: ActorId, keys: &ActorKeys) -> Result<bool> {
    let sql = "INSERT INTO actor_keys (actor_id, rsa_sealed, rsa_public, ed25519_sealed, ed25519_public, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (actor_id) DO NOTHING";
    let values = params![
        actor.0,
        sealer.seal(&keys.rsa_pkcs8, &context(actor, "rsa"))?,
        keys.rsa_public_pem.as_str(),
        sealer.seal(&keys.ed25519_pkcs8, &context(actor, "ed25519"))?,
        keys.ed25519_public.as_str(),
        tx.now().0,
    ];
    Ok(tx.exec(sql, values).await? > 0)
}

/// An actor's keys.
pub async fn load(conn: &Conn, sealer: &Sealer, actor: ActorId) -> Result<Option<ActorKeys>> {
    let sql = "SELECT rsa_sealed, rsa_public, ed25519_sealed, ed25519_public FROM actor_keys WHERE actor_id = $1";
    let Some(row) = conn.one(sql, params![actor.0]).await? else { return Ok(None) };
    Ok(Some(ActorKeys {
        rsa_pkcs8: sealer.open(&row.get::<Vec<u8>>(0)?, &context(actor, "rsa"))?,
        rsa_public_pem: row.get(1)?,
        ed25519_pkcs8: sealer.open(&row.get::<Vec<u8>>(2)?, &context(actor, "ed25519"))?,
        ed25519_public: row.get(3)?,
    }))
}

/// The public halves only: (RSA in PEM, Ed25519 in multibase).
pub async fn public(conn: &Conn, actor: ActorId) -> Result<Option<(String, String)>> {
    let sql = "SELECT rsa_public, ed25519_public FROM actor_keys WHERE actor_id = $1";
    match conn.one(sql, params![actor.0]).await? {
        Some(row) => Ok(Some((row.get(0)?, row.get(1)?))),
        None => Ok(None),
    }
}

/// A row's ciphertext opens only for its own actor and kind of key.
fn context(actor: ActorId, kind: &str) -> String {
    format!("actor {actor} {kind}")
}
