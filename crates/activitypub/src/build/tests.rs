//! What we write, we must be able to read, and peers with stricter eyes too.

use serde_json::{Value, json};

use super::*;
use crate::model::{Activity, ActivityKind, ActorDoc, ActorKind, ObjectDoc, ObjectKind};
use crate::vocab::PUBLIC;

fn group() -> ActorParams {
    ActorParams {
        id: "https://s.test/a/1".to_owned(),
        kind: ActorKind::Group,
        preferred_username: "bees".to_owned(),
        summary_html: Some("<p>Bees</p>".to_owned()),
        source_markdown: Some("Bees".to_owned()),
        url: "https://s.test/@bees".to_owned(),
        icon_url: Some("https://s.test/i.png".to_owned()),
        inbox: "https://s.test/a/1/inbox".to_owned(),
        outbox: "https://s.test/a/1/outbox".to_owned(),
        followers: Some("https://s.test/a/1/followers".to_owned()),
        moderators: Some("https://s.test/a/1/moderators".to_owned()),
        shared_inbox: Some("https://s.test/inbox".to_owned()),
        public_key_id: "https://s.test/a/1#main-key".to_owned(),
        public_key_pem: "PEM".to_owned(),
        assertion_keys: vec![AssertionKey { id: "https://s.test/a/1#ed25519-key".to_owned(), multibase: "z6Mk".to_owned() }],
        accepts_joins: Some(true),
        zone: Some("open".to_owned()),
        join_policy: Some("open".to_owned()),
        purpose: Some("Keeping bees".to_owned()),
        webfinger: Some("bees@s.test".to_owned()),
        languages: vec!["en".to_owned()],
        published_ms: Some(1_795_341_600_000),
        ..ActorParams::default()
    }
}

fn post_params() -> PostParams {
    PostParams {
        id: "https://s.test/p/1".to_owned(),
        url: "https://s.test/@bees/1".to_owned(),
        attributed_to: "https://s.test/a/2".to_owned(),
        to: vec!["https://s.test/a/1".to_owned(), PUBLIC.to_owned()],
        audience: Some("https://s.test/a/1".to_owned()),
        name: Some("Title".to_owned()),
        content_html: "<p>Text</p>".to_owned(),
        summary: Some("<p>Text</p>".to_owned()),
        source_markdown: Some("Text".to_owned()),
        preview: Some(PreviewParams { content_html: "<p>Text</p>".to_owned() }),
        context: Some("https://s.test/c/1".to_owned()),
        published_ms: 1_795_341_600_000,
        language: Some("en".to_owned()),
        mentions: vec![Mention { href: "https://x.test/a".to_owned(), name: "@a@x.test".to_owned() }],
        hashtags: vec![Hashtag { href: "https://s.test/t/bees".to_owned(), name: "bees".to_owned() }],
        links: vec![Link { href: "https://x.test/".to_owned(), name: Some("X".to_owned()) }],
        media: vec![Media {
            url: "https://m.s.test/1.png".to_owned(),
            media_type: "image/png".to_owned(),
            description: Some("A bee".to_owned()),
            ..Media::default()
        }],
        resource: Some(json!({"kind": "template"})),
        ..PostParams::default()
    }
}

fn envelope(to: &[String]) -> Envelope<'_> {
    Envelope {
        id: "https://s.test/p/1#c",
        actor: "https://s.test/a/2",
        to,
        audience: Some("https://s.test/a/1"),
        published_ms: Some(1_795_341_600_000),
        ..Envelope::default()
    }
}

/// No null but the one peers expect, and lists as lists, at any depth outside the context.
fn check_shape(value: &Value, path: &str) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter().filter(|(k, _)| *k != "@context") {
                assert!(!inner.is_null() || key == "inReplyTo", "{path}/{key} is null");
                if ["to", "cc", "tag", "attachment", "assertionMethod", "orderedItems"].contains(&key.as_str()) {
                    assert!(inner.is_array(), "{path}/{key} is not a list");
                }
                check_shape(inner, &format!("{path}/{key}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| check_shape(item, path)),
        _ => {}
    }
}

#[test]
fn actors_are_read_back_whole() {
    let doc = actor(&group());
    check_shape(&doc, "");
    let read = ActorDoc::parse(&doc).unwrap();
    assert_eq!(read.kind, ActorKind::Group);
    assert_eq!(read.name.as_deref(), Some("bees"));
    assert_eq!(read.moderators.as_deref(), Some("https://s.test/a/1/moderators"));
    assert_eq!(read.shared_inbox.as_deref(), Some("https://s.test/inbox"));
    assert_eq!(read.public_key.unwrap().pem, "PEM");
    assert_eq!(read.assertion_methods.len(), 1);
    assert!(read.accepts_joins && !read.discoverable);
    assert_eq!(read.zone.as_deref(), Some("open"));
    assert_eq!(read.webfinger.as_deref(), Some("bees@s.test"));
    assert_eq!(read.url.as_deref(), Some("https://s.test/@bees"));
}

#[test]
fn the_stub_of_a_guarded_actor_tells_only_the_key() {
    let doc = key_stub(&group());
    let read = ActorDoc::parse(&doc).unwrap();
    assert!(read.public_key.is_some());
    assert_eq!((read.name, read.summary, read.followers, read.purpose), (None, None, None, None));
}

#[test]
fn articles_are_read_back_whole() {
    let doc = article(&post_params());
    check_shape(&doc, "");
    assert_eq!(doc["preview"]["type"], "Note");
    assert_eq!(doc["interactionPolicy"]["canQuote"]["automaticApproval"], json!([PUBLIC]));
    let read = ObjectDoc::parse(&doc).unwrap();
    assert_eq!(read.kind, ObjectKind::Article);
    assert_eq!(read.name.as_deref(), Some("Title"));
    assert_eq!(read.source_markdown.as_deref(), Some("Text"));
    assert_eq!(read.language.as_deref(), Some("en"));
    assert_eq!(read.hashtags, ["bees"]);
    assert_eq!((read.mentions.len(), read.links.len(), read.media.len()), (1, 1, 1));
    assert_eq!(read.published_ms, Some(1_795_341_600_000));
    assert_eq!(read.updated_ms, None);
    assert!(read.addressing.is_public());
    assert_eq!(read.resource, Some(json!({"kind": "template"})));
}

#[test]
fn notes_have_neither_title_nor_preview() {
    let doc = note(&PostParams { quote_policy: QuotePolicy::Nobody, ..post_params() });
    check_shape(&doc, "");
    assert!(doc.get("name").is_none() && doc.get("preview").is_none());
    assert_eq!(doc["interactionPolicy"]["canQuote"]["automaticApproval"], json!(["https://s.test/a/2"]));
    // always there, also empty: some peers fail on a missing one
    assert_eq!(doc["cc"], json!([]));
}

#[test]
fn own_objects_share_the_outer_context_and_relayed_ones_keep_theirs() {
    let to = [PUBLIC.to_owned()];
    let created = create(&envelope(&to), article(&post_params()));
    check_shape(&created, "");
    assert!(created["object"].get("@context").is_none());
    assert_eq!(created["cc"], json!([]));
    let inner = json!({"@context": ["x"], "id": "https://x.test/1", "proof": {"a": 1}});
    let announced = announce(&envelope(&to), inner.clone());
    assert_eq!(announced["object"], inner);
    assert_eq!(accept(&envelope(&to), inner.clone())["object"], inner);
}

#[test]
fn every_activity_is_read_back_as_its_kind() {
    let to = [PUBLIC.to_owned()];
    let e = envelope(&to);
    let object = || Value::from("https://x.test/o");
    for (doc, kind) in [
        (create(&e, note(&post_params())), ActivityKind::Create),
        (update(&e, note(&post_params())), ActivityKind::Update),
        (delete(&e, tombstone("https://s.test/p/1", Some("Note"), Some(1))), ActivityKind::Delete),
        (undo(&e, follow(&e, object())), ActivityKind::Undo),
        (follow(&e, object()), ActivityKind::Follow),
        (join(&e, object()), ActivityKind::Join),
        (leave(&e, object()), ActivityKind::Leave),
        (accept(&e, object()), ActivityKind::Accept),
        (reject(&e, object()), ActivityKind::Reject),
        (announce(&e, object()), ActivityKind::Announce),
        (like(&e, object()), ActivityKind::Like),
        (dislike(&e, object()), ActivityKind::Dislike),
        (flag(&e, object()), ActivityKind::Flag),
        (block(&e, object(), "https://s.test/a/1"), ActivityKind::Block),
        (add(&e, object(), "https://s.test/a/1/featured"), ActivityKind::Add),
        (remove(&e, object(), "https://s.test/a/1/featured"), ActivityKind::Remove),
        (move_to(&e, "https://y.test/a"), ActivityKind::Move),
    ] {
        check_shape(&doc, "");
        let has_target = doc.get("target").is_some();
        let read = Activity::parse(doc).unwrap();
        assert_eq!(read.kind, kind);
        assert_eq!(read.audience, ["https://s.test/a/1"]);
        assert_eq!(read.target.is_some(), has_target);
        assert!(read.addressing.is_public());
    }
}

#[test]
fn the_context_names_activitystreams_first_and_every_term_we_write() {
    let context = context();
    assert_eq!(context[0], "https://www.w3.org/ns/activitystreams");
    for term in ["zone", "acceptsJoins", "joinPolicy", "purpose", "Multikey", "interactionPolicy", "Hashtag"] {
        assert!(context[2].get(term).is_some(), "{term}");
    }
    assert_eq!(context[2]["guildhall"], NAMESPACE);
}

#[test]
fn collections_may_hide_their_items() {
    let hidden = ordered_collection("https://s.test/f", 3, None, None);
    check_shape(&hidden, "");
    assert_eq!(hidden["totalItems"], 3);
    assert!(hidden.get("first").is_none() && hidden.get("orderedItems").is_none());
    let page = ordered_page("https://s.test/f?p=1", "https://s.test/f", vec![json!("a")], None, None);
    check_shape(&page, "");
    assert_eq!(page["orderedItems"], json!(["a"]));
}

#[test]
fn a_signed_document_of_ours_verifies() {
    let pair = crate::keys::Ed25519KeyPair::generate().unwrap();
    let to = [PUBLIC.to_owned()];
    let mut doc = create(&envelope(&to), article(&post_params()));
    crate::proof::sign(&mut doc, &pair, "https://s.test/a/2#ed25519-key", "2026-11-22T10:00:00Z").unwrap();
    let key = crate::keys::PublicKey::from_multibase(&pair.public_multibase()).unwrap();
    // relayed inside an Announce, the proof must still hold
    let relayed = announce(&envelope(&to), doc);
    assert_eq!(crate::proof::verify(&relayed["object"], &key), Ok(()));
}

#[test]
fn a_poll_and_a_vote_are_read_as_they_were_meant() {
    let choices = vec![("Yes".to_owned(), Some(3)), ("No".to_owned(), Some(0))];
    let poll = PollParams { choices, ends_ms: Some(1_795_341_600_000), voters: Some(3), ..PollParams::default() };
    let question = question(&post_params(), &poll);
    let doc = ObjectDoc::parse(&question).unwrap();
    assert_eq!((&doc.kind, doc.name.as_deref()), (&ObjectKind::Question, Some("Title")));
    let read = doc.poll.unwrap();
    assert_eq!((read.multiple, read.voters, read.ends_ms, read.closed_ms), (false, Some(3), Some(1_795_341_600_000), None));
    assert_eq!((read.options[0].name.as_str(), read.options[0].votes), ("Yes", Some(3)));
    assert_eq!(question["oneOf"][1]["replies"], json!({"type": "Collection", "totalItems": 0}));
    let kept_back = vec![("Yes".to_owned(), None), ("No".to_owned(), None)];
    let over = PollParams { choices: kept_back, multiple: true, ended: true, ..poll };
    let over = super::question(&post_params(), &over);
    assert_eq!(over["anyOf"][0]["replies"], json!({"type": "Collection"}));
    assert_eq!(over["closed"], over["endTime"]);

    let vote = vote("https://s.test/x/ballot/1", "https://s.test/a/2", "https://x.test/a", "https://x.test/p/1", "Yes");
    assert!(vote.get("content").is_none());
    let doc = ObjectDoc::parse(&vote).unwrap();
    assert_eq!((doc.name.as_deref(), doc.in_reply_to.as_deref()), (Some("Yes"), Some("https://x.test/p/1")));
    assert_eq!(doc.addressing.all().collect::<Vec<_>>(), ["https://x.test/a"]);
}
