//! Rooms of other halls' partner communities, and communities here with people of others: what is only named is asked for
//! by a member, what gets in has the group's word, and threads are completed.

use domain::zone::Zone;
use kit::poll::{PATIENCE, becomes, eventually};
use kit::{Client, Hall, Peer, PeerActor, Person};
use serde_json::{Value, json};

/// A member here in a partner community of another server, and a server of an author who is in it as well.
struct Closed {
    hall: Hall,
    ann: Person,
    client: Client,
    host: Peer,
    group: PeerActor,
    authors: Peer,
    writer: PeerActor,
}

impl Closed {
    async fn new() -> Self {
        Self::of(true).await
    }

    async fn of(closed: bool) -> Self {
        let (hall, host, authors) = (Hall::start("Here").await, Peer::start().await, Peer::start().await);
        let (ann, group) = (hall.person("ann").await, host.actor("bridge", "Group"));
        let mut document = host.document(&group, "Group");
        document["manuallyApprovesFollowers"] = json!(closed);
        host.say("/users/bridge", &document);
        let writer = authors.actor("writer", "Person");
        let client = hall.as_person(&ann);
        let found = crate::two_halls::find(&client, &format!("@bridge@{}", host.host)).await.unwrap();
        let id = found["id"].as_str().unwrap();
        client.post(&format!("/api/v1/accounts/{id}/follow"), &json!({})).await;
        let asked = || async { host.delivered().into_iter().find(|activity| activity["type"] == "Follow") };
        let asked: Value = eventually(PATIENCE, asked).await.unwrap();
        let scene = Self { hall, ann, client: client.clone(), host, group, authors, writer };
        scene.tells(&scene.group.does("Accept", &scene.host.at("/accepts/1"), &asked)).await;
        becomes("the membership", || crate::two_halls::in_it(&client, id)).await;
        scene
    }

    async fn tells(&self, activity: &Value) {
        let answer = self.group.post(&format!("{}/inbox", self.hall.base), activity).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }

    /// The group passes this on.
    async fn announces(&self, number: u32, object: &Value) {
        self.tells(&self.group.does("Announce", &self.host.at(&format!("/announces/{number}")), object)).await;
    }

    /// For the room, at its place.
    fn note(&self, peer: &Peer, by: &PeerActor, path: &str, text: &str, answers: Option<&str>) -> Value {
        let mut note = by.note(&peer.at(path), text);
        note["to"] = json!([self.group.uri, format!("{}/followers", self.group.uri)]);
        note["cc"] = json!([]);
        note["audience"] = json!(self.group.uri);
        note["@context"] = json!("https://www.w3.org/ns/activitystreams");
        if let Some(answers) = answers {
            note["inReplyTo"] = json!(answers);
        }
        peer.say(path, &note);
        note
    }

    /// How many posts with these letters are in the room.
    async fn inside(&self, letters: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM posts WHERE html LIKE '%{letters}%' AND community_id IS NOT NULL");
        self.hall.db.raw().await.number(&sql).await
    }

    async fn outcome(&self, activity: &str) -> String {
        let sql = format!("SELECT outcome FROM inbox_queue WHERE activity_uri = '{activity}' AND state = 'done'");
        let ended = || async { self.hall.db.raw().await.rows(&sql).await.first().map(|row| row[0].clone()) };
        eventually(PATIENCE, ended).await.unwrap_or_else(|| panic!("{activity} did not end"))
    }

    async fn announced(&self, number: u32) -> String {
        self.outcome(&self.host.at(&format!("/announces/{number}"))).await
    }

    async fn holds(&self, letters: &str) -> bool {
        self.hall
            .db
            .raw()
            .await
            .every_text()
            .await
            .iter()
            .any(|(place, text)| place.starts_with("posts") && text.contains(letters))
    }

    async fn all_read(&self) {
        let waiting = "SELECT COUNT(*) FROM fetch_jobs WHERE state = 'waiting'";
        becomes("all is read up", || async { self.hall.db.raw().await.number(waiting).await == 0 }).await;
    }
}

/// By whom everything below this path was asked for.
fn readers(peer: &Peer, path: &str) -> Vec<String> {
    let text = |seen: &kit::peer::Seen, name: &str| seen.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let all = peer.seen().into_iter().filter(|seen| seen.method == "GET" && seen.path.starts_with(path));
    all.map(|seen| format!("{:?} {:?}", text(&seen, "signature"), text(&seen, "signature-input"))).collect()
}

fn asked_by(peer: &Peer, path: &str, member: &str) {
    let all = readers(peer, path);
    assert!(!all.is_empty(), "{path} was not asked for");
    assert!(all.iter().all(|read| read.contains(&format!("{member}#"))), "{path} is for {member}: {all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_member_may_read_for_another_reason_never_gets_into_a_partner_room() {
    let scene = Closed::new().await;
    let inside = scene.note(&scene.authors, &scene.writer, "/n/1", "CNRYinside", None);
    scene.announces(1, &inside["id"]).await;
    becomes("it is in", || async { scene.inside("CNRYinside").await == 1 }).await;
    // Followers of the author only: a member here may be one. On the group's own server, and as an answer in the room.
    let neighbour = scene.host.actor("neighbour", "Person");
    let alone = |by: &PeerActor, at: String, answers: Option<&Value>| {
        let mut note = by.note(&at, "CNRYfollowers");
        note["@context"] = json!("https://www.w3.org/ns/activitystreams");
        (note["to"], note["cc"]) = (json!([format!("{}/followers", by.uri)]), json!([]));
        if let Some(parent) = answers {
            note["inReplyTo"] = parent.clone();
        }
        note
    };
    let mut notes = vec![
        (&scene.host, alone(&neighbour, scene.host.at("/n/2"), None)),
        (&scene.authors, alone(&scene.writer, scene.authors.at("/n/3"), Some(&inside["id"]))),
        (&scene.host, alone(&neighbour, scene.host.at("/n/4"), Some(&inside["id"]))),
    ];
    // Nor what is for everybody and names no group.
    let mut open = alone(&neighbour, scene.host.at("/n/5"), None);
    open["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
    notes.push((&scene.host, open));
    for (number, (peer, note)) in (2..).zip(&notes) {
        let id = note["id"].as_str().unwrap();
        peer.say(id.trim_start_matches(&peer.base), note);
        scene.announces(number, &note["id"]).await;
        assert_eq!(scene.announced(number).await, "dropped: audience_of_another_group", "{note}");
    }
    assert!(!scene.holds("CNRYfollowers").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_partners_activity_only_names_is_asked_for_by_a_member() {
    let (hall, peer) = (Hall::start("Host").await, Peer::start().await);
    let (lead, writer) = (hall.person("lead").await, peer.actor("writer", "Person"));
    let shared = hall.community(&lead, "shared", Zone::Partner, &[&peer.host]).await;
    hall.post_in(&lead, &shared, "known outside").await;
    let (group, inbox) = (format!("{}/a/{}", hall.base, shared.actor), format!("{}/inbox", hall.base));
    let joined = writer.does("Join", &peer.at("/joins/1"), &json!(group));
    assert_eq!(writer.post(&inbox, &joined).await.status, 202);
    becomes("the answer", || async { peer.delivered().iter().any(|activity| activity["type"] == "Accept") }).await;
    let mut note = writer.note(&peer.at("/n/1"), "CNRYnamed");
    let to = json!([group, format!("{group}/followers")]);
    (note["to"], note["cc"], note["audience"]) = (to.clone(), json!([]), json!(group));
    note["@context"] = json!("https://www.w3.org/ns/activitystreams");
    peer.say("/n/1", &note);
    let says = |kind: &str| {
        let mut activity = writer.does(kind, &peer.at(&format!("/n/1/{kind}")), &note["id"]);
        (activity["to"], activity["audience"]) = (to.clone(), json!(group));
        activity
    };
    let held = |letters: &'static str| {
        let sql = format!("SELECT COUNT(*) FROM posts WHERE html LIKE '%{letters}%' AND community_id = {}", shared.id);
        let hall = &hall;
        async move { hall.db.raw().await.number(&sql).await == 1 }
    };
    assert_eq!(writer.post(&inbox, &says("Create")).await.status, 202);
    becomes("the post", || held("CNRYnamed")).await;
    let mut changed = note.clone();
    (changed["content"], changed["updated"]) = (json!("<p>CNRYchanged</p>"), json!("2026-02-02T03:04:05Z"));
    peer.say("/n/1", &changed);
    assert_eq!(writer.post(&inbox, &says("Update")).await.status, 202);
    becomes("its change", || held("CNRYchanged")).await;
    asked_by(&peer, "/n/1", &format!("{}/a/{}", hall.base, lead.actor));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announced_create_that_only_names_its_object_is_taken_as_its_origin_shows_it_to_a_member() {
    let scene = Closed::new().await;
    // Somebody of the group's own server: the group speaks for them.
    let neighbour = scene.host.actor("neighbour", "Person");
    let note = scene.note(&scene.host, &neighbour, "/n/1", "CNRYnamed", None);
    let mut create = neighbour.does("Create", &scene.host.at("/n/1/create"), &note["id"]);
    create["audience"] = json!(scene.group.uri);
    scene.announces(1, &create).await;
    becomes("the post", || async { scene.inside("CNRYnamed").await == 1 }).await;
    asked_by(&scene.host, "/n/1", &format!("{}/a/{}", scene.hall.base, scene.ann.actor));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_of_a_partner_room_is_completed_by_a_member_as_far_as_the_group_vouches_for_it() {
    let scene = Closed::new().await;
    let member = format!("{}/a/{}", scene.hall.base, scene.ann.actor);
    let mut root = scene.note(&scene.authors, &scene.writer, "/t/1", "CNRYroot", None);
    let (context, other) = (scene.host.at("/context/1"), scene.authors.at("/replies/1"));
    (root["context"], root["replies"]) = (json!(context), json!(other));
    scene.authors.say("/t/1", &root);
    let second = scene.note(&scene.authors, &scene.writer, "/t/2", "CNRYsecond", root["id"].as_str());
    let last = scene.note(&scene.authors, &scene.writer, "/t/3", "CNRYlast", second["id"].as_str());
    // What the group's server lists is in the room, what the author's does is not.
    let listed = scene.note(&scene.authors, &scene.writer, "/l/1", "CNRYlisted", root["id"].as_str());
    let unlisted = scene.note(&scene.authors, &scene.writer, "/l/2", "CNRYunlisted", root["id"].as_str());
    let collection = |id: &str, item: &Value| json!({"id": id, "type": "OrderedCollection", "orderedItems": [item]});
    scene.host.say("/context/1", &collection(&context, &listed["id"]));
    scene.authors.say("/replies/1", &collection(&other, &unlisted["id"]));

    scene.announces(1, &scene.writer.creates(&last)).await;
    for letters in ["CNRYlast", "CNRYsecond", "CNRYroot"] {
        becomes(letters, || async { scene.inside(letters).await == 1 }).await;
    }
    becomes("what the group lists", || async { scene.inside("CNRYlisted").await == 1 }).await;
    scene.all_read().await;
    assert!(!scene.holds("CNRYunlisted").await);
    assert!(readers(&scene.authors, "/replies/1").is_empty());
    for path in ["/t/1", "/t/2", "/l/1"] {
        asked_by(&scene.authors, path, &member);
    }
    asked_by(&scene.host, "/context/1", &member);
    let id = scene.hall.db.raw().await.number("SELECT id FROM posts WHERE html LIKE '%CNRYlast%'").await;
    let around = scene.client.read(&format!("/api/v1/statuses/{id}/context")).await;
    assert!(around["ancestors"].to_string().contains("CNRYroot"), "{around}");
    let stranger = scene.hall.person("stranger").await;
    assert_eq!(scene.hall.as_person(&stranger).get(&format!("/api/v1/statuses/{id}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_in_a_partner_room_to_what_cannot_be_read_is_kept_without_it() {
    let scene = Closed::new().await;
    let missing = scene.authors.at("/t/missing");
    let note = scene.note(&scene.authors, &scene.writer, "/t/2", "CNRYorphan", Some(&missing));
    scene.announces(1, &scene.writer.creates(&note)).await;
    becomes("it is kept", || async { scene.inside("CNRYorphan").await == 1 }).await;
    scene.all_read().await;
    assert_eq!(scene.hall.db.raw().await.number("SELECT COUNT(*) FROM dead_letters").await, 0);
}

/// An answer as people of microblogs write it: it names no group.
fn answer(scene: &Closed, path: &str, text: &str, parent: &str) -> Value {
    let mut note = scene.writer.note(&scene.authors.at(path), text);
    note["inReplyTo"] = json!(parent);
    note["@context"] = json!("https://www.w3.org/ns/activitystreams");
    scene.authors.say(path, &note);
    note
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announced_answer_waits_until_what_it_answers_is_read_up() {
    let scene = Closed::of(false).await;
    let neighbour = scene.host.actor("neighbour", "Person");
    let mut root = neighbour.note(&scene.host.at("/t/1"), "CNRYroot");
    (root["audience"], root["cc"]) = (json!(scene.group.uri), json!([scene.group.uri]));
    scene.host.say("/t/1", &root);
    scene.announces(1, &neighbour.creates(&root)).await;
    becomes("the first", || async { scene.inside("CNRYroot").await == 1 }).await;
    // The second did not come; the third answers it.
    let second = answer(&scene, "/t/2", "CNRYsecond", root["id"].as_str().unwrap());
    let third = answer(&scene, "/t/3", "CNRYthird", second["id"].as_str().unwrap());
    scene.announces(3, &scene.writer.creates(&third)).await;
    for letters in ["CNRYsecond", "CNRYthird"] {
        becomes(letters, || async { scene.holds(letters).await }).await;
    }
    assert!(scene.announced(3).await.contains("created"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announced_answer_in_a_thread_that_cannot_be_read_is_refused_after_some_tries_and_says_why() {
    let scene = Closed::of(false).await;
    let third = answer(&scene, "/t/3", "CNRYthird", &scene.authors.at("/t/missing"));
    scene.announces(3, &scene.writer.creates(&third)).await;
    let activity = scene.host.at("/announces/3");
    let ended = format!("SELECT COUNT(*) FROM inbox_queue WHERE activity_uri = '{activity}' AND state <> 'waiting'");
    becomes("it ends", || async {
        let mut raw = scene.hall.db.raw().await;
        // As time goes by.
        raw.run("UPDATE inbox_queue SET due_at = 0 WHERE state = 'waiting'").await;
        raw.number(&ended).await == 1
    })
    .await;
    assert_eq!(scene.outcome(&activity).await, "dropped: thread_unknown");
    assert_eq!(scene.hall.db.raw().await.number("SELECT COUNT(*) FROM dead_letters").await, 0, "nothing for the operator");
    assert!(!scene.holds("CNRYthird").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn warnings_that_a_group_passes_on_are_kept_if_they_are_about_its_room() {
    let scene = Closed::of(false).await;
    let neighbour = scene.host.actor("neighbour", "Person");
    let mut root = neighbour.note(&scene.host.at("/t/1"), "CNRYroot");
    (root["audience"], root["cc"]) = (json!(scene.group.uri), json!([scene.group.uri]));
    scene.announces(1, &neighbour.creates(&root)).await;
    becomes("the post", || async { scene.inside("CNRYroot").await == 1 }).await;
    let mine = scene.hall.post(&scene.ann, "mine", domain::audience::Visibility::Public).await;
    let elsewhere = json!(format!("{}/p/{mine}", scene.hall.base));
    let kept = || async {
        scene.hall.db.raw().await.rows("SELECT kind, object_uri FROM received_acts WHERE kind IN ('Warn', 'Resolve')").await
    };
    let mut number = 10;
    for (object, expected) in [(&root["id"], "kept"), (&elsewhere, "dropped: nobody_here_asked_for_it")] {
        number += 1;
        let mut warn = neighbour.does("Warn", &scene.host.at(&format!("/warn/{number}")), object);
        warn["audience"] = json!(scene.group.uri);
        scene.announces(number, &warn).await;
        assert_eq!(scene.announced(number).await, expected);
    }
    assert_eq!(kept().await, [["Warn".to_owned(), root["id"].as_str().unwrap().to_owned()]]);
    let mut undo =
        neighbour.does("Undo", &scene.host.at("/undo/1"), &neighbour.does("Warn", &scene.host.at("/warn/11"), &root["id"]));
    undo["audience"] = json!(scene.group.uri);
    scene.announces(20, &undo).await;
    assert_eq!(scene.announced(20).await, "undone");
    assert!(kept().await.is_empty());
}
