//! Mastodon API: `MediaAttachment` entities. Pictures of other servers are shown by their own addresses, as avatars are.

use app::views::AttachmentView;
use domain::attachment::{Attachment, AttachmentKind};
use domain::id::AttachmentId;
use serde::{Serialize, Serializer};

/// Something attached to a status.
#[derive(Debug, Serialize)]
pub struct MediaAttachment<'a> {
    id: AttachmentId,
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
    /// A picture to show for it; of a film or a sound there is none, and apps would load the whole as one.
    preview_url: Option<&'a str>,
    remote_url: &'a str,
    text_url: Option<()>,
    meta: Option<Meta>,
    description: Option<&'a str>,
    blurhash: Option<&'a str>,
}

impl<'a> MediaAttachment<'a> {
    /// What is attached, in order.
    pub fn all(attachments: &'a [AttachmentView]) -> Vec<Self> {
        attachments.iter().map(Self::of).collect()
    }

    fn of(view: &'a AttachmentView) -> Self {
        let attachment = &view.attachment;
        Self {
            id: view.id,
            kind: attachment.kind.as_str(),
            url: &attachment.url,
            preview_url: Some(attachment.url.as_str()).filter(|_| attachment.kind == AttachmentKind::Image),
            remote_url: &attachment.url,
            text_url: None,
            meta: Meta::of(attachment),
            description: attachment.description.as_deref(),
            blurhash: attachment.blurhash.as_deref(),
        }
    }
}

/// How it is to be laid out.
#[derive(Debug, Serialize)]
struct Meta {
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<Original>,
    #[serde(skip_serializing_if = "Option::is_none")]
    focus: Option<Focus>,
}

impl Meta {
    fn of(attachment: &Attachment) -> Option<Self> {
        let original = attachment.size.map(|(width, height)| Original {
            width,
            height,
            size: Sides(width, height),
            aspect: f64::from(width) / f64::from(height),
        });
        let focus = attachment.focus.map(|(x, y)| Focus { x: f64::from(x) / 1_000.0, y: f64::from(y) / 1_000.0 });
        (original.is_some() || focus.is_some()).then_some(Self { original, focus })
    }
}

#[derive(Debug, Serialize)]
struct Original {
    width: i32,
    height: i32,
    size: Sides,
    aspect: f64,
}

/// `640x480`.
#[derive(Debug)]
struct Sides(i32, i32);

impl Serialize for Sides {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}x{}", self.0, self.1))
    }
}

/// From the middle to the right and up, in half sides.
#[derive(Debug, Serialize)]
struct Focus {
    x: f64,
    y: f64,
}
