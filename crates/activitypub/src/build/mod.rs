//! Outgoing documents: compact names as peers without JSON-LD read them, lists always as arrays.

mod activity;
mod actor;
mod collection;
mod poll;
mod post;

use serde_json::{Map, Value, json};

pub use activity::{
    Envelope, accept, accept_quote, activity, add, announce, block, create, delete, dislike, flag, follow, join, leave, like,
    move_to, quote_authorization, reject, remove, undo, update,
};
pub use actor::{ActorParams, AssertionKey, actor, key_stub};
pub use collection::{ordered_collection, ordered_page};
pub use poll::{PollParams, question, vote};
pub use post::{Hashtag, Link, Media, Mention, PostParams, PreviewParams, QuotePolicy, article, note, page, tombstone};

/// The name space of our extension terms.
pub const NAMESPACE: &str = "urn:guildhall:ns#";

/// The `@context` of every document: `ActivityStreams`, security v1, and our terms inline,
/// because an unknown context URL breaks readers that cannot fetch it.
pub fn context() -> Value {
    json!([
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        {
            "toot": "http://joinmastodon.org/ns#",
            "lemmy": "https://join-lemmy.org/ns#",
            "gts": "https://gotosocial.org/ns#",
            "guildhall": NAMESPACE,
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "sensitive": "as:sensitive",
            "Hashtag": "as:Hashtag",
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "PropertyValue": "http://schema.org#PropertyValue",
            "value": "http://schema.org#value",
            "discoverable": "toot:discoverable",
            "indexable": "toot:indexable",
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "blurhash": "toot:blurhash",
            "votersCount": "toot:votersCount",
            "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
            "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
            "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
            "Multikey": "https://w3id.org/security#Multikey",
            "assertionMethod": {
                "@id": "https://w3id.org/security#assertionMethod",
                "@type": "@id",
                "@container": "@set",
            },
            "authentication": {
                "@id": "https://w3id.org/security#authenticationMethod",
                "@type": "@id",
                "@container": "@set",
            },
            "implements": {"@id": "https://w3id.org/fep/844e#implements", "@type": "@id", "@container": "@set"},
            "publicKeyMultibase": {
                "@id": "https://w3id.org/security#publicKeyMultibase",
                "@type": "https://w3id.org/security#multibase",
            },
            "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
            "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
            "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
            "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
            "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
            "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
            "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
            "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
            "zone": "guildhall:zone",
            "acceptsJoins": "guildhall:acceptsJoins",
            "joinPolicy": "guildhall:joinPolicy",
            "purpose": "guildhall:purpose",
            "resource": {"@id": "guildhall:resource", "@type": "@json"},
        },
    ])
}

/// Collects fields; an absent one is left out instead of written as null.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    fn maybe<T: Into<Value>>(&mut self, name: &str, value: Option<T>) -> &mut Self {
        if let Some(value) = value {
            self.put(name, value);
        }
        self
    }

    fn time(&mut self, name: &str, ms: Option<i64>) -> &mut Self {
        self.maybe(name, ms.map(crate::vocab::rfc3339))
    }

    /// A whole document: with `@context`.
    fn document(mut self) -> Value {
        self.put("@context", context());
        Value::Object(self.0)
    }

    /// A part of one: without.
    fn part(self) -> Value {
        Value::Object(self.0)
    }
}

#[cfg(test)]
mod tests;
