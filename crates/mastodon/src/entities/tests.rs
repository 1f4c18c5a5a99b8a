//! Shapes against the rules that keep every app working, and against the documented attributes.

use super::*;
use crate::site::Site;
use app::views::{ActorKind, ActorView, AttachmentView, Mine, PostRecord, PostView, RelationshipView, ResourceView};
use domain::attachment::{Attachment, AttachmentKind};
use domain::audience::{Audience, Visibility};
use domain::id::{ActorId, AttachmentId, PostId};
use domain::requester::Principal;
use domain::text::Html;
use domain::time::Timestamp;
use serde_json::Value;
use std::sync::Arc;

fn actor(id: i64, handle: &str, host: Option<&str>, kind: ActorKind) -> Arc<ActorView> {
    let base = format!("https://{}", host.unwrap_or("hall.test"));
    Arc::new(ActorView {
        id: ActorId(id),
        uri: format!("{base}/a/{id}"),
        kind,
        handle: handle.to_owned(),
        host: host.map(str::to_owned),
        name: format!("{handle} \"the\" name"),
        summary: Html::clean("<p>About</p>"),
        url: format!("{base}/@{handle}"),
        icon: None,
        locked: false,
        discoverable: true,
        outside: true,
        posts_count: 3,
        followers_count: 2,
        following_count: 1,
        last_post_at: Some(Timestamp(1_704_164_645_678)),
        created_at: Timestamp(1_704_164_645_678),
        community: None,
        zone: None,
    })
}

fn record(id: i64, author: &ActorView, boost_of: Option<i64>) -> PostRecord {
    PostRecord {
        id: PostId(id),
        uri: format!("https://hall.test/p/{id}"),
        url: format!("https://hall.test/@{}/{id}", author.handle),
        actor: author.id,
        local: true,
        audience: Audience::personal(Visibility::Public),
        community: None,
        boost_of: boost_of.map(PostId),
        in_reply_to: None,
        in_reply_to_uri: None,
        in_reply_to_actor: None,
        root: PostId(id),
        title: None,
        html: Html::clean(if boost_of.is_none() {
            "<p>Hello <a href=\"https://x.test/\">all</a>, some more words.</p>"
        } else {
            ""
        }),
        source: None,
        spoiler: String::new(),
        sensitive: false,
        language: Some("en".to_owned()),
        resource: boost_of.is_none().then(|| ResourceView { url: "https://x.test/".into(), title: "X".into() }),
        context_uri: None,
        replies: 1,
        boosts: 2,
        dislikes: 0,
        locked: false,
        locked_by: None,
        favourites: 3,
        created_at: Timestamp(1_704_164_645_678),
        edited_at: None,
        mentions: Vec::new(),
        tags: if boost_of.is_none() { vec!["rust".into(), "größe".into()] } else { Vec::new() },
        poll: None,
        attachments: Vec::new(),
    }
}

fn post(id: i64) -> PostView {
    let author = actor(1, "ada", None, ActorKind::Person);
    PostView {
        post: Arc::new(record(id, &author, None)),
        author,
        community: None,
        mentions: vec![actor(2, "bob", Some("b.test"), ActorKind::Person)],
        boost: None,
        mine: Mine { favourited: true, boosted: false, bookmarked: false, pinned: false },
        ballot: None,
    }
}

fn boost(id: i64, of: PostView) -> PostView {
    let author = actor(3, "tdd", Some("b.test"), ActorKind::Group);
    let row = record(id, &author, Some(of.post.id.0));
    PostView {
        post: Arc::new(row),
        author,
        community: None,
        mentions: Vec::new(),
        boost: Some(Box::new(of)),
        mine: Mine::default(),
        ballot: None,
    }
}

fn attached(id: i64, kind: AttachmentKind) -> AttachmentView {
    let attachment = Attachment {
        kind,
        url: format!("https://cdn.b.test/{id}"),
        media_type: Some("image/png".into()),
        description: None,
        size: None,
        blurhash: None,
        focus: None,
    };
    AttachmentView { id: AttachmentId(id), attachment }
}

/// A post with a picture of which everything is said, and a film of which nothing is.
fn pictured(id: i64) -> PostView {
    let view = post(id);
    let mut picture = attached(7, AttachmentKind::Image);
    picture.attachment.description = Some("A <b>cat</b>".into());
    picture.attachment.size = Some((640, 480));
    picture.attachment.blurhash = Some("LEHV6nWB2yk8pyo0adR*.7kCMdnj".into());
    picture.attachment.focus = Some((-250, 1_000));
    let row = PostRecord { attachments: vec![picture, attached(8, AttachmentKind::Video)], ..view.post.as_ref().clone() };
    PostView { post: Arc::new(row), ..view }
}

#[expect(clippy::disallowed_methods, reason = "a test makes its own requester")]
fn ada() -> Requester {
    let principal = Principal::Local { account: domain::id::AccountId(1), actor: ActorId(1), admin: false };
    Requester::proven(principal, domain::scopes::Scopes::all(), 1)
}

fn site() -> Site {
    Site::at("https://hall.test")
}

fn value(entity: &impl serde::Serialize) -> Value {
    serde_json::from_slice(&serde_json::to_vec(entity).unwrap()).unwrap()
}

#[test]
fn a_status_has_the_shape_that_apps_need() {
    let (site, view) = (site(), post(10));
    let status = value(&Status::opened(&site, &ada(), &view));
    assert_eq!(status["id"], "10");
    assert_eq!(status["created_at"], "2024-01-02T03:04:05.678Z");
    assert_eq!(status["account"]["created_at"], "2024-01-02T00:00:00.000Z");
    assert_eq!(status["account"]["last_status_at"], "2024-01-02");
    assert_eq!(status["account"]["acct"], "ada");
    assert_eq!(status["account"]["group"], false);
    assert_eq!(status["account"]["avatar"], "https://hall.test/assets/missing.png");
    assert!(status["account"]["header"].as_str().unwrap().ends_with("/original/missing.png"));
    assert_eq!(status["mentions"][0]["acct"], "bob@b.test");
    assert_eq!(status["tags"][1]["url"], "https://hall.test/tags/gr%C3%B6%C3%9Fe");
    assert_eq!(status["card"]["provider_name"], "x.test");
    assert_eq!(status["url"], "https://hall.test/@ada/10");
    assert_eq!((&status["favourited"], &status["reblogged"]), (&Value::Bool(true), &Value::Bool(false)));
    assert_eq!(status["filtered"], Value::Array(Vec::new()));
    assert!(status.get("text").is_none());
}

#[test]
fn what_is_attached_leads_to_where_it_is_and_says_what_is_known_of_it() {
    let (site, view) = (site(), pictured(10));
    let media = value(&Status::opened(&site, &ada(), &view))["media_attachments"].clone();
    let picture = serde_json::json!({
        "id": "7", "type": "image", "url": "https://cdn.b.test/7", "preview_url": "https://cdn.b.test/7",
        "remote_url": "https://cdn.b.test/7", "text_url": null, "description": "A <b>cat</b>",
        "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        "meta": {"original": {"width": 640, "height": 480, "size": "640x480", "aspect": 640.0 / 480.0}, "focus": {"x": -0.25, "y": 1.0}},
    });
    assert_eq!(media[0], picture);
    let film = &media[1];
    assert_eq!((&film["type"], &film["url"]), (&"video".into(), &"https://cdn.b.test/8".into()));
    for unknown in ["preview_url", "meta", "description", "blurhash"] {
        assert_eq!(film[unknown], Value::Null, "{unknown}");
    }
    let around = boost(11, pictured(10));
    assert_eq!(value(&Status::opened(&site, &ada(), &around))["reblog"]["media_attachments"], media);
}

#[test]
fn strangers_are_told_nothing_of_what_they_did() {
    let (site, view) = (site(), post(10));
    let status = value(&Status::opened(&site, &Requester::anonymous(), &view));
    for key in ["favourited", "reblogged", "muted", "bookmarked", "pinned", "filtered"] {
        assert!(status.get(key).is_none(), "{key}");
    }
}

#[test]
fn a_boost_is_a_row_of_the_community_around_the_post() {
    let (site, view) = (site(), boost(11, post(10)));
    let status = value(&Status::opened(&site, &ada(), &view));
    assert_eq!((&status["id"], &status["reblog"]["id"]), (&"11".into(), &"10".into()));
    assert_eq!((&status["account"]["group"], &status["account"]["acct"]), (&true.into(), &"tdd@b.test".into()));
    assert_eq!(status["content"], status["reblog"]["content"]);
    assert_eq!(status["favourited"], true);
    assert_eq!(status["reblog"]["account"]["acct"], "ada");
    assert_eq!(status["reblog"]["reblog"], Value::Null);
}

/// What apps refuse when it is `null`: everything except what the documentation marks so and they take.
const NULLABLE: [&str; 23] = [
    "in_reply_to_id",
    "in_reply_to_account_id",
    "edited_at",
    "reblog",
    "application",
    "card",
    "poll",
    "quote",
    "language",
    "image",
    "blurhash",
    "published_at",
    "languages",
    "muting_expires_at",
    "message",
    "url",
    "status",
    "preview_url",
    "text_url",
    "meta",
    "description",
    "privacy_policy",
    "terms_of_service",
];

fn no_null(value: &Value, key: &str) {
    match value {
        Value::Null => assert!(NULLABLE.contains(&key) || ["account", "contact_account"].contains(&key), "{key} is null"),
        Value::Array(items) => items.iter().for_each(|item| no_null(item, key)),
        Value::Object(fields) => {
            for (key, field) in fields {
                no_null(field, key);
                let is_address =
                    ["url", "uri", "avatar", "header", "avatar_static", "header_static", "image"].contains(&key.as_str());
                assert!(!is_address || field.as_str() != Some(""), "{key} is empty");
            }
        }
        _ => {}
    }
}

fn settings() -> app::Settings {
    app::Settings {
        base_url: "https://hall.test/".parse().unwrap(),
        handle_domain: "hall.test".into(),
        organisation: "Hall \"A\"".into(),
        registrations: app::Registrations::Open,
        peers: domain::peers::Peers::Everybody,
        insecure: false,
    }
}

#[test]
fn nothing_is_null_that_apps_do_not_take_as_null() {
    let (site, view) = (site(), boost(11, pictured(10)));
    let figures = app::instance::Figures { people: 1, posts: 2, instances: 3 };
    let settings = settings();
    no_null(&value(&Status::opened(&site, &ada(), &view)), "");
    no_null(&value(&Relationship::of(&RelationshipView::default())), "");
    let instance = value(&Instance::of(&site, &settings, &figures));
    no_null(&instance, "");
    no_null(&value(&InstanceV1::of(&site, &settings, &figures)), "");
    assert_eq!(instance["configuration"]["urls"]["streaming"], "wss://hall.test");
    assert!(instance["version"].as_str().unwrap().starts_with("4.2.0+guildhall."));
}

/// The documented attributes of an entity, read from a file of facts where one is at hand.
fn documented(entity: &str) -> Option<Vec<String>> {
    let file = option_env!("GUILDHALL_FACTS")?;
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(format!("{file}/mastodon-api/entities.json")).ok()?).ok()?;
    let fields = facts[entity].as_array()?.iter();
    let fields = fields.filter(|field| field["optional"] != true && field["removed"] != true && field["deprecated"] != true);
    Some(fields.filter_map(|field| field["attribute"].as_str().map(str::to_owned)).collect())
}

#[test]
fn every_documented_attribute_is_there() {
    let (site, view) = (site(), pictured(10));
    let figures = app::instance::Figures { people: 1, posts: 2, instances: 3 };
    let settings = settings();
    let status = Status::opened(&site, &ada(), &view);
    let shapes = [
        ("Status", value(&status.with_text("source"))),
        ("Account", value(&Account::of(&site, &view.author))),
        ("Relationship", value(&Relationship::none(ActorId(1)))),
        ("Tag", value(&Tag::of(&site, "rust", true))),
        ("PreviewCard", value(&Status::opened(&site, &ada(), &view))["card"].clone()),
        ("MediaAttachment", value(&Status::opened(&site, &ada(), &view))["media_attachments"][0].clone()),
        ("Instance", value(&Instance::of(&site, &settings, &figures))),
        ("V1::Instance", value(&InstanceV1::of(&site, &settings, &figures))),
    ];
    // Of newer versions than the one that is claimed, and read by nobody without asking for it.
    let left_out = ["wrapstodon", "missing_attribution"];
    for (name, shape) in shapes {
        for attribute in documented(name).unwrap_or_default() {
            let top = attribute.split('[').next().unwrap_or(&attribute);
            assert!(shape.get(top).is_some() || left_out.contains(&top), "{name} has no {attribute}");
        }
    }
}

/// How long it takes to write this, and how many bytes it is.
fn timed(entities: impl Fn(&mut Vec<u8>)) -> (usize, std::time::Duration) {
    let mut bytes = Vec::with_capacity(200_000);
    let rounds = 200;
    let start = std::time::Instant::now();
    for _ in 0..rounds {
        bytes.clear();
        entities(&mut bytes);
    }
    (bytes.len(), start.elapsed() / rounds)
}

/// A page of boosts is what Home mostly is. Printed with `--nocapture`; asserted only against being slow by
/// an order of magnitude, since tests run unoptimised.
#[test]
fn a_page_of_twenty_is_written_quickly() {
    let (site, ada) = (site(), ada());
    let page = |views: &[PostView], bytes: &mut Vec<u8>| {
        let page: Vec<_> = views.iter().map(|view| Status::opened(&site, &ada, view)).collect();
        serde_json::to_writer(bytes, &page).unwrap();
    };
    let posts: Vec<_> = (1..=20).map(post).collect();
    let boosts: Vec<_> = (1..=20).map(|id| boost(100 + id, post(id))).collect();
    let accounts: Vec<_> = posts.iter().map(|post| Account::of(&site, &post.author)).collect();
    for (what, (length, each)) in [
        ("posts", timed(|bytes| page(&posts, bytes))),
        ("boosts", timed(|bytes| page(&boosts, bytes))),
        ("accounts", timed(|bytes| serde_json::to_writer(bytes, &accounts).unwrap())),
    ] {
        println!("20 {what}: {length} bytes in {each:?}");
        assert!(each.as_millis() < 50, "20 {what} took {each:?}");
    }
}
