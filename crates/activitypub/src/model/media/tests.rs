//! Attachments in the shapes of each kind of server, and in none.

use serde_json::json;

use super::*;

const HASH: &str = "LEHV6nWB2yk8pyo0adR*.7kCMdnj";

fn media(object: &Value) -> Vec<MediaDoc> {
    attachments(object).1
}

#[test]
fn mastodon_attaches_documents_with_all_that_is_said_of_them() {
    let note = json!({"type": "Note", "attachment": [{
        "type": "Document", "mediaType": "image/jpeg", "url": "https://cdn.m.test/1.jpg", "name": "Two dragons\r\nand a pot",
        "blurhash": HASH, "focalPoint": [0.25, -1.0], "width": 1500, "height": 1095,
    }]});
    let expected = MediaDoc {
        url: "https://cdn.m.test/1.jpg".into(),
        media_type: Some("image/jpeg".into()),
        description: Some("Two dragons\nand a pot".into()),
        blurhash: Some(HASH.into()),
        width: Some(1500),
        height: Some(1095),
        focus: Some((250, -1000)),
        ..nothing_said(MediaKind::Document)
    };
    assert_eq!(media(&note), [expected]);
}

#[test]
fn mbin_and_wordpress_say_the_same_picture_twice_and_it_is_one() {
    for kind in ["Page", "Article"] {
        let page = json!({"type": kind, "image": {"type": "Image", "url": "https://b.test/1.webp"}, "attachment": [
            {"type": "Image", "mediaType": "image/webp", "url": "https://b.test/1.webp", "name": "A cat", "focalPoint": [0, 0]},
            {"type": "Image", "mediaType": "image/webp", "url": "https://b.test/1.webp"},
        ]});
        let found = media(&page);
        assert_eq!((found.len(), found[0].kind, found[0].description.as_deref()), (1, MediaKind::Image, Some("A cat")));
        assert_eq!(found[0].focus, Some((0, 0)));
    }
}

#[test]
fn what_lemmy_links_to_is_a_picture_if_it_is_one_and_a_thumbnail_is_none() {
    let thumbnail = json!({"type": "Image", "url": "https://l.test/pictrs/image/a.jpg"});
    let page = |attachment: Value| json!({"type": "Page", "image": thumbnail, "attachment": attachment});
    let (links, found) = attachments(&page(json!([{"type": "Link", "href": "https://l.test/pictrs/image/a.PNG?x=1"}])));
    assert_eq!((links.len(), found[0].url.as_str()), (0, "https://l.test/pictrs/image/a.PNG?x=1"));
    let (links, found) = attachments(&page(json!([{"type": "Link", "href": "https://e.test/a", "mediaType": "image/png"}])));
    assert_eq!((links.len(), found.len()), (0, 1));
    for page_there in [
        json!({"type": "Link", "href": "https://e.test/a"}),
        json!({"type": "Link", "href": "https://e.test/a.png", "mediaType": "text/html"}),
    ] {
        let (links, found) = attachments(&page(json!([page_there])));
        assert_eq!((links.len(), found.len()), (1, 0), "the thumbnail shows what is linked");
    }
    let both = json!([{"type": "Image", "url": "https://l.test/pictrs/image/a.jpg", "mediaType": "image/png"},
        {"type": "Link", "href": "https://e.test/some-article", "mediaType": "text/html"}]);
    let (links, found) = attachments(&page(both));
    assert_eq!((links.len(), found.len()), (1, 1));
    for alone in [page(json!([])), json!({"type": "Article", "image": "https://l.test/pictrs/image/a.jpg"})] {
        assert_eq!(media(&alone)[0].url, "https://l.test/pictrs/image/a.jpg", "{alone}");
    }
}

#[test]
fn pixelfed_attaches_many_and_sixteen_are_read() {
    let picture =
        |n: usize| json!({"type": "Image", "mediaType": "image/jpeg", "url": format!("https://p.test/{n}.jpg"), "name": null});
    let note = json!({"type": "Note", "attachment": (0..20).map(picture).collect::<Vec<_>>()});
    let found = media(&note);
    assert_eq!((found.len(), found[15].url.as_str(), &found[0].description), (16, "https://p.test/15.jpg", &None));
    let many = json!({"type": "Note", "attachment": (0..10_000).map(picture).collect::<Vec<_>>()});
    assert_eq!(media(&many).len(), 16);
    // What is no medium takes no place.
    let mut mixed = vec![json!({"type": "PropertyValue", "name": "a", "value": "b"}); 100];
    mixed.push(picture(1));
    assert_eq!(media(&json!({"type": "Note", "attachment": mixed})).len(), 1);
}

#[test]
fn a_film_of_peertube_is_its_first_file() {
    let file = |height: u32| json!({"type": "Link", "mediaType": "video/mp4", "href": format!("https://t.test/{height}.mp4"), "height": height, "width": height * 2});
    let page = json!({"type": "Link", "mediaType": "text/html", "href": "https://t.test/w/1"});
    let torrent = json!({"type": "Link", "mediaType": "application/x-bittorrent", "href": "https://t.test/1.torrent"});
    let web =
        json!({"type": "Video", "name": "A film", "mediaType": "text/markdown", "url": [page, torrent, file(720), file(480)]});
    let playlist = json!({"type": "Link", "mediaType": "application/x-mpegURL", "href": "https://t.test/1.m3u8", "tag": [
        {"type": "Infohash", "name": "ab"}, {"type": "Link", "mediaType": "application/json", "href": "https://t.test/1.json"}, file(720),
    ]});
    let streamed = json!({"type": "Video", "name": "A film", "url": [page, playlist]});
    for film in [web, streamed] {
        let found = media(&film);
        assert_eq!((found.len(), found[0].kind, found[0].url.as_str()), (1, MediaKind::Video, "https://t.test/720.mp4"));
        assert_eq!((found[0].width, found[0].height), (Some(1440), Some(720)));
    }
    assert_eq!(media(&json!({"type": "Video", "url": "https://t.test/w/1"})), []);
    let song = json!({"type": "Audio", "url": [{"type": "Link", "mediaType": "audio/ogg", "href": "https://f.test/1.ogg"}]});
    assert_eq!(media(&song)[0].kind, MediaKind::Audio);
}

#[test]
fn an_address_may_stand_in_a_list_or_in_a_link_with_its_media_type() {
    for url in [
        json!("https://a.test/1"),
        json!(["https://a.test/1"]),
        json!([{"type": "Link", "href": "https://a.test/1", "mediaType": "video/mp4", "width": 4, "height": 3}]),
        json!(["javascript:alert(1)", {"url": "https://a.test/1"}]),
    ] {
        let found = media(&json!({"type": "Note", "attachment": {"type": "Document", "url": url}}));
        assert_eq!(found[0].url, "https://a.test/1", "{url}");
        if url.to_string().contains("video") {
            assert_eq!((found[0].media_type.as_deref(), found[0].width), (Some("video/mp4"), Some(4)));
        }
    }
    let described = json!({"type": "Image", "url": "https://a.test/1", "summary": "", "name": "words", "sensitive": true});
    let found = media(&json!({"type": "Note", "attachment": [described]}));
    assert_eq!((found[0].description.as_deref(), found[0].sensitive), (Some("words"), true));
}

#[test]
fn only_web_addresses_are_kept() {
    let long = format!("https://a.test/{}", "x".repeat(2_100));
    for url in [
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "ftp://a.test/1",
        "//a.test/1",
        "https://u:p@a.test/1",
        "https://a.test/\n1",
        "",
        &long,
    ] {
        for kind in ["Document", "Image", "Video", "Audio", "Link", "Page"] {
            let note = json!({"type": "Note", "attachment": [{"type": kind, "url": url, "href": url}], "image": url});
            assert_eq!(attachments(&note), (Vec::new(), Vec::new()), "{kind} {url}");
        }
    }
}

#[test]
fn what_is_said_of_a_medium_is_read_only_in_its_form() {
    let odd = json!({"type": "Image", "url": "https://a.test/1", "mediaType": "<script>", "name": ["x"], "blurhash": "L<>", "width": -1,
        "height": "9", "focalPoint": [2, 0]});
    let found = media(&json!({"type": "Note", "attachment": [odd]}));
    assert_eq!(found, [MediaDoc { url: "https://a.test/1".into(), ..nothing_said(MediaKind::Image) }]);
    let read = |field: &str, value: Value| {
        let mut entry = json!({"type": "Image", "url": "https://a.test/1"});
        entry[field] = value;
        media(&json!({"type": "Note", "attachment": [entry]})).remove(0)
    };
    for focal in [json!([0.5, 0.5]), json!({"@list": [0.5, 0.5]})] {
        assert_eq!(read("focalPoint", focal).focus, Some((500, 500)));
    }
    for focal in [json!([]), json!([0]), json!([0, 0, 0]), json!(["0", "0"]), json!(0), json!([1e300, 0])] {
        assert_eq!(read("focalPoint", focal).focus, None);
    }
    let long = format!("{HASH}{HASH}");
    for hash in ["", "L", &long, "LEHV6nWB2yk8pyo0adR*.7kCMdn\u{e9}", "~EHV6nWB2yk8pyo0adR*.7kCMdnj"] {
        assert_eq!(read("blurhash", json!(hash)).blurhash, None, "{hash}");
    }
    assert_eq!(read("name", json!("a\u{0}b\tc\u{7}")).description.as_deref(), Some("ab c"));
    assert_eq!(read("name", json!("x".repeat(20_000))).description.unwrap().len(), MAX_DESCRIPTION);
    assert_eq!(read("mediaType", json!("image/png; charset=x")).media_type.as_deref(), Some("image/png"));
}
