//! Communities: the door for everybody who sees it, the room's figures only from inside.

use crate::words::{Door, JoinPolicy, Replies, Role, State, Zone};
use app::communities;
use app::views::CommunityView;
use domain::id::{ActorId, CommunityId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A community of practice, as you see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Community<'a> {
    /// Decimal digits.
    #[schema(value_type = String, example = "113456789012345678")]
    pub id: CommunityId,
    /// Its actor: the id of its account in the Mastodon API.
    #[schema(value_type = String, example = "113456789012345679")]
    pub actor: ActorId,
    /// `name` for communities of this hall, `name@host` for others.
    #[schema(example = "testing")]
    pub acct: String,
    /// What it is called.
    pub name: &'a str,
    /// What it is for, plain text.
    pub purpose: &'a str,
    /// The page for people.
    #[schema(format = "uri")]
    pub url: &'a str,
    /// Its ceiling.
    pub zone: Zone,
    /// Who sees its door, if it is internal.
    pub door: Door,
    /// How one gets in.
    pub join: JoinPolicy,
    /// Hosted here.
    pub local: bool,
    /// You may read its room: posts, members, resources.
    pub room: bool,
    /// How many are in. `null` where you see only the door.
    pub members: Option<i64>,
    /// Hosts of its partner organisations. `null` where you see only the door.
    pub partners: Option<&'a [String]>,
    /// What you are in it. `null` if you have never asked.
    pub membership: Option<Membership<'a>>,
}

/// What you are in a community.
#[derive(Debug, Serialize, ToSchema)]
pub struct Membership<'a> {
    /// As what.
    pub role: Role,
    /// Where it stands.
    pub state: State,
    /// Home leaves its starters out.
    pub exclusive: bool,
    /// Which replies its list shows: `followed`, `list` or `none`.
    #[schema(value_type = Replies)]
    pub replies: &'a str,
}

impl<'a> Community<'a> {
    /// As shown.
    pub fn of(view: &'a CommunityView) -> Self {
        Self {
            id: view.id,
            actor: view.actor.id,
            acct: view.actor.acct(),
            name: view.actor.label(),
            purpose: &view.purpose,
            url: &view.actor.url,
            zone: view.zone.into(),
            door: view.door.into(),
            join: view.join.into(),
            local: view.local,
            room: view.room,
            members: view.members,
            partners: view.room.then_some(view.partners.as_slice()),
            membership: view.standing.map(|standing| Membership {
                role: standing.role.into(),
                state: standing.state.into(),
                exclusive: view.exclusive,
                replies: &view.replies,
            }),
        }
    }
}

/// A community to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCommunity {
    /// 3 to 20 of `a-z`, `0-9` and `_`; one name space with people.
    #[schema(min_length = 3, max_length = 20, pattern = "^[a-z0-9_]+$", example = "testing")]
    handle: String,
    /// What it is called.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 1000)]
    purpose: String,
    /// Its ceiling.
    #[serde(default = "internal")]
    #[schema(default = "internal")]
    zone: Zone,
    /// Who sees its door, if it is internal.
    #[serde(default = "hall")]
    #[schema(default = "hall")]
    door: Door,
    /// How one gets in.
    #[serde(default = "request")]
    #[schema(default = "request")]
    join: JoinPolicy,
    /// Hosts of the partner organisations, for a partner community.
    #[serde(default)]
    #[schema(max_items = 100)]
    partners: Vec<String>,
}

/// What nobody has decided to open stays inside.
fn internal() -> Zone {
    Zone::Internal
}

fn hall() -> Door {
    Door::Hall
}

fn request() -> JoinPolicy {
    JoinPolicy::Request
}

impl From<NewCommunity> for communities::NewCommunity {
    fn from(new: NewCommunity) -> Self {
        Self {
            handle: new.handle,
            name: new.name,
            purpose: new.purpose,
            zone: new.zone.into(),
            door: new.door.into(),
            join: new.join.into(),
            partners: new.partners,
        }
    }
}

/// How your apps show a community. What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipChange {
    /// Home leaves its starters out.
    pub exclusive: Option<bool>,
    /// Which replies its list shows.
    pub replies: Option<Replies>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_community_that_says_nothing_of_its_reach_stays_internal() {
        let new: NewCommunity = serde_json::from_str(r#"{"handle":"testing","name":"Testing"}"#).unwrap();
        let new = communities::NewCommunity::from(new);
        assert_eq!(new.zone, domain::zone::Zone::Internal);
        assert_eq!(new.join, domain::zone::JoinPolicy::Request);
        for bad in [
            r#"{"handle":"testing","name":"Testing","zone":"public"}"#,
            r#"{"handle":"testing","name":"Testing","Zone":"open"}"#,
            r#"{"handle":"testing","name":"Testing","zone":null}"#,
        ] {
            assert!(serde_json::from_str::<NewCommunity>(bad).is_err(), "{bad}");
        }
    }
}
