//! The integration tests, one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at once")]

mod credentials;
mod policy_matches_sql;
mod worlds;
