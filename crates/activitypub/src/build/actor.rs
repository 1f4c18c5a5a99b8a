//! Outgoing actors (ActivityPub section 4.1, FEP-521a, FEP-2c59, FEP-5feb, FEP-1b12).

use serde_json::{Value, json};

use super::Fields;
use crate::model::{ActorKind, RFC_9421, RFC_9421_ED25519};

/// A key for proofs (FEP-521a).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssertionKey {
    /// The key id.
    pub id: String,
    /// From [`crate::keys::Ed25519KeyPair::public_multibase`].
    pub multibase: String,
}

/// What an actor document is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActorParams {
    /// The id.
    pub id: String,
    /// What kind.
    pub kind: ActorKind,
    /// Local part of the handle.
    pub preferred_username: String,
    /// The name shown; peers refuse an empty one, so the handle stands in.
    pub name: String,
    /// The self-description as HTML.
    pub summary_html: Option<String>,
    /// The Markdown it was made from.
    pub source_markdown: Option<String>,
    /// The readable page.
    pub url: String,
    /// The picture.
    pub icon_url: Option<String>,
    /// The banner.
    pub image_url: Option<String>,
    /// Where activities go.
    pub inbox: String,
    /// Required by Lemmy.
    pub outbox: String,
    /// The followers collection.
    pub followers: Option<String>,
    /// The following collection.
    pub following: Option<String>,
    /// The collection of pinned objects.
    pub featured: Option<String>,
    /// A group's moderators collection, written as `attributedTo` and `moderators`.
    pub moderators: Option<String>,
    /// The inbox for the whole server.
    pub shared_inbox: Option<String>,
    /// The id of the RSA key.
    pub public_key_id: String,
    /// From [`crate::keys::RsaKeyPair::public_pem`].
    pub public_key_pem: String,
    /// Keys for proofs.
    pub assertion_keys: Vec<AssertionKey>,
    /// Follows wait for a decision.
    pub manually_approves_followers: bool,
    /// May be listed.
    pub discoverable: bool,
    /// May be searched.
    pub indexable: bool,
    /// Only moderators may start threads (groups).
    pub posting_restricted_to_mods: Option<bool>,
    /// Takes `Join` (our extension).
    pub accepts_joins: Option<bool>,
    /// `open` or `partner` (our extension).
    pub zone: Option<String>,
    /// How one becomes a member (our extension).
    pub join_policy: Option<String>,
    /// What the community is for (our extension).
    pub purpose: Option<String>,
    /// `user@host` (FEP-2c59).
    pub webfinger: Option<String>,
    /// Other ids of the same actor.
    pub also_known_as: Vec<String>,
    /// Where it moved.
    pub moved_to: Option<String>,
    /// Profile fields: name and value (HTML).
    pub profile_fields: Vec<(String, String)>,
    /// Languages of a group (Lemmy), as codes.
    pub languages: Vec<String>,
    /// The id of the server's own actor, which says what the server understands (FEP-844e); its own id on itself.
    pub generator: Option<String>,
    /// When it was made.
    pub published_ms: Option<i64>,
    /// When it was last changed.
    pub updated_ms: Option<i64>,
}

/// The actor document.
pub fn actor(params: &ActorParams) -> Value {
    let p = params;
    let name = if p.name.is_empty() { &p.preferred_username } else { &p.name };
    let is_generator = p.generator.as_ref() == Some(&p.id);
    let generator = p.generator.as_deref().filter(|_| !is_generator);
    let image = |url: &String| json!({"type": "Image", "url": url});
    let mut out = Fields::default();
    out.put("id", p.id.as_str())
        .put("type", p.kind.as_str())
        .put("preferredUsername", p.preferred_username.as_str())
        .put("name", name.as_str())
        .maybe("summary", p.summary_html.as_deref())
        .maybe("source", p.source_markdown.as_deref().map(markdown))
        .put("url", p.url.as_str())
        .maybe("icon", p.icon_url.as_ref().map(image))
        .maybe("image", p.image_url.as_ref().map(image))
        .put("inbox", p.inbox.as_str())
        .put("outbox", p.outbox.as_str())
        .maybe("followers", p.followers.as_deref())
        .maybe("following", p.following.as_deref())
        .maybe("featured", p.featured.as_deref())
        .maybe("attributedTo", p.moderators.as_deref())
        .maybe("moderators", p.moderators.as_deref())
        .maybe("endpoints", p.shared_inbox.as_ref().map(|s| json!({"sharedInbox": s})))
        .put("publicKey", public_key(p))
        .put("manuallyApprovesFollowers", p.manually_approves_followers)
        .put("discoverable", p.discoverable)
        .put("indexable", p.indexable)
        .maybe("postingRestrictedToMods", p.posting_restricted_to_mods)
        .maybe("acceptsJoins", p.accepts_joins)
        .maybe("zone", p.zone.as_deref())
        .maybe("joinPolicy", p.join_policy.as_deref())
        .maybe("purpose", p.purpose.as_deref())
        .maybe("webfinger", p.webfinger.as_deref())
        .maybe("movedTo", p.moved_to.as_deref())
        .maybe("generator", generator.map(|id| json!({"type": "Application", "id": id, "implements": implements()})))
        .maybe("implements", is_generator.then(implements))
        .time("published", p.published_ms)
        .time("updated", p.updated_ms);
    lists(&mut out, p);
    out.document()
}

fn lists(out: &mut Fields, p: &ActorParams) {
    let keys: Vec<Value> = p
        .assertion_keys
        .iter()
        .map(|key| {
            json!({
                "id": key.id,
                "type": "Multikey",
                "controller": p.id,
                "publicKeyMultibase": key.multibase,
            })
        })
        .collect();
    let fields: Vec<Value> =
        p.profile_fields.iter().map(|(name, value)| json!({"type": "PropertyValue", "name": name, "value": value})).collect();
    let languages: Vec<Value> = p.languages.iter().map(|code| json!({"identifier": code, "name": code})).collect();
    // The same key signs documents and, by RFC 9421, requests (FEP-521a: each purpose has its list).
    for (name, list) in
        [("assertionMethod", keys.clone()), ("authentication", keys), ("attachment", fields), ("language", languages)]
    {
        if !list.is_empty() {
            out.put(name, list);
        }
    }
    if !p.also_known_as.is_empty() {
        out.put("alsoKnownAs", p.also_known_as.clone());
    }
}

/// What we understand beyond what everybody does (FEP-844e).
fn implements() -> Value {
    json!([
        {"type": "Link", "href": RFC_9421, "name": "RFC-9421: HTTP Message Signatures"},
        {"type": "Link", "href": RFC_9421_ED25519, "name": "RFC-9421 signatures using the Ed25519 algorithm"},
    ])
}

/// Markdown source (AS2 `source`, as Lemmy reads it).
pub(super) fn markdown(text: &str) -> Value {
    json!({"content": text, "mediaType": "text/markdown"})
}

fn public_key(p: &ActorParams) -> Value {
    json!({"id": p.public_key_id, "owner": p.id, "publicKeyPem": p.public_key_pem})
}

/// What an unsigned fetch of a guarded actor may see: enough to verify its signatures,
/// so that two servers that both want signed fetches do not wait for each other.
pub fn key_stub(params: &ActorParams) -> Value {
    let mut out = Fields::default();
    out.put("id", params.id.as_str())
        .put("type", params.kind.as_str())
        .put("preferredUsername", params.preferred_username.as_str())
        .put("inbox", params.inbox.as_str())
        .put("outbox", params.outbox.as_str())
        .put("publicKey", public_key(params));
    out.document()
}
