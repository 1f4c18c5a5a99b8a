//! Addressees: from an audience to `to` and `cc` (design: what goes over the wire).

use activitypub::vocab::PUBLIC;
use domain::audience::Reach;

/// Addressees of a post and of the activities about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressees {
    /// Primary.
    pub to: Vec<String>,
    /// Secondary.
    pub cc: Vec<String>,
    /// The group (FEP-1b12).
    pub audience: Option<String>,
}

/// What addressees are made of.
#[derive(Debug)]
pub struct About<'a> {
    /// How far the post goes.
    pub reach: Reach,
    /// The author's followers, as far as they are named.
    pub followers: Option<&'a str>,
    /// The group whose room it is in, and its members' collection.
    pub group: Option<(&'a str, &'a str)>,
    /// Who is mentioned or answered.
    pub people: &'a [String],
    /// Begins a thread.
    pub starter: bool,
}

/// Says to whom a post goes. A partner community's never names the public.
pub fn addressees(about: &About<'_>) -> Addressees {
    let public = || PUBLIC.to_owned();
    let followers = || about.followers.map(str::to_owned);
    let people = || about.people.iter().cloned();
    let group = about.group.map(|(group, _)| group.to_owned());
    let (to, cc): (Vec<String>, Vec<String>) = match (about.reach, about.group) {
        (Reach::World { listed: true, .. }, Some((group, _))) if about.starter => {
            (vec![group.to_owned(), public()], followers().into_iter().chain(people()).collect())
        }
        (Reach::World { listed: true, .. }, Some((group, _))) => {
            (vec![public()], [group.to_owned()].into_iter().chain(followers()).chain(people()).collect())
        }
        (Reach::World { listed: false, .. }, Some((group, _))) => {
            ([group.to_owned()].into_iter().chain(followers()).collect(), [public()].into_iter().chain(people()).collect())
        }
        (Reach::World { listed: true, .. }, None) => (vec![public()], followers().into_iter().chain(people()).collect()),
        (Reach::World { listed: false, .. }, None) => {
            (followers().into_iter().collect(), [public()].into_iter().chain(people()).collect())
        }
        (Reach::Members { .. }, Some((group, members))) => (vec![group.to_owned(), members.to_owned()], people().collect()),
        // A members' audience without its group is addressed to nobody.
        (Reach::Members { .. }, None) => (Vec::new(), Vec::new()),
        (Reach::Followers, _) => (followers().into_iter().collect(), people().collect()),
        (Reach::Mentioned, _) => (people().collect(), Vec::new()),
    };
    let audience = group.filter(|_| matches!(about.reach, Reach::World { .. } | Reach::Members { .. }));
    Addressees { to, cc, audience }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::id::CommunityId;
    use domain::zone::Zone;

    const GROUP: (&str, &str) = ("https://b.test/a/9", "https://b.test/a/9/followers");

    fn read(reach: Reach, group: bool, starter: bool) -> Addressees {
        let people = ["https://c.test/a/3".to_owned()];
        addressees(&About {
            reach,
            followers: Some("https://a.test/a/1/followers"),
            group: group.then_some(GROUP),
            people: &people,
            starter,
        })
    }

    #[test]
    fn a_partner_community_is_never_addressed_with_the_public() {
        let found = read(Reach::Members { community: CommunityId(1), zone: Zone::Partner }, true, true);
        assert_eq!(found.to, [GROUP.0, GROUP.1]);
        assert!(!found.to.iter().chain(&found.cc).any(|id| activitypub::vocab::is_public(id)));
        assert!(!found.cc.iter().any(|id| id.ends_with("/a/1/followers")));
        assert_eq!(found.audience.as_deref(), Some(GROUP.0));
    }

    #[test]
    fn starters_and_replies_in_an_open_community_name_the_group_and_the_public() {
        let world = Reach::World { community: Some(CommunityId(1)), listed: true };
        assert_eq!(read(world, true, true).to, [GROUP.0, PUBLIC]);
        let reply = read(world, true, false);
        assert_eq!(reply.to, [PUBLIC]);
        assert!(reply.cc.contains(&GROUP.0.to_owned()));
    }

    #[test]
    fn personal_posts_read_as_mastodon_reads_them() {
        let world = |listed| Reach::World { community: None, listed };
        assert_eq!(read(world(true), false, true).to, [PUBLIC]);
        assert!(read(world(false), false, true).cc.contains(&PUBLIC.to_owned()));
        assert_eq!(read(Reach::Followers, false, true).to, ["https://a.test/a/1/followers"]);
        assert_eq!(read(Reach::Mentioned, false, true).to, ["https://c.test/a/3"]);
        assert_eq!(read(Reach::Mentioned, false, true).audience, None);
    }
}
