//! Keyset paging, as the Mastodon API asks for it.

/// Which stretch of a list, ordered by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only ids below this.
    pub max_id: Option<i64>,
    /// Only ids above this; the newest of them come first.
    pub since_id: Option<i64>,
    /// Only ids above this; the stretch directly above it.
    pub min_id: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

impl Page {
    /// The newest `limit` things.
    pub fn newest(limit: u32) -> Self {
        Self { max_id: None, since_id: None, min_id: None, limit }
    }

    /// Whether rows are read upwards (and then turned round), as `min_id` asks.
    pub fn upwards(&self) -> bool {
        self.min_id.is_some()
    }

    /// Exclusive lower bound.
    pub fn above(&self) -> i64 {
        self.min_id.or(self.since_id).unwrap_or(-1)
    }

    /// Exclusive upper bound.
    pub fn below(&self) -> i64 {
        self.max_id.unwrap_or(i64::MAX)
    }
}
