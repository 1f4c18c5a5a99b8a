//! Wiring: configuration, the assembled hall, and the roles of the binary `guildhall`.

pub mod assemble;
pub mod commands;
pub mod config;
pub mod connections;
pub mod health;
pub mod logging;
pub mod serve;

pub use assemble::{Assembled, assemble};
pub use config::Config;
