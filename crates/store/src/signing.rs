//! How other hosts want requests signed: what they said, and what they took.

use crate::conn::{Conn, Tx, params};
use crate::{Result, StoreError};
use domain::time::Timestamp;
use std::collections::BTreeMap;

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

/// What is known of these hosts.
pub async fn habits(conn: &Conn, hosts: &[&str]) -> Result<BTreeMap<String, Habit>> {
    let sql = format!("SELECT host, kind, learned, learned_at FROM host_signing WHERE {}", conn.in_texts("host", 1));
    let list = serde_json::to_string(hosts).map_err(|error| StoreError::Other(error.to_string()))?;
    let mut found = BTreeMap::new();
    for row in conn.all(&sql, params![list]).await? {
        let (kind, learned): (String, String) = (row.get(1)?, row.get(2)?);
        let (Some(kind), Some(learned)) = (SignatureKind::parse(&kind), Learned::parse(&learned)) else {
            return Err(StoreError::Corrupt(format!("signing {kind} {learned}")));
        };
        found.insert(row.get(0)?, Habit { kind, learned, at: Timestamp(row.get(3)?) });
    }
    Ok(found)
}

/// Remembers what a host takes.
pub async fn remember(tx: &Tx, host: &str, kind: SignatureKind, learned: Learned) -> Result<()> {
    let sql = "INSERT INTO host_signing (host, kind, learned, learned_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (host) DO UPDATE SET kind = excluded.kind, learned = excluded.learned, learned_at = excluded.learned_at";
    tx.exec(sql, params![host, kind.as_str(), learned.as_str(), tx.now().0]).await?;
    Ok(())
}
