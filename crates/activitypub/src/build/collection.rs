//! Outgoing collections (AS2 vocabulary section 3.1, ActivityPub section 5).

use serde_json::Value;

use super::Fields;

/// An `OrderedCollection`: with `first` for paging, with `items` for a short whole list
/// (moderators, pinned posts), or with neither when only the number may be known.
pub fn ordered_collection(id: &str, total: u64, first: Option<&str>, items: Option<Vec<Value>>) -> Value {
    let mut out = Fields::default();
    out.put("id", id)
        .put("type", "OrderedCollection")
        .put("totalItems", total)
        .maybe("first", first)
        .maybe("orderedItems", items);
    out.document()
}

/// The list of what answers a post, as it stands in the post: with an empty first page inside and all of it on the next.
/// `GoToSocial` reads only what has a page inside, and Mastodon writes it so too (facts 82).
pub(super) fn replies(id: &str) -> Value {
    let mut page = Fields::default();
    page.put("type", "OrderedCollectionPage")
        .put("partOf", id)
        .put("orderedItems", Vec::<Value>::new())
        .put("next", format!("{id}?page=true"));
    let mut out = Fields::default();
    out.put("id", id).put("type", "OrderedCollection").put("first", page.part());
    out.part()
}

/// An `OrderedCollectionPage`.
pub fn ordered_page(id: &str, part_of: &str, items: Vec<Value>, next: Option<&str>, prev: Option<&str>) -> Value {
    let mut out = Fields::default();
    out.put("id", id)
        .put("type", "OrderedCollectionPage")
        .put("partOf", part_of)
        .put("orderedItems", items)
        .maybe("next", next)
        .maybe("prev", prev);
    out.document()
}
