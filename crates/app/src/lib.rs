//! The use cases: the list of files here is the list of what the product does.
//!
//! Every public function takes a [`Requester`]; every write happens in one transaction
//! together with the rows of its consequences.

pub mod accounts;
pub mod communities;
pub mod effects;
pub mod error;
pub mod federated;
pub mod hall;
pub mod instance;
pub mod jobs;
pub mod markers;
pub mod notifications;
pub mod oauth;
pub mod people;
pub mod polls;
pub mod ports;
pub mod posts;
pub mod registry;
pub mod reports;
pub mod search;
pub mod timelines;
pub mod worker;

pub use domain::requester::{Principal, Requester};
pub use error::{Error, ErrorKind, Result};
pub use hall::{Hall, Registrations, Settings};
pub use store::{Visible, views};
