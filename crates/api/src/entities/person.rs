//! People and what they are in a community.

use crate::words::{Kind, Role};
use app::views::{ActorView, MemberView};
use domain::id::ActorId;
use domain::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Somebody, or something, that acts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person<'a> {
    /// Decimal digits.
    #[schema(value_type = String, example = "113456789012345678")]
    pub id: ActorId,
    /// `name` for people of this hall, `name@host` for others.
    #[schema(example = "ada")]
    pub acct: String,
    /// The display name, or the handle where there is none.
    #[schema(example = "Ada")]
    pub name: &'a str,
    /// Person, service, …
    pub kind: Kind,
    /// The page for people.
    #[schema(format = "uri")]
    pub url: &'a str,
    /// A picture.
    #[schema(format = "uri")]
    pub icon: Option<&'a str>,
}

impl<'a> Person<'a> {
    /// As shown.
    pub fn of(actor: &'a ActorView) -> Self {
        Self {
            id: actor.id,
            acct: actor.acct(),
            name: actor.label(),
            kind: actor.kind.into(),
            url: &actor.url,
            icon: actor.icon.as_deref(),
        }
    }
}

/// A member of a community.
#[derive(Debug, Serialize, ToSchema)]
pub struct Member<'a> {
    /// Who.
    pub person: Person<'a>,
    /// As what.
    pub role: Role,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

impl<'a> Member<'a> {
    /// As shown.
    pub fn of(member: &'a MemberView) -> Self {
        Self { person: Person::of(&member.actor), role: member.membership.role.into(), since: member.since }
    }
}

/// A request to join a community, not answered yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct JoinRequest<'a> {
    /// Who asks.
    pub person: Person<'a>,
    /// As what.
    pub role: Role,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
}

impl<'a> JoinRequest<'a> {
    /// As shown.
    pub fn of(member: &'a MemberView) -> Self {
        Self { person: Person::of(&member.actor), role: member.membership.role.into(), asked_at: member.since }
    }
}
