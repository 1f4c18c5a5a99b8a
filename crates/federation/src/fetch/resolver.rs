//! Names to addresses, and only to allowed ones.

use super::address::allowed;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::SocketAddr;
use std::sync::Arc;

/// What a name stands for, before anything of it is believed. A port of its own, so that a test can play every
/// answer a hostile zone gives; an answer's port counts only where the address names none.
pub trait Names: std::fmt::Debug + Send + Sync {
    /// Every address of this name.
    fn addresses(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>>;
}

/// The system's resolver, which follows aliases (CNAME) to their end.
#[derive(Debug, Clone, Copy)]
pub struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let name = name.to_owned();
        async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) }.boxed()
    }
}

/// One forbidden answer makes the whole name forbidden (C085). What is connected to is what was checked here, so a
/// second lookup cannot give another answer (C086).
#[derive(Debug, Clone)]
pub struct SafeResolver {
    /// Where answers come from.
    pub names: Arc<dyn Names>,
    /// Loopback is allowed, for development.
    pub insecure: bool,
}

impl Resolve for SafeResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (answers, insecure) = (self.names.addresses(name.as_str()), self.insecure);
        Box::pin(async move {
            let found = answers.await?;
            if found.is_empty() || found.iter().any(|address| !allowed(address.ip(), insecure)) {
                return Err("the name does not resolve to a public address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
