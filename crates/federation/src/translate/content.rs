//! What a received object says, as the fields of a draft.

use super::poll;
use activitypub::model::{ObjectDoc, ObjectKind};
use app::posts::{Arrival, NetworkEdit, NetworkPost};
use domain::audience::Visibility;
use domain::draft::{Draft, MAX_SPOILER, MAX_TITLE, MAX_URL, ResourceLink, is_language};
use domain::text::{Html, derive_title, plain};
use domain::time::Timestamp;

/// Whether this kind of object is a post here.
pub fn is_post(object: &ObjectDoc) -> bool {
    matches!(
        object.kind,
        ObjectKind::Note | ObjectKind::Article | ObjectKind::Page | ObjectKind::Question | ObjectKind::Event | ObjectKind::Video
    )
}

/// A vote in a poll is a `Note` with a name and no text (facts 76): never a post.
pub fn is_vote(object: &ObjectDoc) -> bool {
    object.kind == ObjectKind::Note && object.name.is_some() && object.content.is_none() && object.in_reply_to.is_some()
}

/// The draft, still without its place.
pub fn draft(object: &ObjectDoc, visibility: Visibility) -> Draft {
    let spoiler = spoiler(object);
    Draft {
        title: title(object),
        sensitive: object.sensitive || !spoiler.is_empty(),
        spoiler,
        language: language(object),
        resource: resource(object),
        ..Draft::new(String::new(), visibility)
    }
}

/// What only a received post has.
pub fn network_post(object: &ObjectDoc, now: Timestamp, activity: Option<String>) -> NetworkPost {
    NetworkPost {
        arrival: Arrival::Delivered,
        uri: object.id.clone(),
        url: object.url.clone(),
        html: html(object),
        source: object.source_markdown.clone(),
        published: object.published_ms.map_or(now, Timestamp),
        parent_uri: None,
        mention_uris: object.mentions.iter().map(|mention| mention.href.clone()).collect(),
        hashtags: object.hashtags.clone(),
        context_uri: object.context.clone(),
        activity,
        poll: poll::asked(object),
        announced_by: None,
    }
}

/// What it was changed to.
pub fn network_edit(object: &ObjectDoc, told: Timestamp, now: Timestamp, activity: Option<String>) -> NetworkEdit {
    let spoiler = spoiler(object);
    NetworkEdit {
        html: html(object),
        source: object.source_markdown.clone(),
        title: title(object),
        sensitive: object.sensitive || !spoiler.is_empty(),
        spoiler,
        language: language(object),
        resource: resource(object),
        mention_uris: object.mentions.iter().map(|mention| mention.href.clone()).collect(),
        hashtags: object.hashtags.clone(),
        poll: poll::asked(object),
        edited: object.updated_ms.map_or(now, Timestamp),
        told,
        activity,
    }
}

fn html(object: &ObjectDoc) -> Html {
    match (&object.content, &object.summary) {
        (Some(content), _) => Html::clean(content),
        (None, Some(summary)) if object.kind != ObjectKind::Note => Html::clean(summary),
        _ => Html::of_text(object.name.as_deref().unwrap_or_default()),
    }
}

fn title(object: &ObjectDoc) -> Option<String> {
    let titled = object.kind != ObjectKind::Note;
    // A title derived from the text's own beginning is for peers that need one; here it would be read twice.
    let derived = |name: &&String| {
        let text = object.source_markdown.clone();
        let text = text.or_else(|| object.content.as_deref().map(|html| plain(&Html::clean(html))));
        text.is_some_and(|text| derive_title(&text) == **name)
    };
    object.name.as_ref().filter(|name| titled && !derived(name)).map(|name| name.chars().take(MAX_TITLE).collect())
}

/// A note's summary is a warning; an article's is an abstract (FEP-b2b8) unless it says it is sensitive.
fn spoiler(object: &ObjectDoc) -> String {
    let warns = matches!(object.kind, ObjectKind::Note | ObjectKind::Question) || object.sensitive;
    let Some(summary) = object.summary.as_ref().filter(|_| warns) else { return String::new() };
    domain::text::plain(&Html::clean(summary)).chars().take(MAX_SPOILER).collect()
}

fn language(object: &ObjectDoc) -> Option<String> {
    object.language.clone().filter(|tag| is_language(tag))
}

/// Our own term first; a `Page` with a link attached is how Lemmy shares one (facts 74).
fn resource(object: &ObjectDoc) -> Option<ResourceLink> {
    let fits = |url: &str| domain::text::is_web_url(url) && url.len() <= MAX_URL;
    let short = |text: &str| text.chars().take(MAX_TITLE).collect::<String>();
    let text = |field: &str| object.resource.as_ref()?.get(field)?.as_str();
    if let Some(url) = text("url").filter(|url| fits(url)) {
        return Some(ResourceLink { url: url.to_owned(), title: short(text("title").unwrap_or(url)) });
    }
    let link = object.links.first().filter(|link| object.kind == ObjectKind::Page && fits(&link.href))?;
    let title = link.name.as_deref().or(object.name.as_deref()).unwrap_or(&link.href);
    Some(ResourceLink { url: link.href.clone(), title: short(title) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(more: &serde_json::Value) -> ObjectDoc {
        let mut value =
            json!({"id": "https://p.test/p/1", "type": "Note", "attributedTo": "https://p.test/a/1", "content": "<p>x</p>"});
        for (name, field) in more.as_object().unwrap() {
            value[name] = field.clone();
        }
        ObjectDoc::parse(&value).unwrap()
    }

    #[test]
    fn a_notes_summary_warns_and_an_articles_does_not() {
        assert_eq!(draft(&object(&json!({"summary": "spiders"})), Visibility::Public).spoiler, "spiders");
        let article = object(&json!({"type": "Article", "name": "T", "summary": "<p>about</p>"}));
        let draft = draft(&article, Visibility::Public);
        assert_eq!((draft.spoiler.as_str(), draft.title.as_deref(), draft.sensitive), ("", Some("T"), false));
    }

    #[test]
    fn a_shared_link_is_a_resource_in_either_form() {
        let ours = object(&json!({"resource": {"url": "https://e.test/a", "title": "A"}}));
        assert_eq!(resource(&ours), Some(ResourceLink { url: "https://e.test/a".into(), title: "A".into() }));
        let page = object(&json!({"type": "Page", "name": "N", "attachment": [{"type": "Link", "href": "https://e.test/b"}]}));
        assert_eq!(resource(&page), Some(ResourceLink { url: "https://e.test/b".into(), title: "N".into() }));
        assert_eq!(resource(&object(&json!({"resource": {"url": "javascript:x"}}))), None);
    }

    #[test]
    fn a_vote_is_no_post() {
        let vote = json!({"id": "https://p.test/p/1", "type": "Note", "attributedTo": "https://p.test/a/1", "name": "yes", "inReplyTo": "https://s.test/p/2"});
        assert!(is_vote(&ObjectDoc::parse(&vote).unwrap()));
    }
}
