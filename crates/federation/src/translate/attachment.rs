//! What a received object has attached, within the limits of this hall. Nothing of it is fetched.

use activitypub::model::{MediaDoc, MediaKind, ObjectDoc};
use domain::attachment::{Attachment, AttachmentKind, MAX_ATTACHMENTS, MAX_DESCRIPTION, MAX_SIDE};
use domain::draft::MAX_URL;
use domain::text::{is_web_url, shorten};

/// Its pictures, films and sounds, in order. What it shares as a link already is not attached to it besides.
pub fn attached(object: &ObjectDoc) -> Vec<Attachment> {
    let shared = object.resource.as_ref().and_then(|resource| resource.get("url")?.as_str());
    let media = object.media.iter().filter(|medium| Some(medium.url.as_str()) != shared);
    media.filter(|medium| is_web_url(&medium.url) && medium.url.len() <= MAX_URL).take(MAX_ATTACHMENTS).map(attachment).collect()
}

fn attachment(medium: &MediaDoc) -> Attachment {
    let side = |side: Option<u64>| side.and_then(|side| i32::try_from(side).ok()).filter(|side| (1..=MAX_SIDE).contains(side));
    Attachment {
        kind: kind(medium),
        url: medium.url.clone(),
        media_type: medium.media_type.as_deref().map(str::to_ascii_lowercase),
        description: medium.description.as_deref().map(|text| shorten(text, MAX_DESCRIPTION)),
        size: side(medium.width).zip(side(medium.height)),
        blurhash: medium.blurhash.clone(),
        focus: medium.focus,
    }
}

/// By its media type, else by what it says it is, else by the end of its address: a `Document` says nothing.
fn kind(medium: &MediaDoc) -> AttachmentKind {
    let Some(media_type) = medium.media_type.as_deref().map(str::to_ascii_lowercase) else {
        return match medium.kind {
            MediaKind::Image => AttachmentKind::Image,
            MediaKind::Video => AttachmentKind::Video,
            MediaKind::Audio => AttachmentKind::Audio,
            MediaKind::Document => kind_by_ending(&medium.url),
        };
    };
    match media_type.split_once('/') {
        // A drawing of this kind can hold scripts, and apps show none.
        Some(("image", "svg+xml")) => AttachmentKind::Unknown,
        Some(("image", _)) => AttachmentKind::Image,
        Some(("video", _)) => AttachmentKind::Video,
        Some(("audio", _)) => AttachmentKind::Audio,
        _ => AttachmentKind::Unknown,
    }
}

fn kind_by_ending(url: &str) -> AttachmentKind {
    let path = url::Url::parse(url).map(|url| url.path().to_ascii_lowercase()).unwrap_or_default();
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("jpg" | "jpeg" | "png" | "gif" | "webp" | "avif") => AttachmentKind::Image,
        Some("mp4" | "webm" | "mov" | "m4v") => AttachmentKind::Video,
        Some("mp3" | "ogg" | "oga" | "opus" | "flac" | "wav" | "m4a") => AttachmentKind::Audio,
        _ => AttachmentKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(attachment: &Value, more: &Value) -> Vec<Attachment> {
        let mut object =
            json!({"id": "https://p.test/p/1", "type": "Note", "attributedTo": "https://p.test/a/1", "attachment": attachment});
        for (name, field) in more.as_object().unwrap() {
            object[name] = field.clone();
        }
        attached(&ObjectDoc::parse(&object).unwrap())
    }

    fn first(more: &Value) -> Attachment {
        let mut entry = json!({"type": "Document", "url": "https://p.test/1"});
        for (name, field) in more.as_object().unwrap() {
            entry[name] = field.clone();
        }
        read(&json!([entry]), &json!({})).remove(0)
    }

    #[test]
    fn what_it_is_comes_from_its_media_type_its_type_or_its_address() {
        for (more, expected) in [
            (json!({"mediaType": "image/JPEG"}), AttachmentKind::Image),
            (json!({"mediaType": "video/mp4"}), AttachmentKind::Video),
            (json!({"mediaType": "audio/ogg"}), AttachmentKind::Audio),
            (json!({"mediaType": "application/pdf"}), AttachmentKind::Unknown),
            (json!({"mediaType": "text/html", "type": "Image"}), AttachmentKind::Unknown),
            (json!({"mediaType": "image/svg+xml"}), AttachmentKind::Unknown),
            (json!({"type": "Image"}), AttachmentKind::Image),
            (json!({"type": "Video"}), AttachmentKind::Video),
            (json!({"type": "Audio"}), AttachmentKind::Audio),
            (json!({"url": "https://p.test/a.WebP?x=.mp4"}), AttachmentKind::Image),
            (json!({"url": "https://p.test/a.webm"}), AttachmentKind::Video),
            (json!({"url": "https://p.test/a.mp3"}), AttachmentKind::Audio),
            (json!({"url": "https://p.test/a"}), AttachmentKind::Unknown),
        ] {
            assert_eq!(first(&more).kind, expected, "{more}");
        }
    }

    #[test]
    fn descriptions_and_sizes_have_limits() {
        let long = first(&json!({"name": "word ".repeat(1_000)})).description.unwrap();
        assert!(long.chars().count() <= MAX_DESCRIPTION && long.ends_with("word…"), "{long}");
        assert_eq!(first(&json!({"name": "<b>no</b> HTML"})).description.as_deref(), Some("<b>no</b> HTML"));
        assert_eq!(first(&json!({"width": 4, "height": 3})).size, Some((4, 3)));
        for odd in [json!({"width": 4}), json!({"width": 0, "height": 3}), json!({"width": 4, "height": 65_536})] {
            assert_eq!(first(&odd).size, None, "{odd}");
        }
    }

    #[test]
    fn what_is_shared_as_a_link_is_not_attached_besides() {
        let link = json!([{"type": "Link", "href": "https://e.test/plan.png"}]);
        let resource = json!({"type": "Article", "name": "T", "resource": {"url": "https://e.test/plan.png", "title": "Plan"}});
        assert_eq!(read(&link, &resource), []);
        assert_eq!(read(&link, &json!({"type": "Page", "name": "T"})).len(), 1);
    }
}
