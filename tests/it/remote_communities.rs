//! Communities of other software, each in its own shapes: found, joined, read with what they said before, and posted
//! into in the form that their server takes.

use domain::id::CommunityId;
use http::Method;
use kit::peer::ACTIVITY;
use kit::poll::{PATIENCE, becomes, eventually};
use kit::{Client, Hall, Peer, PeerActor, Person};
use serde_json::{Value, json};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// A hall with one person, and a server of another kind with a community and somebody in it.
pub struct Scene {
    pub hall: Hall,
    pub eve: Person,
    pub client: Client,
    pub peer: Peer,
    pub group: PeerActor,
    pub ada: PeerActor,
}

impl Scene {
    /// `group` and `person` are the paths that this software gives them.
    pub async fn new(software: &str, group: &str, person: &str, more: &Value) -> Self {
        Self::over(Hall::start("Here").await, software, group, person, more).await
    }

    /// The same over this hall.
    pub async fn over(hall: Hall, software: &str, group: &str, person: &str, more: &Value) -> Self {
        let peer = Peer::start().await;
        let eve = hall.person("eve").await;
        peer.runs(software, "1.0.0");
        let ada = peer.actor_at(person, "ada", "Person", &json!({}));
        let group = peer.actor_at(group, "books", "Group", more);
        peer.name("books", &[(&group, "Group")]);
        let client = hall.as_person(&eve);
        Self { hall, eve, client, peer, group, ada }
    }

    /// What the group says is in its outbox.
    pub fn outbox(&self, document: &Value) {
        let path = format!("{}/outbox", self.group.uri.trim_start_matches(&self.peer.base));
        self.peer.say(&path, document);
    }

    /// Finds the group by whatever was typed.
    pub async fn find(&self, typed: &str) -> Option<Value> {
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", typed).finish();
        let found = self.client.read(&format!("/api/v2/search?resolve=true&{query}")).await;
        found["accounts"].as_array().unwrap().first().cloned()
    }

    pub fn handle(&self) -> String {
        format!("@books@{}", self.peer.host)
    }

    /// Asks to be let in; gives what the peer was sent.
    pub async fn ask(&self) -> Value {
        let group = self.find(&self.handle()).await.unwrap();
        let asked = self.client.post(&format!("/api/v1/accounts/{}/follow", id(&group)), &json!({})).await;
        assert_eq!((&asked["following"], &asked["requested"]), (&json!(false), &json!(true)), "{asked}");
        self.sent("the request", |activity| activity["type"] == "Follow" || activity["type"] == "Join").await
    }

    /// The group says yes, in the shape it uses.
    pub async fn accept(&self, object: &Value) {
        let mut accept = self.group.does("Accept", &self.peer.at("/activities/accept/1"), object);
        accept["to"] = json!([format!("{}/a/{}", self.hall.base, self.eve.actor)]);
        self.says(&accept).await;
        becomes("the membership", || async {
            let group = self.find(&self.handle()).await.unwrap();
            self.client.read(&format!("/api/v1/accounts/relationships?id[]={}", id(&group))).await[0]["following"] == true
        })
        .await;
    }

    pub async fn joined(&self) {
        let asked = self.ask().await;
        assert_eq!(asked["type"], "Follow");
        self.accept(&asked).await;
    }

    /// The group tells us something.
    pub async fn says(&self, activity: &Value) {
        let answer = self.group.post(&format!("{}/inbox", self.hall.base), activity).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }

    /// Something that was delivered to the peer.
    async fn sent(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let found = || async { self.peer.delivered().into_iter().find(|activity| fits(activity)) };
        eventually(PATIENCE, found).await.unwrap_or_else(|| panic!("{what} was not sent: {:#?}", self.peer.delivered()))
    }

    pub async fn list(&self) -> Vec<Value> {
        let lists = self.client.read("/api/v1/lists").await;
        let Some(list) = lists.as_array().unwrap().first() else { return Vec::new() };
        let page = self.client.read(&format!("/api/v1/timelines/list/{}?limit=40", id(list))).await;
        page.as_array().unwrap().clone()
    }

    /// Waits for a post in the community's list.
    pub async fn shown(&self, letters: &str) -> Value {
        let found = || async { self.list().await.into_iter().find(|status| status.to_string().contains(letters)) };
        eventually(PATIENCE, found).await.unwrap_or_else(|| panic!("{letters} did not come"))
    }

    /// Ada begins a thread in the group, which passes it on; gives it as it is shown.
    pub async fn begins(&self, path: &str, letters: &str) -> Value {
        let page = page(self, path, letters, "2026-11-01T10:00:00Z");
        self.peer.say(path, &page);
        self.says(&announced(self, 1, &created(self, &page))).await;
        let shown = self.shown(letters).await;
        shown["reblog"].as_object().map_or_else(|| shown.clone(), |post| Value::Object(post.clone()))
    }

    /// What was said before somebody joined is no news.
    async fn nothing_new(&self) {
        assert_eq!(self.client.read("/api/v1/timelines/home").await, json!([]), "older posts enter no Home");
        let told = self.client.read("/api/v1/notifications").await;
        let told: Vec<&Value> = told.as_array().unwrap().iter().filter(|one| one["type"] == "mention").collect();
        assert!(told.is_empty(), "older posts tell nobody: {told:?}");
    }

    pub async fn write(&self, status: &Value) -> Value {
        self.client.post("/api/v1/statuses", status).await
    }

    pub fn me(&self) -> String {
        format!("{}/a/{}", self.hall.base, self.eve.actor)
    }

    pub async fn community(&self) -> CommunityId {
        let actor = store::actors::id_by_uri(self.hall.store.read(), &self.group.uri).await.unwrap().unwrap();
        store::communities::of_actor(self.hall.store.read(), actor).await.unwrap().unwrap()
    }
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

/// Every activity as peers want it: addressees and lists are arrays, on activity and object.
fn well_formed(activity: &Value) {
    for document in [activity, &activity["object"]] {
        for field in ["to", "cc"] {
            assert!(document[field].is_array(), "{field}: {document}");
        }
    }
    for field in ["tag", "attachment"] {
        assert!(activity["object"][field].is_null() || activity["object"][field].is_array(), "{field}: {activity}");
    }
    for id in [&activity["id"], &activity["object"]["id"], &activity["actor"]] {
        let id = id.as_str().unwrap();
        assert!(id.len() <= 100 && id == id.to_lowercase(), "{id}");
    }
}

/// A post as link aggregators keep it.
pub fn page(scene: &Scene, path: &str, name: &str, published: &str) -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", {"lemmy": "https://join-lemmy.org/ns#"}],
        "type": "Page", "id": scene.peer.at(path), "attributedTo": scene.ada.uri, "to": [scene.group.uri, PUBLIC], "cc": [],
        "name": name, "content": format!("<p>about {name}</p>"), "mediaType": "text/html",
        "source": {"content": format!("about {name}"), "mediaType": "text/markdown"}, "attachment": [], "sensitive": false,
        "published": published, "audience": scene.group.uri, "tag": [],
    })
}

pub fn comment(scene: &Scene, path: &str, parent: &str, text: &str, published: &str) -> Value {
    json!({
        "type": "Note", "id": scene.peer.at(path), "attributedTo": scene.ada.uri, "to": [PUBLIC], "cc": [scene.group.uri, scene.ada.uri],
        "content": format!("<p>{text}</p>"), "inReplyTo": parent, "published": published, "audience": scene.group.uri,
    })
}

pub fn created(scene: &Scene, object: &Value) -> Value {
    json!({
        "id": format!("{}/create", object["id"].as_str().unwrap()), "type": "Create", "actor": scene.ada.uri,
        "to": [PUBLIC], "cc": [scene.group.uri], "audience": scene.group.uri, "object": object,
    })
}

pub fn announced(scene: &Scene, number: usize, object: &Value) -> Value {
    json!({
        "id": scene.peer.at(&format!("/activities/announce/{number}")), "type": "Announce", "actor": scene.group.uri,
        "to": [PUBLIC], "cc": [format!("{}/followers", scene.group.uri)], "object": object,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_of_lemmy() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({"postingRestrictedToMods": false})).await;
    let (peer, group) = (&scene.peer, &scene.group);
    // Lemmy has people and communities of one name in one answer.
    let namesake = peer.actor_at("/u/books", "books", "Person", &json!({}));
    peer.name("books", &[(&namesake, "Person"), (group, "Group")]);
    peer.say(
        "/c/books/followers",
        &json!({"id": peer.at("/c/books/followers"), "type": "Collection", "totalItems": 42, "items": []}),
    );
    let (old, older) = (
        page(&scene, "/post/2", "CNRYsecond", "2025-03-02T10:00:00Z"),
        page(&scene, "/post/1", "CNRYfirst", "2025-03-01T10:00:00Z"),
    );
    let said = comment(&scene, "/comment/7", &peer.at("/post/1"), "CNRYcomment", "2025-03-01T11:00:00Z");
    let items: Vec<Value> =
        [&old, &said, &older].iter().enumerate().map(|(n, post)| announced(&scene, n, &created(&scene, post))).collect();
    scene.outbox(&json!({"type": "OrderedCollection", "id": peer.at("/c/books/outbox"), "totalItems": 3, "orderedItems": items}));

    for typed in [scene.handle(), scene.handle().replacen('@', "!", 1), group.uri.clone()] {
        let found = scene.find(&typed).await.unwrap_or_else(|| panic!("{typed}"));
        assert_eq!((&found["group"], &found["uri"]), (&json!(true), &json!(group.uri)), "{typed}: {found}");
        assert_eq!(found["followers_count"], 42, "its own collection says how many are in");
    }
    scene.joined().await;
    let first = scene.shown("CNRYfirst").await;
    assert!(first["created_at"].as_str().unwrap().starts_with("2025-03-01T10:00:00"), "{first}");
    scene.shown("CNRYsecond").await;
    let second_first: Vec<bool> = scene.list().await.iter().map(|status| status.to_string().contains("CNRYsecond")).collect();
    assert_eq!(second_first.first(), Some(&true), "the later one stands first");
    becomes("the comment in its thread", || async {
        scene.client.get(&format!("/api/v1/statuses/{}/context", id(&first))).await.shows("CNRYcomment")
    })
    .await;
    scene.nothing_new().await;

    let status = json!({"status": format!("{} A question CNRYours", scene.handle()), "visibility": "public"});
    scene.write(&status).await;
    let create = scene.sent("the post", |activity| activity["type"] == "Create").await;
    well_formed(&create);
    let post = &create["object"];
    assert_eq!(post["type"], "Page");
    assert_eq!((&post["to"], &post["cc"]), (&json!([group.uri, PUBLIC]), &json!([])));
    assert_eq!((&post["audience"], &create["audience"]), (&json!(group.uri), &json!(group.uri)));
    assert_eq!(post["attributedTo"], json!(scene.me()));
    assert!(post["name"].is_string() && post["source"]["mediaType"] == "text/markdown" && post["inReplyTo"].is_null(), "{post}");

    scene.write(&json!({"status": "an answer CNRYanswer", "in_reply_to_id": id(&first)})).await;
    let create = scene.sent("the answer", |activity| activity.to_string().contains("CNRYanswer")).await;
    well_formed(&create);
    let answer = &create["object"];
    assert_eq!((&answer["type"], &answer["to"]), (&json!("Note"), &json!([PUBLIC])));
    assert_eq!(answer["cc"], json!([group.uri, scene.ada.uri]));
    assert_eq!((&answer["inReplyTo"], &answer["audience"]), (&json!(peer.at("/post/1")), &json!(group.uri)));
    assert!(answer["name"].is_null(), "a note with a name is a vote");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_of_piefed() {
    let scene =
        Scene::new("piefed", "/c/books", "/u/ada", &json!({"attributedTo": "https://elsewhere.test/c/books/moderators"})).await;
    let peer = &scene.peer;
    let old = page(&scene, "/post/1", "CNRYfirst", "2025-03-01T10:00:00+00:00");
    scene.outbox(&json!({"type": "OrderedCollection", "id": peer.at("/c/books/outbox"), "totalItems": 1,
        "orderedItems": [announced(&scene, 1, &created(&scene, &old))]}));
    scene.joined().await;
    scene.shown("CNRYfirst").await;
    scene.nothing_new().await;
    let status = json!({"status": format!("{} A question CNRYours", scene.handle())});
    scene.write(&status).await;
    let create = scene.sent("the post", |activity| activity["type"] == "Create").await;
    well_formed(&create);
    assert_eq!(create["object"]["type"], "Page");
    // PieFed looks everything up in lower case and does not tell us of our own posts.
    for activity in peer.delivered() {
        for id in [&activity["id"], &activity["actor"]] {
            assert_eq!(id.as_str().unwrap(), id.as_str().unwrap().to_lowercase());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_of_mbin() {
    let scene = Scene::new("mbin", "/m/books", "/u/ada", &json!({})).await;
    let peer = &scene.peer;
    let mut old = page(&scene, "/m/books/t/1", "CNRYfirst", "2025-03-01T10:00:00+00:00");
    old["replies"] = json!(peer.at("/m/books/t/1/replies"));
    peer.say("/m/books/t/1", &old);
    let said = comment(&scene, "/m/books/t/1/comment/1", &peer.at("/m/books/t/1"), "CNRYcomment", "2025-03-01T11:00:00Z");
    peer.say("/m/books/t/1/comment/1", &said);
    peer.say(
        "/m/books/t/1/replies",
        &json!({"id": peer.at("/m/books/t/1/replies"), "type": "Collection", "items": [said["id"]]}),
    );
    let outbox = peer.at("/m/books/outbox");
    scene.outbox(&json!({"id": outbox, "type": "OrderedCollection", "totalItems": 1, "first": format!("{outbox}?page=1")}));
    peer.say(
        "/m/books/outbox?page=1",
        &json!({"id": format!("{outbox}?page=1"), "type": "OrderedCollectionPage", "partOf": outbox,
        "orderedItems": [announced(&scene, 1, &created(&scene, &old))]}),
    );
    let asked = scene.ask().await;
    // Mbin names the request by its id alone.
    scene.accept(&json!({"id": asked["id"], "type": "Follow"})).await;
    let first = scene.shown("CNRYfirst").await;
    becomes("the comment, found by the replies", || async {
        scene.client.get(&format!("/api/v1/statuses/{}/context", id(&first))).await.shows("CNRYcomment")
    })
    .await;
    scene.nothing_new().await;
    scene.write(&json!({"status": format!("{} A thread CNRYours", scene.handle())})).await;
    let create = scene.sent("the post", |activity| activity["type"] == "Create").await;
    well_formed(&create);
    assert_eq!(create["object"]["type"], "Page");
    assert!(create["object"]["to"].as_array().unwrap().contains(&json!(scene.group.uri)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_category_of_nodebb() {
    let scene = Scene::new("nodebb", "/category/2", "/uid/1", &json!({})).await;
    let peer = &scene.peer;
    let topic = peer.at("/topic/1");
    let article = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": peer.at("/post/1"), "type": "Article", "to": [PUBLIC, scene.group.uri],
        "cc": [format!("{}/followers", scene.ada.uri)], "inReplyTo": null, "published": "2025-03-01T10:00:00.176Z", "updated": null,
        "attributedTo": scene.ada.uri, "context": topic, "audience": scene.group.uri, "summary": "CNRYfirst in short", "name": "CNRYfirst",
        "content": "<p>CNRYfirst at length</p>", "tag": [], "attachment": [], "replies": peer.at("/post/1/replies"),
    });
    let note = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": peer.at("/post/2"), "type": "Note", "to": [PUBLIC], "cc": [scene.group.uri],
        "inReplyTo": peer.at("/post/1"), "published": "2025-03-01T11:00:00.176Z", "attributedTo": scene.ada.uri, "context": topic,
        "audience": scene.group.uri, "content": "<p>CNRYcomment</p>",
    });
    peer.say("/post/1", &article);
    peer.say("/post/2", &note);
    // The topic is a collection of ids, the first post among them.
    peer.say(
        "/topic/1",
        &json!({"id": topic, "type": "OrderedCollection", "attributedTo": scene.group.uri, "totalItems": 2,
        "orderedItems": [article["id"], note["id"]]}),
    );
    let outbox = peer.at("/category/2/outbox");
    scene.outbox(&json!({"id": outbox, "type": "OrderedCollection", "totalItems": 1, "first": format!("{outbox}?page=1"), "last": format!("{outbox}?page=1")}));
    peer.say(
        "/category/2/outbox?page=1",
        &json!({"id": format!("{outbox}?page=1"), "type": "OrderedCollectionPage", "partOf": outbox,
        "orderedItems": [announced(&scene, 1, &article["id"])], "next": format!("{outbox}?page=1")}),
    );
    scene.joined().await;
    let first = scene.shown("CNRYfirst").await;
    becomes("the rest of the topic", || async {
        scene.client.get(&format!("/api/v1/statuses/{}/context", id(&first))).await.shows("CNRYcomment")
    })
    .await;
    scene.nothing_new().await;
    scene.write(&json!({"status": format!("{} A topic. CNRYours and more words", scene.handle())})).await;
    let create = scene.sent("the post", |activity| activity["type"] == "Create").await;
    well_formed(&create);
    let post = &create["object"];
    assert_eq!((&post["type"], &post["audience"]), (&json!("Article"), &json!(scene.group.uri)));
    let mentions: Vec<&Value> = post["tag"].as_array().unwrap().iter().filter(|tag| tag["type"] == "Mention").collect();
    assert!(mentions.iter().any(|mention| mention["href"] == json!(scene.group.uri)), "{post}");
    assert!(post["preview"]["type"] == "Note" && post["summary"].is_string(), "{post}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_of_mobilizon() {
    let scene = Scene::new("mobilizon", "/@books", "/@ada", &json!({"openness": "open"})).await;
    let (peer, group) = (&scene.peer, &scene.group);
    let event = json!({
        "id": peer.at("/events/1"), "type": "Event", "name": "CNRYmeeting", "content": "<p>bring a book</p>", "actor": scene.ada.uri,
        "attributedTo": group.uri, "to": [PUBLIC], "cc": [format!("{}/followers", group.uri)], "startTime": "2025-04-01T18:00:00+02:00",
        "published": "2025-03-01T10:00:00Z", "joinMode": "free", "draft": false, "attachment": [], "tag": [],
    });
    let outbox = peer.at("/@books/outbox");
    scene.outbox(&json!({"id": outbox, "type": "OrderedCollection", "totalItems": 1, "first": format!("{outbox}?page=1")}));
    let create =
        json!({"id": peer.at("/events/1/activity"), "type": "Create", "actor": scene.ada.uri, "to": [PUBLIC], "object": event});
    peer.say(
        "/@books/outbox?page=1",
        &json!({"id": format!("{outbox}?page=1"), "type": "OrderedCollectionPage", "partOf": outbox, "orderedItems": [create]}),
    );
    scene.joined().await;
    let meeting = scene.shown("CNRYmeeting").await;
    scene.nothing_new().await;
    // Somebody elsewhere follows the author.
    let far = Peer::start().await;
    let fan = far.actor("fan", "Person");
    let follow = fan.does("Follow", &far.at("/follow/1"), &json!(scene.me()));
    assert_eq!(fan.post(&format!("{}/inbox", scene.hall.base), &follow).await.status, 202);
    becomes("the follow", || async { far.delivered().iter().any(|activity| activity["type"] == "Accept") }).await;

    let status = scene.write(&json!({"status": format!("{} Minutes of the meeting CNRYours", scene.handle())})).await;
    let change = json!({"status": format!("{} Minutes CNRYchanged", scene.handle())});
    scene.client.json(Method::PUT, &format!("/api/v1/statuses/{}", id(&status)), &change).await.good("the change");
    let (groups, ordinary) = (json!(group.uri), json!(scene.me()));
    for kind in ["Create", "Update"] {
        let sent = scene.sent(kind, |activity| activity["type"] == kind).await;
        well_formed(&sent);
        let post = &sent["object"];
        assert_eq!((&post["type"], &post["attributedTo"], &post["actor"]), (&json!("Article"), &groups, &ordinary));
        assert_eq!(sent["actor"], ordinary);
        let everybodys = || async { far.delivered().into_iter().find(|activity| activity["type"] == kind) };
        let everybodys = eventually(PATIENCE, everybodys).await.unwrap_or_else(|| panic!("{kind} for the follower"));
        well_formed(&everybodys);
        let same = &everybodys["object"];
        assert_eq!((&same["type"], &same["attributedTo"], &same["actor"]), (&json!("Article"), &ordinary, &Value::Null));
        assert_eq!((&same["id"], &same["audience"]), (&post["id"], &groups));
        assert_ne!(everybodys["id"], sent["id"], "one id is never two texts");
    }
    for activity in peer.delivered().iter().filter(|activity| activity["object"]["type"] == "Article") {
        assert_eq!(activity["object"]["attributedTo"], groups, "the group's server gets its form alone");
    }
    let address = scene.sent("it", |activity| activity["type"] == "Create").await["object"]["id"].as_str().unwrap().to_owned();
    let accept = [("accept".to_owned(), ACTIVITY.to_owned())];
    let unsigned = kit::peer::request(Method::GET, &address, &accept, None).await;
    for (who, read, form) in [
        ("anybody", unsigned, &ordinary),
        ("a stranger", fan.get(&address).await, &ordinary),
        ("theirs", scene.ada.get(&address).await, &groups),
    ] {
        assert_eq!(read.value()["attributedTo"], *form, "{who}: {}", read.text());
        assert_eq!(read.headers["cache-control"] == "private, no-store", who == "theirs");
    }
    let outbox = kit::peer::request(Method::GET, &format!("{}/outbox?page=true", scene.me()), &accept, None).await.value();
    let created = outbox["orderedItems"].as_array().unwrap().iter().filter(|item| item["type"] == "Create").count();
    assert_eq!(created, 1, "{outbox}");
    scene.write(&json!({"status": "I come CNRYanswer", "in_reply_to_id": id(&meeting)})).await;
    let create = scene.sent("the answer", |activity| activity.to_string().contains("CNRYanswer")).await;
    well_formed(&create);
    let answer = &create["object"];
    assert_eq!((&answer["type"], &answer["inReplyTo"]), (&json!("Note"), &json!(peer.at("/events/1"))));
    assert_eq!(answer["attributedTo"], json!(scene.me()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_that_refuses_stays_closed_and_nothing_of_it_is_read() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    let old = page(&scene, "/post/1", "CNRYfirst", "2025-03-01T10:00:00Z");
    scene.outbox(&json!({"type": "OrderedCollection", "id": scene.peer.at("/c/books/outbox"), "totalItems": 1,
        "orderedItems": [announced(&scene, 1, &created(&scene, &old))]}));
    let asked = scene.ask().await;
    scene.says(&scene.group.does("Reject", &scene.peer.at("/activities/reject/1"), &asked)).await;
    let group = scene.find(&scene.handle()).await.unwrap();
    becomes("the refusal", || async {
        let standing = scene.client.read(&format!("/api/v1/accounts/relationships?id[]={}", id(&group))).await;
        standing[0]["following"] == false && standing[0]["requested"] == false
    })
    .await;
    assert!(!scene.peer.seen().iter().any(|seen| seen.path == "/c/books/outbox"), "its outbox was not asked for");
    let community = scene.community().await;
    let page = scene.hall.in_browser(&scene.eve).await.get(&format!("/@books@{}", scene.peer.host)).await;
    assert!(page.shows("its home is") && page.shows("older posts are fetched"), "{community}: {}", page.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_a_community_says_where_it_lives_and_that_older_posts_are_on_their_way() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    // The outbox answers later: until then there is nothing to show but where it will come from.
    scene.peer.answer("/c/books/outbox", 503, "text/plain", Vec::new());
    scene.joined().await;
    let browser = scene.hall.in_browser(&scene.eve).await;
    let page = browser.get(&format!("/@books@{}", scene.peer.host)).await;
    assert!(page.shows("older posts are being fetched from"), "{}", page.text());
    assert!(page.shows(&scene.peer.host) && page.shows("open"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_speaks_only_for_its_own_people_and_others_are_asked_at_their_own_origin() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    let other = Peer::start().await;
    let bob = other.actor("bob", "Person");
    let forged = |path: &str, text: &str| {
        let mut note = bob.note(&other.at(path), text);
        note["audience"] = json!(scene.group.uri);
        note["cc"] = json!([scene.group.uri]);
        note
    };
    let (said, never, changed) = (forged("/n/1", "CNRYsaid"), forged("/n/2", "CNRYnever"), forged("/n/1", "CNRYforged"));
    other.say("/n/1", &said);
    let mut alien = page(&scene, "/post/9", "CNRYalien", "2025-03-01T10:00:00Z");
    alien["audience"] = json!(other.at("/c/another"));
    let hall_id =
        json!({"id": format!("{}/p/1", scene.hall.base), "type": "Note", "attributedTo": scene.me(), "content": "CNRYours"});
    let by_other = json!({"id": other.at("/announce/1"), "type": "Announce", "actor": bob.uri, "object": page(&scene, "/post/8", "CNRYother", "2025-03-01T10:00:00Z")});
    let creates = |note: &Value| bob.creates(note);
    // Another server's activity about what is on the group's: it is named in the outbox, and speaks for nobody here.
    let truly = page(&scene, "/post/7", "CNRYtruly", "2025-03-01T10:00:00Z");
    scene.peer.say("/post/7", &truly);
    for (number, path) in ["/post/7", "/post/6"].iter().enumerate() {
        let lie = page(&scene, path, "CNRYlie", "2025-03-01T10:00:00Z");
        other.say(
            &format!("/a/{number}"),
            &json!({"id": other.at(&format!("/a/{number}")), "type": "Create", "actor": bob.uri, "object": lie}),
        );
    }
    let items = json!([
        announced(&scene, 1, &creates(&changed)), announced(&scene, 2, &creates(&never)), by_other, announced(&scene, 3, &created(&scene, &hall_id)),
        other.at("/a/0"), other.at("/a/1"), "not an address", 7, null, {"type": "Announce"}, [], announced(&scene, 4, &json!(["x"])),
        announced(&scene, 5, &created(&scene, &page(&scene, "/post/1", "CNRYlast", "2025-03-01T10:00:00Z"))),
    ]);
    scene.outbox(
        &json!({"type": "OrderedCollection", "id": scene.peer.at("/c/books/outbox"), "totalItems": 9, "orderedItems": items}),
    );
    scene.joined().await;
    scene.shown("CNRYlast").await;
    scene.shown("CNRYsaid").await;
    scene.shown("CNRYtruly").await;
    for letters in ["CNRYlie", "CNRYforged", "CNRYnever", "CNRYother", "CNRYours"] {
        assert!(!scene.list().await.iter().any(|status| status.to_string().contains(letters)), "{letters}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c113_an_outbox_without_end_is_read_only_so_far() {
    for (name, pages) in [("itself", 1), ("a circle", 3), ("ever new", 60)] {
        let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
        let outbox = scene.peer.at("/c/books/outbox");
        let address = |number: usize| if number == 0 { outbox.clone() } else { format!("{outbox}?page={number}") };
        for number in 0..pages {
            let next = if name == "ever new" { number + 1 } else { (number + 1) % pages };
            let post = page(&scene, &format!("/post/{number}"), &format!("CNRY{number}x"), "2025-03-01T10:00:00Z");
            let path = address(number).trim_start_matches(&scene.peer.base).to_owned();
            let items = json!([announced(&scene, number, &created(&scene, &post)), address(0)]);
            scene.peer.say(&path, &json!({"type": "OrderedCollectionPage", "id": address(number), "totalItems": 1, "orderedItems": items, "next": address(next)}));
        }
        scene.joined().await;
        scene.shown("CNRY0x").await;
        let waiting = "SELECT COUNT(*) FROM fetch_jobs WHERE state = 'waiting'";
        becomes("it is read", || async { scene.hall.db.raw().await.number(waiting).await == 0 }).await;
        let asked = scene
            .peer
            .seen()
            .iter()
            .filter(|seen| seen.method == Method::GET.as_str() && seen.path.starts_with("/c/books/outbox"))
            .count();
        let expected = if pages > 50 { 5..=15 } else { pages..=pages + 1 };
        assert!(expected.contains(&asked), "{name}: {asked} requests");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c069_a_wild_number_of_members_is_none() {
    for wild in [json!(1_000_000_000_000_000_i64), json!(-5), json!("many"), json!(null), json!(1e308)] {
        let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
        scene.peer.say(
            "/c/books/followers",
            &json!({"id": scene.peer.at("/c/books/followers"), "type": "Collection", "totalItems": wild}),
        );
        let found = scene.find(&scene.handle()).await.unwrap();
        assert_eq!(found["followers_count"], 0, "{wild}");
    }
}
