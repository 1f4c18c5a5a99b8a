//! Names to addresses, and only to allowed ones.

use super::address::allowed;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;

/// Resolves with the system's resolver; one forbidden answer makes the whole name forbidden (C085).
#[derive(Debug, Clone, Copy)]
pub struct SafeResolver {
    /// Loopback is allowed, for development.
    pub insecure: bool,
}

impl Resolve for SafeResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let insecure = self.insecure;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() || found.iter().any(|address| !allowed(address.ip(), insecure)) {
                return Err("the name does not resolve to a public address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
