//! Whatever a document names, and however that leads on: a look around has its bounds, and a list is no list of errands.

use crate::remote_communities::Scene;
use crate::stage::Stage;
use crate::threads::nothing_waits;
use kit::Peer;
use kit::poll::becomes;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c111_ten_thousand_of_anything_in_one_activity_make_no_request() {
    let stage = Stage::new().await;
    let before = stage.hostile.seen().len() + stage.honest.seen().len();
    let many = |of: &dyn Fn(usize) -> Value| Value::from((0..10_000).map(of).collect::<Vec<_>>());
    let picture =
        |number: usize| json!({"type": "Document", "mediaType": "image/png", "url": stage.bad(&format!("/i/{number}"))});
    let emoji = |number: usize| json!({"type": "Emoji", "name": format!(":e{number}:"), "icon": {"type": "Image", "url": stage.bad(&format!("/e/{number}"))}});
    let hashtag =
        |number: usize| json!({"type": "Hashtag", "href": stage.bad(&format!("/t/{number}")), "name": format!("#t{number}")});
    let address = |number: usize| json!(stage.bad(&format!("/to/{number}")));
    let field = |number: usize| json!({"type": "PropertyValue", "name": "", "value": format!("http://f{number}.test")});
    let lists = [
        ("attachment", many(&picture)),
        ("tag", many(&emoji)),
        ("tag", many(&hashtag)),
        ("cc", many(&address)),
        ("to", many(&address)),
    ];
    for (number, (list, entries)) in lists.into_iter().enumerate() {
        let mut note = stage.vic.note(&stage.good(&format!("/n/{number}")), &format!("CNRYmany{number}"));
        note[list] = entries;
        note["to"].as_array_mut().unwrap().push(json!("https://www.w3.org/ns/activitystreams#Public"));
        stage.honest.say(&format!("/n/{number}"), &note);
        let status = stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status;
        assert!([202, 413].contains(&status), "{list}: {status}");
    }
    for (number, (list, entries)) in [("alsoKnownAs", many(&address)), ("attachment", many(&field))].into_iter().enumerate() {
        let mut person = stage.honest.document(&stage.vic, "Person");
        (person[list], person["name"]) = (entries, json!(format!("CNRYvic{number}")));
        stage.honest.say("/users/vic", &person);
        let update = stage.vic.does("Update", &stage.good(&format!("/u/{number}")), &person);
        assert_eq!(stage.vic.post(&stage.inbox(), &update).await.status, 202, "{list}");
    }
    stage.settled().await;
    let asked: Vec<String> = [&stage.hostile, &stage.honest].into_iter().flat_map(kit::Peer::seen).map(|one| one.path).collect();
    let own = |path: &String| path.ends_with("/users/vic");
    assert!(asked.len() <= before + 2 && asked.iter().skip(before).all(own), "for their own words, nobody else: {asked:?}");
    let vic = stage.client().read(&format!("/api/v1/accounts/lookup?acct=vic@{}", stage.honest.host)).await;
    assert_eq!(vic["display_name"], json!("CNRYvic1"), "the rest is taken");
    let home = stage.client().read("/api/v1/timelines/home").await;
    let said: Vec<&Value> = home.as_array().unwrap().iter().filter(|post| post["account"]["id"] == vic["id"]).collect();
    assert!(said.len() >= 3, "{home}");
    for post in said {
        for list in ["media_attachments", "emojis", "tags", "mentions"] {
            assert!(post[list].as_array().unwrap().len() <= 100, "{list} of {}", post["content"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c114_a_chain_of_replies_over_ever_new_hosts_is_followed_only_so_far() {
    let stage = Stage::new().await;
    let many = Peer::everywhere().await;
    let port = many.host.rsplit_once(':').unwrap().1.to_owned();
    let at = |number: usize, path: &str| format!("http://127.7.{}.{}:{port}{path}", number / 200, 1 + number % 200);
    let author = many.actor("mal", "Person");
    for number in 0..300 {
        let person = at(number, &format!("/users/mal{number}"));
        let text = many.document(&author, "Person").to_string().replace(&author.uri, &person);
        many.say(&format!("/users/mal{number}"), &serde_json::from_str(&text).unwrap());
        let mut note = author.note(&at(number, &format!("/chain/{number}")), "chain");
        (note["attributedTo"], note["inReplyTo"]) = (json!(person), json!(at(number + 1, &format!("/chain/{}", number + 1))));
        many.say(&format!("/chain/{number}"), &note);
    }
    let mut first = stage.vic.note(&stage.good("/n/1"), "CNRYfirst");
    first["inReplyTo"] = json!(at(0, "/chain/0"));
    stage.honest.say("/n/1", &first);
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&first)).await.status, 202);
    becomes("the look has begun", async || many.seen().len() > 10).await;
    stage.settled().await;
    nothing_waits(&stage.hall).await;
    let asked = many.seen().len();
    assert!(asked <= 60, "{asked} requests for one cause");
    nothing_waits(&stage.hall).await;
    assert_eq!(many.seen().len(), asked, "what was read up leads to nothing more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c114_pinned_posts_that_name_ever_new_people_make_nobody_known() {
    let scene = Scene::new("lemmy", "/c/books", "/u/ada", &json!({})).await;
    let mut document = scene.peer.document(&scene.group, "Group");
    document["featured"] = json!(scene.peer.at("/c/books/featured"));
    scene.peer.say("/c/books", &document);
    let pins: Vec<Value> = (0..30)
        .map(|number| {
            let mut note = scene.ada.note(&scene.peer.at(&format!("/post/{number}")), "pinned");
            let names = (0..50).map(|name| {
                let href = scene.peer.at(&format!("/made/up/{number}/{name}"));
                json!({"type": "Mention", "href": href, "name": format!("@m{number}x{name}")})
            });
            (note["tag"], note["audience"]) = (Value::from(names.collect::<Vec<_>>()), json!(scene.group.uri));
            scene.peer.say(&format!("/post/{number}"), &note);
            json!(note["id"])
        })
        .collect();
    let featured = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": scene.peer.at("/c/books/featured"),
        "type": "OrderedCollection", "totalItems": pins.len(), "orderedItems": pins});
    scene.peer.say("/c/books/featured", &featured);
    scene.joined().await;
    becomes("a pinned post is here", async || {
        store::posts::id_by_uri(scene.hall.store.read(), &scene.peer.at("/post/0")).await.unwrap().is_some()
    })
    .await;
    nothing_waits(&scene.hall).await;
    let seen = scene.peer.seen();
    assert!(!seen.iter().any(|one| one.path.starts_with("/made/up/")), "somebody who was only named is asked for");
    assert!(seen.len() <= 80, "{} requests for one cause", seen.len());
}
