//! Group B: who may say what about whom. Only an owner speaks for a thing, and only its own origin shows it.

use crate::stage::Stage;
use app::Requester;
use kit::PeerActor;
use serde_json::{Value, json};

/// The text of a post by its id on the network, as everybody sees it.
async fn text_of(stage: &Stage, uri: &str) -> Option<String> {
    let post = store::posts::id_by_uri(stage.hall.store.read(), uri).await.unwrap()?;
    Some(stage.hall.see(&Requester::anonymous(), post.id).await?.post.html.as_str().to_owned())
}

#[tokio::test]
async fn c041_an_object_on_somebody_elses_host_is_not_taken_and_its_id_stays_free() {
    let stage = Stage::new().await;
    let forged = stage.mal.note(&stage.good("/n/1"), "forged");
    let mut activity = stage.mal.creates(&forged);
    activity["id"] = json!(stage.bad("/c/1"));
    stage.in_vain(&stage.mal, &activity).await;
    stage.known_note("/n/1", "true words").await;
    assert!(text_of(&stage, &stage.good("/n/1")).await.unwrap().contains("true words"));
}

#[tokio::test]
async fn c042_c043_the_owner_is_exactly_the_actor() {
    let stage = Stage::new().await;
    let (mal, neighbour, vic) = (&stage.mal.uri, &stage.neighbour.uri, &stage.vic.uri);
    for (number, owner) in [
        json!(neighbour),
        json!(vic),
        json!([mal, vic]),
        json!([vic, mal]),
        json!([{"id": vic, "type": "Person"}, mal]),
        json!({"id": neighbour, "type": "Person"}),
        json!([]),
        Value::Null,
    ]
    .into_iter()
    .enumerate()
    {
        let mut note = stage.mal.note(&stage.bad(&format!("/n/{number}")), "forged");
        note["attributedTo"] = owner;
        stage.in_vain(&stage.mal, &stage.mal.creates(&note)).await;
    }
}

/// What a member finds at an address.
async fn resolved(stage: &Stage, address: &str) -> Value {
    stage.client().read(&format!("/api/v2/search?resolve=true&q={address}")).await
}

#[tokio::test]
async fn c045_what_one_host_says_of_anothers_object_is_never_shown_as_the_others() {
    let stage = Stage::new().await;
    let forged = stage.vic.note(&stage.good("/n/1"), "forged");
    stage.hostile.say("/o/1", &forged);
    assert!(!resolved(&stage, &stage.bad("/o/1")).await.to_string().contains("forged"));
    stage.honest.say("/n/1", &stage.vic.note(&stage.good("/n/1"), "true words"));
    let found = resolved(&stage, &stage.bad("/o/1")).await.to_string();
    assert!(!found.contains("forged"), "{found}");
    assert!(text_of(&stage, &stage.good("/n/1")).await.is_none_or(|text| text.contains("true words")));
}

#[tokio::test]
async fn c046_an_open_redirect_of_the_victim_gives_no_authority() {
    let stage = Stage::new().await;
    stage.hostile.say("/o", &stage.vic.note(&stage.good("/n/1"), "forged"));
    stage.honest.lead("/leads?to=there", &stage.bad("/o"));
    stage.honest.lead("/n/1", &stage.bad("/o"));
    for address in ["/leads?to=there", "/n/1"] {
        let found = resolved(&stage, &stage.good(address).replace('?', "%3F")).await;
        assert!(!found.to_string().contains("forged"), "{address}");
    }
    assert_eq!(text_of(&stage, &stage.good("/n/1")).await, None);
}

#[tokio::test]
async fn c051_c055_only_its_author_changes_or_deletes_a_post() {
    let stage = Stage::new().await;
    let note = stage.known_note("/n/1", "true words").await;
    let other = stage.honest.actor("other", "Person");
    for (number, who) in [&stage.mal, &other].into_iter().enumerate() {
        let id = |kind: &str| format!("{}/{kind}/{number}", who.uri);
        let mut forged = note.clone();
        forged["content"] = json!("forged");
        forged["updated"] = json!("2026-02-02T00:00:00Z");
        stage.in_vain(who, &who.does("Update", &id("u"), &forged)).await;
        forged["attributedTo"] = json!(who.uri);
        stage.in_vain(who, &who.does("Update", &id("v"), &forged)).await;
        stage.in_vain(who, &who.does("Delete", &id("d"), &note["id"])).await;
        stage.in_vain(who, &who.does("Delete", &id("e"), &json!({"id": note["id"], "type": "Tombstone"}))).await;
        stage.in_vain(who, &who.does("Delete", &id("f"), &json!(stage.vic.uri))).await;
    }
    let delete = stage.vic.does("Delete", &stage.good("/d/1"), &note["id"]);
    stage.vic.post(&stage.inbox(), &delete).await;
    stage.settled().await;
    assert_eq!(text_of(&stage, &stage.good("/n/1")).await, None, "the author may");
}

#[tokio::test]
async fn c053_an_older_or_equal_change_changes_nothing() {
    let stage = Stage::new().await;
    let note = stage.known_note("/n/1", "first").await;
    let update = |number: u32, at: &str, text: &str| {
        let mut changed = note.clone();
        changed["content"] = json!(text);
        changed["updated"] = json!(at);
        stage.vic.does("Update", &stage.good(&format!("/u/{number}")), &changed)
    };
    stage.vic.post(&stage.inbox(), &update(1, "2026-03-02T00:00:00Z", "second")).await;
    stage.settled().await;
    assert!(text_of(&stage, &stage.good("/n/1")).await.unwrap().contains("second"));
    stage.in_vain(&stage.vic, &update(2, "2026-03-01T00:00:00Z", "older")).await;
    stage.in_vain(&stage.vic, &update(3, "2026-03-02T00:00:00Z", "equal")).await;
}

#[tokio::test]
async fn c057_c058_what_is_announced_is_fetched_at_its_origin_or_dropped() {
    let stage = Stage::new().await;
    let group = stage.hostile.actor("group", "Group");
    let forged = stage.vic.note(&stage.good("/n/1"), "forged");
    for (number, who) in [&stage.mal, &group].into_iter().enumerate() {
        let id = |kind: &str| stage.bad(&format!("/{kind}/{number}"));
        stage.in_vain(who, &who.does("Announce", &id("a"), &forged)).await;
        for kind in ["Create", "Update"] {
            let inner = stage.vic.does(kind, &stage.good(&format!("/{kind}/{number}")), &forged);
            stage.in_vain(who, &who.does("Announce", &id(kind), &inner)).await;
        }
    }
    stage.known_note("/n/2", "true words").await;
    let delete = stage.vic.does("Delete", &stage.good("/d/2"), &json!(stage.good("/n/2")));
    stage.in_vain(&group, &group.does("Announce", &stage.bad("/d"), &delete)).await;
}

#[tokio::test]
async fn c059_an_answer_to_what_was_never_asked_makes_and_ends_nothing() {
    let stage = Stage::new().await;
    let here = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    let asked = stage.honest.delivered().into_iter().find(|activity| activity["type"] == "Follow").unwrap();
    for (number, kind) in ["Accept", "Reject"].into_iter().enumerate() {
        let made_up = json!({"type": "Follow", "id": format!("{here}/follow/{number}"), "actor": here, "object": stage.mal.uri});
        let other = json!({"type": "Follow", "id": asked["id"], "actor": here, "object": stage.vic.uri});
        for (index, object) in [made_up, other, asked["id"].clone()].into_iter().enumerate() {
            stage.in_vain(&stage.mal, &stage.mal.does(kind, &stage.bad(&format!("/{kind}/{index}")), &object)).await;
        }
    }
}

#[tokio::test]
async fn c061_nothing_of_ours_comes_from_outside_in_any_spelling() {
    let stage = Stage::new().await;
    let base = &stage.hall.base;
    let (host, port) = stage.hall.host.split_once(':').unwrap();
    for (number, start) in
        [base.clone(), format!("HTTP://{host}:{port}"), format!("http://{host}.:{port}"), format!("http://user@{host}:{port}")]
            .iter()
            .enumerate()
    {
        let id = format!("{start}/p/11700000000000{number}");
        let note = stage.mal.note(&id, "forged");
        let mut activity = stage.mal.creates(&note);
        activity["id"] = json!(stage.bad(&format!("/c/{number}")));
        stage.in_vain(&stage.mal, &activity).await;
        let mut owned = stage.mal.note(&stage.bad(&format!("/n/{number}")), "forged");
        owned["attributedTo"] = json!(format!("{start}/a/{}", stage.ada.actor));
        stage.in_vain(&stage.mal, &stage.mal.creates(&owned)).await;
        stage.in_vain(&stage.mal, &stage.mal.does("Follow", &format!("{start}/f/{number}"), &json!(stage.vic.uri))).await;
    }
}

#[tokio::test]
async fn c065_collections_of_a_community_are_not_changed_from_outside() {
    let stage = Stage::new().await;
    let group = format!("{base}/a/{}", stage.open.actor, base = stage.hall.base);
    for (number, kind) in ["Add", "Remove", "Block", "Invite", "Move", "Flag"].into_iter().enumerate() {
        for collection in ["followers", "moderators", "featured"] {
            let mut activity = stage.mal.does(kind, &stage.bad(&format!("/{collection}/{number}")), &json!(stage.mal.uri));
            activity["target"] = json!(format!("{group}/{collection}"));
            stage.in_vain(&stage.mal, &activity).await;
        }
    }
}

#[tokio::test]
async fn c066_asking_to_be_let_into_what_is_hidden_is_met_with_silence() {
    let stage = Stage::new().await;
    let before = stage.hostile.delivered().len();
    let group = format!("{}/a/{}", stage.hall.base, stage.inner.actor);
    for (number, kind) in ["Follow", "Join"].into_iter().enumerate() {
        let id = stage.bad(&format!("/j/{number}"));
        let shared = stage.in_vain(&stage.mal, &stage.mal.does(kind, &id, &json!(group))).await;
        let never = stage.mal.does(kind, &format!("{id}/never"), &json!(format!("{}/a/7", stage.hall.base)));
        assert_eq!(shared.comparable(), stage.in_vain(&stage.mal, &never).await.comparable());
        let ask = |url: String| {
            let (mal, activity) = (stage.mal.clone(), stage.mal.does(kind, &format!("{id}/own"), &json!(group)));
            async move { mal.post(&url, &activity).await.comparable() }
        };
        assert_eq!(ask(format!("{group}/inbox")).await, ask(format!("{}/a/7/inbox", stage.hall.base)).await);
    }
    stage.settled().await;
    assert_eq!(stage.hostile.delivered().len(), before, "no answer proves anything");
}

#[tokio::test]
async fn c075_a_reply_from_outside_to_what_is_inside_is_in_no_thread_of_it() {
    let stage = Stage::new().await;
    let inside = format!("{}/p/{}", stage.hall.base, stage.inside);
    let mut note = stage.vic.note(&stage.good("/n/1"), "a reply from outside");
    note["inReplyTo"] = json!(inside);
    note["context"] = json!(format!("{inside}/context"));
    stage.honest.say("/n/1", &note);
    stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await;
    stage.settled().await;
    let context = stage.client().get(&format!("/api/v1/statuses/{}/context", stage.inside)).await;
    assert!(!context.shows("a reply from outside"), "{}", context.text());
    let seen = stage.hall.see(&stage.ada.asks, stage.inside).await.unwrap();
    assert_eq!(seen.post.replies, 0);
    assert!(!stage.client().get("/api/v1/notifications").await.shows("a reply from outside"));
    if let Some(post) = store::posts::id_by_uri(stage.hall.store.read(), &stage.good("/n/1")).await.unwrap() {
        let shown = stage.hall.anonymous().get(&format!("/api/v1/statuses/{}", post.id)).await;
        assert!(!shown.text().contains(&stage.inside.to_string()), "{}", shown.text());
    }
}

#[tokio::test]
async fn c073_a_handle_that_is_taken_stays_with_the_actor_that_has_it() {
    let stage = Stage::new().await;
    let second =
        PeerActor { uri: stage.good("/users/second"), key_id: stage.good("/users/second#main-key"), ..stage.vic.clone() };
    stage.honest.say("/users/second", &stage.honest.document(&second, "Person"));
    second.post(&stage.inbox(), &second.creates(&second.note(&stage.good("/n/s"), "hello"))).await;
    stage.settled().await;
    let found = stage.client().read(&format!("/api/v2/search?resolve=true&q=%40vic%40{}", stage.honest.host)).await;
    assert_eq!(found["accounts"][0]["uri"], json!(stage.vic.uri), "{found}");
}

#[tokio::test]
async fn c074_an_actor_does_not_change_its_type() {
    let stage = Stage::new().await;
    let document = stage.honest.document(&stage.vic, "Group");
    stage.honest.say("/users/vic", &document);
    stage.vic.post(&stage.inbox(), &stage.vic.does("Update", &stage.good("/u/1"), &document)).await;
    stage.settled().await;
    let kind = stage.hall.db.raw().await.rows(&format!("SELECT kind FROM actors WHERE uri = '{}'", stage.vic.uri)).await;
    assert_eq!(kind, [["Person"]]);
    let communities = stage.hall.db.raw().await.number("SELECT COUNT(*) FROM communities").await;
    assert_eq!(communities, 2);
}

#[tokio::test]
async fn c111_ten_thousand_names_in_one_activity_make_no_request() {
    let stage = Stage::new().await;
    let before = stage.hostile.seen().len() + stage.honest.seen().len();
    let tags: Vec<Value> = (0..10_000)
        .map(|number| json!({"type": "Mention", "href": stage.bad(&format!("/m/{number}")), "name": format!("@m{number}")}))
        .collect();
    let mut note = stage.vic.note(&stage.good("/n/1"), "many");
    note["tag"] = json!(tags);
    assert_eq!(stage.vic.post(&stage.inbox(), &stage.vic.creates(&note)).await.status, 202);
    stage.settled().await;
    assert!(text_of(&stage, &stage.good("/n/1")).await.unwrap().contains("many"), "the rest is taken");
    assert_eq!(stage.hostile.seen().len() + stage.honest.seen().len(), before, "nobody is asked who they are");
}

#[tokio::test]
async fn c047_a_page_names_a_document_of_its_own_origin_or_none() {
    let stage = Stage::new().await;
    stage.honest.say("/n/1", &stage.vic.note(&stage.good("/n/1"), "true words"));
    stage.hostile.say("/n/2", &stage.mal.note(&stage.bad("/n/2"), "own words"));
    for (path, to, shown) in [("/page/1", stage.good("/n/1"), false), ("/page/2", stage.bad("/n/2"), true)] {
        let page = format!("<link rel=\"alternate\" type=\"{}\" href=\"{to}\">", kit::peer::ACTIVITY);
        stage.hostile.answer(path, 200, "text/html", page.into_bytes());
        assert_eq!(resolved(&stage, &stage.bad(path)).await["statuses"][0].is_object(), shown, "{to}");
    }
}

#[tokio::test]
async fn c050_the_page_of_a_post_is_no_identity_and_does_not_pass_as_anothers() {
    let stage = Stage::new().await;
    stage.known_note("/n/1", "true words").await;
    let mut note = stage.mal.note(&stage.bad("/n/1"), "own words");
    note["url"] = json!("https://v.test/@vic/1");
    let ada = format!("{}/a/{}", stage.hall.base, stage.ada.actor);
    note["tag"] = json!([{"type": "Mention", "href": ada, "name": "@ada"}]);
    stage.mal.post(&stage.inbox(), &stage.mal.creates(&note)).await;
    stage.settled().await;
    assert!(text_of(&stage, &stage.good("/n/1")).await.unwrap().contains("true words"));
    assert!(text_of(&stage, &stage.bad("/n/1")).await.unwrap().contains("own words"));
    let found = resolved(&stage, &stage.bad("/n/1")).await;
    let url = found["statuses"][0]["url"].as_str().unwrap_or_default().to_owned();
    assert!(!url.is_empty() && !url.contains("v.test"), "a link that leads to another host than it came from: {url}");
}

#[tokio::test]
async fn c054_a_change_of_what_was_never_seen_comes_from_its_author_or_not_at_all() {
    let stage = Stage::new().await;
    let mut unseen = stage.vic.note(&stage.good("/n/unseen"), "forged");
    unseen["updated"] = json!("2026-02-02T00:00:00Z");
    for who in [&stage.mal, &stage.neighbour] {
        stage.in_vain(who, &who.does("Update", &format!("{}/u", who.uri), &unseen)).await;
    }
    assert_eq!(text_of(&stage, &stage.good("/n/unseen")).await, None);
}

#[tokio::test]
async fn c071_a_handle_that_points_to_an_actor_elsewhere_is_not_that_actors_handle() {
    let stage = Stage::new().await;
    let jrd = |subject: String| {
        let link = json!({"rel": "self", "type": kit::peer::ACTIVITY, "href": stage.vic.uri});
        json!({"subject": subject, "links": [link]}).to_string().into_bytes()
    };
    for (name, subject) in
        [("vic", format!("acct:vic@{}", stage.hostile.host)), ("victor", format!("acct:vic@{}", stage.honest.host))]
    {
        let path = format!("/.well-known/webfinger?resource=acct:{name}@{}", stage.hostile.host);
        stage.hostile.answer(&path, 200, "application/jrd+json", jrd(subject));
        let found = resolved(&stage, &format!("%40{name}%40{}", stage.hostile.host)).await;
        for account in found["accounts"].as_array().unwrap() {
            assert_eq!(account["acct"], json!(format!("vic@{}", stage.honest.host)), "shown by its own host: {found}");
        }
    }
    let found = resolved(&stage, &format!("%40vic%40{}", stage.honest.host)).await;
    assert_eq!(found["accounts"][0]["uri"], json!(stage.vic.uri));
}
