//! What only events have (FEP-8a8e, Mobilizon).

use serde_json::Value;

use super::label;
use super::origin::href;
use crate::vocab::{self, Moment};

/// The extra fields of an `Event`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventDoc {
    /// When it begins.
    pub starts: Option<Moment>,
    /// When it ends; none if that is before the beginning.
    pub ends: Option<Moment>,
    /// IANA name of its time zone.
    pub timezone: Option<String>,
    /// The name of the place.
    pub place: Option<String>,
    /// The address of the place in one line.
    pub address: Option<String>,
    /// Where it happens online, or where to join from outside.
    pub online_url: Option<String>,
    /// `free`, `restricted`, `invite` or `external`.
    pub join_mode: Option<String>,
    /// `CONFIRMED`, `TENTATIVE` or `CANCELLED`.
    pub status: Option<String>,
    /// Most people who can come; zero on the wire means unlimited.
    pub capacity: Option<u64>,
}

const ADDRESS_PARTS: [&str; 5] = ["streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry"];

impl EventDoc {
    /// Reads the event fields of an object.
    pub fn parse(value: &Value) -> Self {
        let time = |field: &str| value.get(field).and_then(Value::as_str).and_then(vocab::moment);
        let starts = time("startTime");
        let ends = time("endTime").filter(|end| starts.is_none_or(|start| end.ms >= start.ms));
        let places = value.get("location").map(vocab::one_or_many).unwrap_or_default();
        let online = places.iter().find(|p| vocab::types(p).contains(&"VirtualLocation"));
        let physical = places.iter().find(|p| !vocab::types(p).contains(&"VirtualLocation"));
        Self {
            starts,
            ends,
            timezone: label(value, "timezone", 64),
            place: physical.and_then(|p| match p {
                Value::String(_) => label(value, "location", 500),
                other => label(other, "name", 500),
            }),
            address: physical.and_then(|p| address(p)),
            online_url: online
                .and_then(|p| href(p))
                .or_else(|| value.get("externalParticipationUrl").and_then(href))
                .map(str::to_owned),
            join_mode: label(value, "joinMode", 32),
            status: label(value, "ical:status", 32).or_else(|| label(value, "status", 32)).map(|s| s.to_ascii_uppercase()),
            capacity: vocab::count(value, "maximumAttendeeCapacity").filter(|n| *n > 0),
        }
    }
}

fn address(place: &Value) -> Option<String> {
    match place.get("address")? {
        Value::String(_) => label(place, "address", 500),
        parts => {
            let found: Vec<String> = ADDRESS_PARTS.iter().filter_map(|p| label(parts, p, 200)).collect();
            Some(found.join(", ")).filter(|t| !t.is_empty())
        }
    }
}
