//! One community: its door in words, and what the requester can do there.

use super::{Face, counted};
use crate::icon::{self, Icon};
use app::views::{BannedView, CommunityView, MemberView};
use app::{Error, Requester, Visible};
use domain::id::{ActorId, CommunityId};
use domain::membership::{Membership, MembershipState, Role};
use domain::zone::{Door, JoinPolicy, Zone};

/// The badge that says who can read a community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneBadge {
    /// For the style sheet; also the zone's word.
    pub class: &'static str,
    /// Beside the words.
    pub icon: Icon,
    /// `Internal`.
    pub name: &'static str,
    /// `only members in Example Ltd`.
    pub words: String,
}

/// Where the requester stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not signed in.
    Stranger,
    /// Could join at once.
    CanJoin,
    /// Could ask.
    CanAsk,
    /// Needs an invitation.
    NeedsInvitation,
    /// Has asked.
    Pending,
    /// Is in.
    In,
    /// May not come back.
    Banned,
}

/// One community as shown.
#[derive(Debug)]
pub struct CommunityCard {
    /// Ours.
    pub id: CommunityId,
    /// Its group actor.
    pub actor: ActorId,
    /// Name, handle, page.
    pub face: Face,
    /// What it is for.
    pub purpose: String,
    /// Who can read it.
    pub zone: ZoneBadge,
    /// Who can see that it exists, where that is not everybody.
    pub door: Option<String>,
    /// How one gets in.
    pub joining: String,
    /// `12 members`.
    pub members: Option<String>,
    /// The other organisation that hosts it.
    pub hosted_at: Option<String>,
    /// Where the requester stands.
    pub standing: Standing,
    /// The requester's role in words, if they are in.
    pub role: Option<&'static str>,
    /// The requester may read the room.
    pub room: bool,
    /// The requester may write there.
    pub writes: bool,
    /// The requester answers for it here.
    pub moderates: bool,
}

impl CommunityCard {
    /// The card of a community whose door was opened for this requester.
    pub fn of(requester: &Requester, visible: &Visible<CommunityView>, organisation: &str) -> Result<Self, Error> {
        visible.open(requester).map(|view| Self::draw(requester, view, organisation)).map_err(Error::internal)
    }

    /// Cards of a whole list.
    pub fn all(requester: &Requester, list: &[Visible<CommunityView>], organisation: &str) -> Result<Vec<Self>, Error> {
        list.iter().map(|visible| Self::of(requester, visible, organisation)).collect()
    }

    fn draw(requester: &Requester, view: &CommunityView, organisation: &str) -> Self {
        let host = view.actor.host.clone();
        let standing = standing(requester, view);
        Self {
            id: view.id,
            actor: view.actor.id,
            face: Face::of(&view.actor),
            purpose: view.purpose.clone(),
            zone: zone_badge(view.zone, organisation, &view.partners, host.as_deref()),
            door: door(view, organisation),
            joining: joining(view, standing),
            // A home elsewhere that does not tell how many are in says 0.
            members: view.members.filter(|count| view.local || *count > 0).map(|count| counted(count, "member", "members")),
            hosted_at: host,
            standing,
            role: view.standing.filter(|m| m.is_active()).map(|m| role(m.role)),
            room: view.room,
            writes: view.standing.is_some_and(|m| if view.zone == Zone::Open { m.is_active() } else { m.is_member() }),
            moderates: view.local && view.standing.is_some_and(Membership::moderates),
        }
    }
}

/// Who can read a community of this zone.
pub fn zone_badge(zone: Zone, organisation: &str, partners: &[String], host: Option<&str>) -> ZoneBadge {
    let home = host.unwrap_or(organisation);
    match zone {
        Zone::Internal => {
            ZoneBadge { class: "internal", icon: icon::LOCK, name: "Internal", words: format!("only members in {home}") }
        }
        Zone::Partner => {
            let words = match (host, partners) {
                (Some(host), _) => format!("only members at {host} and at the organisations it names, this one among them"),
                (None, []) => "only members here and at the organisations it names".to_owned(),
                (None, partners) => format!("only members here and at {}", listed(partners)),
            };
            ZoneBadge { class: "partner", icon: icon::PARTNERS, name: "Partner", words }
        }
        Zone::Open => ZoneBadge { class: "open", icon: icon::GLOBE, name: "Open", words: "everybody on the web".to_owned() },
    }
}

/// `a`, `a and b`, `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn door(view: &CommunityView, organisation: &str) -> Option<String> {
    match (view.zone, view.door) {
        (Zone::Internal, Door::Hall) => Some(format!("Everybody with an account at {organisation} can see that it exists.")),
        (Zone::Internal, Door::Members) => Some("Hidden: only its members know that it exists.".to_owned()),
        (Zone::Partner, _) => Some("People of the organisations named can see that it exists.".to_owned()),
        (Zone::Open, _) => None,
    }
}

fn standing(requester: &Requester, view: &CommunityView) -> Standing {
    if !requester.is_local() {
        return Standing::Stranger;
    }
    match view.standing.map(|m| m.state) {
        Some(MembershipState::Active) => Standing::In,
        Some(MembershipState::Pending) => Standing::Pending,
        Some(MembershipState::Banned) => Standing::Banned,
        Some(MembershipState::Left | MembershipState::Rejected | MembershipState::Suspended) | None => match view.join {
            JoinPolicy::Open => Standing::CanJoin,
            JoinPolicy::Invite if view.local => Standing::NeedsInvitation,
            JoinPolicy::Invite | JoinPolicy::Request => Standing::CanAsk,
        },
    }
}

fn joining(view: &CommunityView, standing: Standing) -> String {
    match (&view.actor.host, view.join) {
        _ if standing == Standing::Banned => "You may not join this community.".to_owned(),
        (Some(host), _) => format!("Its home is {host}. Your wish to join goes there, and they answer."),
        (None, JoinPolicy::Open) => "Whoever can see this page can join at once.".to_owned(),
        (None, JoinPolicy::Request) => "Ask to join. A lead or moderator answers.".to_owned(),
        (None, JoinPolicy::Invite) => "By invitation only. Ask one of its leads to invite you.".to_owned(),
    }
}

/// A role in words.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Observer => "Observer",
        Role::Member => "Member",
        Role::Sponsor => "Sponsor",
        Role::Moderator => "Moderator",
        Role::Lead => "Lead",
    }
}

/// A member, or somebody who asks to become one.
#[derive(Debug)]
pub struct MemberCard {
    /// Who.
    pub face: Face,
    /// Decimal id of the actor.
    pub actor: String,
    /// As what.
    pub role: &'static str,
    /// A plain member, over whom those who keep order decide.
    pub plain: bool,
    /// Since when.
    pub since: super::when::When,
}

impl MemberCard {
    /// The card of a member who was shown to this requester.
    pub fn of(requester: &Requester, visible: &Visible<MemberView>) -> Result<Self, Error> {
        let view = visible.open(requester).map_err(Error::internal)?;
        Ok(Self {
            face: Face::of(&view.actor),
            actor: view.actor.id.to_string(),
            role: role(view.membership.role),
            plain: !view.membership.role.moderates(),
            since: super::when::When::at(view.since),
        })
    }
}

/// Somebody who is banned.
#[derive(Debug)]
pub struct BannedCard {
    /// Who.
    pub face: Face,
    /// Decimal id of the actor.
    pub actor: String,
    /// Since when.
    pub since: super::when::When,
    /// Until when.
    pub until: Option<super::when::When>,
    /// Who did it.
    pub by: Option<Face>,
    /// Why; may be empty.
    pub reason: String,
}

impl BannedCard {
    /// The card of somebody who was shown to this requester.
    pub fn of(requester: &Requester, visible: &Visible<BannedView>) -> Result<Self, Error> {
        let view = visible.open(requester).map_err(Error::internal)?;
        let (since, until) = (super::when::When::at(view.since), view.until.map(super::when::When::at));
        let by = view.by.as_deref().map(Face::of);
        Ok(Self { face: Face::of(&view.actor), actor: view.actor.id.to_string(), since, until, by, reason: view.reason.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_zone_says_who_can_read() {
        assert_eq!(zone_badge(Zone::Internal, "Ada Ltd", &[], None).words, "only members in Ada Ltd");
        assert_eq!(zone_badge(Zone::Open, "Ada Ltd", &[], None).words, "everybody on the web");
        let partners = ["a.example".to_owned(), "b.example".to_owned(), "c.example".to_owned()];
        assert_eq!(
            zone_badge(Zone::Partner, "Ada Ltd", &partners, None).words,
            "only members here and at a.example, b.example and c.example"
        );
    }
}
