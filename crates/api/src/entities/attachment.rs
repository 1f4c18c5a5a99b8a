//! What is attached to posts of other servers.

use crate::words::AttachmentKind;
use app::views::AttachmentView;
use domain::id::AttachmentId;
use serde::Serialize;
use utoipa::ToSchema;

/// Something attached: a picture, film or sound on another server. This hall has never loaded it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attachment<'a> {
    /// Decimal digits; also the id of its media attachment in the Mastodon API.
    #[schema(value_type = String, example = "113456789012345678")]
    pub id: AttachmentId,
    /// What it is, as far as its author says.
    pub kind: AttachmentKind,
    /// Where it is. Whoever loads it is seen by that server.
    #[schema(format = "uri", max_length = 2048)]
    pub url: &'a str,
    /// Its media type, as far as its author says.
    #[schema(example = "image/jpeg")]
    pub media_type: Option<&'a str>,
    /// What it shows, in words: plain text.
    #[schema(max_length = 1500)]
    pub description: Option<&'a str>,
    /// How large it is.
    pub size: Option<Size>,
    /// A blurred preview (`BlurHash`).
    pub blurhash: Option<&'a str>,
    /// What must stay in sight when it is cut.
    pub focus: Option<Focus>,
}

/// Sides in pixels.
#[derive(Debug, Serialize, ToSchema)]
pub struct Size {
    /// From left to right.
    pub width: i32,
    /// From top to bottom.
    pub height: i32,
}

/// A point, seen from the middle.
#[derive(Debug, Serialize, ToSchema)]
pub struct Focus {
    /// From -1, the left edge, to 1, the right one.
    pub x: f64,
    /// From -1, the lower edge, to 1, the upper one.
    pub y: f64,
}

impl<'a> Attachment<'a> {
    /// As shown.
    pub fn of(view: &'a AttachmentView) -> Self {
        let attachment = &view.attachment;
        Self {
            id: view.id,
            kind: attachment.kind.into(),
            url: &attachment.url,
            media_type: attachment.media_type.as_deref(),
            description: attachment.description.as_deref(),
            size: attachment.size.map(|(width, height)| Size { width, height }),
            blurhash: attachment.blurhash.as_deref(),
            focus: attachment.focus.map(|(x, y)| Focus { x: f64::from(x) / 1_000.0, y: f64::from(y) / 1_000.0 }),
        }
    }
}
