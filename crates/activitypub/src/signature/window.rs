//! When a signature is fresh enough, and the one date format it may use.

use std::time::{Duration, UNIX_EPOCH};

use super::SignatureError;
use super::header::Parameters;

/// Oldest acceptable signature: an hour of clock difference and five minutes of transport.
pub const MAX_AGE_SECONDS: i64 = 3_900;
/// Furthest acceptable date in the future: an hour of clock difference.
pub const MAX_AHEAD_SECONDS: i64 = 3_600;

/// Checks `Date`, `created` and `expires` against the given time.
///
/// At least one of `Date` and `(created)` must be covered; each covered one must be fresh.
/// A `Date` that cannot be read is refused even when it is not covered.
pub(super) fn check(parameters: &Parameters<'_>, date: Option<&str>, now: i64) -> Result<(), SignatureError> {
    let covers = |name: &str| parameters.headers.iter().any(|h| h == name);
    let date = date.map(|text| parse_http_date(text).ok_or(SignatureError::DateMalformed)).transpose()?;
    if !covers("date") && !covers("(created)") {
        return Err(SignatureError::NotCovered);
    }
    if covers("date") {
        fresh(date.ok_or(SignatureError::HeaderMissing)?, now)?;
    }
    if covers("(created)") {
        parameters.created.ok_or(SignatureError::HeaderMissing)?;
    }
    if let Some(created) = parameters.created {
        fresh(created, now)?;
    }
    match parameters.expires {
        Some(expires) if expires < now => Err(SignatureError::Expired),
        _ => Ok(()),
    }
}

/// Checks `created` and `expires` of an RFC 9421 signature, which are covered by its own base.
pub(super) fn check_message(created: i64, expires: Option<i64>, now: i64) -> Result<(), SignatureError> {
    fresh(created, now)?;
    match expires {
        Some(expires) if expires < now || expires < created => Err(SignatureError::Expired),
        _ => Ok(()),
    }
}

/// A `Date` that is covered must be fresh as well.
pub(super) fn check_date(date: &str, now: i64) -> Result<(), SignatureError> {
    fresh(parse_http_date(date).ok_or(SignatureError::DateMalformed)?, now)
}

fn fresh(at: i64, now: i64) -> Result<(), SignatureError> {
    let age = now.saturating_sub(at);
    if age > MAX_AGE_SECONDS {
        Err(SignatureError::Expired)
    } else if age < -MAX_AHEAD_SECONDS {
        Err(SignatureError::FromFuture)
    } else {
        Ok(())
    }
}

/// Reads a `Date` header: IMF-fixdate only, the sole form RFC 9110 lets be sent.
pub fn parse_http_date(text: &str) -> Option<i64> {
    let text = text.trim();
    let since = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let unix = i64::try_from(since.as_secs()).ok()?;
    // re-written, the same text must come out: no odd spaces, no second 60, no wrong weekday
    (http_date(unix) == text).then_some(unix)
}

/// Writes a `Date` header value (IMF-fixdate), which has years from 1970 to 9999.
pub fn http_date(unix: i64) -> String {
    let seconds = u64::try_from(unix).unwrap_or_default().min(LAST);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// The end of the year 9999.
const LAST: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_format_round_trips_and_others_are_refused() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date(-1), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(http_date(i64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
        for bad in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:60 GMT",
            "1994-11-06T08:49:37Z",
            "Sun, 06 Nov 99999999 08:49:37 GMT",
        ] {
            assert_eq!(parse_http_date(bad), None, "{bad}");
        }
    }
}
