//! Group D, things that add up: notes to one person, choices of a poll, what is remembered of hosts and strangers.

use crate::stage::Stage;
use domain::id::ActorId;
use domain::time::HOUR;
use http::Method;
use kit::chance::Hands;
use kit::{Person, World};
use serde_json::{Value, json};
use std::sync::Arc;
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
    for (what, choices) in choices() {
        let body = json!({"status": "CNRYpoll", "poll": {"options": choices, "expires_in": 3_600}});
        let status = client.json(Method::POST, "/api/v1/statuses", &body).await.status;
        assert!([400, 413, 422].contains(&status), "{what}, by an app: {status}");
        let own = json!({"text": "CNRYpoll", "visibility": "public", "poll": {"choices": choices, "open_for": 3_600}});
        let answer = client.json(Method::POST, &format!("/api/guildhall/v1/communities/{}/posts", stage.open.id), &own).await;
        assert!([400, 413, 422].contains(&answer.status), "{what}, by the own API: {} {}", answer.status, answer.text());
        let lines = choices.join("\n");
        let form: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("text", "CNRYpoll"), ("poll_choices", &lines), ("poll_open_for", "3600"), ("visibility", "public")])
            .finish();
        let browser = stage.hall.in_browser(&stage.ada).await;
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let answer = browser.send(Method::POST, "/compose", &kind, Some(form.into_bytes())).await;
        assert!([200, 400, 413, 422].contains(&answer.status), "{what}, by the form: {}", answer.status);
    }
    let kept = "SELECT COUNT(*) FROM posts WHERE html LIKE '%CNRYpoll%'";
    assert_eq!(stage.hall.db.raw().await.number(kept).await, 0);
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
