//! What is wrong with a form: a summary that leads to the fields, and a note at each of them.

use app::{Error, ErrorKind};
use askama::filters::HtmlSafe;
use std::fmt;

const GONE: &str = "This was not sent: what you answer, or where you write, is not there any more, or not open to you. What you \
                    wrote is below.";
const BUSY: &str = "This was not sent: the server cannot save anything just now. What you wrote is below; try again in a moment.";

/// One thing that is wrong.
#[derive(Debug, Clone)]
pub struct Problem {
    /// At which field, if at one.
    pub field: Option<&'static str>,
    /// What to do about it.
    pub message: String,
}

/// Everything that is wrong with a form.
#[derive(Debug, Clone, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// What an error of the use cases says about a form.
    pub fn of(error: &Error) -> Self {
        // "Not there" by itself would say nothing to whoever has just written something.
        let message = match error.kind {
            ErrorKind::NotFound => GONE.to_owned(),
            ErrorKind::Unavailable => BUSY.to_owned(),
            _ => error.message.clone(),
        };
        Self(vec![Problem { field: field(error.code), message }])
    }

    /// The same, tied only to the fields that the form has.
    pub fn at_fields(self, has: impl Fn(&str) -> bool) -> Self {
        let tied = |problem: Problem| Problem { field: problem.field.filter(|field| has(field)), ..problem };
        Self(self.0.into_iter().map(tied).collect())
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong at this field.
    pub fn at(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|problem| problem.field == Some(field)).map(|problem| problem.message.as_str())
    }

    /// The attributes that tie a field to its hint and its problem.
    pub fn tie(&self, field: &'static str, hint: &'static str) -> Tie {
        Tie { field, hint, wrong: self.at(field).is_some() }
    }
}

/// `aria-describedby` and `aria-invalid` of one field. Both names are words of our templates.
#[derive(Debug, Clone, Copy)]
pub struct Tie {
    field: &'static str,
    hint: &'static str,
    wrong: bool,
}

impl fmt::Display for Tie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.wrong, self.hint) {
            (false, "") => Ok(()),
            (false, hint) => write!(f, " aria-describedby=\"{hint}\""),
            (true, "") => write!(f, " aria-invalid=\"true\" aria-describedby=\"{}-wrong\"", self.field),
            (true, hint) => write!(f, " aria-invalid=\"true\" aria-describedby=\"{}-wrong {hint}\"", self.field),
        }
    }
}

impl HtmlSafe for Tie {}

/// Which field a code is about.
fn field(code: &str) -> Option<&'static str> {
    Some(match code {
        "text_blank" | "text_too_long" => "text",
        "warning_too_long" => "spoiler",
        "title_too_long" => "title",
        "link_invalid" => "url",
        "language_invalid" | "bad_language" => "language",
        "poll_too_short" | "poll_too_long" => "poll_open_for",
        code if code.starts_with("poll_") => "poll_choices",
        "direct_in_community" | "private_in_open_community" | "reply_leaves_community" | "bad_visibility" => "visibility",
        "not_a_member" | "bad_community" => "community",
        "comment_too_long" => "comment",
        "reason_too_long" => "reason",
        "bad_handle" | "handle_invalid" | "handle_taken" | "not_available" => "handle",
        "bad_email" => "email",
        "bad_password" => "password",
        "name_too_long" | "name_invalid" => "name",
        "purpose_too_long" => "purpose",
        "note_too_long" => "note",
        code if code.contains("partner") => "partners",
        code if code.contains("zone") => "zone",
        _ => return None,
    })
}
