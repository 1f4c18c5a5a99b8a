//! What every entity needs to know of this hall, worked out once.

use app::Settings;
use app::views::ActorView;

/// The hall's addresses as entities show them.
#[derive(Debug, Clone)]
pub struct Site {
    base: String,
    missing: String,
    missing_header: String,
}

impl Site {
    /// Reads the settings, which do not change while the server runs.
    pub fn new(settings: &Settings) -> Self {
        Self::at(settings.base())
    }

    /// The site at this base URL (without a trailing slash).
    ///
    /// The names of the two pictures are read by apps: one shows a placeholder of its own where the last
    /// part of the path is `missing.png`, another where a header ends in `/original/missing.png`.
    pub fn at(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            missing: format!("{base}/assets/missing.png"),
            missing_header: format!("{base}/assets/original/missing.png"),
        }
    }

    /// The base URL without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// An actor's picture: always an absolute address, because apps fail on an empty one.
    pub fn avatar<'a>(&'a self, actor: &'a ActorView) -> &'a str {
        actor.icon.as_deref().filter(|icon| !icon.is_empty()).unwrap_or(&self.missing)
    }

    /// The picture behind a profile; actors have none yet.
    pub fn header(&self) -> &str {
        &self.missing_header
    }
}
