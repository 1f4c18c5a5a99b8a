//! Real shapes that must be read, and claims of authority that must be refused.

use serde_json::{Value, json};

use super::*;

fn note() -> Value {
    json!({
        "id": "https://x.test/p/1", "type": "Note", "attributedTo": "https://x.test/a/1",
        "content": "<p>Hello</p>", "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [],
    })
}

fn person() -> Value {
    json!({
        "id": "https://x.test/a/1", "type": "Person", "preferredUsername": "ann",
        "inbox": "https://x.test/a/1/inbox",
        "publicKey": {"id": "https://x.test/a/1#main-key", "owner": "https://x.test/a/1", "publicKeyPem": "PEM"},
    })
}

fn with(mut base: Value, field: &str, value: Value) -> Value {
    base[field] = value;
    base
}

#[test]
fn origins_are_scheme_host_and_port() {
    for (a, b, same) in [
        ("https://x.test/a", "https://X.TEST:443/b", true),
        ("https://x.test/a", "http://x.test/a", false),
        ("https://x.test/a", "https://x.test:8443/a", false),
        ("https://x.test/a", "https://y.test/a", false),
        ("https://x.test/a", "https://x.test./a", false),
        ("acct:a@x.test", "acct:a@x.test", false),
        ("data:x", "data:x", false),
        ("https://x.test@y.test/", "https://x.test/", false),
    ] {
        assert_eq!(same_origin(a, b), same, "{a} {b}");
    }
    for spelling in ["https://S.TEST/a", "http://s.test/a", "https://s.test./a", "https://s.test:443/", "https://u@s.test:1/"] {
        assert!(is_on_host(spelling, "s.test"), "{spelling}");
        assert!(is_on_host(spelling, "S.test:8443"), "{spelling}");
    }
    assert!(!is_on_host("https://xs.test/", "s.test"));
    assert!(!is_on_host("nonsense", "s.test"));
}

#[test]
fn an_author_is_one_person_on_the_objects_origin() {
    let me = "https://x.test/a/1";
    for form in [
        json!(me),
        json!([me]),
        json!({"type": "Person", "id": me}),
        json!([{"type": "Person", "id": me}, {"type": "Group", "id": "https://x.test/g"}]),
        json!([{"type": "Group", "id": "https://y.test/g"}, me]),
    ] {
        let doc = ObjectDoc::parse(&with(note(), "attributedTo", form.clone())).unwrap();
        assert_eq!(doc.author(), Ok(me), "{form}");
    }
    for form in [
        json!(null),
        json!([]),
        json!([me, "https://x.test/a/2"]),
        json!(["https://v.test/vic", me]),
        json!([me, {"type": "Person", "id": "https://v.test/vic"}]),
        json!([me, me]),
        json!([{"type": "Group", "id": "https://x.test/g"}]),
        json!({"type": "Person"}),
        json!([[me]]),
        json!("acct:a@x.test"),
        json!(7),
    ] {
        let got = ObjectDoc::parse(&with(note(), "attributedTo", form.clone()));
        assert_eq!(got, Err(ModelError::Attribution), "{form}");
    }
    let foreign = with(note(), "attributedTo", json!("https://v.test/vic"));
    assert_eq!(ObjectDoc::parse(&foreign), Err(ModelError::ForeignOrigin("attributedTo")));
}

#[test]
fn a_document_is_one_thing() {
    assert_eq!(ObjectDoc::parse(&with(note(), "type", json!(["Note", "Person"]))), Err(ModelError::Type));
    assert!(ObjectDoc::parse(&with(note(), "type", json!(["Note"]))).is_ok());
    assert_eq!(ObjectDoc::parse(&json!([note()])), Err(ModelError::NotAnObject));
    assert_eq!(ActorDoc::parse(&note()), Err(ModelError::UnexpectedType("Note".to_owned())));
    for id in [json!(null), json!(1), json!(""), json!("javascript:1"), json!({"id": "https://x.test/p/1"})] {
        assert_eq!(ObjectDoc::parse(&with(note(), "id", id)), Err(ModelError::Field("id")));
    }
}

#[test]
fn lists_are_capped_and_long_texts_refused() {
    let mentions: Vec<Value> = (0..1_000)
        .map(|i| json!({"type": "Mention", "href": format!("https://x.test/{i}"), "name": "@a"}))
        .chain((0..1_000).map(|i| json!({"type": "Hashtag", "name": format!("#t{i}")})))
        .collect();
    let files: Vec<Value> = (0..100).map(|i| json!({"type": "Link", "href": format!("https://x.test/{i}")})).collect();
    let doc = with(with(note(), "tag", json!(mentions)), "attachment", json!(files));
    let doc = ObjectDoc::parse(&doc).unwrap();
    assert_eq!((doc.mentions.len(), doc.hashtags.len(), doc.links.len()), (50, 64, 16));
    let long = "a".repeat(MAX_TEXT + 1);
    for field in ["content", "summary"] {
        let got = ObjectDoc::parse(&with(note(), field, json!(long)));
        assert_eq!(got, Err(ModelError::TooLong(field)));
    }
    assert!(ObjectDoc::parse(&with(note(), "content", json!("a".repeat(MAX_TEXT)))).is_ok());
    let source = json!({"content": long, "mediaType": "text/markdown"});
    assert_eq!(ObjectDoc::parse(&with(note(), "source", source)), Err(ModelError::TooLong("source")));
}

#[test]
fn only_markdown_sources_count() {
    for (media, kept) in
        [("text/markdown", true), ("text/markdown; charset=utf-8", true), ("text/html", false), ("text/bbcode", false)]
    {
        let source = json!({"content": "*a*", "mediaType": media});
        let doc = ObjectDoc::parse(&with(note(), "source", source)).unwrap();
        assert_eq!(doc.source_markdown.is_some(), kept, "{media}");
    }
    let bare = ObjectDoc::parse(&with(note(), "source", json!("*a*"))).unwrap();
    assert_eq!(bare.source_markdown, None);
}

#[test]
fn languages_come_from_three_places() {
    for (field, value, expected) in [
        ("contentMap", json!({"de": "x"}), Some("de")),
        ("contentMap", json!({"de": "x", "en": "y"}), None),
        ("language", json!({"identifier": "fr", "name": "Français"}), Some("fr")),
        ("language", json!("es"), Some("es")),
        ("inLanguage", json!("pt-BR"), Some("pt-BR")),
        ("language", json!({"identifier": "und"}), None),
        ("language", json!("<script>"), None),
    ] {
        let doc = ObjectDoc::parse(&with(note(), field, value.clone())).unwrap();
        assert_eq!(doc.language.as_deref(), expected, "{field} {value}");
    }
}

#[test]
fn pages_on_other_hosts_and_strange_schemes_read_as_absent() {
    for (url, kept) in [
        (json!("https://x.test/@a/1"), true),
        (
            json!([{"type": "Link", "mediaType": "video/mp4", "href": "https://x.test/v"}, {"type": "Link", "mediaType": "text/html", "href": "https://x.test/w"}]),
            true,
        ),
        (json!("https://v.test/@vic/1"), false),
        (json!("javascript:alert(1)"), false),
        (json!(7), false),
    ] {
        let doc = ObjectDoc::parse(&with(note(), "url", url.clone())).unwrap();
        assert_eq!(doc.url.is_some(), kept, "{url}");
    }
    let icon = ActorDoc::parse(&with(person(), "icon", json!({"type": "Image", "url": "data:x"})));
    assert_eq!(icon.unwrap().icon_url, None);
}

#[test]
fn only_the_own_key_of_an_actor_counts() {
    let own = person()["publicKey"].clone();
    let foreign = json!({"id": "https://x.test/a/1#k2", "owner": "https://v.test/vic", "publicKeyPem": "EVIL"});
    let twin = json!({"id": "https://x.test/a/1#main-key", "owner": "https://x.test/a/1", "publicKeyPem": "OTHER"});
    let afar = json!({"id": "https://v.test/k", "owner": "https://x.test/a/1", "publicKeyPem": "EVIL"});
    let doc = with(person(), "publicKey", json!([foreign, afar, own, twin]));
    assert_eq!(ActorDoc::parse(&doc).unwrap().public_key.unwrap().pem, "PEM");
    for bad in [foreign, afar, json!("https://x.test/a/1#main-key"), json!(null)] {
        let doc = with(person(), "publicKey", bad);
        assert_eq!(ActorDoc::parse(&doc).unwrap().public_key, None);
    }
}

#[test]
fn key_documents_are_found_in_actors_stubs_and_bare() {
    let id = "https://x.test/a/1#main-key";
    let bare = person()["publicKey"].clone();
    for doc in [person(), json!({"publicKey": [bare]}), bare.clone()] {
        assert_eq!(PublicKeyDoc::find(&doc, id).unwrap().owner, "https://x.test/a/1");
        assert_eq!(PublicKeyDoc::find(&doc, "https://x.test/a/1#other"), None);
    }
    let foreign = json!({"id": id, "owner": "https://v.test/vic", "publicKeyPem": "P"});
    assert_eq!(PublicKeyDoc::find(&foreign, id), None);
}

#[test]
fn only_own_multikeys_count() {
    let method = |id: &str, controller: &str, key: &str| json!({"id": id, "type": "Multikey", "controller": controller, "publicKeyMultibase": key});
    let doc = with(
        person(),
        "assertionMethod",
        json!([
            method("https://x.test/a/1#ed", "https://x.test/a/1", "z1"),
            method("https://x.test/a/1#ed", "https://x.test/a/1", "z2"),
            method("https://v.test/k", "https://x.test/a/1", "z3"),
            method("https://x.test/a/1#f", "https://v.test/vic", "z4"),
            "https://x.test/a/1#by-reference",
        ]),
    );
    let methods = ActorDoc::parse(&doc).unwrap().assertion_methods;
    assert_eq!(methods.len(), 1);
    assert_eq!(methods[0].multibase, "z1");
}

#[test]
fn inboxes_stay_on_the_actors_origin() {
    for (inbox, error) in [
        (json!("https://v.test/inbox"), ModelError::ForeignOrigin("inbox")),
        (json!("http://x.test/inbox"), ModelError::ForeignOrigin("inbox")),
        (json!("file:///etc/passwd"), ModelError::Field("inbox")),
        (json!(null), ModelError::Field("inbox")),
    ] {
        assert_eq!(ActorDoc::parse(&with(person(), "inbox", inbox)), Err(error));
    }
    let shared = with(person(), "endpoints", json!({"sharedInbox": "https://v.test/inbox"}));
    assert_eq!(ActorDoc::parse(&shared).unwrap().shared_inbox, None);
    let followers = with(person(), "followers", json!("https://v.test/followers"));
    assert_eq!(ActorDoc::parse(&followers).unwrap().followers, None);
}

#[test]
fn our_extensions_are_read_with_and_without_prefix() {
    let doc = json!({"acceptsJoins": true, "guildhall:zone": "partner", "joinPolicy": "request", "purpose": "Bees", "webfinger": "acct:Bees@x.test"});
    let mut group = with(person(), "type", json!("Group"));
    group.as_object_mut().unwrap().extend(doc.as_object().unwrap().clone());
    let actor = ActorDoc::parse(&group).unwrap();
    assert!(actor.accepts_joins);
    assert_eq!(actor.zone.as_deref(), Some("partner"));
    assert_eq!(actor.join_policy.as_deref(), Some("request"));
    assert_eq!(actor.purpose.as_deref(), Some("Bees"));
    assert_eq!(actor.webfinger.as_deref(), Some("Bees@x.test"));
    let strange = ActorDoc::parse(&with(group, "guildhall:zone", json!("internal"))).unwrap();
    assert_eq!(strange.zone, None);
}

#[test]
fn activities_belong_to_their_actors_origin() {
    let follow = json!({"id": "https://x.test/f/1", "type": "Follow", "actor": {"id": "https://x.test/a/1"}, "object": "https://s.test/a/9"});
    let activity = Activity::parse(follow.clone()).unwrap();
    assert_eq!(activity.kind, ActivityKind::Follow);
    assert_eq!(activity.object_id(), Some("https://s.test/a/9"));
    assert_eq!(activity.embedded(), None);
    assert_eq!(activity.raw, follow);
    for (field, value, error) in [
        ("actor", json!("https://v.test/vic"), ModelError::ForeignOrigin("actor")),
        ("actor", json!(["https://x.test/a/1", "https://v.test/vic"]), ModelError::Field("actor")),
        ("id", json!("https://v.test/f/1"), ModelError::ForeignOrigin("actor")),
        ("object", json!(null), ModelError::Field("object")),
        ("type", json!(["Follow", "Create"]), ModelError::Type),
        ("type", json!([]), ModelError::Type),
    ] {
        assert_eq!(Activity::parse(with(follow.clone(), field, value)), Err(error), "{field}");
    }
    let strange = Activity::parse(with(follow, "type", json!("Sneeze"))).unwrap();
    assert_eq!(strange.kind, ActivityKind::Other("Sneeze".to_owned()));
}

#[test]
fn reactions_are_read_alike() {
    for kind in ["EmojiReact", "Like"] {
        let doc = json!({"id": "https://x.test/l", "type": kind, "actor": "https://x.test/a", "object": "https://s.test/p", "content": "🐝"});
        assert_eq!(Activity::parse(doc).unwrap().reaction().as_deref(), Some("🐝"));
    }
}

#[test]
fn events_are_by_their_organiser() {
    let event = json!({
        "id": "https://x.test/e/1", "type": "Event", "name": "Meeting", "actor": "https://x.test/a/1",
        "attributedTo": "https://x.test/g/1", "startTime": "2026-12-01T18:00:00+01:00",
        "endTime": "2026-12-01T19:00:00+01:00", "timezone": "Europe/Berlin", "joinMode": "free",
        "ical:status": "CONFIRMED", "maximumAttendeeCapacity": 0,
        "location": {"type": "Place", "name": "Hall", "address": {"streetAddress": "Main 1", "addressLocality": "Bonn"}},
    });
    let doc = ObjectDoc::parse(&event).unwrap();
    assert_eq!(doc.author(), Ok("https://x.test/a/1"));
    assert_eq!(doc.groups, ["https://x.test/g/1"]);
    let details = doc.event.unwrap();
    assert_eq!(details.ends.unwrap().ms - details.starts.unwrap().ms, 3_600_000);
    assert_eq!(details.place.as_deref(), Some("Hall"));
    assert_eq!(details.address.as_deref(), Some("Main 1, Bonn"));
    assert_eq!(details.capacity, None);
    let reversed = with(event, "endTime", json!("2026-11-01T18:00:00Z"));
    assert_eq!(ObjectDoc::parse(&reversed).unwrap().event.unwrap().ends, None);
}

#[test]
fn c109_c110_the_numbers_dates_and_choices_of_a_poll_have_limits() {
    let choice = |name: String, votes: Value| json!({"type": "Note", "name": name, "replies": {"totalItems": votes}});
    let many: Vec<Value> = (0..100_000).map(|n| choice(n.to_string(), json!(1))).collect();
    let huge = vec![choice("x".repeat(1_000_000), json!(-1)), choice("y".to_owned(), json!(9_223_372_036_854_775_808_u64))];
    let alike = vec![choice("a".to_owned(), json!(0.1)), choice("a".to_owned(), json!(1)), choice("b".to_owned(), json!(1e308))];
    let read = |choices: Vec<Value>, end: &str| {
        let doc = with(with(note(), "type", json!("Question")), "oneOf", json!(choices));
        ObjectDoc::parse(&with(doc, "endTime", json!(end))).unwrap().poll.unwrap()
    };
    assert_eq!(read(many, "2026-01-02T03:04:05Z").options.len(), 50);
    let huge = read(huge, "99999-01-01T00:00:00Z");
    assert_eq!((huge.options[0].name.len(), huge.options[0].votes, huge.options[1].votes), (500, None, None));
    assert_eq!(huge.ends_ms, None);
    let alike = read(alike, "0000-01-01T00:00:00Z");
    let names: Vec<&str> = alike.options.iter().map(|option| option.name.as_str()).collect();
    assert_eq!((names, alike.options[0].votes, alike.options[1].votes, alike.ends_ms), (vec!["a", "b"], None, None, None));
}

#[test]
fn polls_have_at_least_two_distinct_choices() {
    let choice = |name: &str, n: i64| json!({"type": "Note", "name": name, "replies": {"totalItems": n}});
    let doc = with(note(), "anyOf", json!([choice("a", 3), choice("b", -1), choice("a", 9)]));
    let poll = ObjectDoc::parse(&doc).unwrap().poll.unwrap();
    assert!(poll.multiple);
    assert_eq!(poll.options.len(), 2);
    assert_eq!((poll.options[0].votes, poll.options[1].votes), (Some(3), None));
    let single = with(note(), "oneOf", json!([choice("a", 1)]));
    assert_eq!(ObjectDoc::parse(&single).unwrap().poll, None);
}

/// Every field of every document replaced by every kind of value: errors, never panics.
#[test]
fn nonsense_in_any_field_never_panics() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("\u{0}\u{202e}é"),
        json!("https://"),
        json!([]),
        json!([null]),
        json!([[[]]]),
        json!({}),
        json!({"id": []}),
        json!({"type": 1, "id": {}, "href": [], "url": [{}]}),
        json!("x".repeat(70_000)),
    ];
    let fields = [
        "id",
        "type",
        "actor",
        "object",
        "target",
        "to",
        "cc",
        "audience",
        "published",
        "updated",
        "attributedTo",
        "name",
        "nameMap",
        "content",
        "contentMap",
        "summary",
        "source",
        "inReplyTo",
        "url",
        "language",
        "inLanguage",
        "sensitive",
        "context",
        "tag",
        "attachment",
        "image",
        "oneOf",
        "anyOf",
        "startTime",
        "endTime",
        "location",
        "closed",
        "votersCount",
        "inbox",
        "endpoints",
        "publicKey",
        "assertionMethod",
        "icon",
        "preferredUsername",
        "webfinger",
        "alsoKnownAs",
        "movedTo",
        "zone",
        "resource",
        "proof",
        "featured",
    ];
    for base in [note(), person(), with(note(), "type", json!("Event")), with(person(), "type", json!("Group"))] {
        for field in fields {
            for value in &odd {
                let doc = with(base.clone(), field, value.clone());
                let _ = ObjectDoc::parse(&doc);
                let _ = ActorDoc::parse(&doc);
                let _ = PublicKeyDoc::find(&doc, "x");
                let _ = crate::proof::verification_method(&doc);
                let _ = Activity::parse(doc);
            }
        }
    }
}
