//! Mastodon API: Preferences and Marker entities.

use super::Moment;
use app::accounts::me::Preferences as Chosen;
use serde::{Serialize, Serializer};

/// What new posts start with, and how posts are shown.
#[derive(Debug, Serialize)]
pub struct Preferences<'a> {
    #[serde(rename = "posting:default:visibility")]
    visibility: &'static str,
    #[serde(rename = "posting:default:sensitive")]
    sensitive: bool,
    #[serde(rename = "posting:default:language")]
    language: Option<&'a str>,
    #[serde(rename = "posting:default:quote_policy")]
    quote_policy: &'static str,
    #[serde(rename = "reading:expand:media")]
    media: &'static str,
    #[serde(rename = "reading:expand:spoilers")]
    spoilers: bool,
    #[serde(rename = "reading:autoplay:gifs")]
    gifs: bool,
}

impl<'a> Preferences<'a> {
    /// What the requester chose; reading is left to each app.
    pub fn of(chosen: &'a Chosen) -> Self {
        Self {
            visibility: chosen.visibility.as_str(),
            sensitive: chosen.sensitive,
            language: chosen.language.as_deref(),
            quote_policy: "public",
            media: "default",
            spoilers: false,
            gifs: false,
        }
    }
}

/// How far the requester has read one timeline.
#[derive(Debug, Serialize)]
pub struct Marker {
    last_read_id: domain::id::PostId,
    version: i64,
    updated_at: Moment,
}

/// Markers by timeline; those that were never set are left out.
#[derive(Debug)]
pub struct Markers<'a>(pub Vec<&'a app::markers::Marker>);

impl Serialize for Markers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|marker| {
            let last_read_id = domain::id::PostId(marker.last_read_id);
            (&marker.timeline, Marker { last_read_id, version: marker.version, updated_at: Moment(marker.updated_at) })
        }))
    }
}
