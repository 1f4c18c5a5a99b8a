//! What strangers write is read without panic, within bounds of depth, size and time, and in one way only: wire
//! documents, signatures, WebFinger, handles, HTML and Markdown. Generated, with real payloads as seeds: the
//! project's own always, those of a folder named in `GUILDHALL_FIXTURES` where there is one.

use activitypub::json::{self, JsonError, Limits};
use activitypub::keys::{Ed25519KeyPair, PublicKey};
use activitypub::model::{
    Activity, ActorDoc, EventDoc, MAX_TEXT, ObjectDoc, PollDoc, PublicKeyDoc, http_url, is_http_url, is_on_host, same_origin,
};
use activitypub::proof;
use activitypub::signature::{self, RequestParts};
use activitypub::webfinger::{Resource, parse_jrd};
use domain::handle::{Handle, canonical_host};
use domain::text::{self, Html};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Words that mean something on the wire.
const KEYS: &str = "@context id type actor object target attributedTo to cc bto audience tag inReplyTo url content contentMap \
    summary name nameMap published updated publicKey owner controller publicKeyPem assertionMethod \
    publicKeyMultibase endpoints sharedInbox inbox outbox followers icon image attachment href mediaType rel oneOf \
    anyOf replies totalItems items orderedItems first next closed endTime startTime votersCount proof proofValue \
    cryptosuite verificationMethod created links subject aliases preferredUsername manuallyApprovesFollowers \
    webfinger source sensitive likes location";
const TEXTS: &str = concat!(
    "Create¦Update¦Delete¦Undo¦Follow¦Join¦Leave¦Accept¦Reject¦Announce¦Like¦Move¦Note¦Article¦Question¦Event",
    "¦Person¦Group¦Tombstone¦Mention¦Hashtag¦Link¦Image¦Collection¦OrderedCollectionPage",
    "¦https://www.w3.org/ns/activitystreams#Public¦as:Public¦Public¦https://v.test/users/vic",
    "¦https://v.test/n/1#x¦http://v.test:80/¦https://[::1]/¦https://v.test@x.test/¦https://ｖ.test/¦did:key:z6Mk",
    "¦acct:vic@v.test¦¦ ¦2026-01-02T03:04:05Z¦2026-13-45T99:99:99Z¦-0001-01-01T00:00:00+99:99",
    "¦9999-12-31T23:59:60.999999999Z¦P1Y¦DataIntegrityProof¦eddsa-jcs-2022",
    "¦z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
    "¦-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----¦self¦application/activity+json",
    "¦<p>hello <b>you</b></p>¦\u{202e}\u{0}¦@vic@v.test¦#tag",
);

/// Pieces of what breaks cleaners.
const HTML: &str = concat!(
    "<p>¦</p>¦<a href=\"¦<a href='https://v.test/' onclick=x>¦</a>¦<script>¦</script>¦<svg><style>¦</style>",
    "¦<math><mtext>¦<table><mglyph>¦<noscript>¦<template>¦<!--¦-->¦--!>¦<![CDATA[¦]]>",
    "¦<img src=x onerror=alert(1)>¦<iframe srcdoc=\"¦javascript:alert(1)¦java\tscript:¦data:text/html,¦\">¦'>",
    "¦&lt;script&gt;¦&#x6a;avascript:¦&#0;¦&#xD800;¦&amp;amp;¦<¦>¦\"¦'¦/¦=¦\u{0}¦\u{feff}¦<b¦<ul><li>¦</ul>",
    "¦<pre><code>¦<span class=\"h-card invisible\">¦<br/>¦<blockquote>¦text¦ ¦\n¦<xmp>¦<plaintext>¦<title>",
    "¦<select><option>¦<form action=x>¦<base href=//x>",
);
/// Pieces of signatures.
const SIGNED: &str = concat!(
    "keyId=\"https://v.test/users/vic#main-key\"¦keyId=\"\"¦algorithm=\"rsa-sha256\"¦algorithm=\"hs2019\"",
    "¦headers=\"(request-target) host date digest\"¦headers=\"(created) (expires) (request-target)\"",
    "¦headers=\"\"¦headers=\" \"¦signature=\"AAAA\"¦signature=\"\"¦signature=\"====\"¦created=1767000000",
    "¦created=\"x\"¦created=99999999999999999999¦expires=-1¦expires=1767000001.5",
    "¦sig1=(\"@method\" \"@target-uri\" \"content-digest\");created=1767000000;keyid=\"https://v.test/k\"",
    "¦sig1=(\"@query-param\";name=\"a\")¦sig1=:AAAA:¦sig2=(¦sig1=()¦sig1=(\"@signature-params\")",
    "¦;alg=\"ed25519\"¦\"¦\\¦,¦=¦;¦(¦)¦\u{e9}",
);
/// What is said again and again.
const MANY: &str = concat!(
    "<b>¦<p>x</p>¦<a href=\"¦<!--¦<math><mi>¦&¦&#x¦&amp;¦&lt;¦&#65;¦&unknown;¦<a href=\"x?a&¦@¦@a@¦#¦# ¦[¦![",
    "¦[a](¦`¦*a ¦**¦_¦> ¦- ¦1. ¦|a|b|\n|-|-|\n¦http://¦https://a.¦a@b.¦\u{0}¦\n¦<table><tr><td>¦a:b:¦((¦~~",
);

fn words() -> Vec<&'static str> {
    KEYS.split_whitespace().collect()
}

fn parts(all: &'static str) -> Vec<&'static str> {
    all.split('¦').collect()
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(parts(TEXTS)).prop_map(str::to_owned),
        1 => ".{0,24}",
        1 => "[a-z:/@#?%.\\[\\]]{0,24}",
        1 => "https?://[a-zA-Z0-9.%@:_\\[\\]\\\\-]{0,12}(\\.x|\\.1|xn--a)?/?[a-zä /@:]{0,4}",
    ]
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![9 => select(words()).prop_map(str::to_owned), 1 => ".{0,8}"]
}

/// Documents in the vocabulary of the network, put together by chance.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => any_text().prop_map(Value::String),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(|number| json!(number)),
        1 => any::<f64>().prop_map(|number| json!(number)),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            4 => btree_map(any_key(), inner.clone(), 0..8).prop_map(|map| Value::Object(map.into_iter().collect())),
            1 => vec(inner, 0..5).prop_map(Value::Array),
        ]
    })
}

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            json_files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "json") {
            found.push(path);
        }
    }
}

/// Real payloads, and one of our own shape so that there is always one.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let mut files = Vec::new();
        json_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut files);
        #[expect(clippy::disallowed_methods, reason = "where real payloads lie is said to the tests alone")]
        if let Ok(folder) = std::env::var("GUILDHALL_FIXTURES") {
            json_files(Path::new(&folder), &mut files);
        }
        files.sort();
        let mut seeds: Vec<Vec<u8>> = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
        let note = json!({"id": "https://v.test/n/1", "type": "Note", "attributedTo": "https://v.test/users/vic", "content": "<p>x</p>",
            "to": ["https://www.w3.org/ns/activitystreams#Public"], "tag": [{"type": "Mention", "href": "https://v.test/users/vic"}]});
        let create = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": "https://v.test/c/1", "type": "Create",
            "actor": "https://v.test/users/vic", "object": note});
        seeds.push(create.to_string().into_bytes());
        seeds
    })
}

/// A change of some bytes: one replaced, some taken out, a piece put in.
fn changed() -> impl Strategy<Value = Vec<u8>> {
    let change = (
        any::<prop::sample::Index>(),
        0..3_u8,
        any::<u8>(),
        0..12_usize,
        select(&["{", "}", "[", "]", "\"", ":", ",", "\\", "\\ud800", "1e999", "null"][..]),
    );
    (any::<prop::sample::Index>(), vec(change, 0..6)).prop_map(|(seed, changes)| {
        let mut bytes = seeds()[seed.index(seeds().len())].clone();
        for (place, how, byte, count, piece) in changes {
            let at = place.index(bytes.len().max(1)).min(bytes.len());
            match how {
                0 if at < bytes.len() => bytes[at] = byte,
                1 => drop(bytes.drain(at..(at + count).min(bytes.len()))),
                _ => drop(bytes.splice(at..at, piece.bytes())),
            }
        }
        bytes
    })
}

fn depth(value: &Value) -> usize {
    let inner: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(map) => Box::new(map.values()),
        _ => return 0,
    };
    1 + inner.map(depth).max().unwrap_or_default()
}

/// Everything that reads a document that came from elsewhere.
fn read_all(value: &Value) {
    static KEY: OnceLock<PublicKey> = OnceLock::new();
    let _ = Activity::parse(value.clone());
    let _ = ObjectDoc::parse(value).map(|object| object.author().is_ok());
    let _ = ActorDoc::parse(value).map(|actor| {
        actor.public_key.map(|key| PublicKey::from_pem(&key.pem).is_ok());
        actor.assertion_methods.iter().filter(|key| PublicKey::from_multibase(&key.multibase).is_ok()).count()
    });
    let _ = PollDoc::parse(value);
    let _ = EventDoc::parse(value);
    let _ = PublicKeyDoc::find(value, "https://v.test/users/vic#main-key");
    let _ = parse_jrd(value);
    let _ = (proof::verification_method(value), proof::created_ms(value));
    let key = KEY.get_or_init(|| PublicKey::from_multibase(&Ed25519KeyPair::generate().unwrap().public_multibase()).unwrap());
    assert!(proof::verify(value, key).is_err(), "nobody has signed this");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_document_or_a_refusal(bytes in vec(any::<u8>(), 0..512)) {
        if let Ok(value) = json::parse(&bytes, Limits::default()) {
            read_all(&value);
        }
    }

    #[test]
    fn a_real_payload_with_some_bytes_changed_is_a_document_or_a_refusal(bytes in changed()) {
        if let Ok(value) = json::parse(&bytes, Limits::default()) {
            prop_assert!(depth(&value) <= Limits::default().max_depth);
            read_all(&value);
            // One meaning: what was read once is read the same from its own writing.
            let again = json::parse(value.to_string().as_bytes(), Limits { max_bytes: usize::MAX, ..Limits::default() });
            prop_assert_eq!(again.as_ref(), Ok(&value));
        }
    }

    #[test]
    fn words_of_the_network_in_any_order_are_read_without_panic(value in any_value()) {
        read_all(&value);
        let mut activity = Map::from_iter([("type".to_owned(), json!("Create")), ("id".to_owned(), json!("https://v.test/1")), ("actor".to_owned(), json!("https://v.test/a"))]);
        activity.insert("object".to_owned(), value.clone());
        read_all(&Value::Object(activity));
    }

    #[test]
    fn depth_and_length_are_bounded_before_anything_is_built(levels in 33_usize..5_000, kind in 0..3_u8, length in 100_usize..4_000) {
        let (open, close) = [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")][usize::from(kind)];
        let text = format!("{}1{}", open.repeat(levels), close.repeat(levels));
        prop_assert_eq!(json::parse(text.as_bytes(), Limits::default()), Err(JsonError::TooDeep));
        let long = format!("\"{}\"", "x".repeat(length));
        let limits = Limits { max_bytes: length, ..Limits::default() };
        prop_assert_eq!(json::parse(long.as_bytes(), limits), Err(JsonError::TooLarge));
    }

    #[test]
    fn a_key_twice_is_refused_at_every_depth_and_however_it_is_written(key in select(words()), levels in 0_usize..20, escaped in any::<bool>()) {
        let first = key.chars().next().unwrap();
        let second = if escaped { format!("\\u{:04x}{}", u32::from(first), &key[first.len_utf8()..]) } else { key.to_owned() };
        let text = format!("{}{{\"{key}\":1,\"{second}\":2}}{}", "[".repeat(levels), "]".repeat(levels));
        prop_assert_eq!(json::parse(text.as_bytes(), Limits::default()), Err(JsonError::DuplicateKey));
    }

    #[test]
    fn any_headers_are_a_signature_or_a_refusal(headers in signed_headers(), body in prop::option::of(vec(any::<u8>(), 0..64)), path in ".{0,40}", now in any::<i64>()) {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let parts = RequestParts { method: "POST", path_and_query: &path, headers: &headers, body: body.as_deref() };
        for at in [1_767_000_000, now] {
            let _ = signature::inspect(&parts, at, "https://hall.test").map(|claims| claims.iter().map(|claim| claim.key_id().len()).sum::<usize>());
        }
    }

    #[test]
    fn any_text_is_a_handle_an_address_or_neither(name in any_text(), other in any_text()) {
        if let Some(host) = canonical_host(&name) {
            prop_assert_eq!(canonical_host(&host), Some(host.clone()), "its own spelling");
        }
        if let Some(handle) = Handle::parse(&name) {
            prop_assert_eq!(Handle::parse(&handle.to_string()), Some(handle));
        }
        if let Ok(resource) = Resource::parse(&name) {
            prop_assert_eq!(Resource::parse(&resource.as_query()).map(|again| again.as_query()).ok(), Some(resource.as_query()));
        }
        prop_assert_eq!(is_http_url(&name), http_url(&name).is_some());
        let origin = |text: &str| http_url(text).map(|url| url.origin());
        prop_assert_eq!(same_origin(&name, &other), origin(&name).is_some() && origin(&name) == origin(&other));
        let _ = is_on_host(&name, &other);
        let _ = (signature::parse_http_date(&name), PublicKey::from_pem(&name).is_ok(), PublicKey::from_multibase(&name).is_ok());
    }

    #[test]
    fn c126_c146_c147_what_was_cleaned_is_clean_and_stays_as_it_is(html in hostile_html()) {
        let clean = Html::clean(&html);
        let again = Html::clean(clean.as_str());
        prop_assert_eq!(again.as_str(), clean.as_str(), "from {}", &html);
        prop_assert!(clean.as_str().len() <= 16 * html.len() + 64);
        let lower = clean.as_str().to_lowercase();
        for tag in lower.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap_or_default();
            for bad in ["script", "style", "iframe", "svg", "math", "form", "img", "object", "javascript:", "data:", "vbscript:", "onerror", "onclick", "onload", "srcdoc"] {
                prop_assert!(!tag.contains(bad) || tag.contains("href=\"http"), "{bad} in {tag}");
            }
        }
        let _ = text::plain(&clean);
    }

    #[test]
    fn any_writing_is_rendered_clean(source in prop_oneof![".{0,200}", hostile_html(), "[*_`#>\\[\\]()!|~@:/\\-\n 1a]{0,300}"]) {
        let tokens = text::scan(&source).len();
        prop_assert!(tokens <= source.len() + 1);
        let _ = (text::mentions(&source), text::hashtags(&source), text::bare_at_edges(&source), text::derive_title(&source));
    }
}

/// The parts of draft-cavage and RFC 9421, right and wrong, put together by chance.
fn signed_headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let part = select(parts(SIGNED));
    let value = prop_oneof![
        5 => vec(part, 0..8).prop_map(|parts| parts.join(",")),
        1 => Just("SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned()),
        1 => Just("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:".to_owned()),
        1 => Just("Mon, 29 Dec 2025 09:20:00 GMT".to_owned()),
        1 => Just("hall.test".to_owned()),
        1 => ".{0,60}",
    ];
    let name = select(
        &[
            "signature",
            "signature-input",
            "digest",
            "content-digest",
            "date",
            "host",
            "content-type",
            "authorization",
            "(request-target)",
            "x",
        ][..],
    );
    vec((name.prop_map(str::to_owned), value), 0..8)
}

/// Pieces of what breaks cleaners.
fn hostile_html() -> impl Strategy<Value = String> {
    let piece = select(parts(HTML));
    vec(prop_oneof![8 => piece.prop_map(str::to_owned), 1 => ".{0,10}"], 0..24).prop_map(|pieces| pieces.concat())
}

/// Mentions lead nowhere.
struct NoLinks;

impl text::Links for NoLinks {
    fn mention(&self, _: &Handle) -> Option<String> {
        None
    }

    fn hashtag(&self, tag: &str) -> String {
        format!("https://hall.test/tags/{tag}")
    }
}

/// Generous for a slow machine and an unoptimised build.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn c125_c126_c127_the_longest_text_of_anything_is_read_soon() {
    for piece in parts(MANY) {
        let long = piece.repeat(MAX_TEXT / piece.len());
        let begun = Instant::now();
        let rendered = text::render_markdown(&long, &NoLinks);
        assert!(rendered.as_str().len() <= 40 * long.len() + 64, "{piece}: {}", rendered.as_str().len());
        let clean = Html::clean(&long);
        let _ = text::plain(&clean);
        let _ = (
            text::mentions(&long).len(),
            text::hashtags(&long).len(),
            text::bare_at_edges(&long).len(),
            text::derive_title(&long),
        );
        let _ = (
            Handle::parse(&long),
            canonical_host(&long),
            Resource::parse(&long),
            json::parse(long.as_bytes(), Limits::default()),
        );
        let _ = signature::parse_http_date(&long);
        assert!(begun.elapsed() < SOON, "{piece}: {:?}", begun.elapsed());
    }
}
