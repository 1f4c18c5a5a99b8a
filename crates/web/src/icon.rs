//! Small drawings, inline so that they take the text's colour. Always beside words, never instead of them.

use askama::filters::HtmlSafe;
use std::fmt;

/// Static markup of ours: the only thing besides cleaned HTML that templates print as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icon(&'static str);

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<svg class=\"icon\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" focusable=\"false\">{}</svg>", self.0)
    }
}

impl HtmlSafe for Icon {}

/// The hall itself.
pub const HALL: Icon = Icon("<path d=\"M4 11 12 4l8 7v9H4z\"/><path d=\"M9 20v-5a3 3 0 0 1 6 0v5\"/>");
/// Internal.
pub const LOCK: Icon = Icon("<rect x=\"5\" y=\"11\" width=\"14\" height=\"9\" rx=\"2\"/><path d=\"M8 11V8a4 4 0 0 1 8 0v3\"/>");
/// Partner.
pub const PARTNERS: Icon = Icon("<circle cx=\"9\" cy=\"12\" r=\"5.5\"/><circle cx=\"15\" cy=\"12\" r=\"5.5\"/>");
/// Open.
pub const GLOBE: Icon =
    Icon("<circle cx=\"12\" cy=\"12\" r=\"9\"/><path d=\"M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18\"/>");
/// People.
pub const PEOPLE: Icon = Icon(
    "<circle cx=\"9\" cy=\"8\" r=\"3.5\"/><path d=\"M2.5 20a6.5 6.5 0 0 1 13 0M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14a6.5 6.5 0 0 1 3.5 6\"/>",
);
/// Only those mentioned.
pub const LETTER: Icon = Icon("<rect x=\"3\" y=\"5\" width=\"18\" height=\"14\" rx=\"2\"/><path d=\"m3 7 9 6 9-6\"/>");
/// Notifications.
pub const BELL: Icon = Icon("<path d=\"M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4\"/>");
/// Search.
pub const SEARCH: Icon = Icon("<circle cx=\"11\" cy=\"11\" r=\"6.5\"/><path d=\"m16 16 5 5\"/>");
/// Replies.
pub const REPLY: Icon = Icon("<path d=\"M4 5h16v11H10l-5 4v-4H4z\"/>");
/// Favourites.
pub const STAR: Icon = Icon("<path d=\"m12 3.5 2.6 5.6 6 .7-4.5 4.1 1.2 6-5.3-3-5.3 3 1.2-6L3.4 9.8l6-.7z\"/>");
/// Boosts.
pub const BOOST: Icon = Icon("<path d=\"M5 8h11l-3-3M19 16H8l3 3M5 8v5M19 16v-5\"/>");
/// Bookmarks.
pub const BOOKMARK: Icon = Icon("<path d=\"M7 4h10v16l-5-4-5 4z\"/>");
/// Links.
pub const LINK: Icon =
    Icon("<path d=\"M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1\"/>");
/// Pictures.
pub const PICTURE: Icon = Icon(
    "<rect x=\"3\" y=\"5\" width=\"18\" height=\"14\" rx=\"2\"/><circle cx=\"8.5\" cy=\"10\" r=\"1.5\"/><path d=\"m4 18 5-5 3 3 4-5 5 6\"/>",
);
/// Films.
pub const FILM: Icon = Icon("<rect x=\"3\" y=\"5\" width=\"18\" height=\"14\" rx=\"2\"/><path d=\"m10 9 5 3-5 3z\"/>");
/// Sounds.
pub const SOUND: Icon = Icon("<path d=\"M4 10v4h3l5 4V6l-5 4zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11\"/>");
/// Any other file.
pub const FILE: Icon = Icon("<path d=\"M6 3h8l4 4v14H6zM14 3v4h4\"/>");
/// Polls.
pub const POLL: Icon = Icon("<path d=\"M5 20V11M12 20V5M19 20v-6\"/>");
/// Reports.
pub const FLAG: Icon = Icon("<path d=\"M6 21V4h12l-3 4 3 4H6\"/>");
/// Changing.
pub const PEN: Icon = Icon("<path d=\"m4 20 1-4L16 5l3 3L8 19z\"/>");
/// Reading.
pub const EYE: Icon = Icon(
    "<path d=\"M2.5 12s3.5-6.5 9.5-6.5 9.5 6.5 9.5 6.5-3.5 6.5-9.5 6.5S2.5 12 2.5 12z\"/><circle cx=\"12\" cy=\"12\" r=\"2.8\"/>",
);
