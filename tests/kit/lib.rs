//! Test servers and builders.
//!
//! [`db`] gives every test a database of its own, on SQLite or on PostgreSQL; [`world`] a hall over it
//! with people, communities and posts; [`poll`] the only way to wait for something.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that cannot be set up should stop at once")]

pub mod chance;
pub mod db;
pub mod poll;
pub mod world;

pub use db::{Db, Raw};
pub use poll::eventually;
pub use world::{Community, Person, Stranger, World};
