//! Lists in stretches: where one begins, how long it is, and the `Link` header that leads on.
//!
//! `next` is there only while there may be more, so a client follows it until it is missing.

use app::Hall;
use axum::http::header::LINK;
use axum::http::{HeaderValue, Uri};
use axum::response::Response;
use domain::id::PostId;
use domain::page::Page;
use serde::{Deserialize, Deserializer};
use url::form_urlencoded::{Serializer, parse};

/// Things in a stretch if nothing is said, and at most.
const USUAL: u32 = 20;
const MOST: u32 = 80;

/// A place in a list: the decimal form of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(i64);

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // All ids are written alike; which kind this one is, the list knows.
        PostId::deserialize(deserializer).map(|id| Self(id.0))
    }
}

/// How many are wanted, 1 to 80.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(pub u32);

impl Default for Limit {
    fn default() -> Self {
        Self(USUAL)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u32::deserialize(deserializer)?;
        if (1..=MOST).contains(&number) {
            Ok(Self(number))
        } else {
            Err(serde::de::Error::custom("a limit is a number from 1 to 80"))
        }
    }
}

/// The stretch that is asked for.
pub fn page(max_id: Option<Cursor>, min_id: Option<Cursor>, limit: Limit) -> Page {
    let bound = |cursor: Option<Cursor>| cursor.map(|cursor| cursor.0);
    Page { max_id: bound(max_id), since_id: None, min_id: bound(min_id), limit: limit.0 }
}

/// In which order a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first: the next stretch is below.
    Falling,
    /// The oldest first: the next stretch is above.
    Rising,
}

/// Adds the links to the stretches beside this one, which shows the things with these ids.
pub fn linked(mut response: Response, hall: &Hall, uri: &Uri, order: Order, limit: Limit, ids: &[i64]) -> Response {
    let links = links(hall.settings().base(), uri, order, limit, ids).join(", ");
    if let Some(value) = HeaderValue::try_from(links).ok().filter(|value| !value.is_empty()) {
        response.headers_mut().insert(LINK, value);
    }
    response
}

fn links(base: &str, uri: &Uri, order: Order, limit: Limit, ids: &[i64]) -> Vec<String> {
    let (Some(least), Some(most)) = (ids.iter().min(), ids.iter().max()) else { return Vec::new() };
    let given = |wanted: &str| parse(uri.query().unwrap_or_default().as_bytes()).any(|(name, _)| name == wanted);
    let link = |rel: &str, dropped: &[&str], cursor: &str, id: i64| {
        let kept = parse(uri.query().unwrap_or_default().as_bytes()).filter(|(name, _)| !dropped.contains(&name.as_ref()));
        let query = Serializer::new(String::new()).extend_pairs(kept).append_pair(cursor, &id.to_string()).finish();
        format!("<{base}{}?{query}>; rel=\"{rel}\"", uri.path())
    };
    let full = u32::try_from(ids.len()).is_ok_and(|shown| shown >= limit.0);
    let mut links = Vec::new();
    match order {
        Order::Falling => {
            // Read from `min_id` upwards, what was passed on the way is still below.
            if full || given("min_id") {
                links.push(link("next", &["max_id", "min_id"], "max_id", *least));
            }
            links.push(link("prev", &["max_id", "min_id"], "min_id", *most));
        }
        // Only the near end moves; a far end that the client set stays.
        Order::Rising if full => links.push(link("next", &["min_id"], "min_id", *most)),
        Order::Rising => {}
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Query;

    #[derive(Debug, Deserialize)]
    struct Stretch {
        max_id: Option<Cursor>,
        #[serde(default)]
        limit: Limit,
    }

    fn read(query: &str) -> Option<(Option<i64>, u32)> {
        let uri: Uri = format!("/x?{query}").parse().unwrap();
        let read = Query::<Stretch>::try_from_uri(&uri).ok()?;
        let page = page(read.max_id, None, read.limit);
        Some((page.max_id, page.limit))
    }

    #[test]
    fn stretches_are_read_strictly() {
        assert_eq!(read(""), Some((None, 20)));
        assert_eq!(read("max_id=7&limit=80"), Some((Some(7), 80)));
        for bad in ["limit=0", "limit=81", "limit=-1", "limit=many", "limit=", "max_id=x", "max_id=-1", "max_id="] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    fn at(query: &str, order: Order, ids: &[i64]) -> Vec<String> {
        links("https://hall.test", &format!("/api/x?{query}").parse().unwrap(), order, Limit(2), ids)
    }

    #[test]
    fn a_list_of_the_newest_leads_both_ways_and_ends_below() {
        let (next, prev) = (
            r#"<https://hall.test/api/x?what=all&max_id=5>; rel="next""#,
            r#"<https://hall.test/api/x?what=all&min_id=8>; rel="prev""#,
        );
        assert_eq!(at("what=all&max_id=9", Order::Falling, &[8, 5]), [next, prev]);
        assert_eq!(at("what=all", Order::Falling, &[8]), [prev]);
        assert_eq!(at("what=all&min_id=4", Order::Falling, &[8, 5]), [next, prev]);
        assert!(at("what=all", Order::Falling, &[]).is_empty());
    }

    #[test]
    fn a_list_of_the_oldest_leads_on_until_its_end() {
        let next = r#"<https://hall.test/api/x?which=here&max_id=90&min_id=8>; rel="next""#;
        assert_eq!(at("which=here&min_id=3&max_id=90", Order::Rising, &[5, 8]), [next]);
        assert!(at("which=here", Order::Rising, &[5]).is_empty());
    }
}
