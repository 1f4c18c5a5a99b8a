//! Group D, things that add up: notes to one person, choices of a poll, what is remembered of hosts and strangers.

use crate::stage::Stage;
use domain::id::ActorId;
use domain::time::HOUR;
use http::Method;
use kit::chance::Hands;
use kit::poll::becomes;
use kit::{Peer, PeerActor, Person, World};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::flood::{FROM_HOST, FROM_ONE, IN_ALL};
use store::views::{ActorKind, NotificationKind};

async fn told(world: &World, who: &Person) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM notifications WHERE account_id = {}", who.account.0);
    world.db.raw().await.number(&sql).await
}

/// Somebody favourites so many posts of a person; in one transaction, the notes alone.
async fn favourites(world: &World, who: &Person, from: ActorId, posts: &[domain::id::PostId]) {
    let (to, posts) = (who.actor, posts.to_vec());
    world
        .store
        .write(move |tx| {
            Box::pin(async move {
                for post in posts {
                    store::notifications::notify(tx, to, NotificationKind::Favourite, from, Some(post), None).await?;
                }
                Ok::<_, store::StoreError>(())
            })
        })
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c137_nobody_elsewhere_floods_a_person_with_notes() {
    let clock = Arc::new(Hands::started());
    let world = World::with(clock.clone(), Arc::new(domain::time::SystemRandom)).await;
    let (ada, ben) = (world.person("ada").await, world.person("ben").await);
    let mut posts = Vec::new();
    for number in 0..FROM_ONE + 20 {
        posts.push(world.post(&ada, &format!("post {number}"), domain::audience::Visibility::Public).await);
    }
    let actor = async |name: &str, host: &str| world.remote_actor(name, host, ActorKind::Person).await;
    let loud = actor("loud", "x.test").await;
    favourites(&world, &ada, loud, &posts).await;
    assert_eq!(told(&world, &ada).await, FROM_ONE, "one actor");
    for number in 0..8 {
        let another = actor(&format!("loud{number}"), "x.test").await;
        favourites(&world, &ada, another, &posts).await;
    }
    assert_eq!(told(&world, &ada).await, FROM_HOST, "one host");
    let vic = actor("vic", "v.test").await;
    favourites(&world, &ada, vic, &posts[..5]).await;
    assert_eq!(told(&world, &ada).await, FROM_HOST + 5, "others are heard all the same");
    for number in 0..20 {
        let another = actor("many", &format!("h{number}.test")).await;
        favourites(&world, &ada, another, &posts).await;
    }
    assert_eq!(told(&world, &ada).await, IN_ALL, "everybody elsewhere together");
    favourites(&world, &ada, ben.actor, &posts[..5]).await;
    assert_eq!(told(&world, &ada).await, IN_ALL + 5, "people of this hall are heard");
    favourites(&world, &ben, loud, &posts[..5]).await;
    assert_eq!(told(&world, &ben).await, 5, "each person has a budget of their own");
    clock.forward(HOUR + 1);
    let late = actor("late", "x.test").await;
    favourites(&world, &ada, late, &posts[..5]).await;
    assert_eq!(told(&world, &ada).await, IN_ALL + 10, "an hour later there is a new one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c137_what_a_flood_does_is_counted_and_only_not_told() {
    let stage = Stage::new().await;
    let before = told(&stage.hall, &stage.ada).await;
    let mut uris = Vec::new();
    for number in 0..FROM_ONE + 5 {
        let (_, uri) = stage.public_post(&format!("post {number}")).await;
        uris.push(uri);
    }
    for (number, uri) in uris.iter().enumerate() {
        let like = stage.mal.does("Like", &stage.bad(&format!("/likes/{number}")), &json!(uri));
        assert_eq!(stage.mal.post(&stage.inbox(), &like).await.status, 202);
    }
    stage.settled().await;
    assert_eq!(told(&stage.hall, &stage.ada).await - before, FROM_ONE);
    let counted = stage.hall.db.raw().await.number("SELECT COALESCE(SUM(favourites_count), 0) FROM posts").await;
    assert_eq!(counted, FROM_ONE + 5, "every favourite counts");
}

/// Choices as a form, an app and the wire may bring them, and whether they are a poll.
fn choices() -> Vec<(&'static str, Vec<String>)> {
    let numbered = |many: usize| (0..many).map(|number| format!("choice {number}")).collect::<Vec<_>>();
    vec![
        ("too many", numbered(11)),
        ("far too many", numbered(20_000)),
        ("a long one", vec!["yes".into(), "n".repeat(500_000)]),
        ("two alike", vec!["yes".into(), "no".into(), " yes ".into()]),
        ("one", vec!["yes".into()]),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c110_a_poll_has_few_short_choices_that_differ_whoever_asks() {
    let stage = Stage::new().await;
    let client = stage.client();
    let good = ("a good one", vec!["yes".to_owned(), "no".to_owned()]);
    for (what, choices) in choices().into_iter().chain([good]) {
        // Whatever is refused, these three take as they are asked here.
        let fits =
            |taken: u16, status: u16| if what == "a good one" { status == taken } else { [400, 413, 422].contains(&status) };
        let body = json!({"status": "CNRYpoll", "poll": {"options": choices, "expires_in": 3_600}});
        let status = client.json(Method::POST, "/api/v1/statuses", &body).await.status;
        assert!(fits(200, status), "{what}, by an app: {status}");
        let own = json!({"text": "CNRYpoll", "visibility": "public", "poll": {"choices": choices, "open_for": 3_600}});
        let answer = client.json(Method::POST, &format!("/api/guildhall/v1/communities/{}/posts", stage.open.id), &own).await;
        assert!(fits(201, answer.status), "{what}, by the own API: {} {}", answer.status, answer.text());
        let lines = choices.join("\n");
        let form: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("text", "CNRYpoll"), ("poll_choices", &lines), ("poll_open_for", "3600"), ("visibility", "public")])
            .finish();
        let browser = stage.hall.in_browser(&stage.ada).await;
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let answer = browser.send(Method::POST, "/compose", &kind, Some(form.into_bytes())).await;
        assert!(fits(303, answer.status), "{what}, by the form: {}", answer.status);
    }
    let kept = "SELECT COUNT(*) FROM posts p JOIN polls o ON o.post_id = p.id WHERE p.html LIKE '%CNRYpoll%'";
    assert_eq!(stage.hall.db.raw().await.number(kept).await, 3, "the good one of each");
    let all = "SELECT COUNT(*) FROM posts WHERE html LIKE '%CNRYpoll%'";
    assert_eq!(stage.hall.db.raw().await.number(all).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c110_a_poll_from_elsewhere_is_cut_to_its_bounds() {
    let stage = Stage::new().await;
    for (number, (what, choices)) in choices().into_iter().enumerate() {
        let mut question = stage.vic.note(&stage.good(&format!("/q/{number}")), "CNRYpoll");
        question["type"] = json!("Question");
        question["endTime"] = json!("2099-01-01T00:00:00Z");
        question["oneOf"] = choices.iter().map(|name| json!({"type": "Note", "name": name})).collect::<Vec<Value>>().into();
        let status = stage.vic.post(&stage.inbox(), &stage.vic.creates(&question)).await.status;
        // What is too long for an inbox is refused there.
        assert!([202, 400, 413].contains(&status), "{what}: {status}");
        stage.settled().await;
        let uri = stage.good(&format!("/q/{number}"));
        let Some(post) = store::posts::id_by_uri(stage.hall.store.read(), &uri).await.unwrap() else { continue };
        let shown = stage.client().read(&format!("/api/v1/statuses/{}", post.id)).await;
        let options = shown["poll"]["options"].as_array().cloned().unwrap_or_default();
        assert!(options.len() <= 50, "{what}: {}", options.len());
        let mut names: Vec<String> = options.iter().map(|option| option["title"].as_str().unwrap().to_owned()).collect();
        assert!(names.iter().all(|name| name.chars().count() <= 500), "{what}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), options.len(), "{what}: {options:?}");
    }
    let seen = stage.hall.db.raw().await.number("SELECT COUNT(*) FROM posts WHERE html LIKE '%CNRYpoll%'").await;
    assert!(seen >= 3, "{seen}");
}

#[tokio::test]
async fn c097_hosts_of_which_nothing_came_are_forgotten() {
    let clock = Arc::new(Hands::started());
    let world = World::with(clock.clone(), Arc::new(domain::time::SystemRandom)).await;
    world.remote_actor("vic", "known.test", ActorKind::Person).await;
    world
        .store
        .write(|tx| {
            Box::pin(async move {
                for number in 0..10_000 {
                    store::instances::meet(tx, &format!("h{number}.x.test")).await?;
                }
                store::instances::set_blocked(tx, "b.test", true).await?;
                store::instances::set_listed(tx, "p.test", true).await?;
                store::instances::meet(tx, "known.test").await
            })
        })
        .await
        .unwrap();
    let hosts = async || world.db.raw().await.number("SELECT COUNT(*) FROM instances").await;
    assert_eq!(hosts().await, 10_003);
    let prune = async || {
        for _ in 0..3 {
            app::worker::prune(&world.hall).await.unwrap();
        }
    };
    prune().await;
    assert_eq!(hosts().await, 10_003, "not at once: somebody may be slow");
    clock.forward(31 * domain::time::DAY);
    prune().await;
    assert_eq!(hosts().await, 3, "what somebody decided, and where somebody is known");
}

/// A follower of `ada` at this peer, whose document is changed like this. Gives the answer to the follow.
async fn follows(stage: &Stage, peer: &Peer, name: &str, change: impl FnOnce(&mut Value)) -> u16 {
    let path = format!("/users/{name}");
    let key_id = peer.at(&format!("{path}#main-key"));
    let who = PeerActor { uri: peer.at(&path), key_id, name: name.to_owned(), ..stage.mal.clone() };
    let mut document = peer.document(&who, "Person");
    change(&mut document);
    peer.say(&path, &document);
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    who.post(&stage.inbox(), &who.does("Follow", &format!("{}/follow", who.uri), &json!(ada))).await.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c097_many_dead_inboxes_of_one_set_of_actors_are_one_host() {
    const MANY: i64 = 60;
    let (stage, peer) = (Stage::new().await, Peer::start().await);
    let host = peer.host.clone();
    // Nobody listens at ports as low as these; and an inbox of another origin than its actor is none.
    let dead = |number: i64| json!(format!("http://127.0.0.1:{}/inbox", number + 1));
    for number in 0..3 {
        let status = follows(&stage, &peer, &format!("far{number}"), |document| document["inbox"] = dead(number)).await;
        assert_eq!(status, 401);
    }
    for number in 0..MANY {
        let shared = |document: &mut Value| document["endpoints"] = json!({"sharedInbox": dead(number)});
        assert_eq!(follows(&stage, &peer, &format!("set{number}"), shared).await, 202);
    }
    stage.settled().await;
    drop(peer);
    stage.public_post("CNRYset").await;
    stage.settled().await;
    let mut raw = stage.hall.db.raw().await;
    let hosts = raw.rows("SELECT host FROM instances ORDER BY host").await.concat();
    assert!(hosts.iter().all(|known| [&host, &stage.honest.host, &stage.hostile.host].contains(&known)), "{hosts:?}");
    let waits = format!("SELECT COUNT(*) FROM deliveries WHERE host = '{host}' AND state = 'waiting'");
    becomes("it is found out that nobody answers", async || {
        let failed = format!("SELECT failures FROM instances WHERE host = '{host}'");
        stage.hall.db.raw().await.number(&failed).await > 0
    })
    .await;
    let waiting = raw.number(&waits).await;
    assert!(waiting >= MANY, "{waiting} wait");
    let tried = raw.number(&format!("SELECT COALESCE(SUM(attempts), 0) FROM deliveries WHERE host = '{host}'")).await;
    assert!(tried < MANY / 2, "a host that does not answer is not asked for each of them: {tried} tries of {waiting}");
    let elsewhere =
        raw.number(&format!("SELECT COUNT(*) FROM deliveries WHERE host = '{host}' AND inbox NOT LIKE 'http://{host}/%'")).await;
    assert_eq!(elsewhere, 0, "a shared inbox of another origin is nobody's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c139_strangers_without_end_fill_no_table() {
    let stage = Stage::new().await;
    let (mut refused, sender) = (0, stage.hall.anonymous());
    for number in 0..federation::STRANGERS + 40 {
        let path = format!("/users/m{number}");
        let who = PeerActor { uri: stage.bad(&path), key_id: stage.bad(&format!("{path}#main-key")), ..stage.mal.clone() };
        let mut document = stage.hostile.document(&who, "Person");
        document["preferredUsername"] = json!(format!("m{number}"));
        stage.hostile.say(&path, &document);
        let like = who.does("Like", &format!("{}/like", who.uri), &json!(stage.good("/n/none")));
        let body = like.to_string().into_bytes();
        let headers = who.sign(&Method::POST, &stage.inbox(), Some(&body));
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        match sender.send(Method::POST, "/inbox", &headers, Some(body)).await.status {
            202 => {}
            503 => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert!(refused >= 40, "{refused}");
    let rows = format!("SELECT COUNT(*) FROM actors WHERE host = '{}'", stage.hostile.host);
    assert!(stage.hall.db.raw().await.number(&rows).await <= i64::from(federation::STRANGERS) + 2);
    let note = stage.vic.note(&stage.good("/n/1"), "CNRYhonest");
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status, 202, "others are heard");
    let new = stage.honest.actor("new", "Person");
    let note = new.creates(&new.note(&stage.good("/n/2"), "CNRYhonest"));
    assert_eq!(new.post(&stage.inbox(), &note).await.status, 202, "also new ones");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c142_many_who_change_one_thing_starve_nobody_and_count_right() {
    #[expect(clippy::disallowed_methods, reason = "people and seconds: `tests/run crowd` plays the case at its full size")]
    let crowded = std::env::var("GUILDHALL_CROWD").unwrap_or("40,0".to_owned());
    let (people, seconds) = crowded.split_once(',').unwrap();
    let (people, seconds): (usize, u64) = (people.parse().unwrap(), seconds.parse().unwrap());
    let hall = kit::Hall::start("Crowd").await;
    let (ada, ben) = (hall.person("ada").await, hall.person("ben").await);
    let club = hall.community(&ada, "club", domain::zone::Zone::Internal, &[]).await;
    hall.member(&club, ben.actor).await;
    let post = hall.post(&ada, "CNRYcrowd", domain::audience::Visibility::Public).await;
    let mut crowd = Vec::new();
    for number in 0..people {
        crowd.push(hall.person(&format!("crowd{number}")).await);
    }
    let written = AtomicBool::new(false);
    let stirring = futures_util::future::join_all(crowd.iter().enumerate().map(|(number, person)| {
        let (client, written) = (hall.as_person(person), &written);
        async move {
            let change = async |verb: &str| client.post(&format!("/api/v1/statuses/{post}/{verb}"), &json!({})).await;
            // As long as somebody else has something to say.
            while !written.load(Ordering::Relaxed) {
                change("favourite").await;
                change("unfavourite").await;
            }
            if number % 2 == 0 {
                change("favourite").await;
            }
        }
    }));
    let until = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
    let writing = async {
        let client = hall.as_person(&ben);
        let mut number = 0;
        while number < 5 || std::time::Instant::now() < until {
            number += 1;
            let said = json!({"text": format!("CNRYclub {number}")});
            client.post(&format!("/api/guildhall/v1/communities/{}/posts", club.id), &said).await;
            assert_eq!(hall.anonymous().get("/api/v1/instance").await.status, 200);
        }
        written.store(true, Ordering::Relaxed);
    };
    let both = async { tokio::join!(stirring, writing) };
    let ended = tokio::time::timeout(std::time::Duration::from_secs(seconds + 120), both).await;
    assert!(ended.is_ok(), "who writes something else never gets a turn");
    let mut raw = hall.db.raw().await;
    let kept = raw.number(&format!("SELECT COUNT(*) FROM favourites WHERE post_id = {post}")).await;
    let counted = raw.number(&format!("SELECT favourites_count FROM posts WHERE id = {post}")).await;
    let liking = i64::try_from(people / 2).unwrap();
    assert_eq!((kept, counted), (liking, liking), "every second one likes it in the end");
}
