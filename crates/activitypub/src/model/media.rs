//! What is attached to an object: pictures, films, sounds, and links (AS2 vocabulary section 3.3; Mastodon's `blurhash` and
//! `focalPoint`; facts 74). All of it is a claim of the object's author, and nothing of it is fetched.

use serde_json::Value;

use super::label;
use super::origin::http_url;
use crate::vocab;

/// Most attachments of each sort that are read: more than Mastodon's four, as many as anybody looks at.
const MAX_ATTACHMENTS: usize = 16;
const MAX_TITLE: usize = 500;
/// Longest description that is read, in characters.
const MAX_DESCRIPTION: usize = 10_000;

/// A link attached, as Lemmy and our resources do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkDoc {
    /// Where to.
    pub href: String,
    /// What it is called.
    pub name: Option<String>,
}

/// What a medium says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the ActivityStreams type of its name")]
pub enum MediaKind {
    Document,
    Image,
    Video,
    Audio,
}

impl MediaKind {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "Document" => Some(Self::Document),
            "Image" => Some(Self::Image),
            "Video" => Some(Self::Video),
            "Audio" => Some(Self::Audio),
            _ => None,
        }
    }

    /// The beginning of its media types.
    fn family(self) -> Option<&'static str> {
        match self {
            Self::Document => None,
            Self::Image => Some("image/"),
            Self::Video => Some("video/"),
            Self::Audio => Some("audio/"),
        }
    }
}

/// A picture, sound, video or document attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaDoc {
    /// What it says it is.
    pub kind: MediaKind,
    /// Where it is.
    pub url: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// The description for those who cannot see it; lines are kept.
    pub description: Option<String>,
    /// A blurred preview.
    pub blurhash: Option<String>,
    /// Width in pixels.
    pub width: Option<u64>,
    /// Height in pixels.
    pub height: Option<u64>,
    /// What must stay in sight when it is cut, from the middle to the right and up, in thousandths of half a side.
    pub focus: Option<(i32, i32)>,
    /// To be hidden at first (Misskey says it of each).
    pub sensitive: bool,
}

/// The links and the media of an object, at most [`MAX_ATTACHMENTS`] of each, every address once.
pub(super) fn attachments(value: &Value) -> (Vec<LinkDoc>, Vec<MediaDoc>) {
    let (mut links, mut media) = (Vec::new(), Vec::new());
    if let Some(film) = itself(value) {
        media.push(film);
    }
    for entry in value.get("attachment").map(vocab::one_or_many).unwrap_or_default() {
        let [kind] = vocab::types(entry)[..] else { continue };
        if matches!(kind, "Link" | "Page") && links.len() < MAX_ATTACHMENTS {
            match linked(entry) {
                Some(Linked::Picture(picture)) => add(&mut media, picture),
                Some(Linked::Elsewhere(link)) => links.push(link),
                None => {}
            }
        } else if let Some(kind) = MediaKind::from_name(kind).filter(|_| media.len() < MAX_ATTACHMENTS)
            && let Some(medium) = medium(entry, kind)
        {
            add(&mut media, medium);
        }
    }
    if media.is_empty() && links.is_empty() {
        media.extend(pictured(value));
    }
    (links, media)
}

fn add(media: &mut Vec<MediaDoc>, medium: MediaDoc) {
    if media.len() < MAX_ATTACHMENTS && media.iter().all(|known| known.url != medium.url) {
        media.push(medium);
    }
}

enum Linked {
    Picture(MediaDoc),
    Elsewhere(LinkDoc),
}

/// A link, or the picture it leads to: that is how Lemmy shows one (facts 74).
fn linked(entry: &Value) -> Option<Linked> {
    let (href, _) = file(entry)?;
    let is_picture = match media_type(entry) {
        Some(kind) => kind.starts_with("image/"),
        None => leads_to_a_picture(href),
    };
    if is_picture {
        return medium(entry, MediaKind::Image).map(Linked::Picture);
    }
    Some(Linked::Elsewhere(LinkDoc { href: href.to_owned(), name: label(entry, "name", MAX_TITLE) }))
}

fn leads_to_a_picture(href: &str) -> bool {
    let Some(url) = http_url(href) else { return false };
    let end = url.path().rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    end.is_some_and(|end| matches!(end.as_str(), "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif"))
}

/// The one picture in front of a text (`image`), where nothing is attached. Beside a link it is only what the link looks
/// like, and beside pictures it is one of them (Lemmy, Mbin, `WordPress`).
fn pictured(value: &Value) -> Option<MediaDoc> {
    let image = vocab::one_or_many(value.get("image")?).into_iter().next()?;
    match image {
        Value::String(url) => Some(MediaDoc { url: http_url(url).map(|_| url.clone())?, ..nothing_said(MediaKind::Image) }),
        image => medium(image, MediaKind::Image),
    }
}

/// The film, sound or picture that an object is itself: the first such file in its `url`, or below a playlist there
/// (`PeerTube`, Funkwhale).
fn itself(value: &Value) -> Option<MediaDoc> {
    let [kind] = vocab::types(value)[..] else { return None };
    let kind = MediaKind::from_name(kind)?;
    let family = kind.family()?;
    let urls = vocab::one_or_many(value.get("url")?);
    let below = urls.iter().filter_map(|url| url.get("tag")).flat_map(vocab::one_or_many);
    let files = urls.iter().copied().chain(below);
    files.filter(|file| media_type(file).is_some_and(|found| found.starts_with(family))).find_map(|file| medium(file, kind))
}

/// What an entry says of a medium. `None`: nothing that is on the web.
fn medium(entry: &Value, kind: MediaKind) -> Option<MediaDoc> {
    let (url, said) = file(entry)?;
    let count = |field: &str| vocab::count(said, field).or_else(|| vocab::count(entry, field));
    Some(MediaDoc {
        url: url.to_owned(),
        media_type: media_type(said).or_else(|| media_type(entry)).map(str::to_owned),
        // Some write the description into `summary`.
        description: lines(entry, "summary").or_else(|| lines(entry, "name")),
        blurhash: entry.get("blurhash").and_then(Value::as_str).filter(|hash| is_blurhash(hash)).map(str::to_owned),
        width: count("width"),
        height: count("height"),
        focus: focus(entry),
        sensitive: vocab::boolean(entry, "sensitive").unwrap_or(false),
        ..nothing_said(kind)
    })
}

fn nothing_said(kind: MediaKind) -> MediaDoc {
    MediaDoc {
        kind,
        url: String::new(),
        media_type: None,
        description: None,
        blurhash: None,
        width: None,
        height: None,
        focus: None,
        sensitive: false,
    }
}

/// Where a file is, and what says so: the entry itself, or a `Link` in its `url` (Pleroma). The first address that is one.
fn file(entry: &Value) -> Option<(&str, &Value)> {
    let own = entry.get("href").into_iter();
    let urls = entry.get("url").map(vocab::one_or_many).unwrap_or_default();
    own.chain(urls).find_map(|url| {
        let (address, said) = match url {
            Value::String(address) => (address.as_str(), entry),
            Value::Object(map) => (map.get("href").or_else(|| map.get("url"))?.as_str()?, url),
            _ => return None,
        };
        http_url(address).map(|_| (address, said))
    })
}

/// A media type without its parameters, if it has the form of one.
fn media_type(said: &Value) -> Option<&str> {
    let found = said.get("mediaType")?.as_str()?.split(';').next()?.trim();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_');
    let (family, rest) = found.split_once('/')?;
    let shaped = !family.is_empty() && !rest.is_empty() && found.len() <= 100;
    (shaped && family.bytes().chain(rest.bytes()).all(plain)).then_some(found)
}

/// A text of several lines; other control characters become blanks.
fn lines(entry: &Value, field: &str) -> Option<String> {
    let text = vocab::text(entry, field)?.replace("\r\n", "\n");
    let clean = text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c });
    Some(clean.take(MAX_DESCRIPTION).collect::<String>().trim().to_owned()).filter(|text| !text.is_empty())
}

/// Whether this is a blurhash: apps decode it, and some end where it is none. Its first character says how many follow.
fn is_blurhash(hash: &str) -> bool {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
    let value = |b: u8| DIGITS.iter().position(|digit| *digit == b);
    let Some(size) = hash.bytes().next().and_then(value) else { return false };
    let parts = (size % 9 + 1) * (size / 9 + 1);
    size <= 80 && hash.len() == 4 + 2 * parts && hash.bytes().all(|b| value(b).is_some())
}

fn focus(entry: &Value) -> Option<(i32, i32)> {
    let point = entry.get("focalPoint")?;
    let [x, y] = point.get("@list").unwrap_or(point).as_array()?.as_slice() else { return None };
    Some((thousandths(x)?, thousandths(y)?))
}

#[expect(clippy::cast_possible_truncation, reason = "what is between -1 and 1 becomes at most a thousand")]
fn thousandths(part: &Value) -> Option<i32> {
    let part = part.as_f64().filter(|part| (-1.0..=1.0).contains(part))?;
    Some((part * 1_000.0).round() as i32)
}

#[cfg(test)]
mod tests;
