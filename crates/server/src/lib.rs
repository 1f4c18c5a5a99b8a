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

/// Memory for requests and deliveries: very many small things, made on one thread and given back on another, for which the
/// system's allocator makes threads wait for each other (`tests/bench`).
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
