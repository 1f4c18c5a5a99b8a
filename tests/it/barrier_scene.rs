//! The world of the barrier test: four communities with canaries, everybody who may or may not see them, and
//! every path that can name one of their things.

use app::registry::{Route, Surface};
use domain::audience::Visibility;
use domain::draft::{Draft, ResourceLink};
use domain::id::{ActorId, PostId};
use domain::membership::{MembershipState, Role};
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
    /// Paths of activities about them.
    pub activities: Vec<String>,
    /// The lead's notification of the reply.
    pub notification: String,
    /// The lead, and who has asked to be let in.
    pub lead: ActorId,
    pub asker: ActorId,
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
    people: Vec<Person>,
    clients: Vec<(Who, Client, Client)>,
    signers: Vec<(Who, PeerActor)>,
    pat: ActorId,
    _peers: Vec<Peer>,
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
        let mut scene = Self { hall, placed: Vec::new(), people, clients, signers, pat, _peers: vec![p, x] };
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
            "shr" => (Zone::Partner, Door::Hall, Some(self._peers[0].host.as_str())),
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
            ..Draft::new(format!("ROOM{word} text #tag{word}"), Visibility::Public)
        };
        let starter = self.hall.publish(lead, draft).await.unwrap();
        let reply = self.hall.reply(&self.people[1], starter, &format!("ROOM{word} reply to @lead_here")).await;
        app::posts::favourite(&self.hall.hall, &self.people[1].asks, starter).await.unwrap();
        if zone == Zone::Open {
            app::posts::boost(&self.hall.hall, &self.people[1].asks, starter).await.unwrap();
        }
        let (lead, asker, pat) = (lead.actor, self.people[4].actor, self.signers[0].1.uri.clone());
        Placed { word, community, starter, reply, activities: Vec::new(), notification: String::new(), lead, asker, pat }
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
            let sql = format!("SELECT uri FROM outbox_activities WHERE post_id IN ({}, {})", placed.starter, placed.reply);
            let uris = raw.rows(&sql).await.concat();
            placed.activities = uris.iter().filter_map(|uri| uri.strip_prefix(&self.hall.base)).map(str::to_owned).collect();
            let sql = format!("SELECT id FROM notifications WHERE post_id = {} AND kind = 'mention'", placed.reply);
            placed.notification = raw.rows(&sql).await[0][0].clone();
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
        self.hall.post_in(author, &placed.community, &format!("ROOM{} fresh #tag{}", placed.word, placed.word)).await
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

/// What is sent along.
#[derive(Debug, Clone)]
pub enum Body {
    None,
    Json(String),
    Form(String),
}

/// What a path names, and so who may learn that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// The community itself.
    Door,
    /// Something in its room.
    Room,
    /// Nothing hidden; but nothing of it may be shown either.
    Nothing,
}

/// One way to ask a route about a community, and the same about what never was.
pub struct Target {
    pub names: Names,
    pub path: String,
    pub body: Body,
    pub never: (String, Body),
    /// What differs between the two, real and never.
    pub words: Vec<(String, String)>,
}

/// How a route is asked about a community. `post` is what post ids in it stand for.
pub fn targets(route: &Route, placed: &Placed, post: PostId, host: &str) -> Vec<Target> {
    let door = format!("door{}", placed.word);
    let tag = format!("tag{}", placed.word);
    let (community, actor) = (placed.community.id.to_string(), placed.community.actor.to_string());
    let (lead, asker) = (placed.lead.to_string(), placed.asker.to_string());
    let (never_id, never_door, never_tag) = (NEVER[2].to_owned(), NEVER[0].to_owned(), NEVER[1].to_owned());
    let post_words = || vec![(post.to_string(), never_id.clone())];
    let door_words =
        || vec![(community.clone(), never_id.clone()), (actor.clone(), never_id.clone()), (door.clone(), never_door.clone())];
    let id_of_actor = ["/accounts/{id}", "/a/{id}", "/people/{id}"].iter().any(|part| route.path.contains(part));
    let id_of_post = ["/statuses/{id}", "/p/{id}", "/posts/{id}"].iter().any(|part| route.path.contains(part));
    let path = route
        .path
        .replace("{actor}", &asker)
        .replace("{actor_id}", &asker)
        .replace("{decision}", "authorize")
        .replace("{act}", "favourite");
    let (path, names, words) = if path.starts_with("/@{handle}/{id}") {
        (path.replace("{handle}", "lead_here").replace("{id}", &post.to_string()), Names::Room, post_words())
    } else if path.contains("{handle}") {
        (path.replace("{handle}", &door), Names::Door, door_words())
    } else if path.contains("{hashtag}") || path.contains("{tag}") || path.ends_with("/tags/{name}") {
        let path = path.replace("{hashtag}", &tag).replace("{tag}", &tag).replace("{name}", &tag);
        (path, Names::Room, vec![(tag.clone(), never_tag)])
    } else if path.contains("/notifications/{id}") {
        (
            path.replace("{id}", &placed.notification),
            Names::Room,
            vec![(placed.notification.clone(), "9".repeat(placed.notification.len()))],
        )
    } else if path.contains("/x/{verb}/{key}") || path.contains("/announce") {
        return activities(route, placed);
    } else if path.contains("/follow_requests/{id}") {
        (path.replace("{id}", &asker), Names::Nothing, Vec::new())
    } else if id_of_actor {
        let mut all = vec![target(Names::Door, path.replace("{id}", &actor), body(route, placed, post), door_words())];
        for more in ["?page=true".to_owned(), format!("?is_follower={}", placed.pat)] {
            if route.surface == Surface::Federation && route.method == "GET" {
                all.push(target(Names::Door, path.replace("{id}", &actor) + &more, Body::None, door_words()));
            }
        }
        if route.method == "GET" {
            all.push(target(Names::Nothing, path.replace("{id}", &lead), Body::None, Vec::new()));
        }
        return all;
    } else if id_of_post && route.surface == Surface::Federation {
        let path = path.replace("{id}", &post.to_string());
        return ["", "?page=true"].map(|more| target(Names::Room, format!("{path}{more}"), Body::None, post_words())).into();
    } else if id_of_post {
        (path.replace("{id}", &post.to_string()), Names::Room, post_words())
    } else if path.contains("{id}") {
        (path.replace("{id}", &community), Names::Door, door_words())
    } else {
        return queries(route, placed, post, host);
    };
    vec![target(names, path, body(route, placed, post), words)]
}

fn target(names: Names, path: String, body: Body, words: Vec<(String, String)>) -> Target {
    let swap = |text: &str| words.iter().fold(text.to_owned(), |text, (real, never)| text.replace(real.as_str(), never));
    let never_body = match &body {
        Body::None => Body::None,
        Body::Json(text) => Body::Json(swap(text)),
        Body::Form(text) => Body::Form(swap(text)),
    };
    Target { names, never: (swap(&path), never_body), path, body, words }
}

fn activities(route: &Route, placed: &Placed) -> Vec<Target> {
    let fits = |path: &&String| match route.path {
        "/x/{verb}/{key}" => path.starts_with("/x/"),
        "/p/{id}/announce" => path.ends_with("/announce"),
        _ => path.contains("/announce/"),
    };
    let words = |path: &str| {
        let numbers = path.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() > 15);
        numbers.map(|number| (number.to_owned(), NEVER[2].to_owned())).collect::<Vec<_>>()
    };
    let mut paths: Vec<String> = placed.activities.iter().filter(fits).cloned().collect();
    if paths.is_empty() {
        // What stays inside has no activities; where they would be there is nothing.
        let path = route.path.replace("{id}", &placed.starter.to_string()).replace("{what}", "create");
        paths.push(path.replace("{verb}", "like").replace("{key}", &placed.starter.to_string()));
    }
    paths.into_iter().map(|path| target(Names::Room, path.clone(), Body::None, words(&path))).collect()
}

/// Routes without a parameter in their path.
fn queries(route: &Route, placed: &Placed, post: PostId, host: &str) -> Vec<Target> {
    let (door, tag) = (format!("door{}", placed.word), format!("tag{}", placed.word));
    let (community, actor) = (placed.community.id.to_string(), placed.community.actor.to_string());
    let at_door = |query: String| {
        let words = vec![(actor.clone(), NEVER[2].to_owned()), (door.clone(), NEVER[0].to_owned())];
        target(Names::Door, format!("{}?{query}", route.path), Body::None, words)
    };
    let in_room = |query: String| {
        let words = vec![(post.to_string(), NEVER[2].to_owned()), (tag.clone(), NEVER[1].to_owned())];
        target(Names::Room, format!("{}?{query}", route.path), Body::None, words)
    };
    match route.path {
        "/api/v2/search" | "/search" => vec![
            at_door(format!("q={door}")),
            at_door(format!("q=%40{door}%40{host}&resolve=true")),
            in_room(format!("q=%23{tag}")),
            in_room(format!("q=http://{host}/p/{post}&resolve=true")),
            in_room(format!("q=http://{host}/@lead_here/{post}&resolve=true")),
        ],
        "/api/v1/accounts/search" | "/communities/find" => {
            vec![at_door(format!("q={door}")), at_door(format!("q=%40{door}%40{host}"))]
        }
        "/api/v1/accounts/lookup" => vec![at_door(format!("acct={door}"))],
        "/api/guildhall/v1/communities/lookup" => vec![at_door(format!("acct={door}"))],
        "/api/v1/accounts/relationships" => vec![at_door(format!("id[]={actor}"))],
        "/.well-known/webfinger" => {
            vec![at_door(format!("resource=acct:{door}@{host}")), at_door(format!("resource=http://{host}/a/{actor}"))]
        }
        "/api/v1/statuses" if route.method == "GET" => vec![in_room(format!("id[]={post}"))],
        "/api/v1/statuses" => {
            vec![target(Names::Room, route.path.into(), body(route, placed, post), vec![(post.to_string(), NEVER[2].to_owned())])]
        }
        "/compose" | "/compose/preview" | "/api/guildhall/v1/audience-preview" => {
            let words = vec![(community, NEVER[2].to_owned()), (door, NEVER[0].to_owned())];
            vec![target(Names::Door, route.path.into(), body(route, placed, post), words)]
        }
        _ => vec![target(Names::Nothing, route.path.into(), body(route, placed, post), Vec::new())],
    }
}

fn body(route: &Route, placed: &Placed, post: PostId) -> Body {
    let word = placed.word;
    let json = match (route.method, route.path) {
        ("GET" | "DELETE", _) => return Body::None,
        (_, "/api/v1/statuses") => json!({"status": format!("ROOM{word} answer"), "in_reply_to_id": post}),
        ("PUT", "/api/v1/statuses/{id}") => json!({"status": format!("ROOM{word} changed")}),
        (_, "/api/guildhall/v1/communities/{id}/posts") => json!({"text": format!("ROOM{word} new")}),
        (_, "/api/guildhall/v1/audience-preview") => json!({"text": format!("@door{word} hello")}),
        (_, "/api/guildhall/v1/communities/{id}/membership") => json!({"exclusive": false}),
        ("PUT", "/api/v1/lists/{id}") => json!({"title": format!("DOOR{word}"), "exclusive": false}),
        _ => json!({}),
    };
    if route.surface == Surface::Web {
        return Body::Form(format!("text=hello+there&community={}&visibility=public&accept=true", placed.community.id));
    }
    Body::Json(json.to_string())
}
