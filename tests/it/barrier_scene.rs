//! The world of the barrier test: four communities with canaries, and everybody who may or may not see them.

use crate::barrier_targets::Body;
use app::registry::{Route, Surface};
use app::reports::{NewReport, ReportCategory};
use domain::audience::Visibility;
use domain::draft::{Draft, ResourceLink};
use domain::id::{ActorId, PostId, ReportId};
use domain::membership::{MembershipState, Role};
use domain::poll::PollDraft;
use domain::time::DAY;
use domain::zone::{Door, JoinPolicy, Zone};
use http::Method;
use kit::poll::becomes;
use kit::{Answer, Client, Community, Hall, Peer, PeerActor, Person};
use serde_json::json;

/// The communities, by the short word that stands in all their canaries: hidden, with a door to the hall,
/// shared with one partner, open.
pub const WORDS: [&str; 4] = ["int", "inh", "shr", "opn"];

/// What ids, handles and tags that were never used look like: as long as the real ones.
pub const NEVER: [&str; 3] = ["doornev", "tagnev", "117000000000000007"];

/// A community and what stands in it.
pub struct Placed {
    pub word: &'static str,
    pub community: Community,
    /// The lead's thread starter, and a reply to it.
    pub starter: PostId,
    pub reply: PostId,
    /// A starter of the lead's that was deleted.
    pub gone: PostId,
    /// Paths of activities about them.
    pub activities: Vec<String>,
    /// The lead's notification of the reply.
    pub notification: String,
    /// The lead, the member, and who has asked to be let in.
    pub lead: ActorId,
    pub member: ActorId,
    pub asker: ActorId,
    /// The lead's report about the member's post.
    pub report: ReportId,
    /// An approval to quote the starter. Only what is open can have one; here all have, so that the door is tried.
    pub quote: String,
    /// The partner's member, as the network knows them.
    pub pat: String,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Anon,
    /// With an account, in none of the closed communities.
    Bob,
    /// Has left them.
    Exm,
    /// Has asked to join them.
    Pend,
    Member,
    Lead,
    /// An application for itself.
    App,
    /// The member's token for little.
    Narrow,
    /// The partner's member.
    Pat,
    /// Of the partner, but no member.
    Pax,
    /// The partner's instance.
    Partner,
    /// Of another instance.
    Xan,
}

pub const EVERYBODY: [Who; 12] = [
    Who::Anon,
    Who::Bob,
    Who::Exm,
    Who::Pend,
    Who::Member,
    Who::Lead,
    Who::App,
    Who::Narrow,
    Who::Pat,
    Who::Pax,
    Who::Partner,
    Who::Xan,
];

impl Who {
    /// The room of the community with this word.
    pub fn sees_room(self, word: &str) -> bool {
        word == "opn" || matches!(self, Self::Member | Self::Lead | Self::Narrow) || (word == "shr" && self == Self::Pat)
    }

    /// Its door.
    pub fn sees_door(self, word: &str) -> bool {
        let here = matches!(self, Self::Bob | Self::Exm | Self::Pend);
        let partner = matches!(self, Self::Pat | Self::Pax | Self::Partner);
        self.sees_room(word)
            || match word {
                "int" => self == Self::Pend,
                "inh" => here,
                _ => here || partner,
            }
    }

    fn remote(self) -> bool {
        matches!(self, Self::Pat | Self::Pax | Self::Partner | Self::Xan)
    }

    /// Whether this kind of credential means anything to a surface.
    pub fn asks(self, surface: Surface) -> bool {
        match surface {
            Surface::Federation => self == Self::Anon || self.remote(),
            Surface::Web => !self.remote() && !matches!(self, Self::App | Self::Narrow),
            _ => !self.remote(),
        }
    }
}

/// The whole scene.
pub struct Scene {
    pub hall: Hall,
    pub placed: Vec<Placed>,
    /// Lead, member, and those who are neither.
    pub people: Vec<Person>,
    clients: Vec<(Who, Client, Client)>,
    signers: Vec<(Who, PeerActor)>,
    pat: ActorId,
    pub peers: Vec<Peer>,
}

impl Scene {
    pub async fn new() -> Self {
        let hall = Hall::start("Barrier").await;
        let mut people = Vec::new();
        for handle in ["lead_here", "member_here", "bob_here", "exm_here", "pend_here"] {
            people.push(hall.person(handle).await);
        }
        let (p, x) = (Peer::start().await, Peer::start().await);
        let signers = vec![
            (Who::Pat, p.actor("pat", "Person")),
            (Who::Pax, p.actor("pax", "Person")),
            (Who::Partner, p.actor("instance", "Application")),
            (Who::Xan, x.actor("xan", "Person")),
        ];
        // By asking for something they become known here.
        for (_, signer) in &signers {
            signer.get(&format!("{}/p/7", hall.base)).await;
        }
        let (lead, bob) = (&people[0], &people[2]);
        app::people::follow(&hall.hall, &bob.asks, lead.actor).await.unwrap();
        app::people::follow(&hall.hall, &lead.asks, bob.actor).await.unwrap();
        let pat = store::actors::id_by_uri(hall.store.read(), &signers[0].1.uri).await.unwrap().unwrap();
        let clients = clients(&hall, &people).await;
        let mut scene = Self { hall, placed: Vec::new(), people, clients, signers, pat, peers: vec![p, x] };
        for word in WORDS {
            let placed = scene.place(word).await;
            scene.placed.push(placed);
        }
        scene.settle().await;
        scene
    }

    async fn place(&self, word: &'static str) -> Placed {
        let (zone, door, partners) = match word {
            "int" => (Zone::Internal, Door::Members, None),
            "inh" => (Zone::Internal, Door::Hall, None),
            "shr" => (Zone::Partner, Door::Hall, Some(self.peers[0].host.as_str())),
            _ => (Zone::Open, Door::Hall, None),
        };
        let partners: Vec<&str> = partners.into_iter().collect();
        let lead = &self.people[0];
        let community = self.hall.community_with(lead, &format!("door{word}"), zone, door, JoinPolicy::Request, &partners).await;
        self.restore_one(&community, word).await;
        let resource = Some(ResourceLink { url: format!("https://example.org/room{word}"), title: format!("ROOM{word} link") });
        let draft = Draft {
            community: Some(community.id),
            title: Some(format!("ROOM{word} title")),
            spoiler: format!("ROOM{word} warning"),
            resource,
            poll: Some(poll(word)),
            ..Draft::new(format!("ROOM{word} text #tag{word}"), Visibility::Public)
        };
        let starter = self.hall.publish(lead, draft).await.unwrap();
        self.attach(starter, word).await;
        let gone = self.hall.post_in(lead, &community, &format!("ROOM{word} gone")).await;
        app::posts::delete(&self.hall.hall, &lead.asks, gone).await.unwrap();
        let reply = self.hall.reply(&self.people[1], starter, &format!("ROOM{word} reply to @lead_here")).await;
        app::posts::favourite(&self.hall.hall, &self.people[1].asks, starter).await.unwrap();
        if zone == Zone::Open {
            app::posts::boost(&self.hall.hall, &self.people[1].asks, starter).await.unwrap();
        }
        let (lead, member) = (&lead, &self.people[1]);
        let new = NewReport {
            about: member.actor,
            posts: vec![reply],
            comment: format!("ROOM{word} is no place for this"),
            category: ReportCategory::Other,
            forward: false,
        };
        let report = app::reports::report(&self.hall.hall, &lead.asks, new).await.unwrap();
        let (lead, member, asker, pat) = (lead.actor, member.actor, self.people[4].actor, self.signers[0].1.uri.clone());
        let quote = starter.to_string();
        let sql = format!(
            "INSERT INTO quotes (id, post_id, quoting_uri, actor_id, created_at) VALUES ({quote}, {starter}, 'https://example.org/room{word}/quote', {pat}, 0)",
            pat = self.pat
        );
        self.hall.db.raw().await.run(&sql).await;
        let (activities, notification) = (Vec::new(), String::new());
        Placed { word, community, starter, reply, gone, activities, notification, lead, member, asker, report, quote, pat }
    }

    /// A picture on the starter. Only other servers' posts can have one; here all have, so that the canary is there.
    async fn attach(&self, starter: PostId, word: &str) {
        let sql = format!(
            "INSERT INTO post_attachments (id, post_id, position, kind, url, description) VALUES ({starter}, {starter}, 0, 'image', \
             'https://example.org/room{word}/picture.png', 'ROOM{word} picture')"
        );
        let mut raw = self.hall.db.raw().await;
        raw.run(&sql).await;
        raw.run(&format!("UPDATE posts SET attachments_count = 1 WHERE id = {starter}")).await;
        let kept = store::posts::record_now(&self.hall.store, starter).await.unwrap();
        assert_eq!(kept.map(|record| record.attachments.len()), Some(1));
    }

    /// Lets the queues run dry and notes what came of it.
    async fn settle(&mut self) {
        becomes("all work is done", || async {
            let sql = "SELECT COUNT(*) FROM effects WHERE state = 'waiting'";
            self.hall.db.raw().await.number(sql).await == 0
        })
        .await;
        let mut raw = self.hall.db.raw().await;
        for placed in &mut self.placed {
            let sql =
                format!("SELECT uri FROM outbox_activities WHERE post_id IN ({}, {}) ORDER BY id", placed.starter, placed.reply);
            let uris = raw.rows(&sql).await.concat();
            placed.activities = uris.iter().filter_map(|uri| uri.strip_prefix(&self.hall.base)).map(str::to_owned).collect();
            let sql = format!("SELECT id FROM notifications WHERE post_id = {} AND kind = 'mention'", placed.reply);
            placed.notification = raw.rows(&sql).await.remove(0).remove(0);
        }
    }

    /// Puts everybody back where they stand.
    pub async fn restore(&self) {
        for placed in &self.placed {
            self.restore_one(&placed.community, placed.word).await;
        }
    }

    async fn restore_one(&self, community: &Community, word: &str) {
        let [lead, member, _, exm, pend] = &self.people[..] else { panic!() };
        self.hall.put(community, lead.actor, Role::Lead, MembershipState::Active).await;
        self.hall.put(community, member.actor, Role::Member, MembershipState::Active).await;
        self.hall.put(community, exm.actor, Role::Member, MembershipState::Left).await;
        self.hall.put(community, pend.actor, Role::Member, MembershipState::Pending).await;
        if word == "shr" {
            self.hall.put(community, self.pat, Role::Member, MembershipState::Active).await;
        }
    }

    /// A new post of the one who asks, so that an author's own acts have something to act on.
    pub async fn fresh(&self, who: Who, placed: &Placed) -> PostId {
        let author = &self.people[usize::from(who != Who::Lead)];
        let (community, poll) = (Some(placed.community.id), Some(poll(placed.word)));
        let text = format!("ROOM{} fresh #tag{}", placed.word, placed.word);
        self.hall.publish(author, Draft { community, poll, ..Draft::new(text, Visibility::Public) }).await.unwrap()
    }

    pub async fn ask(&self, who: Who, route: &Route, path: &str, body: &Body) -> Answer {
        let method: Method = route.method.parse().unwrap();
        if let Some((_, signer)) = self.signers.iter().find(|(known, _)| *known == who) {
            return signer.get(&format!("{}{path}", self.hall.base)).await;
        }
        let (_, bearer, browser) = self.clients.iter().find(|(known, ..)| *known == who).unwrap();
        let client = if matches!(route.surface, Surface::Web | Surface::OAuth) { browser } else { bearer };
        let accept = if route.surface == Surface::Federation { "application/activity+json" } else { "*/*" };
        match body {
            Body::None => client.send(method, path, &[("accept", accept)], None).await,
            Body::Json(text) => {
                client.send(method, path, &[("content-type", "application/json")], Some(text.clone().into())).await
            }
            Body::Form(text) => {
                let kind = [("content-type", "application/x-www-form-urlencoded")];
                client.send(method, path, &kind, Some(text.clone().into())).await
            }
        }
    }
}

fn poll(word: &str) -> PollDraft {
    PollDraft::new([format!("ROOM{word} yes"), format!("ROOM{word} no")], false, false, DAY)
}

async fn clients(hall: &Hall, people: &[Person]) -> Vec<(Who, Client, Client)> {
    let stranger = hall.anonymous().with("origin", &hall.base);
    let mut clients = vec![(Who::Anon, stranger.clone(), stranger.clone())];
    for (who, person) in [Who::Lead, Who::Member, Who::Bob, Who::Exm, Who::Pend].into_iter().zip(people) {
        clients.push((who, hall.as_person(person), hall.in_browser(person).await));
    }
    let about = json!({"client_name": "App", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write follow"});
    let app = stranger.post("/api/v1/apps", &about).await;
    let grant = json!({"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"],
        "redirect_uri": "urn:ietf:wg:oauth:2.0:oob", "scope": "read write follow"});
    let token = stranger.post("/oauth/token", &grant).await;
    clients.push((Who::App, hall.anonymous().bearer(token["access_token"].as_str().unwrap()), stranger.clone()));
    clients.push((Who::Narrow, hall.with_scopes(&people[1], "read:accounts").await, stranger));
    clients
}
