//! What a received object says, as the fields of a draft.

use super::{attachment, event, poll};
use activitypub::model::{ActivityKind, ActorKind, ObjectDoc, ObjectKind};
use app::posts::{Arrival, NetworkEdit, NetworkPost};
use domain::audience::Visibility;
use domain::draft::{Draft, MAX_SPOILER, MAX_TITLE, MAX_URL, ResourceLink, is_language};
use domain::handle::Handle;
use domain::text::{Html, Links, derive_title, plain, render_markdown};
use domain::time::Timestamp;

/// Types of documents that stand beside posts, and are none.
const NO_POSTS: [&str; 12] = [
    "Collection",
    "OrderedCollection",
    "CollectionPage",
    "OrderedCollectionPage",
    "Relationship",
    "Profile",
    "Key",
    "Multikey",
    "Emoji",
    "Hashtag",
    "Mention",
    "Link",
];

/// Whether this kind of object is a post here: everything that somebody wrote or shows, also of a type that is not
/// known, which is kept as a titled link.
pub fn is_post(object: &ObjectDoc) -> bool {
    match &object.kind {
        ObjectKind::Tombstone => false,
        ObjectKind::Other(name) => {
            let other = ActivityKind::KNOWN.contains(&name.as_str()) || ActorKind::from_name(name).is_some();
            let shows = object.name.is_some() || object.content.is_some() || object.summary.is_some() || object.url.is_some();
            shows && !other && !NO_POSTS.contains(&name.as_str())
        }
        _ => true,
    }
}

/// A message between people, whatever it is addressed to (Lemmy, Pleroma).
pub fn is_message(object: &ObjectDoc) -> bool {
    matches!(&object.kind, ObjectKind::Other(name) if matches!(name.as_str(), "ChatMessage" | "PrivateMessage" | "EncryptedMessage"))
}

/// Who is told: the mentioned, and of a message between people everybody it is addressed to (Lemmy mentions nobody).
fn told(object: &ObjectDoc, visibility: Visibility) -> Vec<String> {
    let mut told: Vec<String> = object.mentions.iter().map(|mention| mention.href.clone()).collect();
    if visibility == Visibility::Direct {
        told.extend(
            object.addressing.all().filter(|id| !told.iter().any(|known| known == id)).map(str::to_owned).collect::<Vec<_>>(),
        );
    }
    told
}

fn kept(object: &ObjectDoc) -> (String, String) {
    (object.kind.as_str().to_owned(), object.raw.to_string())
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
        sensitive: sensitive(object) || !spoiler.is_empty(),
        spoiler,
        language: language(object),
        resource: resource(object),
        ..Draft::new(String::new(), visibility)
    }
}

/// What only a received post has.
pub fn network_post(object: &ObjectDoc, visibility: Visibility, now: Timestamp, activity: Option<String>) -> NetworkPost {
    NetworkPost {
        arrival: Arrival::Delivered,
        uri: object.id.clone(),
        url: object.url.clone(),
        html: html(object),
        source: object.source_markdown.clone(),
        published: object.published_ms.map_or(now, Timestamp),
        parent_uri: None,
        quotes: None,
        mention_uris: told(object, visibility),
        hashtags: object.hashtags.clone(),
        context_uri: object.context.clone(),
        activity,
        poll: poll::asked(object),
        attachments: attachment::attached(object),
        received: Some(kept(object)),
        handed_in: false,
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
        sensitive: sensitive(object) || !spoiler.is_empty(),
        spoiler,
        language: language(object),
        resource: resource(object),
        mention_uris: object.mentions.iter().map(|mention| mention.href.clone()).collect(),
        hashtags: object.hashtags.clone(),
        poll: poll::asked(object),
        attachments: attachment::attached(object),
        edited: object.updated_ms.map_or(now, Timestamp),
        told,
        activity,
        received: Some(kept(object)),
    }
}

fn html(object: &ObjectDoc) -> Html {
    let text = match (&object.content, &object.summary) {
        (Some(content), _) => written(object, below_title(object).unwrap_or(content)),
        (None, Some(summary)) if object.kind != ObjectKind::Note && !repeats_title(object, summary) => Html::clean(summary),
        // What has a title of its own, or is shown as a link, needs no text.
        (None, _) if title(object).is_some() || resource(object).is_some() => Html::default(),
        _ => object.name.as_deref().map(Html::of_text).unwrap_or_default(),
    };
    // An empty paragraph around a picture (Mastodon's `<p></p>`) says nothing.
    let text = if plain(&text).is_empty() { Html::default() } else { text };
    match object.event.as_ref().and_then(event::first_line) {
        Some(facts) => Html::clean(&format!("{facts}{text}")),
        None => text,
    }
}

/// The text below the title, where the text repeats it in front of what was written (`PieFed`'s polls).
fn below_title(object: &ObjectDoc) -> Option<&str> {
    let name = object.name.as_ref().filter(|_| object.kind != ObjectKind::Note)?;
    let source = object.source_markdown.as_ref()?;
    let (first, rest) = object.content.as_deref()?.trim_start().strip_prefix("<p>")?.split_once("</p>")?;
    let repeats = plain(&Html::clean(first)).trim() == name.trim() && derive_title(source) != *name;
    repeats.then_some(rest)
}

/// HTML unless it says otherwise (`PeerTube` writes Markdown).
fn written(object: &ObjectDoc, content: &str) -> Html {
    match object.media_type.as_deref().map(|kind| kind.split(';').next().unwrap_or_default().trim()) {
        Some("text/markdown") => render_markdown(content, &Elsewhere(object)),
        Some("text/plain") => Html::of_text(content),
        _ => Html::clean(content),
    }
}

/// Hashtags of Markdown from elsewhere lead to where it is.
struct Elsewhere<'a>(&'a ObjectDoc);

impl Links for Elsewhere<'_> {
    fn mention(&self, _: &Handle) -> Option<String> {
        None
    }

    fn hashtag(&self, _: &str) -> String {
        self.0.url.clone().unwrap_or_else(|| self.0.id.clone())
    }
}

fn title(object: &ObjectDoc) -> Option<String> {
    let titled = object.kind != ObjectKind::Note;
    // A title derived from the text's own beginning is for peers that need one; here it would be read twice.
    let derived = |name: &&String| {
        let text = |html: &str| plain(&Html::clean(html));
        let warned = object.summary.as_deref().filter(|_| object.sensitive);
        let texts = [object.source_markdown.clone(), object.content.as_deref().map(text), warned.map(text)];
        texts.into_iter().flatten().any(|text| derive_title(&text) == **name)
    };
    let own = |name: &&String| below_title(object).is_some() || !derived(name);
    object.name.as_ref().filter(|name| titled && own(name)).map(|name| name.chars().take(MAX_TITLE).collect())
}

/// Whether a summary is the title with hashtags: a short form for others (Mbin), which neither warns of anything nor
/// says more.
fn repeats_title(object: &ObjectDoc, summary: &str) -> bool {
    let rest = object.name.as_ref().filter(|name| !name.is_empty()).and_then(|name| summary.strip_prefix(name.as_str()));
    rest.is_some_and(|rest| !rest.trim().is_empty() && rest.split_whitespace().all(|word| word.starts_with('#')))
}

/// What is to be hidden in a part is hidden as a whole.
fn sensitive(object: &ObjectDoc) -> bool {
    object.sensitive || object.media.iter().any(|medium| medium.sensitive)
}

/// A note's summary is a warning; an article's is an abstract (FEP-b2b8) unless it says it is sensitive.
fn spoiler(object: &ObjectDoc) -> String {
    let warns = matches!(object.kind, ObjectKind::Note | ObjectKind::Question) || object.sensitive;
    let Some(summary) = object.summary.as_ref().filter(|summary| warns && !repeats_title(object, summary)) else {
        return String::new();
    };
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
    let shown_there = matches!(object.kind, ObjectKind::Video | ObjectKind::Event | ObjectKind::Other(_)) && !is_message(object);
    if shown_there {
        let url = object.url.as_ref().unwrap_or(&object.id);
        let title = object.name.clone().unwrap_or_else(|| nameless(object, url));
        return fits(url).then(|| ResourceLink { url: url.clone(), title: short(&title) });
    }
    let link = object.links.first().filter(|link| object.kind == ObjectKind::Page && fits(&link.href))?;
    let title = link.name.as_deref().or(object.name.as_deref()).unwrap_or(&link.href);
    Some(ResourceLink { url: link.href.clone(), title: short(title) })
}

/// What a link to something without a name is called.
fn nameless(object: &ObjectDoc, url: &str) -> String {
    let host = url::Url::parse(url).ok().and_then(|url| domain::handle::of_url(&url));
    match host {
        Some(host) => format!("{} at {host}", object.kind.as_str()),
        None => url.to_owned(),
    }
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
    fn a_title_that_the_text_repeats_in_front_of_what_was_written_is_read_once() {
        let poll = |source: &str, content: &str| {
            let more = json!({"type": "Question", "name": "Tabs & spaces?", "content": content,
                "source": {"content": source, "mediaType": "text/markdown"}});
            let draft = draft(&object(&more), Visibility::Public);
            (draft.title, html(&object(&more)).to_string())
        };
        let (title, text) = poll("Say it", "<p>Tabs &amp; spaces?</p><p>Say it</p>");
        assert_eq!((title.as_deref(), text.as_str()), (Some("Tabs & spaces?"), "<p>Say it</p>"));
        // Who wrote the same words twice, or only them, has said them.
        let (title, text) = poll("Tabs & spaces?\n\nSay it", "<p>Tabs &amp; spaces?</p><p>Say it</p>");
        assert_eq!((title, text.as_str()), (None, "<p>Tabs &amp; spaces?</p><p>Say it</p>"));
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
    fn an_unknown_kind_is_a_titled_link_and_what_is_no_post_is_not() {
        let audio = object(&json!({"type": "Audio", "name": "Song", "url": "https://p.test/songs/1", "content": null}));
        assert!(is_post(&audio));
        assert_eq!(resource(&audio), Some(ResourceLink { url: "https://p.test/songs/1".into(), title: "Song".into() }));
        assert_eq!(title(&audio).as_deref(), Some("Song"));
        for kind in ["Tombstone", "OrderedCollection", "Like", "Person", "Relationship"] {
            assert!(!is_post(&object(&json!({"type": kind}))), "{kind}");
        }
    }

    #[test]
    fn text_is_read_by_its_media_type() {
        let html = |kind: &str| html(&object(&json!({"content": "**a** <b>b</b>", "mediaType": kind}))).into_string();
        assert!(html("text/markdown").contains("<strong>a</strong> &lt;b&gt;"), "{}", html("text/markdown"));
        assert_eq!(html("text/plain"), "<p>**a** &lt;b&gt;b&lt;&#47;b&gt;</p>");
        assert_eq!(html("text/html"), "**a** <b>b</b>");
    }

    #[test]
    fn everybody_a_message_is_addressed_to_is_told() {
        let message = object(&json!({"type": "ChatMessage", "to": ["https://s.test/a/2"]}));
        assert!(is_post(&message) && is_message(&message));
        assert_eq!(told(&message, Visibility::Direct), ["https://s.test/a/2"]);
        assert!(told(&message, Visibility::Private).is_empty());
    }

    #[test]
    fn a_vote_is_no_post() {
        let vote = json!({"id": "https://p.test/p/1", "type": "Note", "attributedTo": "https://p.test/a/1", "name": "yes", "inReplyTo": "https://s.test/p/2"});
        assert!(is_vote(&ObjectDoc::parse(&vote).unwrap()));
    }

    #[test]
    fn a_title_that_only_repeats_the_text_or_the_warning_is_none() {
        let read = |name: &str, summary: &str, sensitive: bool| {
            let value = json!({"id": "https://x.test/p/1", "type": "Article", "attributedTo": "https://x.test/a/1", "name": name,
                "content": "<p>First words</p>", "summary": summary, "sensitive": sensitive});
            title(&ObjectDoc::parse(&value).unwrap())
        };
        assert_eq!(read("First words", "", false), None);
        assert_eq!(read("Blood", "Blood", true), None);
        assert_eq!(read("Blood", "Blood", false).as_deref(), Some("Blood"), "without a warning it is an abstract");
        assert_eq!(read("A title", "Blood", true).as_deref(), Some("A title"));
    }
}
