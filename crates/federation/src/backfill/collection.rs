//! The items of a collection, over its pages (ActivityPub section 5, AS2 `OrderedCollection`).

use super::reading::{Reading, Stop};
use activitypub::model::http_url;
use activitypub::vocab::{id_of, one_or_many};
use serde_json::Value;
use std::collections::HashSet;
use url::Url;

/// Pages without anything on them that are passed over in a row.
const EMPTY: u32 = 2;

/// Reads a collection from its address. What was read before a bound was reached is given; no page is read
/// twice, and none from another origin (C113).
pub async fn items(reading: &mut Reading<'_>, address: &str) -> Result<Vec<Value>, Stop> {
    let start = http_url(address).ok_or(Stop::Failed(crate::resolve::ResolveError::Refused("not_an_address")))?;
    let mut walk = Walk { found: Vec::new(), named: HashSet::new(), empty: 0 };
    let first = reading.page(&start).await?;
    let mut next = walk.take(reading, &first, &start);
    while let Some(url) = next {
        // A page that does not come ends the walk, not what was found on the way.
        let Ok(page) = reading.page(&url).await else { break };
        next = walk.take(reading, &page, &start);
    }
    Ok(walk.found)
}

struct Walk {
    found: Vec<Value>,
    /// The ids of these: what stands in a collection itself may stand on its first page too.
    named: HashSet<String>,
    empty: u32,
}

impl Walk {
    /// Takes a page's items; gives where to go on. A first page may stand inside its collection.
    fn take(&mut self, reading: &mut Reading<'_>, page: &Value, start: &Url) -> Option<Url> {
        let mut page = page;
        let before = self.found.len();
        loop {
            for item in ["orderedItems", "items"].iter().filter_map(|field| page.get(*field)).flat_map(one_or_many) {
                if id_of(item).is_some_and(|id| !self.named.insert(id.to_owned())) {
                    continue;
                }
                if !reading.item() {
                    return None;
                }
                self.found.push(item.clone());
            }
            match page.get("first") {
                Some(first @ Value::Object(_)) => page = first,
                _ => break,
            }
        }
        self.empty = if self.found.len() == before { self.empty + 1 } else { 0 };
        if self.empty > EMPTY {
            return None;
        }
        let link = |field: &str| page.get(field)?.as_str().and_then(http_url);
        let on = link("next").or_else(|| link("first"))?;
        (on.origin() == start.origin()).then_some(on)
    }
}
