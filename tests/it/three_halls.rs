//! A partner community of three organisations over real HTTP: who reads what of whom, and what ends when one of
//! them is taken off the list.

use crate::two_halls::{find, id, idle, join, list_of, times};
use app::communities;
use domain::id::ActorId;
use domain::membership::{MembershipState, Role};
use domain::zone::{Door, JoinPolicy, Zone};
use http::Method;
use kit::peer::{ACTIVITY, request};
use kit::poll::becomes;
use kit::{Answer, Community, Hall, Peer, PeerActor, Person, Way};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Somebody of a hall, with the hall's keys in the test's hands.
pub async fn signing(hall: &Hall, actor: ActorId) -> PeerActor {
    // Keys are made when somebody first asks for them.
    hall.anonymous().with("accept", ACTIVITY).get(&format!("/a/{actor}")).await;
    let keys = store::keys::load(hall.store.read(), hall.store.sealer(), actor).await.unwrap().unwrap();
    let uri = store::actors::wire(hall.store.read(), actor).await.unwrap().unwrap().uri;
    PeerActor {
        key_id: format!("{uri}#main-key"),
        name: String::new(),
        key: Arc::new(activitypub::keys::RsaKeyPair::from_pkcs8(&keys.rsa_pkcs8).unwrap()),
        edwards: Arc::new(activitypub::keys::Ed25519KeyPair::from_pkcs8(&keys.ed25519_pkcs8).unwrap()),
        way: Way::Cavage,
        uri,
    }
}

pub async fn instance(hall: &Hall) -> PeerActor {
    let uri = format!("{}/actor", hall.base);
    signing(hall, store::actors::id_by_uri(hall.store.read(), &uri).await.unwrap().unwrap()).await
}

async fn unsigned(url: &str) -> Answer {
    request(Method::GET, url, &[("accept".into(), ACTIVITY.into())], None).await
}

/// Where a post with these letters stands on the network, as this hall has it.
async fn uri_of(hall: &Hall, letters: &str) -> String {
    let sql = format!("SELECT uri FROM posts WHERE html LIKE '%{letters}%'");
    hall.db.raw().await.rows(&sql).await.concat().concat()
}

/// Whether anything with these letters is anywhere in a hall's database.
async fn holds(hall: &Hall, letters: &str) -> bool {
    hall.db.raw().await.every_text().await.iter().any(|(_, text)| text.contains(letters))
}

/// The community's hall, two partners with a member each, and a fourth hall that is none.
struct Scene {
    host: Hall,
    second: Hall,
    third: Hall,
    fourth: Hall,
    lead: Person,
    bo: Person,
    cy: Person,
    bridge: Community,
}

async fn scene() -> Scene {
    let (host, second, third, fourth) =
        (Hall::start("Host").await, Hall::start("Second").await, Hall::start("Third").await, Hall::start("Fourth").await);
    let (lead, bo, cy) = (host.person("lead").await, second.person("bob").await, third.person("cyd").await);
    let named = [second.host.as_str(), third.host.as_str()];
    let bridge = host.community_with(&lead, "bridge", Zone::Partner, Door::Hall, JoinPolicy::Open, &named).await;
    join(&second.as_person(&bo), &host.handle("bridge")).await;
    join(&third.as_person(&cy), &host.handle("bridge")).await;
    Scene { host, second, third, fourth, lead, bo, cy, bridge }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_three_organisations_read_each_other_and_nobody_else_does() {
    let Scene { host, second, third, fourth, lead, bo, cy, bridge } = scene().await;
    let (dee, bos) = (fourth.person("dee").await, second.as_person(&bo));
    // Somebody elsewhere who follows the author gets nothing of it.
    let account = find(&fourth.as_person(&dee), &second.handle("bob")).await.unwrap();
    fourth.as_person(&dee).post(&format!("/api/v1/accounts/{}/follow", id(&account)), &json!({})).await;
    bos.post("/api/v1/statuses", &json!({"status": format!("{} from the second CNRYsecond", host.handle("bridge"))})).await;
    host.post_in(&lead, &bridge, "from the host CNRYhost").await;
    let list = list_of(&third.as_person(&cy), "bridge").await.unwrap();
    for letters in ["CNRYsecond", "CNRYhost"] {
        becomes(letters, || async {
            times(&third.as_person(&cy), &format!("/api/v1/timelines/list/{list}"), letters).await == 1
        })
        .await;
    }

    let colleague = third.person("cel").await;
    third.post(&colleague, "known outside", domain::audience::Visibility::Public).await;
    becomes("all work is done", || async { idle(&host).await && idle(&second).await && idle(&third).await }).await;
    let (cys, cels) = (signing(&third, cy.actor).await, signing(&third, colleague.actor).await);
    let (thirds, seconds, leads) = (instance(&third).await, instance(&second).await, signing(&host, lead.actor).await);
    let (at_second, at_host) = (uri_of(&second, "CNRYsecond").await, uri_of(&host, "CNRYhost").await);
    assert!(at_second.starts_with(&second.base) && at_host.starts_with(&host.base));
    for (url, letters) in [(&at_second, "CNRYsecond"), (&at_host, "CNRYhost")] {
        let never = unsigned(&format!("{}/p/7", url.split("/p/").next().unwrap())).await;
        for way in [Way::Cavage, Way::Message, Way::Edwards] {
            let read = cys.signing(way).get(url).await;
            assert!(read.status == 200 && read.shows(letters), "{way:?} {}", read.text());
        }
        for (who, answer) in [
            ("a colleague", cels.get(url).await),
            ("the partner's instance", thirds.get(url).await),
            ("nobody", unsigned(url).await),
        ] {
            assert_eq!(answer.comparable(), never.comparable(), "{who}");
        }
    }
    assert!(leads.get(&at_second).await.shows("CNRYsecond"), "the host's own member reads at the author's hall");
    let group = format!("{}/a/{}", host.base, bridge.actor);
    let question = |who: &str| format!("{group}/followers?is_follower={who}");
    assert_eq!(seconds.get(&question(&cys.uri)).await.status, 200);
    assert_eq!(seconds.get(&question(&cels.uri)).await.status, 404);
    assert_eq!(unsigned(&question(&cys.uri)).await.status, 404);
    for letters in ["CNRYsecond", "CNRYhost"] {
        assert!(!holds(&fourth, letters).await, "{letters}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_that_is_taken_off_the_list_is_cut_off_within_five_seconds() {
    let Scene { host, second, third, lead, bo, cy, bridge, .. } = scene().await;
    let bos = second.as_person(&bo);
    let say = |letters: &str| json!({"status": format!("{} {letters}", host.handle("bridge"))});
    bos.post("/api/v1/statuses", &say("CNRYbefore")).await;
    host.post_in(&lead, &bridge, "CNRYours").await;
    becomes("the posts at the third", || async { holds(&third, "CNRYbefore").await && holds(&third, "CNRYours").await }).await;
    let cys = signing(&third, cy.actor).await;
    let (at_second, at_host) = (uri_of(&second, "CNRYbefore").await, uri_of(&host, "CNRYours").await);
    for url in [&at_second, &at_host] {
        assert_eq!(cys.get(url).await.status, 200);
    }

    let stranger = host.person("stranger").await;
    let refused = communities::end_partner(&host.hall, &stranger.asks, bridge.id, &third.host).await;
    assert!(refused.is_err(), "only leads decide");
    communities::end_partner(&host.hall, &lead.asks, bridge.id, &third.host).await.unwrap();
    let ended = Instant::now();
    assert_eq!(cys.get(&at_host).await.status, 404, "at the host it ends with the list");
    let group = format!("{}/a/{}", host.base, bridge.actor);
    assert_eq!(cys.get(&group).await.status, 404, "the door is closed too");
    becomes("the author's hall refuses as well", || async { cys.get(&at_second).await.status == 404 }).await;
    assert!(ended.elapsed() < Duration::from_secs(5), "{:?}", ended.elapsed());

    host.post_in(&lead, &bridge, "CNRYafter").await;
    bos.post("/api/v1/statuses", &say("CNRYalso")).await;
    becomes("the host has what the second wrote", || holds(&host, "CNRYalso")).await;
    let cyan = third.as_person(&cy);
    becomes("the member's hall knows", || async { list_of(&cyan, "bridge").await.is_none() }).await;
    becomes("all work is done", || async { idle(&host).await && idle(&second).await && idle(&third).await }).await;
    for letters in ["CNRYafter", "CNRYalso"] {
        assert!(!holds(&third, letters).await, "{letters}");
    }
    let after = uri_of(&host, "CNRYafter").await;
    let released = store::ledger::of_object(host.store.read(), &after).await.unwrap();
    assert!(released.iter().all(|release| release.host != third.host), "{released:?}");
    assert!(released.iter().any(|release| release.host == second.host), "the others still have it");
    let log = host.db.raw().await.rows("SELECT act, detail FROM audit_log WHERE act LIKE 'partner.%'").await;
    assert_eq!(log, [["partner.ended".to_owned(), third.host.clone()]]);

    communities::name_partner(&host.hall, &lead.asks, bridge.id, &third.host, false).await.unwrap();
    assert_eq!(cys.get(&at_host).await.status, 200, "whoever was in is in again");
    becomes("and the member's hall is told so", || async { list_of(&cyan, "bridge").await.is_some() }).await;
    host.post_in(&lead, &bridge, "CNRYagain").await;
    becomes("what is said now comes", || holds(&third, "CNRYagain")).await;
}

/// A peer's member in a partner community of a hall.
async fn peer_in(hall: &Hall, community: &Community, peer: &Peer, member: &PeerActor) {
    let group = format!("{}/a/{}", hall.base, community.actor);
    let joined = member.does("Join", &peer.at("/joins/1"), &json!(group));
    assert_eq!(member.post(&format!("{}/inbox", hall.base), &joined).await.status, 202);
    becomes("the answer", || async { peer.delivered().iter().any(|activity| activity["type"] == "Accept") }).await;
}

#[tokio::test]
async fn what_waits_for_an_organisation_that_is_taken_off_is_dropped() {
    let (hall, peer) = (Hall::start("Host").await, Peer::start().await);
    let (lead, member) = (hall.person("lead").await, peer.actor("member", "Person"));
    let shared = hall.community(&lead, "shared", Zone::Partner, &[&peer.host]).await;
    peer_in(&hall, &shared, &peer, &member).await;
    peer.answer("/inbox", 503, "text/plain", Vec::new());
    hall.post_in(&lead, &shared, "CNRYwaiting").await;
    let count = |state: &str| format!("SELECT COUNT(*) FROM deliveries WHERE host = '{}' AND state = '{state}'", peer.host);
    becomes("it waits", || async { hall.db.raw().await.number(&count("waiting")).await > 0 }).await;
    communities::end_partner(&hall.hall, &lead.asks, shared.id, &peer.host).await.unwrap();
    peer.answer("/inbox", 202, "text/plain", Vec::new());
    becomes("nothing of it waits", || async { hall.db.raw().await.number(&count("waiting")).await == 0 }).await;
    becomes("the member is told", || async { peer.delivered().iter().any(|activity| activity["type"] == "Reject") }).await;
    let standing = store::memberships::standing(
        hall.store.read(),
        shared.id,
        store::actors::id_by_uri(hall.store.read(), &member.uri).await.unwrap().unwrap(),
    );
    assert_eq!(standing.await.unwrap().unwrap().state, MembershipState::Suspended);
}

#[tokio::test]
async fn an_instance_reads_for_its_members_only_where_the_agreement_says_so() {
    let (hall, peer) = (Hall::start("Host").await, Peer::start().await);
    let (lead, member) = (hall.person("lead").await, peer.actor("member", "Person"));
    let site = peer.actor("site", "Application");
    let shared = hall.community(&lead, "shared", Zone::Partner, &[&peer.host]).await;
    let post = hall.post_in(&lead, &shared, "CNRYshared").await;
    let url = format!("{}/p/{post}", hall.base);
    let name = |per_instance| communities::name_partner(&hall.hall, &lead.asks, shared.id, &peer.host, per_instance);
    let read = |way: Way| {
        let (site, url) = (site.signing(way), url.clone());
        async move { site.get(&url).await.status }
    };
    name(true).await.unwrap();
    assert_eq!(read(Way::Cavage).await, 404, "it has no member there");
    peer_in(&hall, &shared, &peer, &member).await;
    assert_eq!((read(Way::Cavage).await, read(Way::Message).await), (200, 200));
    let asked = format!("{}/a/{}/followers?is_follower={}", hall.base, shared.actor, site.uri);
    assert_eq!(site.get(&asked).await.status, 200);
    name(false).await.unwrap();
    assert_eq!(read(Way::Cavage).await, 404, "the agreement does not say so any more");
    assert_eq!(member.get(&url).await.status, 200);
    communities::end_partner(&hall.hall, &lead.asks, shared.id, &peer.host).await.unwrap();
    assert_eq!(member.get(&url).await.status, 404);
}

#[tokio::test]
async fn a_post_that_a_closed_community_announces_is_asked_for_by_a_member() {
    let (hall, elsewhere, author_hall) = (Hall::start("Here").await, Peer::start().await, Peer::start().await);
    let (ann, group) = (hall.person("ann").await, elsewhere.actor("bridge", "Group"));
    let mut document = elsewhere.document(&group, "Group");
    document["manuallyApprovesFollowers"] = json!(true);
    elsewhere.say("/users/bridge", &document);
    let writer = author_hall.actor("writer", "Person");
    let client = hall.as_person(&ann);
    let found = find(&client, &format!("@bridge@{}", elsewhere.host)).await.unwrap();
    client.post(&format!("/api/v1/accounts/{}/follow", id(&found)), &json!({})).await;
    let asked = || async { elsewhere.delivered().into_iter().find(|activity| activity["type"] == "Follow") };
    let asked: Value = kit::eventually(kit::poll::PATIENCE, asked).await.unwrap();
    let inbox = format!("{}/inbox", hall.base);
    assert_eq!(group.post(&inbox, &group.does("Accept", &elsewhere.at("/accepts/1"), &asked)).await.status, 202);
    becomes("the membership", || crate::two_halls::in_it(&client, id(&found))).await;

    let mut note = writer.note(&author_hall.at("/n/1"), "CNRYclosed");
    note["to"] = json!([group.uri, format!("{}/followers", group.uri)]);
    note["cc"] = json!([]);
    note["audience"] = json!(group.uri);
    author_hall.say("/n/1", &note);
    assert_eq!(group.post(&inbox, &group.does("Announce", &elsewhere.at("/announces/1"), &json!(note["id"]))).await.status, 202);
    becomes("the post", || holds(&hall, "CNRYclosed")).await;
    let member = format!("{}/a/{}#", hall.base, ann.actor);
    let reads: Vec<_> = author_hall.seen().into_iter().filter(|seen| seen.path == "/n/1").collect();
    assert!(!reads.is_empty());
    for read in reads {
        let signature = read.headers.get("signature").unwrap().to_str().unwrap().to_owned();
        let input = read.headers.get("signature-input").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        assert!(signature.contains(&member) || input.contains(&member), "{signature} {input}");
    }
    let stands = store::memberships::standing(hall.store.read(), first_community(&hall).await, ann.actor).await.unwrap();
    assert!(stands.is_some_and(|stands| stands.is_active() && stands.role >= Role::Observer));
}

async fn first_community(hall: &Hall) -> domain::id::CommunityId {
    domain::id::CommunityId(hall.db.raw().await.number("SELECT id FROM communities").await)
}
