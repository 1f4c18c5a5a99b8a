//! The one outbound client: every request that leaves the hall goes through here.
//!
//! A name is resolved by our own resolver, every answer must be a global unicast address, and
//! exactly those addresses are connected to, so that a second lookup cannot give another answer.
//! Redirects are followed by hand, each target checked and signed like the first.

mod address;
mod client;
mod knock;
mod resolver;

pub use client::{Accept, Client, Document, PostAnswer};
pub use resolver::Names;

use std::time::Duration;

/// How long and how much a request may take.
#[derive(Debug, Clone, Copy)]
pub struct FetchOptions {
    /// For the connection.
    pub connect: Duration,
    /// For everything, redirects included.
    pub total: Duration,
    /// Most bytes of an answer, counted after decompression.
    pub max_body: usize,
    /// For one look around in the background, all that it asks for included.
    pub look: Duration,
}

impl Default for FetchOptions {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            total: Duration::from_secs(10),
            max_body: 1024 * 1024,
            look: Duration::from_mins(1),
        }
    }
}

/// Why there is no answer. Its text is one for all: a stranger must not learn from it what is
/// reachable from here (C101).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address could not be fetched")]
pub enum FetchError {
    /// The address is not one that is ever asked.
    Refused,
    /// No connection, no answer in time, or a broken one.
    Unreachable,
    /// Another status than success.
    Status(u16),
    /// More than the limit.
    TooLarge,
    /// Another content type, or no JSON.
    NotJson,
    /// A document about something else.
    NotTheId,
}

impl FetchError {
    /// The origin says that it is not there.
    pub fn is_gone(self) -> bool {
        matches!(self, Self::Status(404 | 410))
    }

    /// It may work later.
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::Unreachable | Self::Status(408 | 429 | 500..=599))
    }
}
