//! Mastodon API: Search and Tag entities.

use super::{Account, Nothing, Status};
use crate::site::Site;
use serde::{Serialize, Serializer};
use std::fmt;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Search<'a> {
    /// People and communities.
    pub accounts: Vec<Account<'a>>,
    /// Posts.
    pub statuses: Vec<Status<'a>>,
    /// Hashtags.
    pub hashtags: Vec<Tag<'a>>,
}

/// A hashtag.
#[derive(Debug, Serialize)]
pub struct Tag<'a> {
    id: &'a str,
    name: &'a str,
    url: TagUrl<'a>,
    history: Nothing,
    #[serde(skip_serializing_if = "Option::is_none")]
    following: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    featuring: Option<bool>,
}

impl<'a> Tag<'a> {
    /// A hashtag by its name without `#`. Tags have no ids of their own here, so the name stands for it.
    pub fn of(site: &'a Site, name: &'a str, signed_in: bool) -> Self {
        let no = signed_in.then_some(false);
        Self { id: name, name, url: TagUrl { site, name }, history: [], following: no, featuring: no }
    }
}

/// The page of a hashtag.
#[derive(Debug, Clone, Copy)]
pub(super) struct TagUrl<'a> {
    pub site: &'a Site,
    pub name: &'a str,
}

impl fmt::Display for TagUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.site.base())?;
        f.write_str("/tags/")?;
        url::form_urlencoded::byte_serialize(self.name.as_bytes()).try_for_each(|part| f.write_str(part))
    }
}

impl Serialize for TagUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
