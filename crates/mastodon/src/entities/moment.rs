//! Dates as the API writes them: ISO 8601 in UTC with exactly three fraction digits and `Z`.
//!
//! Written by hand because a page of twenty statuses holds about eighty dates, and some apps read
//! nothing but this one form (others take "now" instead, without a word).

use domain::time::{DAY, Timestamp};
use serde::{Serialize, Serializer};

/// A point in time, such as `2024-01-02T03:04:05.678Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub Timestamp);

/// The start of the day of a point in time: on which day somebody came is enough to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Midnight(pub Timestamp);

/// A day, such as `2024-01-02`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ms = within_years(self.0.0);
        let [y1, y2, y3, y4, m1, m2, d1, d2] = date(ms.div_euclid(DAY));
        let in_day = ms.rem_euclid(DAY);
        let [h1, h2] = two(in_day / 3_600_000);
        let [i1, i2] = two(in_day / 60_000 % 60);
        let [s1, s2] = two(in_day / 1_000 % 60);
        let [f1, f2] = two(in_day % 1_000 / 10);
        let [_, f3] = two(in_day % 10);
        write(
            serializer,
            &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', i1, i2, b':', s1, s2, b'.', f1, f2, f3, b'Z'],
        )
    }
}

impl Serialize for Midnight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Moment(Timestamp(self.0.0.div_euclid(DAY).saturating_mul(DAY))).serialize(serializer)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [y1, y2, y3, y4, m1, m2, d1, d2] = date(within_years(self.0.0).div_euclid(DAY));
        write(serializer, &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2])
    }
}

fn write<S: Serializer>(serializer: S, ascii: &[u8]) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(std::str::from_utf8(ascii).unwrap_or("1970-01-01T00:00:00.000Z"))
}

/// What cannot be written with four digits of a year is shown as the start of 1970.
fn within_years(ms: i64) -> i64 {
    const YEAR_10_000: i64 = 253_402_300_800_000;
    const YEAR_0: i64 = -62_167_219_200_000;
    if (YEAR_0..YEAR_10_000).contains(&ms) { ms } else { 0 }
}

/// Year, month and day of a number of days since 1970, as digits (Howard Hinnant's `civil_from_days`).
fn date(days: i64) -> [u8; 8] {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let ([y1, y2], [y3, y4]) = (two(year / 100), two(year % 100));
    let ([m1, m2], [d1, d2]) = (two(month), two(day));
    [y1, y2, y3, y4, m1, m2, d1, d2]
}

/// Two digits of a number from 0 to 99.
fn two(number: i64) -> [u8; 2] {
    let digit = |n: i64| b'0' + u8::try_from(n.rem_euclid(10)).unwrap_or_default();
    [digit(number / 10), digit(number)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_the_domain_writes_them() {
        for ms in [0, 1, 999, 1_704_164_645_678, 951_782_400_000, 4_107_542_399_999, 1_709_164_800_010, -1] {
            let time = Timestamp(ms);
            assert_eq!(serde_json::to_string(&Moment(time)).unwrap(), format!("\"{}\"", time.rfc3339()));
            assert_eq!(serde_json::to_string(&Day(time)).unwrap(), format!("\"{}\"", time.date()));
        }
        for day in (0..40_000).map(|day| Timestamp(day * DAY)) {
            assert_eq!(serde_json::to_string(&Day(day)).unwrap(), format!("\"{}\"", day.date()));
        }
    }

    #[test]
    fn what_no_calendar_holds_is_the_start_of_1970() {
        for ms in [i64::MAX, i64::MIN] {
            assert_eq!(serde_json::to_string(&Moment(Timestamp(ms))).unwrap(), "\"1970-01-01T00:00:00.000Z\"");
        }
    }

    #[test]
    fn a_midnight_hides_the_hour() {
        assert_eq!(serde_json::to_string(&Midnight(Timestamp(1_704_164_645_678))).unwrap(), "\"2024-01-02T00:00:00.000Z\"");
    }
}
