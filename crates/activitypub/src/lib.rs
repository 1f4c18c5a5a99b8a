//! Vocabulary, addressing, HTTP signatures over bytes, `WebFinger`, `NodeInfo`; pure.
//!
//! Nothing in this crate does IO, reads a clock or starts a task: bytes and times
//! come in as arguments, values go out. That keeps every rule that decides who
//! said something testable without a network.
//!
//! The way in is [`json::parse`] (one strict reading of the bytes), then
//! [`signature::inspect`] or [`proof::verify`] (who vouches for them), then
//! [`model`] (what they say). The way out is [`build`] and [`signature::sign`].

pub mod build;
pub mod digest;
pub mod json;
pub mod keys;
pub mod model;
pub mod nodeinfo;
pub mod proof;
pub mod signature;
pub mod vocab;
pub mod webfinger;

#[cfg(test)]
mod fixtures;
