//! Test servers and builders.
