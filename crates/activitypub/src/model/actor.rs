//! Incoming actors (ActivityPub section 4, FEP-521a, FEP-2c59, FEP-1b12).

use serde_json::Value;

use super::origin::{self, http_url, link, own_link};
use super::{MAX_TEXT, ModelError, label, same_origin, single_type};
use crate::vocab;

/// What kind of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ActorKind {
    /// A human.
    #[default]
    Person,
    /// A community.
    Group,
    /// A bot.
    Service,
    /// A server or other software.
    Application,
    /// An organisation.
    Organization,
}

impl ActorKind {
    /// The `type` on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Group => "Group",
            Self::Service => "Service",
            Self::Application => "Application",
            Self::Organization => "Organization",
        }
    }

    /// The kind for a `type`, if it is one of actors.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Person, Self::Group, Self::Service, Self::Application, Self::Organization]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// A public key of the security vocabulary v1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeyDoc {
    /// The key id.
    pub id: String,
    /// The actor it belongs to.
    pub owner: String,
    /// The key, still to be checked by [`crate::keys::PublicKey::from_pem`].
    pub pem: String,
}

impl PublicKeyDoc {
    /// Finds the key `key_id` in what its URL returned: an actor, a stub of one with only
    /// the key, or the bare key.
    ///
    /// The key must have this id and an owner on the same origin; whether the owner agrees
    /// is to be asked of the owner's own document.
    pub fn find(doc: &Value, key_id: &str) -> Option<Self> {
        let candidates = match doc.get("publicKey") {
            Some(keys) => vocab::one_or_many(keys),
            None => vec![doc],
        };
        candidates
            .into_iter()
            .take(MAX_KEYS)
            .filter_map(Self::read)
            .find(|key| key.id == key_id && same_origin(&key.id, &key.owner))
    }

    fn read(value: &Value) -> Option<Self> {
        let owner = value.get("owner").or_else(|| value.get("controller"))?;
        Some(Self {
            id: value.get("id")?.as_str()?.to_owned(),
            owner: vocab::id_of(owner)?.to_owned(),
            pem: value.get("publicKeyPem")?.as_str()?.to_owned(),
        })
    }
}

/// A `Multikey` an actor asserts its documents with (FEP-521a).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionMethod {
    /// The key id, a proof's `verificationMethod`.
    pub id: String,
    /// The actor it belongs to.
    pub controller: String,
    /// The key, still to be checked by [`crate::keys::PublicKey::from_multibase`].
    pub multibase: String,
}

/// An actor as it was fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActorDoc {
    /// Its id.
    pub id: String,
    /// What kind it is.
    pub kind: ActorKind,
    /// The local part of its handle.
    pub preferred_username: String,
    /// The name shown.
    pub name: Option<String>,
    /// The self-description, HTML not yet sanitised.
    pub summary: Option<String>,
    /// Its page, on the id's host.
    pub url: Option<String>,
    /// The picture.
    pub icon_url: Option<String>,
    /// Where activities go, on the id's origin.
    pub inbox: String,
    /// Where activities for several of its server go, on the id's origin.
    pub shared_inbox: Option<String>,
    /// Its own activities.
    pub outbox: Option<String>,
    /// The collection of its followers; an address, never to be expanded.
    pub followers: Option<String>,
    /// The collection of pinned objects.
    pub featured: Option<String>,
    /// A group's moderators (FEP-1b12 `attributedTo`).
    pub moderators: Option<String>,
    /// The one own RSA key: the first whose owner is this actor. Others are ignored.
    pub public_key: Option<PublicKeyDoc>,
    /// Where the own RSA key stands, if the document only names it.
    pub public_key_at: Option<String>,
    /// Own keys for proofs.
    pub assertion_methods: Vec<AssertionMethod>,
    /// Follows wait for a decision.
    pub manually_approves_followers: bool,
    /// May be listed; absent means no (FEP-5feb).
    pub discoverable: bool,
    /// Takes `Join` (our extension).
    pub accepts_joins: bool,
    /// The ceiling of a group's content (our extension): `open` or `partner`.
    pub zone: Option<String>,
    /// How one becomes a member (our extension).
    pub join_policy: Option<String>,
    /// What the community is for (our extension).
    pub purpose: Option<String>,
    /// The handle it wants to be known by, `user@host` (FEP-2c59).
    pub webfinger: Option<String>,
    /// Other ids of the same actor, a claim to be confirmed there.
    pub also_known_as: Vec<String>,
    /// Where it moved.
    pub moved_to: Option<String>,
    /// What its server understands (FEP-844e): said here, or to be asked at [`Self::generator`].
    pub implements: Option<Implements>,
    /// The server's own actor, on the id's origin.
    pub generator: Option<String>,
    /// When it was made.
    pub published_ms: Option<i64>,
}

/// Capabilities in the registry of FEP-844e that we know.
pub const RFC_9421: &str = "https://datatracker.ietf.org/doc/html/rfc9421";
/// With the Ed25519 algorithm.
pub const RFC_9421_ED25519: &str = "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25";

/// What a server says it understands (FEP-844e), as far as it matters here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Implements {
    /// Signatures by RFC 9421.
    pub messages: bool,
    /// Those with Ed25519.
    pub ed25519: bool,
}

impl Implements {
    /// Reads `implements` of an `Application`; `None` if it has none.
    pub fn of(application: &Value) -> Option<Self> {
        let list = vocab::one_or_many(application.get("implements")?);
        let says = |capability: &str| {
            list.iter().take(MAX_CAPABILITIES).any(|entry| {
                let href = entry.get("href").and_then(Value::as_str).or_else(|| vocab::id_of(entry));
                href == Some(capability)
            })
        };
        let ed25519 = says(RFC_9421_ED25519);
        Some(Self { messages: ed25519 || says(RFC_9421), ed25519 })
    }
}

const MAX_CAPABILITIES: usize = 100;
const MAX_KEYS: usize = 10;
const MAX_ALIASES: usize = 20;
const MAX_NAME: usize = 500;

impl ActorDoc {
    /// Reads an actor; inbox and keys must be on its own origin (FEP-fe34).
    pub fn parse(value: &Value) -> Result<Self, ModelError> {
        let type_name = single_type(value)?;
        let kind = ActorKind::from_name(type_name).ok_or_else(|| ModelError::UnexpectedType(type_name.to_owned()))?;
        let id = origin::id(value)?;
        let inbox = link(value, "inbox").ok_or(ModelError::Field("inbox"))?;
        if !same_origin(&inbox, &id) {
            return Err(ModelError::ForeignOrigin("inbox"));
        }
        let summary = vocab::text(value, "summary").filter(|s| !s.is_empty());
        if summary.as_ref().is_some_and(|s| s.len() > MAX_TEXT) {
            return Err(ModelError::TooLong("summary"));
        }
        Ok(Self {
            preferred_username: username(value, kind, &id)?,
            name: label(value, "name", MAX_NAME),
            summary,
            url: origin::page(value, &id),
            icon_url: value.get("icon").and_then(origin::href).map(str::to_owned),
            shared_inbox: value.get("endpoints").and_then(|e| own_link(e, "sharedInbox", &id)),
            outbox: own_link(value, "outbox", &id),
            followers: own_link(value, "followers", &id),
            featured: own_link(value, "featured", &id),
            moderators: moderators(value, kind, &id),
            public_key: own_key(value, &id),
            public_key_at: own_link(value, "publicKey", &id).filter(|_| value.get("publicKey").is_some_and(Value::is_string)),
            assertion_methods: assertion_methods(value, &id),
            manually_approves_followers: flag(value, "manuallyApprovesFollowers"),
            discoverable: flag(value, "discoverable"),
            accepts_joins: extension(value, "acceptsJoins").is_some_and(|v| *v == Value::Bool(true)),
            zone: extension_text(value, "zone").filter(|z| z == "open" || z == "partner"),
            join_policy: extension_text(value, "joinPolicy"),
            purpose: extension_text(value, "purpose"),
            webfinger: webfinger(value),
            also_known_as: vocab::ids(value, "alsoKnownAs")
                .into_iter()
                .filter(|a| http_url(a).is_some())
                .take(MAX_ALIASES)
                .collect(),
            moved_to: link(value, "movedTo"),
            published_ms: value.get("published").and_then(Value::as_str).and_then(vocab::datetime),
            implements: (kind == ActorKind::Application).then_some(value).or(value.get("generator")).and_then(Implements::of),
            generator: own_link(value, "generator", &id),
            id,
            kind,
            inbox,
        })
    }
}

/// The handle's local part. Servers and bots may lack one; their host name stands in.
fn username(value: &Value, kind: ActorKind, id: &str) -> Result<String, ModelError> {
    let fallback = || match kind {
        ActorKind::Application | ActorKind::Service => http_url(id).and_then(|url| url.host_str().map(str::to_owned)),
        _ => None,
    };
    label(value, "preferredUsername", 200)
        .or_else(fallback)
        .filter(|name| !name.chars().any(|c| c.is_whitespace() || matches!(c, '@' | '/' | '<' | '>')))
        .ok_or(ModelError::Field("preferredUsername"))
}

/// Only as collection URL: elsewhere `attributedTo` names persons.
fn moderators(value: &Value, kind: ActorKind, id: &str) -> Option<String> {
    let named = value.get("attributedTo").is_some_and(Value::is_string);
    match kind {
        ActorKind::Group if named => own_link(value, "attributedTo", id),
        ActorKind::Group => own_link(value, "moderators", id),
        _ => None,
    }
}

fn own_key(value: &Value, id: &str) -> Option<PublicKeyDoc> {
    vocab::one_or_many(value.get("publicKey")?)
        .into_iter()
        .take(MAX_KEYS)
        .filter_map(PublicKeyDoc::read)
        .find(|key| key.owner == id && same_origin(&key.id, id))
}

fn assertion_methods(value: &Value, id: &str) -> Vec<AssertionMethod> {
    let entries = value.get("assertionMethod").map(vocab::one_or_many).unwrap_or_default();
    let mut found: Vec<AssertionMethod> = Vec::new();
    for entry in entries.into_iter().take(MAX_KEYS) {
        let Some(method) = multikey(entry) else {
            continue;
        };
        let own = method.controller == id && same_origin(&method.id, id);
        // an id given twice stays with its first key
        if own && found.iter().all(|f| f.id != method.id) {
            found.push(method);
        }
    }
    found
}

fn multikey(value: &Value) -> Option<AssertionMethod> {
    if vocab::types(value) != ["Multikey"] {
        return None;
    }
    Some(AssertionMethod {
        id: value.get("id")?.as_str()?.to_owned(),
        controller: vocab::id_of(value.get("controller")?)?.to_owned(),
        multibase: value.get("publicKeyMultibase")?.as_str()?.to_owned(),
    })
}

fn flag(value: &Value, field: &str) -> bool {
    vocab::boolean(value, field).unwrap_or(false)
}

/// One of our own terms, compact or with its prefix.
fn extension<'a>(value: &'a Value, term: &str) -> Option<&'a Value> {
    value.get(term).or_else(|| value.get(format!("guildhall:{term}")))
}

fn extension_text(value: &Value, term: &str) -> Option<String> {
    let found = extension(value, term)?.as_str()?;
    let clean: String = found.chars().filter(|c| !c.is_control()).take(2_000).collect();
    Some(clean).filter(|t| !t.is_empty())
}

fn webfinger(value: &Value) -> Option<String> {
    let text = value.get("webfinger")?.as_str()?;
    match crate::webfinger::Resource::parse(text) {
        Ok(crate::webfinger::Resource::Account { user, host }) => Some(format!("{user}@{host}")),
        _ => None,
    }
}
