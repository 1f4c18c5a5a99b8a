//! Reading `ActivityStreams` 2.0 values as they are found, not as they should be.
//!
//! Compact names only: no remote context is ever fetched, and an inline context
//! cannot rename core terms, because nobody here looks at it.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Offset, Utc};
use serde_json::Value;

/// The public collection (ActivityPub section 5.6).
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// Longest list of addressees that is read; the rest is dropped.
const MAX_ADDRESSEES: usize = 1_000;

/// A value as list: an array's items, the single value, or nothing for null.
pub fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        single => vec![single],
    }
}

/// The id in a string, in an object with `id`, or in a list of exactly one of these.
pub fn id_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text.as_str()),
        Value::Object(map) => map.get("id").and_then(Value::as_str),
        Value::Array(items) => match items.as_slice() {
            [single @ (Value::String(_) | Value::Object(_))] => id_of(single),
            _ => None,
        },
        _ => None,
    }
    .filter(|id| !id.is_empty())
}

/// Whether an address is the public collection, in any of its three spellings
/// (ActivityPub section 5.6 names the compact ones).
pub fn is_public(address: &str) -> bool {
    matches!(address, PUBLIC | "as:Public" | "Public")
}

/// The types of an object; usually one.
pub fn types(value: &Value) -> Vec<&str> {
    value.get("type").map(one_or_many).unwrap_or_default().into_iter().filter_map(Value::as_str).collect()
}

/// All ids in a field, as string, object, or list of both.
pub fn ids(value: &Value, field: &str) -> Vec<String> {
    value
        .get(field)
        .map(one_or_many)
        .unwrap_or_default()
        .into_iter()
        .take(MAX_ADDRESSEES)
        .filter_map(id_of)
        .map(str::to_owned)
        .collect()
}

/// Primary and secondary addressees of an activity or object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressing {
    /// `to`
    pub to: Vec<String>,
    /// `cc`
    pub cc: Vec<String>,
}

impl Addressing {
    /// Reads `to` and `cc`; `bto` and `bcc` must never arrive and are not read.
    pub fn of(value: &Value) -> Self {
        Self { to: ids(value, "to"), cc: ids(value, "cc") }
    }

    /// Public in the strong sense: the public collection stands in `to`.
    pub fn is_public(&self) -> bool {
        self.to.iter().any(|a| is_public(a))
    }

    /// Readable by everybody but not to be promoted: the public collection stands only in `cc`.
    pub fn is_unlisted(&self) -> bool {
        !self.is_public() && self.cc.iter().any(|a| is_public(a))
    }

    /// Whether an address stands in `to` or `cc`.
    pub fn contains(&self, address: &str) -> bool {
        self.all().any(|a| a == address)
    }

    /// All addressees, `to` first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.to.iter().chain(&self.cc).map(String::as_str)
    }

    /// Whether nobody is addressed.
    pub fn is_empty(&self) -> bool {
        self.to.is_empty() && self.cc.is_empty()
    }
}

/// An `attributedTo` that names something without an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("attributedTo cannot be read")]
pub struct AttributionError;

/// One entry of `attributedTo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribution {
    pub id: String,
    /// Said to be a `Group`; only embedded objects say it.
    pub group: bool,
}

/// Whom an object is attributed to: string, object, or a list of either (four forms).
pub fn attributed_to(value: &Value) -> Result<Vec<String>, AttributionError> {
    Ok(attributions(value)?.into_iter().map(|a| a.id).collect())
}

pub(crate) fn attributions(value: &Value) -> Result<Vec<Attribution>, AttributionError> {
    value
        .get("attributedTo")
        .map(one_or_many)
        .unwrap_or_default()
        .into_iter()
        .map(|entry| {
            // lists in lists are nobody's form
            let id = match entry {
                Value::Array(_) => None,
                other => id_of(other),
            };
            Ok(Attribution { id: id.ok_or(AttributionError)?.to_owned(), group: types(entry).contains(&"Group") })
        })
        .collect()
}

/// A natural-language value (AS2 core section 4.7): the plain field or, without it,
/// the first entry of its language map. NUL characters, which databases refuse, go.
pub fn text(value: &Value, field: &str) -> Option<String> {
    let found = match value.get(field) {
        Some(Value::String(text)) => Some(text.as_str()),
        // a bare language map under the plain name is a common mistake
        Some(Value::Object(map)) => map.values().find_map(Value::as_str),
        _ => None,
    };
    let found = found.or_else(|| value.get(format!("{field}Map"))?.as_object()?.values().find_map(Value::as_str))?;
    Some(found.replace('\0', ""))
}

/// A boolean, also as the strings some peers write.
pub fn boolean(value: &Value, field: &str) -> Option<bool> {
    match value.get(field)? {
        Value::Bool(found) => Some(*found),
        Value::String(found) if found == "true" => Some(true),
        Value::String(found) if found == "false" => Some(false),
        _ => None,
    }
}

/// A count; negative, fractional and absurd ones read as none.
pub fn count(value: &Value, field: &str) -> Option<u64> {
    value.get(field)?.as_u64().filter(|n| *n <= 1_000_000_000)
}

/// A point in time as somebody wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Unix milliseconds.
    pub ms: i64,
    /// Minutes east of UTC, as written; zero where nothing was.
    pub offset: i32,
    /// Only a day was written.
    pub day_only: bool,
}

impl Moment {
    fn local(self) -> DateTime<FixedOffset> {
        let zone = FixedOffset::east_opt(self.offset.saturating_mul(60)).unwrap_or_else(|| Utc.fix());
        DateTime::from_timestamp_millis(self.ms).unwrap_or_default().with_timezone(&zone)
    }

    /// `Tue 3 Mar 2026`, where it was written.
    pub fn day(self) -> String {
        self.local().format("%a %-d %b %Y").to_string()
    }

    /// `18:00`, where it was written.
    pub fn clock(self) -> String {
        self.local().format("%H:%M").to_string()
    }

    /// `UTC+1`, `UTC-3:30`, `UTC`.
    pub fn zone(self) -> String {
        let (hours, minutes) = (self.offset.abs() / 60, self.offset.abs() % 60);
        let sign = if self.offset < 0 { '-' } else { '+' };
        match (self.offset, minutes) {
            (0, _) => "UTC".to_owned(),
            (_, 0) => format!("UTC{sign}{hours}"),
            _ => format!("UTC{sign}{hours}:{minutes:02}"),
        }
    }

    /// For machines: `2026-03-03T18:00+01:00`, or the day alone.
    pub fn iso(self) -> String {
        let format = if self.day_only { "%Y-%m-%d" } else { "%Y-%m-%dT%H:%M%:z" };
        self.local().format(format).to_string()
    }
}

/// A point in time in Unix milliseconds, in all the forms peers write. See [`moment`].
pub fn datetime(text: &str) -> Option<i64> {
    moment(text).map(|at| at.ms)
}

/// A point in time in all the forms peers write.
///
/// RFC 3339 with any offset, without seconds, with a blank for the `T`, without offset (taken
/// as UTC), a bare date with or without offset, RFC 2822. Outside 1970 to 2200 it is nonsense, so none.
pub fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    let zoned = ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y-%m-%d %H:%M:%S%.f%#z"];
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f"];
    let utc = |at: NaiveDateTime, day_only| Moment { ms: at.and_utc().timestamp_millis(), offset: 0, day_only };
    let found = DateTime::parse_from_rfc3339(text)
        .ok()
        .or_else(|| zoned.iter().find_map(|f| DateTime::parse_from_str(text, f).ok()))
        .or_else(|| DateTime::parse_from_rfc2822(text).ok())
        .map(|at| Moment { ms: at.timestamp_millis(), offset: at.offset().local_minus_utc() / 60, day_only: false })
        .or_else(|| naive.iter().find_map(|f| NaiveDateTime::parse_from_str(text, f).ok()).map(|at| utc(at, false)))
        .or_else(|| Some(utc(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?, true)))
        .or_else(|| day_with_offset(text))?;
    // 2200-01-01
    (0..7_258_118_400_000).contains(&found.ms).then_some(found)
}

/// The beginning of a day somewhere: an `xsd:date` with its time zone, as `PieFed` writes the end of a ban.
fn day_with_offset(text: &str) -> Option<Moment> {
    let (day, zone) = text.split_at_checked("2026-12-30".len())?;
    let at = DateTime::parse_from_rfc3339(&format!("{day}T00:00:00{zone}")).ok()?;
    Some(Moment { ms: at.timestamp_millis(), offset: at.offset().local_minus_utc() / 60, day_only: true })
}

/// Writes Unix milliseconds as peers read them best: RFC 3339, UTC, `Z`, whole seconds unless
/// there are milliseconds.
pub fn rfc3339(ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let format = if ms % 1_000 == 0 { chrono::SecondsFormat::Secs } else { chrono::SecondsFormat::Millis };
    at.to_rfc3339_opts(format, true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_are_found_in_every_form() {
        assert_eq!(id_of(&json!("a")), Some("a"));
        assert_eq!(id_of(&json!({"id": "a"})), Some("a"));
        assert_eq!(id_of(&json!([{"id": "a"}])), Some("a"));
        for none in [json!(null), json!(""), json!(1), json!([]), json!(["a", "b"]), json!([["a"]])] {
            assert_eq!(id_of(&none), None, "{none}");
        }
    }

    #[test]
    fn visibility_follows_where_public_stands() {
        for public in [PUBLIC, "as:Public", "Public"] {
            let strong = Addressing::of(&json!({"to": public, "cc": null}));
            assert!(strong.is_public() && !strong.is_unlisted());
            let quiet = Addressing::of(&json!({"to": ["https://x.test/f"], "cc": [public]}));
            assert!(!quiet.is_public() && quiet.is_unlisted());
        }
        let direct = Addressing::of(&json!({"to": [{"id": "https://x.test/a"}], "bto": PUBLIC}));
        assert!(!direct.is_public() && !direct.is_unlisted());
        assert!(direct.contains("https://x.test/a"));
    }

    #[test]
    fn attribution_has_four_forms() {
        for form in [json!("a"), json!({"id": "a"}), json!(["a"]), json!([{"id": "a", "type": "Group"}])] {
            assert_eq!(attributed_to(&json!({"attributedTo": form})).unwrap(), ["a"]);
        }
        assert!(attributed_to(&json!({"attributedTo": [{"type": "Person"}]})).is_err());
        assert!(attributed_to(&json!({"attributedTo": [["a"]]})).is_err());
        assert!(attributed_to(&json!({})).unwrap().is_empty());
    }

    #[test]
    fn texts_come_from_the_field_or_its_language_map() {
        assert_eq!(text(&json!({"content": "a\u{0}b"}), "content").unwrap(), "ab");
        assert_eq!(text(&json!({"contentMap": {"de": "b"}}), "content").unwrap(), "b");
        assert_eq!(text(&json!({"content": null, "contentMap": {"de": "b"}}), "content").unwrap(), "b");
        assert_eq!(text(&json!({"content": ["a"]}), "content"), None);
    }

    #[test]
    fn dates_are_read_in_every_usual_form() {
        for form in [
            "2021-11-05T11:46:50Z",
            "2021-11-05T12:46:50+01:00",
            "2021-11-05T11:46:50.000000Z",
            "2021-11-05T11:46:50+0000",
            "2021-11-05T11:46:50",
            "2021-11-05 11:46:50",
            "2021-11-05t11:46:50z",
            "Fri, 05 Nov 2021 11:46:50 GMT",
        ] {
            assert_eq!(datetime(form), Some(1_636_112_810_000), "{form}");
        }
        assert_eq!(datetime("2021-11-05T11:46Z"), Some(1_636_112_760_000));
        assert_eq!(datetime("2021-11-05"), Some(1_636_070_400_000));
        assert_eq!(datetime("2021-11-05+00:00"), Some(1_636_070_400_000));
        assert_eq!(datetime("2021-11-05Z"), Some(1_636_070_400_000));
        assert_eq!(moment("2021-11-05+01:00").map(|at| (at.ms, at.iso())), Some((1_636_066_800_000, "2021-11-05".to_owned())));
        for none in [
            "",
            "2021-11-05+25:00",
            "2021-1\u{e9}-05Z",
            "yesterday",
            "9999-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "1636112810",
        ] {
            assert_eq!(datetime(none), None, "{none}");
        }
        assert_eq!(moment("2021-11-05").map(Moment::iso).as_deref(), Some("2021-11-05"));
        let there = moment("2026-03-03T18:00:00-03:30").unwrap();
        assert_eq!((there.day(), there.clock(), there.zone()), ("Tue 3 Mar 2026".into(), "18:00".into(), "UTC-3:30".into()));
        assert_eq!(there.iso(), "2026-03-03T18:00-03:30");
        assert_eq!(rfc3339(1_636_112_810_000), "2021-11-05T11:46:50Z");
        assert_eq!(rfc3339(1_636_112_810_007), "2021-11-05T11:46:50.007Z");
    }

    #[test]
    fn absurd_counts_are_none() {
        for (value, expected) in [
            (json!(3), Some(3)),
            (json!(-1), None),
            (json!(1_000_000_000_000_000_u64), None),
            (json!("3"), None),
            (json!(1.5), None),
        ] {
            assert_eq!(count(&json!({"totalItems": value}), "totalItems"), expected);
        }
    }
}
