//! Outgoing activities (ActivityPub section 7, FEP-1b12).

use serde_json::Value;

use super::Fields;
use crate::model::ActivityKind;

/// What every activity has besides its object.
#[derive(Debug, Clone, Copy, Default)]
pub struct Envelope<'a> {
    /// The activity's id.
    pub id: &'a str,
    /// Who does it.
    pub actor: &'a str,
    /// Primary addressees; always written, also empty, because peers require the field.
    pub to: &'a [String],
    /// Secondary addressees; always written.
    pub cc: &'a [String],
    /// The group it belongs to (FEP-1b12).
    pub audience: Option<&'a str>,
    /// When.
    pub published_ms: Option<i64>,
    /// A reason or description: a moderator's, a report's.
    pub summary: Option<&'a str>,
}

fn fields(kind: &str, envelope: &Envelope<'_>, object: Value) -> Fields {
    let mut out = Fields::default();
    out.put("id", envelope.id)
        .put("type", kind)
        .put("actor", envelope.actor)
        .put("to", envelope.to.to_vec())
        .put("cc", envelope.cc.to_vec())
        .put("object", object)
        .maybe("audience", envelope.audience)
        .maybe("summary", envelope.summary)
        .time("published", envelope.published_ms);
    out
}

/// Any activity. The object is kept exactly as given, also its own `@context` and `proof`
/// (FEP-1b12: the inner activity must stay as received).
pub fn activity(kind: &ActivityKind, envelope: &Envelope<'_>, object: Value) -> Value {
    fields(kind.as_str(), envelope, object).document()
}

/// An own object inside an own activity: one `@context`, on the outside, is enough.
fn nested(mut object: Value) -> Value {
    if let Some(map) = object.as_object_mut() {
        map.remove("@context");
    }
    object
}

/// `Create` of an own object, embedded.
pub fn create(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Create, envelope, nested(object))
}

/// `Update` of an own object or actor, embedded.
pub fn update(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Update, envelope, nested(object))
}

/// `Delete` of an id or [`super::tombstone`]; `summary` gives a moderator's reason.
pub fn delete(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Delete, envelope, nested(object))
}

/// `Announce` of an id, for microblogs, or of an activity as received (FEP-1b12).
pub fn announce(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Announce, envelope, object)
}

/// `Follow` of an actor.
pub fn follow(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Follow, envelope, object)
}

/// `Join` of a group or an event.
pub fn join(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Join, envelope, object)
}

/// `Leave` of a group or an event.
pub fn leave(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Leave, envelope, object)
}

/// `Accept` of a `Follow` or `Join`, which is best embedded with id, actor and object.
pub fn accept(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Accept, envelope, object)
}

/// `Reject` of a `Follow` or `Join`, embedded likewise.
pub fn reject(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Reject, envelope, object)
}

/// `Accept` of a `QuoteRequest`, with the address of the approval (FEP-044f).
pub fn accept_quote(envelope: &Envelope<'_>, object: Value, approval: &str) -> Value {
    let mut out = fields(ActivityKind::Accept.as_str(), envelope, object);
    out.put("result", approval);
    out.document()
}

/// The approval itself, a document of its own: whose post is quoted, in which (FEP-044f, `QuoteAuthorization`).
pub fn quote_authorization(id: &str, author: &str, quoting: &str, quoted: &str) -> Value {
    let mut out = Fields::default();
    out.put("id", id)
        .put("type", "QuoteAuthorization")
        .put("attributedTo", author)
        .put("interactingObject", quoting)
        .put("interactionTarget", quoted);
    out.document()
}

/// `Undo` of an own activity, embedded with the same id it had.
pub fn undo(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Undo, envelope, nested(object))
}

/// `Like` of an object.
pub fn like(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Like, envelope, object)
}

/// `Dislike` of an object.
pub fn dislike(envelope: &Envelope<'_>, object: Value) -> Value {
    activity(&ActivityKind::Dislike, envelope, object)
}

/// `Flag`: a report; `object` is a list of actor and objects, or one object for Lemmy-like peers.
///
/// The reason goes out as `content` too, where Lemmy reads it.
pub fn flag(envelope: &Envelope<'_>, object: Value) -> Value {
    let mut out = fields("Flag", envelope, object);
    out.maybe("content", envelope.summary);
    out.document()
}

/// `Block` of an actor from `target`, a group or instance (FEP-1b12).
pub fn block(envelope: &Envelope<'_>, object: Value, target: &str) -> Value {
    aimed("Block", envelope, object, target)
}

/// `Add` to a collection: moderators, pinned posts (FEP-1b12).
pub fn add(envelope: &Envelope<'_>, object: Value, target: &str) -> Value {
    aimed("Add", envelope, object, target)
}

/// `Remove` from a collection (FEP-1b12).
pub fn remove(envelope: &Envelope<'_>, object: Value, target: &str) -> Value {
    aimed("Remove", envelope, object, target)
}

/// `Move` of the acting actor to `target`.
pub fn move_to(envelope: &Envelope<'_>, target: &str) -> Value {
    aimed("Move", envelope, Value::from(envelope.actor), target)
}

fn aimed(kind: &str, envelope: &Envelope<'_>, object: Value, target: &str) -> Value {
    let mut out = fields(kind, envelope, object);
    out.put("target", target);
    out.document()
}
