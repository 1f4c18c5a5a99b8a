//! Ids: 64-bit, time-ordered, not guessable, sent as decimal strings.

use crate::time::{Random, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Text that is not an id: ids are decimal digits without sign or leading zero, below 2^63.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

/// Reads the decimal form of an id.
fn parse_decimal(text: &str) -> Result<i64, NotAnId> {
    let plain = !text.is_empty()
        && text.len() <= 19
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'));
    if plain { text.parse().map_err(|_| NotAnId) } else { Err(NotAnId) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> { parse_decimal(text).map(Self) }
        }
        impl From<i64> for $name {
            fn from(value: i64) -> Self { Self(value) }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// A local login.
    AccountId,
    /// One that acts, local or remote. Also the `id` of an account in the Mastodon API.
    ActorId,
    /// A community of practice. Also the `id` of its list in the Mastodon API.
    CommunityId,
    /// A report.
    ReportId,
    /// A post, or a boost of one (boosts have ids of their own).
    PostId,
    /// Something attached to a post.
    AttachmentId,
    /// A notification; stays below 2^53 because apps read it as a number.
    NotificationId,
    /// An OAuth application.
    AppId,
    /// An OAuth access token's row (never the token itself).
    TokenId,
    /// A sign-in session's row (never the cookie itself).
    SessionId,
}

/// The next id after `last`: `max(now in ms << 16 | 16 random bits, last + 1 + random(256))`,
/// so that ids follow the order of writing, and cannot be counted or guessed.
pub fn next(last: i64, now: Timestamp, random: &dyn Random) -> i64 {
    let mut bytes = [0_u8; 3];
    random.fill(&mut bytes);
    let [high, low, step] = bytes;
    let fresh = (now.0.max(0) << 16) | i64::from(u16::from_be_bytes([high, low]));
    fresh.max(last + 1 + i64::from(step))
}

/// The earliest id that a thing of this time can have: where to cut a list by date.
pub fn first_at(time: Timestamp) -> i64 {
    time.0.max(0) << 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SystemRandom;

    #[test]
    fn ids_grow_even_when_the_clock_stands_still_or_runs_back() {
        let mut last = 0;
        for now in [1_000, 1_000, 999, 500, 1_001] {
            let id = next(last, Timestamp(now), &SystemRandom);
            assert!(id > last);
            last = id;
        }
    }

    #[test]
    fn ids_are_read_strictly() {
        assert_eq!("12".parse(), Ok(PostId(12)));
        for bad in ["", "-1", "+1", "01", " 1", "1 ", "9223372036854775808", "a", "१"] {
            assert_eq!(bad.parse::<PostId>(), Err(NotAnId), "{bad}");
        }
    }
}
