//! One bounded look around: how much may be asked for, and the asking.

use crate::Federation;
use crate::keys::LocalKeys;
use crate::resolve::ResolveError;
use app::federated::actors;
use serde_json::Value;
use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;
use tokio::time::Instant;
use url::Url;

/// Most requests for one cause; an actor's counts like any other (C111, C114).
const FETCHES: u32 = 50;
/// Most pages of collections among them.
const PAGES: u32 = 12;
/// Most items looked at.
const ITEMS: usize = 400;
/// Most bytes read; the second half is for what the pages name.
const BYTES: usize = 8 * 1024 * 1024;

/// Why a look ended before there was nothing more to see.
#[derive(Debug)]
pub enum Stop {
    /// A bound was reached.
    Spent,
    /// This document is not to be had.
    Failed(ResolveError),
}

impl From<ResolveError> for Stop {
    fn from(error: ResolveError) -> Self {
        Self::Failed(error)
    }
}

impl From<app::Error> for Stop {
    fn from(error: app::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// A look around, and what is left of its bounds.
#[derive(Debug)]
pub struct Reading<'a> {
    pub federation: &'a Federation,
    keys: Arc<LocalKeys>,
    fetches: u32,
    pages: u32,
    items: usize,
    bytes: usize,
    until: Instant,
    /// Nothing is asked for twice.
    asked: HashSet<String>,
}

impl<'a> Reading<'a> {
    /// A look that asks with these keys.
    pub fn new(federation: &'a Federation, keys: Arc<LocalKeys>) -> Self {
        Self {
            federation,
            keys,
            fetches: FETCHES,
            pages: PAGES,
            items: ITEMS,
            bytes: BYTES,
            until: Instant::now() + federation.longest_look(),
            asked: HashSet::new(),
        }
    }

    /// Takes one request from the budget.
    fn spend(&mut self) -> Result<(), Stop> {
        if self.fetches == 0 || self.bytes == 0 || Instant::now() >= self.until {
            return Err(Stop::Spent);
        }
        self.fetches -= 1;
        Ok(())
    }

    fn first_time(&mut self, address: &str) -> Result<(), Stop> {
        let first = self.asked.insert(address.to_owned());
        if first { Ok(()) } else { Err(ResolveError::Refused("asked_already").into()) }
    }

    fn weigh(&mut self, value: Value) -> Value {
        let mut scale = Scale(0);
        let _ = serde_json::to_writer(&mut scale, &value);
        self.bytes = self.bytes.saturating_sub(scale.0);
        value
    }

    /// A document from its own origin.
    pub async fn document(&mut self, id: &str) -> Result<Value, Stop> {
        self.first_time(id)?;
        self.spend()?;
        let value = self.federation.document(id, &self.keys).await?;
        Ok(self.weigh(value))
    }

    /// A collection or a page of one.
    pub async fn page(&mut self, url: &Url) -> Result<Value, Stop> {
        self.first_time(url.as_str())?;
        if self.bytes <= BYTES / 2 {
            return Err(Stop::Spent);
        }
        self.pages = self.pages.checked_sub(1).ok_or(Stop::Spent)?;
        self.spend()?;
        let value = self.federation.collection(url, &self.keys).await?;
        Ok(self.weigh(value))
    }

    /// Takes one item from the budget. `false`: there is none left.
    pub fn item(&mut self) -> bool {
        self.items = self.items.saturating_sub(1);
        self.items > 0
    }

    /// An author who is not known here yet costs a request, which the translation then makes.
    pub async fn author(&mut self, uri: &str) -> Result<(), Stop> {
        if actors::wire_by_uri(self.federation.hall(), uri).await?.is_none() {
            self.spend()?;
        }
        Ok(())
    }
}

/// Counts what is written and keeps nothing.
struct Scale(usize);

impl Write for Scale {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
