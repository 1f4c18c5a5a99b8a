//! Where a received post belongs: from addressees to a visibility and a community.

use crate::Federation;
use crate::resolve::ResolveError;
use activitypub::model::{Activity, ObjectDoc};
use activitypub::vocab::Addressing;
use app::federated::{CommunityWire, actors};
use domain::audience::Visibility;
use domain::zone::Zone;
use serde_json::Value;

/// Most addressees that are looked up for being a community.
const MAX_LOOKED_UP: usize = 25;

/// Mastodon's reading of addressees (facts 40): followers are an address never expanded.
pub fn visibility(addressing: &Addressing, followers: Option<&str>, groups: &[&str]) -> Visibility {
    if addressing.is_public() {
        Visibility::Public
    } else if addressing.is_unlisted() {
        Visibility::Unlisted
    } else if addressing.all().any(|id| Some(id) == followers || groups.contains(&id)) {
        Visibility::Private
    } else {
        Visibility::Direct
    }
}

/// What the addressees of a post say, with the community among them.
#[derive(Debug)]
pub struct Place {
    /// Who should be able to read it.
    pub visibility: Visibility,
    /// The community it is for.
    pub community: Option<CommunityWire>,
    /// It says so itself (FEP-1b12), and does not just mention it.
    pub named_as_audience: bool,
}

/// The object's addressees; the activity's where the object names none (facts 41).
pub fn addressees<'a>(object: &'a ObjectDoc, activity: Option<&'a Activity>) -> &'a Addressing {
    match activity {
        Some(activity) if object.addressing.is_empty() => &activity.addressing,
        _ => &object.addressing,
    }
}

/// Finds the community (`audience` first, FEP-1b12, else whoever of the addressees is one: that is how
/// microblogs post to a group, facts 43) and the visibility.
pub async fn place(
    federation: &Federation,
    object: &ObjectDoc,
    activity: Option<&Activity>,
    followers: Option<&str>,
) -> app::Result<Place> {
    let addressing = addressees(object, activity);
    let audience = object.audience.iter().chain(activity.map(|activity| activity.audience.as_slice()).unwrap_or_default());
    let mut candidates: Vec<&str> = audience.map(String::as_str).collect();
    let named = candidates.len();
    // Groups that it is attributed to beside its author (`PeerTube`'s channels, Mobilizon).
    candidates.extend(object.groups.iter().map(String::as_str));
    candidates.extend(addressing.all().filter(|id| !activitypub::vocab::is_public(id)));
    let (mut found, mut named_as_audience) = (None, false);
    for (at, id) in candidates.into_iter().take(MAX_LOOKED_UP).enumerate() {
        found = actors::community_by_uri(federation.hall(), id).await?;
        if found.is_some() {
            named_as_audience = at < named;
            break;
        }
    }
    let visibility = visibility(addressing, followers, &found.iter().map(|group| group.uri.as_str()).collect::<Vec<_>>());
    Ok(Place { visibility, community: found.filter(|group| enters(group.zone, visibility)), named_as_audience })
}

/// An object that its activity only names, asked for at its own origin: by a member where it is for a closed community.
pub async fn named(federation: &Federation, activity: &Activity, id: &str) -> Result<Value, ResolveError> {
    let said = activity.audience.iter().map(String::as_str).chain(activity.addressing.all());
    for group in said.filter(|id| !activitypub::vocab::is_public(id)).take(MAX_LOOKED_UP) {
        if let Some(group) = actors::community_by_uri(federation.hall(), group).await?.filter(|group| group.zone == Zone::Partner)
        {
            return federation.document_in(group.id, id).await;
        }
    }
    federation.document_again(id).await
}

/// A post enters an open community only if it is public, a closed one only if it is not; an internal one never:
/// for the network it is not there.
pub fn enters(zone: Zone, visibility: Visibility) -> bool {
    let public = matches!(visibility, Visibility::Public | Visibility::Unlisted);
    match zone {
        Zone::Open => public,
        Zone::Partner => visibility == Visibility::Private,
        Zone::Internal => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FOLLOWERS: &str = "https://p.test/a/1/followers";
    const GROUP: &str = "https://s.test/a/9";

    fn read(to: &[&str], cc: &[&str]) -> Visibility {
        visibility(&Addressing::of(&json!({"to": to, "cc": cc})), Some(FOLLOWERS), &[GROUP])
    }

    #[test]
    fn visibility_follows_the_addressees() {
        let public = activitypub::vocab::PUBLIC;
        assert_eq!(read(&[public], &[FOLLOWERS]), Visibility::Public);
        assert_eq!(read(&["as:Public", GROUP], &[]), Visibility::Public);
        assert_eq!(read(&[FOLLOWERS], &[public]), Visibility::Unlisted);
        assert_eq!(read(&[FOLLOWERS], &["https://s.test/a/2"]), Visibility::Private);
        assert_eq!(read(&[GROUP, "https://s.test/a/9/followers"], &[]), Visibility::Private);
        assert_eq!(read(&["https://s.test/a/2"], &[]), Visibility::Direct);
        assert_eq!(read(&[], &[]), Visibility::Direct);
    }

    #[test]
    fn a_post_enters_a_community_only_with_its_own_reach() {
        for (zone, visibility, expected) in [
            (Zone::Open, Visibility::Public, true),
            (Zone::Open, Visibility::Unlisted, true),
            (Zone::Open, Visibility::Private, false),
            (Zone::Open, Visibility::Direct, false),
            (Zone::Partner, Visibility::Private, true),
            (Zone::Partner, Visibility::Public, false),
            (Zone::Internal, Visibility::Private, false),
            (Zone::Internal, Visibility::Public, false),
        ] {
            assert_eq!(enters(zone, visibility), expected, "{zone:?} {visibility:?}");
        }
    }
}
