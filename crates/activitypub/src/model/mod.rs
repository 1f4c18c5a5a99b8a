//! Lenient, typed views of incoming documents.
//!
//! Lenient in form, strict in authority: a strange spelling is read, an id on another
//! origin than its owner (FEP-fe34) is an error. What is optional and broken reads as absent.

mod activity;
mod actor;
mod event;
mod media;
mod object;
mod origin;
mod poll;

pub use activity::{Activity, ActivityKind, Delivered};
pub use actor::{ActorDoc, ActorKind, AssertionMethod, Implements, PublicKeyDoc, RFC_9421, RFC_9421_ED25519};
pub use event::EventDoc;
pub use media::{LinkDoc, MediaDoc, MediaKind};
pub use object::{MAX_TEXT, MentionDoc, ObjectDoc, ObjectKind};
pub use origin::{http_url, is_http_url, is_on_host, same_host, same_origin};
pub use poll::{PollDoc, PollOption};

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Not an object at all.
    #[error("the document is not an object")]
    NotAnObject,
    /// A required field is absent or has an unusable form.
    #[error("the field {0} is missing or unusable")]
    Field(&'static str),
    /// No type, or several.
    #[error("the document must have exactly one type")]
    Type,
    /// The type is not one of what was asked for.
    #[error("the type {0} is not expected here")]
    UnexpectedType(String),
    /// A field must be on the document's own origin and is not (FEP-fe34).
    #[error("the field {0} is on another origin")]
    ForeignOrigin(&'static str),
    /// Nobody, or more than one person, is said to be the author.
    #[error("the object must have exactly one author")]
    Attribution,
    /// A text above [`MAX_TEXT`] bytes.
    #[error("the field {0} is too long")]
    TooLong(&'static str),
}

impl ModelError {
    /// A stable code for answers, logs and metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject => "model_not_an_object",
            Self::Field(_) => "model_field",
            Self::Type => "model_type",
            Self::UnexpectedType(_) => "model_unexpected_type",
            Self::ForeignOrigin(_) => "model_foreign_origin",
            Self::Attribution => "model_attribution",
            Self::TooLong(_) => "model_too_long",
        }
    }
}

/// The one type of a document: several would let it be two things at once.
fn single_type(value: &serde_json::Value) -> Result<&str, ModelError> {
    if !value.is_object() {
        return Err(ModelError::NotAnObject);
    }
    match crate::vocab::types(value).as_slice() {
        [one] => Ok(one),
        _ => Err(ModelError::Type),
    }
}

/// A text that is one line and not long: names, titles, labels.
fn label(value: &serde_json::Value, field: &str, max_chars: usize) -> Option<String> {
    let text = crate::vocab::text(value, field)?;
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(max_chars).collect();
    Some(clean.trim().to_owned()).filter(|t| !t.is_empty())
}

#[cfg(test)]
mod tests;
