//! The one error of the use cases: seven kinds, a stable code, a sentence for people.

use domain::policy::{Refusal, RefusalKind};
use store::StoreError;

/// Which kind of answer an error is; every surface maps all seven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Not there, or not for you.
    NotFound,
    /// Seen, but not allowed.
    Denied,
    /// The request itself is wrong.
    Invalid,
    /// It collides with something that is there.
    Conflict,
    /// Too much at once.
    Limited,
    /// Try again later.
    Unavailable,
    /// Our fault.
    Internal,
}

/// What a client is told. The inner cause went to the log, once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    /// Which kind.
    pub kind: ErrorKind,
    /// Stable and machine-readable.
    pub code: &'static str,
    /// A sentence a person understands.
    pub message: String,
}

/// A result of the use cases.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into() }
    }

    /// The one answer for "not there" and "not for you".
    pub fn not_found() -> Self {
        Refusal::NOT_FOUND.into()
    }

    /// The request itself is wrong.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, code, message)
    }

    /// Seen, but not allowed.
    pub fn denied(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Denied, code, message)
    }

    /// Our fault; `cause` goes to the log.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(ErrorKind::Internal, "internal", "Something went wrong on our side.")
    }

    /// Something outside does not answer; `cause` goes to the log.
    pub fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unavailable, code, message)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal.kind {
            RefusalKind::NotFound => ErrorKind::NotFound,
            RefusalKind::Denied => ErrorKind::Denied,
            RefusalKind::Invalid => ErrorKind::Invalid,
            RefusalKind::Conflict => ErrorKind::Conflict,
        };
        Self::new(kind, refusal.code, refusal.message)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken => Self::new(ErrorKind::Conflict, "taken", "This is already there."),
            StoreError::Unavailable(cause) => {
                tracing::warn!(%cause, "the database is not available");
                Self::unavailable("database_unavailable", "The server is busy. Try again in a moment.")
            }
            other => Self::internal(other),
        }
    }
}
