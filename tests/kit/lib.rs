//! Test servers and builders.
//!
//! [`db`] gives every test a database of its own, on SQLite or on PostgreSQL; [`world`] a hall over it
//! with people, communities and posts; [`hall`] one that is served and works on loopback; [`peer`] another
//! server that says and answers what a test wants; [`hostile`] one that answers with any bytes, and names that lie; [`disk`] a place that
//! fills up; [`poll`] is the only way to wait for something.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot be set up should stop at once"
)]

pub mod chance;
pub mod db;
pub mod disk;
pub mod hall;
pub mod hostile;
pub mod http;
pub mod peer;
pub mod poll;
pub mod world;

pub use db::{Db, Raw};
pub use hall::Hall;
pub use hostile::Hostile;
pub use http::{Answer, Client};
pub use peer::{Peer, PeerActor, Way};
pub use poll::eventually;
pub use world::{Community, Person, Stranger, World};
