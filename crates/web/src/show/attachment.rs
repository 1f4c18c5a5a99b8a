//! What is attached to a post of another server: a link to where it is, with what it shows in words. The reader's browser
//! asks that server for nothing before the reader does: whose address it is would be told to whoever attached it.

use super::post::link_card;
use crate::icon::{self, Icon};
use app::views::AttachmentView;
use domain::attachment::AttachmentKind;

/// One thing attached.
#[derive(Debug)]
pub struct AttachmentCard {
    /// Beside the words.
    pub icon: Icon,
    /// What it is.
    pub kind: &'static str,
    /// Which one, where there are several: `2 of 3`.
    pub place: Option<String>,
    /// Where it leads: http or https only.
    pub url: String,
    /// Its host, always shown.
    pub host: String,
    /// What it shows.
    pub description: Option<String>,
}

impl AttachmentCard {
    /// Everything attached to one post, in order.
    pub fn all(attachments: &[AttachmentView]) -> Vec<Self> {
        let many = attachments.len();
        let numbered = (1..).zip(attachments);
        numbered.filter_map(|(at, view)| Self::of(view, (many > 1).then(|| format!("{at} of {many}")))).collect()
    }

    fn of(view: &AttachmentView, place: Option<String>) -> Option<Self> {
        let attachment = &view.attachment;
        let (icon, kind) = match attachment.kind {
            AttachmentKind::Image => (icon::PICTURE, "Picture"),
            AttachmentKind::Video => (icon::FILM, "Video"),
            AttachmentKind::Audio => (icon::SOUND, "Sound"),
            AttachmentKind::Unknown => (icon::FILE, "File"),
        };
        let link = link_card(&attachment.url, kind)?;
        Some(Self { icon, kind, place, url: link.url, host: link.host, description: attachment.description.clone() })
    }
}

/// What stands for the text of a post that has none.
pub fn in_place_of_text(attached: &[AttachmentCard]) -> Option<String> {
    let first = attached.first()?;
    let more = match attached.len() {
        1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    Some(match &first.description {
        Some(description) => format!("{}{more}: {description}", first.kind),
        None => format!("{}{more}, without a description", first.kind),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::attachment::Attachment;
    use domain::id::AttachmentId;

    fn view(kind: AttachmentKind, url: &str, description: Option<&str>) -> AttachmentView {
        let description = description.map(str::to_owned);
        let attachment =
            Attachment { kind, url: url.into(), media_type: None, description, size: None, blurhash: None, focus: None };
        AttachmentView { id: AttachmentId(1), attachment }
    }

    #[test]
    fn each_says_what_it_is_which_one_and_where_it_leads() {
        let alone = AttachmentCard::all(&[view(AttachmentKind::Audio, "https://Cdn.test/1", None)]);
        assert_eq!((alone[0].kind, alone[0].place.as_deref(), alone[0].host.as_str()), ("Sound", None, "cdn.test"));
        let image = view(AttachmentKind::Image, "https://cdn.test/1", Some("A cat"));
        let two = AttachmentCard::all(&[image, view(AttachmentKind::Video, "https://cdn.test/2", None)]);
        assert_eq!(two[1].place.as_deref(), Some("2 of 2"));
        assert_eq!(in_place_of_text(&two).as_deref(), Some("Picture and 1 more: A cat"));
        assert_eq!(in_place_of_text(&alone).as_deref(), Some("Sound, without a description"));
        assert_eq!(in_place_of_text(&[]), None);
    }

    #[test]
    fn nothing_but_the_web_is_linked() {
        assert!(AttachmentCard::all(&[view(AttachmentKind::Image, "javascript:alert(1)", None)]).is_empty());
    }
}
