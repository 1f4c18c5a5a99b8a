//! Passwords: argon2id, off the async threads, a few at a time.

use app::{Error, ErrorKind, Result};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory in KiB, passes, lanes: what OWASP recommends as the least for argon2id.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// How long a sign-in waits for its turn before it is told that the server is busy.
const PATIENCE: Duration = Duration::from_secs(15);

/// Hashes and checks passwords. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// Half of the processors hash at the same time; the rest of the hall goes on.
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        Self(Arc::new(Semaphore::new((processors / 2).max(1))))
    }

    /// The hash of a new password, in PHC form.
    pub async fn hash(&self, password: &str) -> Result<String> {
        app::accounts::register::check_password(password)?;
        let (permit, password) = (self.turn().await?, password.to_owned());
        let hashing = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            hash_now(&password)
        });
        hashing.await.map_err(Error::internal)?
    }

    /// Whether the password is the one of this hash. Without a hash a dummy is checked, which takes as long.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        if password.len() > app::accounts::PASSWORD_MAX {
            return Ok(false);
        }
        let (permit, password, hash) = (self.turn().await?, password.to_owned(), hash.map(str::to_owned));
        let verifying = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            verify_now(&password, hash.as_deref())
        });
        verifying.await.map_err(Error::internal)?
    }

    /// The permit goes with the work: a caller that is gone does not make room for another hash beside its own.
    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        match tokio::time::timeout(PATIENCE, self.0.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Error::new(ErrorKind::Unavailable, "busy", "The server is busy. Try again in a moment.")),
        }
    }
}

fn argon() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str) -> Result<String> {
    let hash: PasswordHash = argon()?.hash_password(password.as_bytes()).map_err(Error::internal)?;
    Ok(hash.to_string())
}

fn verify_now(password: &str, hash: Option<&str>) -> Result<bool> {
    static DUMMY: OnceLock<String> = OnceLock::new();
    // Made whether or not it is needed now, so that the first unknown name takes no longer either.
    if DUMMY.get().is_none() {
        // Another thread may be first; its dummy is as good.
        let _ = DUMMY.set(hash_now("nobody has this password")?);
    }
    let text = hash.or_else(|| DUMMY.get().map(String::as_str)).unwrap_or_default();
    let parsed = PasswordHash::new(text).map_err(Error::internal)?;
    let right = argon()?.verify_password(password.as_bytes(), &parsed).is_ok();
    Ok(right && hash.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_passes_and_nobody_passes_without_a_hash() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse battery").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(passwords.verify("correct horse battery", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horse batterz", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("nobody has this password", None).await.unwrap());
    }

    #[tokio::test]
    async fn a_huge_password_is_refused_without_hashing() {
        let passwords = Passwords::new();
        let huge = "x".repeat(1_000_000);
        assert!(passwords.hash(&huge).await.is_err());
        assert!(!passwords.verify(&huge, None).await.unwrap());
    }
}
