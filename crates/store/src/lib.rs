//! Tables (private), queries, the visibility scope, queues and caches.
//!
//! Nothing of the ORM leaves this crate: callers hold a [`Store`], read through a
//! [`Conn`] and write inside [`Store::write`], where a [`Tx`] is all they await.

pub mod accounts;
pub mod actors;
pub mod acts;
pub mod agreements;
pub mod asking;
pub mod audit;
mod backend;
pub mod bell;
mod cache;
pub mod communities;
mod conn;
pub mod dead_letters;
pub mod deliveries;
pub mod effects;
pub mod facts;
pub mod fetches;
pub mod figures;
pub mod flood;
pub mod follows;
pub mod idempotency;
pub mod inbox;
pub mod instances;
pub mod keys;
pub mod ledger;
mod lite;
pub mod markers;
pub mod memberships;
pub mod notifications;
pub mod oauth;
pub mod operation;
pub mod outbox;
pub mod polls;
pub mod posts;
pub mod quotes;
pub mod reactions;
pub mod recipients;
pub mod reports;
pub mod requesters;
pub mod scope;
pub mod sealed;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod signing;
pub mod strays;
pub mod suspensions;
pub mod timelines;
pub mod views;
pub mod workers;
mod write;

pub use backend::{DatabaseState, StoreError};
pub use conn::{Conn, Tx};
pub use scope::Visible;
pub use write::{Options, Store};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, StoreError>;
