//! The binary `guildhall`.
fn main() {}
