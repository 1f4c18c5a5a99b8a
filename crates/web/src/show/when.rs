//! Times in words, with the exact time for machines and for whoever points at it.

use domain::time::{Clock, DAY, HOUR, MINUTE, SystemClock, Timestamp};

/// A time as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// ISO 8601, for `datetime`.
    pub iso: String,
    /// `3 hours ago`.
    pub words: String,
    /// `24 November 2026, 05:58 UTC`.
    pub full: String,
}

impl When {
    /// This time, seen from now.
    pub fn at(time: Timestamp) -> Self {
        Self::seen(time, SystemClock.now())
    }

    fn seen(time: Timestamp, now: Timestamp) -> Self {
        let iso = time.rfc3339();
        let clock = iso.get(11..16).unwrap_or_default();
        Self { words: words(time, now), full: format!("{}, {clock} UTC", date(time)), iso }
    }
}

fn words(time: Timestamp, now: Timestamp) -> String {
    let age = now.0.saturating_sub(time.0);
    let some = |count: i64, one: &str, many: &str| format!("{} ago", super::counted(count, one, many));
    match age {
        age if age < MINUTE => "just now".to_owned(),
        age if age < HOUR => some(age / MINUTE, "minute", "minutes"),
        age if age < DAY => some(age / HOUR, "hour", "hours"),
        age if age < 2 * DAY => "yesterday".to_owned(),
        age if age < 7 * DAY => some(age / DAY, "day", "days"),
        _ => date(time),
    }
}

/// `24 November 2026`.
pub fn date(time: Timestamp) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let iso = time.date();
    let mut parts = iso.split('-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else { return iso };
    let month = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    month.map_or_else(|| iso.clone(), |month| format!("{} {month} {year}", day.trim_start_matches('0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_times_are_relative_and_old_ones_are_dates() {
        let now = Timestamp(1_764_000_000_000);
        for (ago, expected) in [
            (0, "just now"),
            (-5 * MINUTE, "just now"),
            (MINUTE, "1 minute ago"),
            (59 * MINUTE, "59 minutes ago"),
            (2 * HOUR, "2 hours ago"),
            (30 * HOUR, "yesterday"),
            (3 * DAY, "3 days ago"),
            (30 * DAY, "25 October 2025"),
        ] {
            assert_eq!(When::seen(now.plus(-ago), now).words, expected);
        }
    }

    #[test]
    fn the_exact_time_is_there_too() {
        let when = When::seen(Timestamp(0), Timestamp(0));
        assert_eq!(when.iso, "1970-01-01T00:00:00.000Z");
        assert_eq!(when.full, "1 January 1970, 00:00 UTC");
    }
}
