//! Reading payloads loosely: whom and what they name.

use serde_json::Value;

/// Host and rest of an address.
pub fn origin_of(text: &str) -> Option<(String, String)> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    // Some name their port, some do not, and mean the same server.
    let host = host.split(':').next()?;
    let named = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    named.then(|| (host.to_owned(), path.to_owned()))
}

/// Whether an address looks like a group's.
pub fn group_like(uri: &str) -> bool {
    ["/c/", "/m/", "/category/", "/communities/", "/video-channels/", "/group", "/u/main", "/users/localtestgroup"]
        .iter()
        .any(|part| uri.contains(part))
}

fn ids(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| ids(item, found)),
        Value::Object(map) => found.extend(map.get("id").and_then(Value::as_str).map(str::to_owned)),
        _ => {}
    }
}

fn is_collection(uri: &str) -> bool {
    ["/followers", "/following", "/moderators", "/featured", "/outbox", "/members"].iter().any(|end| uri.ends_with(end))
        || uri.contains('#')
        || uri.contains("/collections/")
}

/// Kinds whose object is somebody.
fn about_somebody(value: &Value) -> bool {
    let kind = value["type"].as_str().unwrap_or_default();
    let moderators = value["target"].as_str().is_some_and(|target| target.ends_with("/moderators"));
    matches!(kind, "Follow" | "Join" | "Leave" | "Block" | "Move") || moderators || value["object"] == value["actor"]
}

/// Everybody a payload names, embedded parts included.
pub fn actors_named(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for field in ["actor", "attributedTo", "audience", "to", "cc"] {
        ids(&value[field], &mut found);
    }
    if about_somebody(value) {
        ids(&value["object"], &mut found);
        ids(&value["target"], &mut found);
    }
    for part in parts(value) {
        found.extend(actors_named(part));
    }
    found.retain(|uri| origin_of(uri).is_some_and(|(host, _)| host != "www.w3.org") && !is_collection(uri));
    found
}

/// Every post a payload names without showing it.
pub fn things_named(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let kind = value["type"].as_str().unwrap_or_default();
    if !about_somebody(value) && !matches!(kind, "Accept" | "Reject") {
        let objects = activitypub::vocab::one_or_many(&value["object"]);
        found.extend(objects.into_iter().filter_map(Value::as_str).map(str::to_owned));
    }
    for part in parts(value) {
        found.extend(things_named(part));
    }
    found.retain(|uri| origin_of(uri).is_some() && !uri.contains('#'));
    found
}

/// What is embedded.
pub fn parts(value: &Value) -> Vec<&Value> {
    activitypub::vocab::one_or_many(&value["object"]).into_iter().filter(|part| part["type"].is_string()).collect()
}

/// The kind of a payload, with what it wraps: `Announce{Create{Page}}`.
pub fn kind_of(value: &Value) -> String {
    let kind = value["type"].as_str().unwrap_or("?").to_owned();
    match parts(value).first() {
        Some(part) => format!("{kind}{{{}}}", kind_of(part)),
        None => kind,
    }
}
