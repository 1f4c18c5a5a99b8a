//! What another server attached to a post: where it is, and what is said of it. Nothing of it is fetched or kept here.

/// Most that are kept of one post.
pub const MAX_ATTACHMENTS: usize = 16;
/// Longest description, in characters: as long as Mastodon lets people write one.
pub const MAX_DESCRIPTION: usize = 1_500;
/// Longest side, in pixels: what is said to be longer is nonsense, and would break the pages of apps.
pub const MAX_SIDE: i32 = 65_535;

/// What kind of thing it is. A film that plays like a picture (Mastodon's `gifv`) is a film here: no server says the
/// difference on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttachmentKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Anything else, or it is not said.
    Unknown,
}

impl AttachmentKind {
    /// The word that is stored, and that the Mastodon API has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Image, Self::Video, Self::Audio, Self::Unknown].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Something attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is.
    pub kind: AttachmentKind,
    /// Where it is: an absolute http(s) URL on some server, never fetched here.
    pub url: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// What it shows, for who cannot see or hear it: plain text.
    pub description: Option<String>,
    /// Width and height in pixels.
    pub size: Option<(i32, i32)>,
    /// A blurred preview, well-formed.
    pub blurhash: Option<String>,
    /// What must stay in sight when it is cut, from the middle to the right and up, in thousandths of half a side.
    pub focus: Option<(i32, i32)>,
}
