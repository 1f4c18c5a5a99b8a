//! How other hosts want requests signed: what they said, and what they took.

use crate::conn::{Conn, Tx, params};
use crate::{Result, StoreError};
use domain::time::Timestamp;

/// A way of signing requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureKind {
    /// draft-cavage with RSA: what nearly everybody takes.
    Cavage,
    /// RFC 9421 with RSA.
    Message,
    /// RFC 9421 with Ed25519.
    Edwards,
}

impl SignatureKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Cavage => "cavage",
            Self::Message => "rfc9421",
            Self::Edwards => "rfc9421-ed25519",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Cavage, Self::Message, Self::Edwards].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How that is known, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Learned {
    /// The host says so (FEP-844e).
    Said,
    /// The host took the first request that was signed so.
    Worked,
    /// The host refused the other kind and took this one.
    Knocked,
}

impl Learned {
    fn as_str(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Worked => "worked",
            Self::Knocked => "knocked",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Said, Self::Worked, Self::Knocked].into_iter().find(|learned| learned.as_str() == word)
    }
}

/// What is known of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habit {
    /// What it takes.
    pub kind: SignatureKind,
    /// How that is known.
    pub learned: Learned,
    /// Since when, or when it was last confirmed.
    pub at: Timestamp,
}

/// What is known of a host.
pub async fn habit(conn: &Conn, host: &str) -> Result<Option<Habit>> {
    let Some(row) = conn.one("SELECT kind, learned, learned_at FROM host_signing WHERE host = $1", params![host]).await? else {
        return Ok(None);
    };
    let (kind, learned): (String, String) = (row.get(0)?, row.get(1)?);
    match (SignatureKind::parse(&kind), Learned::parse(&learned)) {
        (Some(kind), Some(learned)) => Ok(Some(Habit { kind, learned, at: Timestamp(row.get(2)?) })),
        _ => Err(StoreError::Corrupt(format!("signing {kind} {learned}"))),
    }
}

/// Remembers what a host takes.
pub async fn remember(tx: &Tx, host: &str, kind: SignatureKind, learned: Learned) -> Result<()> {
    let sql = "INSERT INTO host_signing (host, kind, learned, learned_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (host) DO UPDATE SET kind = excluded.kind, learned = excluded.learned, learned_at = excluded.learned_at";
    tx.exec(sql, params![host, kind.as_str(), learned.as_str(), tx.now().0]).await?;
    Ok(())
}
