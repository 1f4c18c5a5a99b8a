//! What other servers attach to their posts: it comes, is changed, restored and goes with the post, within limits, and is
//! seen by whoever may see the post.

use crate::stage::Stage;
use domain::membership::{MembershipState, Role};
use domain::zone::Zone;
use kit::poll::becomes;
use serde_json::{Value, json};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
const HASH: &str = "LEHV6nWB2yk8pyo0adR*.7kCMdnj";

/// A picture as Mastodon attaches it.
fn picture(url: &str, description: &str) -> Value {
    json!({"type": "Document", "mediaType": "image/jpeg", "url": url, "name": description, "blurhash": HASH,
        "focalPoint": [0.5, -0.25], "width": 1500, "height": 1000})
}

/// A note of `vic` with this attached, and no text.
fn note(stage: &Stage, path: &str, attachment: &Value) -> Value {
    let mut note = stage.vic.note(&stage.good(path), "");
    note["attachment"] = attachment.clone();
    note
}

async fn told(stage: &Stage, kind: &str, number: u32, object: &Value) {
    let mut activity = stage.vic.does(kind, &stage.good(&format!("/does/{number}")), object);
    activity["to"] = json!([PUBLIC]);
    assert_eq!(stage.vic.post(&stage.inbox(), &activity).await.status, 202);
    stage.settled().await;
}

async fn id(stage: &Stage, path: &str) -> String {
    let uri = stage.good(path);
    let find = || async { store::posts::id_by_uri(stage.hall.store.read(), &uri).await.unwrap() };
    kit::eventually(kit::poll::PATIENCE, find).await.unwrap().id.to_string()
}

async fn status(stage: &Stage, path: &str) -> Value {
    stage.client().read(&format!("/api/v1/statuses/{}", id(stage, path).await)).await
}

async fn rows(stage: &Stage) -> i64 {
    stage.hall.db.raw().await.number("SELECT COUNT(*) FROM post_attachments").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_is_only_a_picture_is_shown_with_it_and_has_no_invented_text() {
    let stage = Stage::new().await;
    told(&stage, "Create", 1, &note(&stage, "/n/1", &json!([picture("https://cdn.m.test/1.jpg", "CNRYdragons\n<b>two</b>")])))
        .await;
    let shown = status(&stage, "/n/1").await;
    let media = &shown["media_attachments"][0];
    assert_eq!((&shown["content"], &shown["spoiler_text"], &shown["sensitive"]), (&json!(""), &json!(""), &json!(false)));
    assert_eq!((&media["type"], &media["description"]), (&json!("image"), &json!("CNRYdragons\n<b>two</b>")));
    for address in ["url", "preview_url", "remote_url"] {
        assert_eq!(media[address], "https://cdn.m.test/1.jpg");
    }
    assert_eq!(
        media["meta"],
        json!({"original": {"width": 1500, "height": 1000, "size": "1500x1000", "aspect": 1.5}, "focus": {"x": 0.5, "y": -0.25}})
    );
    assert_eq!((&media["blurhash"], media["id"].is_string()), (&json!(HASH), true));
    stage.settled().await;
    let home = stage.client().read("/api/v1/timelines/home").await;
    assert_eq!(&home[0]["media_attachments"][0], media);
    let history = stage.client().read(&format!("/api/v1/statuses/{}/history", shown["id"].as_str().unwrap())).await;
    assert_eq!(&history[0]["media_attachments"][0], media);
    // Where only media are asked for, what has none is left out.
    stage.known_note("/n/2", "CNRYwords").await;
    let author = shown["account"]["id"].as_str().unwrap().to_owned();
    for path in [format!("/api/v1/accounts/{author}/statuses"), "/api/v1/timelines/public".to_owned()] {
        let all = stage.client().read(&path).await;
        let media = stage.client().read(&format!("{path}?only_media=true")).await;
        let ids = |page: &Value| page.as_array().unwrap().iter().map(|one| one["uri"].clone()).collect::<Vec<_>>();
        assert!(ids(&all).contains(&json!(stage.good("/n/2"))), "{path}");
        assert_eq!(ids(&media), [json!(stage.good("/n/1"))], "{path}");
    }
    // On pages it is a link and its words; nothing is loaded from there.
    let browser = stage.hall.in_browser(&stage.ada).await;
    let address = format!("/@vic@{}/{}", stage.honest.host, shown["id"].as_str().unwrap());
    for page in ["/home", &address] {
        let page = browser.get(page).await.text();
        for part in [
            "href=\"https://cdn.m.test/1.jpg\" rel=\"nofollow noopener noreferrer ugc\"",
            "Picture",
            "Opens at cdn.m.test",
            "CNRYdragons\n&#60;b&#62;two",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("src=\"https://cdn.m.test"), "{page}");
    }
    assert!(!browser.get(&address).await.text().contains("<div class=\"text\""), "nothing stands where a text would");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_replaces_what_is_attached_and_a_delete_takes_it_away() {
    let stage = Stage::new().await;
    let two = json!([picture("https://cdn.m.test/1.jpg", "CNRYone"), {"type": "Video", "url": "https://cdn.m.test/2.mp4"}]);
    told(&stage, "Create", 1, &note(&stage, "/n/1", &two)).await;
    let kinds = async || {
        let media = status(&stage, "/n/1").await["media_attachments"].clone();
        media.as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds().await, ["image", "video"]);
    let mut changed =
        note(&stage, "/n/1", &json!([{"type": "Audio", "url": "https://cdn.m.test/3.ogg", "summary": "CNRYthree"}]));
    changed["updated"] = json!("2026-01-03T03:04:05Z");
    told(&stage, "Update", 2, &changed).await;
    assert_eq!(kinds().await, ["audio"]);
    assert_eq!(rows(&stage).await, 1);
    // An older form that comes late changes nothing.
    let mut late = note(&stage, "/n/1", &two);
    late["updated"] = json!("2026-01-02T05:00:00Z");
    told(&stage, "Update", 3, &late).await;
    assert_eq!(kinds().await, ["audio"]);
    (changed["updated"], changed["attachment"]) = (json!("2026-01-04T03:04:05Z"), json!([]));
    told(&stage, "Update", 4, &changed).await;
    assert_eq!((kinds().await.len(), rows(&stage).await), (0, 0));
    (changed["updated"], changed["attachment"]) = (json!("2026-01-05T03:04:05Z"), two);
    told(&stage, "Update", 5, &changed).await;
    assert_eq!((kinds().await.len(), rows(&stage).await), (2, 2));
    stage.honest.say("/n/1", &changed);
    let delete = stage.vic.does("Delete", &stage.good("/does/6"), &json!(stage.good("/n/1")));
    assert_eq!(stage.vic.post(&stage.inbox(), &delete).await.status, 202);
    becomes("nothing of it is left", async || rows(&stage).await == 0).await;
    let left = "SELECT COUNT(*) FROM posts WHERE attachments_count > 0";
    assert_eq!(stage.hall.db.raw().await.number(left).await, 0);
    // Its author takes that back, and its origin shows it again.
    told(&stage, "Undo", 7, &delete).await;
    becomes("it is back", async || rows(&stage).await == 2).await;
    assert_eq!(kinds().await, ["image", "video"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_attached_goes_with_them() {
    let stage = Stage::new().await;
    told(&stage, "Create", 1, &note(&stage, "/n/1", &json!([picture("https://cdn.m.test/1.jpg", "CNRYone")]))).await;
    assert_eq!(rows(&stage).await, 1);
    stage.honest.answer("/users/vic", 410, "text/plain", Vec::new());
    let gone = stage.vic.does("Delete", &stage.good("/does/2"), &json!(stage.vic.uri));
    assert_eq!(stage.vic.post(&stage.inbox(), &gone).await.status, 202);
    becomes("nothing of it is left", async || rows(&stage).await == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_attachments_are_cut_or_left_out() {
    let stage = Stage::new().await;
    let long = format!("https://cdn.m.test/{}", "x".repeat(3_000));
    let strange =
        ["javascript:alert(1)", "data:text/html,CNRY", "//cdn.m.test/1", "https://u:p@cdn.m.test/1", "file:///etc/passwd", &long];
    let strange: Vec<Value> = strange.iter().map(|url| picture(url, "CNRYstrange")).collect();
    told(&stage, "Create", 1, &note(&stage, "/n/1", &json!(strange))).await;
    assert_eq!(status(&stage, "/n/1").await["media_attachments"], json!([]));
    let many: Vec<Value> = (0..10_000).map(|n| json!({"type": "Image", "url": format!("https://cdn.m.test/{n}")})).collect();
    told(&stage, "Create", 2, &note(&stage, "/n/2", &json!(many))).await;
    assert_eq!(status(&stage, "/n/2").await["media_attachments"].as_array().unwrap().len(), 16);
    let talk = json!([
        picture("https://cdn.m.test/\"><script>alert(1)</script>", &"word ".repeat(5_000)),
        picture("https://cdn.m.test/a", "\u{202e}<img src=x onerror=alert(1)>\u{0}")
    ]);
    told(&stage, "Create", 3, &note(&stage, "/n/3", &talk)).await;
    let shown = status(&stage, "/n/3").await;
    assert!(shown["media_attachments"][0]["description"].as_str().unwrap().chars().count() <= 1_500);
    let page = stage.hall.in_browser(&stage.ada).await.get("/home").await.text();
    assert!(
        page.contains("Picture 16 of 16")
            && page.contains("No description. Opens at cdn.m.test")
            && !page.contains("<script>")
            && !page.contains("<img src=x"),
        "{page}"
    );
    assert_eq!(rows(&stage).await, 18);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_warning_it_stays_behind_it() {
    let stage = Stage::new().await;
    let mut warned = note(&stage, "/n/1", &json!([picture("https://cdn.m.test/1.jpg", "CNRYspider")]));
    (warned["summary"], warned["sensitive"]) = (json!("Spiders"), json!(true));
    told(&stage, "Create", 1, &warned).await;
    // Misskey says it of each picture.
    let mut hidden = picture("https://cdn.m.test/2.jpg", "CNRYhidden");
    hidden["sensitive"] = json!(true);
    told(&stage, "Create", 2, &note(&stage, "/n/2", &json!([hidden]))).await;
    for path in ["/n/1", "/n/2"] {
        assert_eq!(status(&stage, path).await["sensitive"], true, "{path}");
    }
    let page = stage.hall.in_browser(&stage.ada).await.get("/home").await.text();
    for canary in ["CNRYspider", "CNRYhidden"] {
        let before = page.split(canary).next().unwrap();
        assert!(page.contains(canary) && before.matches("<details").count() == before.matches("</details").count() + 1, "{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notification_about_a_picture_says_so() {
    let stage = Stage::new().await;
    let mut named = note(&stage, "/n/1", &json!([picture("https://cdn.m.test/1.jpg", "CNRYdragons")]));
    named["tag"] = json!([{"type": "Mention", "href": format!("{}/a/{}", stage.hall.base, stage.ada.actor), "name": "@ada"}]);
    told(&stage, "Create", 1, &named).await;
    let page = stage.hall.in_browser(&stage.ada).await.get("/notifications").await.text();
    assert!(page.contains("Picture: CNRYdragons"), "{page}");
    let notices = stage.client().read("/api/v1/notifications").await;
    assert_eq!(notices[0]["status"]["media_attachments"][0]["description"], "CNRYdragons");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_attached_inside_is_seen_inside_alone() {
    let stage = Stage::new().await;
    let host = stage.honest.host.as_str();
    let bridges = stage.hall.community(&stage.ada, "bridges", Zone::Partner, &[host]).await;
    let vic = store::actors::id_by_uri(stage.hall.store.read(), &stage.vic.uri).await.unwrap().unwrap();
    stage.hall.put(&bridges, vic, Role::Member, MembershipState::Active).await;
    let group = format!("{}/a/{}", stage.hall.base, bridges.actor);
    let mut inside = note(&stage, "/n/1", &json!([picture("https://cdn.m.test/CNRYurl.jpg", "CNRYwords")]));
    (inside["to"], inside["cc"], inside["audience"]) = (json!([group, format!("{group}/followers")]), json!([]), json!(group));
    let mut create = stage.vic.creates(&inside);
    create["audience"] = json!(group);
    assert_eq!(stage.vic.post(&stage.inbox(), &create).await.status, 202);
    stage.settled().await;
    let post = id(&stage, "/n/1").await;
    let bob = stage.hall.person("bob").await;
    let room = format!("/api/guildhall/v1/communities/{}/posts", bridges.id);
    let paths = [
        format!("/api/v1/statuses/{post}"),
        format!("/@vic@{host}/{post}"),
        "/@bridges".to_owned(),
        room,
        format!("/api/v1/timelines/list/{}", bridges.id),
    ];
    for path in &paths {
        let (web, member, other) = (path.starts_with("/@"), stage.client(), stage.hall.as_person(&bob));
        let member = if web { stage.hall.in_browser(&stage.ada).await } else { member };
        let other = if web { stage.hall.in_browser(&bob).await } else { other };
        let seen = member.get(path).await;
        assert!(seen.shows("CNRYurl") && seen.shows("CNRYwords"), "{path} {}: {}", seen.status, seen.text());
        for outside in [other, stage.hall.anonymous()] {
            let seen = outside.get(path).await;
            assert!(!seen.shows("CNRY"), "{path}: {}", seen.text());
        }
    }
    let own = stage.client().read(&paths[3]).await;
    let attached = &own["posts"].as_array().or(own.as_array()).unwrap()[0]["attachments"][0];
    assert_eq!((&attached["kind"], &attached["size"]), (&json!("image"), &json!({"width": 1500, "height": 1000})), "{own}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hall_passes_them_on_as_they_came() {
    let stage = Stage::new().await;
    let group = format!("{}/a/{}", stage.hall.base, stage.open.actor);
    for (actor, path) in [(&stage.vic, stage.good("/join")), (&stage.mal, stage.bad("/join"))] {
        assert_eq!(actor.post(&stage.inbox(), &actor.does("Join", &path, &json!(group))).await.status, 202);
    }
    stage.settled().await;
    let mut starter = note(&stage, "/n/1", &json!([picture("https://cdn.m.test/1.jpg", "CNRYdragons")]));
    starter["cc"] = json!([group]);
    let mut create = stage.vic.creates(&starter);
    create["audience"] = json!(group);
    assert_eq!(stage.vic.post(&stage.inbox(), &create).await.status, 202);
    let announced =
        || stage.hostile.delivered().into_iter().find(|one| one["type"] == "Announce" && one["object"]["type"] == "Create");
    becomes("it is announced", async || announced().is_some()).await;
    assert_eq!(announced().unwrap()["object"], create);
}

#[tokio::test]
async fn attachments_are_looked_for_by_their_post_and_posts_with_some_by_their_author() {
    if kit::db::on_postgres() {
        return;
    }
    let world = kit::World::new().await;
    let mut raw = world.db.raw().await;
    for (sql, index) in [
        ("SELECT 1 FROM post_attachments WHERE post_id IN (1, 2) ORDER BY post_id, position", "(post_id=?)"),
        (
            "SELECT p.id FROM posts p WHERE p.actor_id = 7 AND p.attachments_count > 0 AND p.id < 9 ORDER BY p.id DESC",
            "posts_attached",
        ),
    ] {
        let plan = format!("{:?}", raw.rows(&format!("EXPLAIN QUERY PLAN {sql}")).await);
        assert!(plan.contains("SEARCH") && plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
