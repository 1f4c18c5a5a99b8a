//! Answers: a page with its headers, a way onwards after a form, an error page.

use crate::frame::Frame;
use app::{Error, ErrorKind};
use askama::Template;
use auth::Problem;
use axum::response::{Html, IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderName, HeaderValue, StatusCode};
use std::fmt::Write as _;

/// What every page may load and do: our own style sheet, pictures, forms to ourselves.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' https: data:; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// What handlers give.
pub type Answer = Result<Response, Fail>;

/// An error of the use cases on its way to an error page.
#[derive(Debug)]
pub struct Fail(pub Error);

impl<E: Into<Error>> From<E> for Fail {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl Fail {
    /// The one answer for "not there" and "not for you".
    pub fn not_found() -> Self {
        Self(Error::not_found())
    }
}

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        error_page(Problem::status_of(self.0.kind), &self.0.message)
    }
}

/// Whether a form can be shown again with this error beside its fields.
pub fn correctable(error: &Error) -> bool {
    matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict | ErrorKind::Denied | ErrorKind::Limited)
}

/// The same of a form in which somebody wrote a text: whatever the reason, it is not thrown away.
pub fn keeps_the_text(error: &Error) -> bool {
    correctable(error) || matches!(error.kind, ErrorKind::NotFound | ErrorKind::Unavailable)
}

/// A page.
pub fn page(template: &impl Template) -> Answer {
    page_with(StatusCode::OK, template)
}

/// A page with a status, such as a form that is shown again.
pub fn page_with(status: StatusCode, template: &impl Template) -> Answer {
    let body = template.render().map_err(Error::internal)?;
    Ok(dressed((status, Html(body)).into_response(), POLICY))
}

/// The consent page, whose form leads back to this application. No opener policy: some
/// applications wait in the window that opened this one.
pub fn page_leading_to(target: &str, template: &impl Template) -> Answer {
    let body = template.render().map_err(Error::internal)?;
    let policy = match form_source(target) {
        Some(source) => POLICY.replace("form-action 'self'", &format!("form-action 'self' {source}")),
        None => POLICY.to_owned(),
    };
    Ok(dressed((StatusCode::OK, Html(body)).into_response(), &policy))
}

/// What may stand in `form-action` for this address: an origin, or the scheme of an installed application.
fn form_source(target: &str) -> Option<String> {
    let parsed = url::Url::parse(target).ok()?;
    let source = match parsed.scheme() {
        "http" | "https" => parsed.origin().ascii_serialization(),
        "urn" => return None,
        scheme => format!("{scheme}:"),
    };
    // Hosts may hold `;` and `,`, which would begin a directive or a policy of their own.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'/' | b'-' | b'_' | b'+' | b'[' | b']');
    source.bytes().all(plain).then_some(source)
}

fn dressed(mut response: Response, policy: &str) -> Response {
    let headers = response.headers_mut();
    let policy = HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static(POLICY));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static("interest-cohort=()"));
    response
}

/// Onwards after a form: the browser reads the next page, and reloading sends nothing twice.
pub fn onwards(path: &str) -> Response {
    see(path).unwrap_or_else(|| error_page(StatusCode::INTERNAL_SERVER_ERROR, ""))
}

fn see(path: &str) -> Option<Response> {
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, HeaderValue::try_from(encoded(path)).ok()?);
    Some(response)
}

/// Everything that has no place in a header, percent-encoded.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for b in path.bytes() {
        if b.is_ascii_graphic() {
            out.push(char::from(b));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorTemplate<'a> {
    frame: Frame,
    heading: &'a str,
    message: &'a str,
    help: &'a str,
}

/// The page for an error. It says nothing about the address that was asked for, nor who asked,
/// so that all pages of one kind are the same, byte by byte.
pub fn error_page(status: StatusCode, message: &str) -> Response {
    let (heading, fallback, help) = words(status);
    // "Not there" never says more than that.
    let message = if status == StatusCode::NOT_FOUND || message.is_empty() { fallback } else { message };
    let frame = Frame::bare(heading);
    let body = ErrorTemplate { frame, heading, message, help }.render().unwrap_or_else(|_| heading.to_owned());
    dressed((status, Html(body)).into_response(), POLICY)
}

fn words(status: StatusCode) -> (&'static str, &'static str, &'static str) {
    match status.as_u16() {
        404 => (
            "Nothing here for you",
            "There is no such page, or it is not open to you.",
            "If somebody sent you this link, it may lead into a community you are not a member of. Sign in, or ask them.",
        ),
        401 => ("Sign in first", "This page is for people with an account here.", "Sign in and open it again."),
        403 => ("You may not do this", "This is not allowed.", "Go back, or ask a lead of the community."),
        413 => ("That was too much", "What you sent is too large.", "Make it smaller and send it again."),
        422 => {
            ("That did not work", "Something in the form is not right.", "Go back and change it. What you wrote is still there.")
        }
        429 => ("Too much at once", "Too many requests.", "Wait a minute, then try again."),
        503 => ("One moment", "The server is busy.", "Try again in a moment. Nothing you had saved is lost."),
        code if code < 500 => ("That did not work", "The request cannot be understood.", "Go back and try again."),
        _ => {
            ("Something went wrong here", "This is our fault, not yours.", "Try again. If it stays, tell whoever runs this hall.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_missing_pages_are_the_same_whatever_the_reason() {
        let shown = |message| format!("{:?}", error_page(StatusCode::NOT_FOUND, message).headers());
        assert_eq!(shown("Record not found"), shown("There is a secret here"));
    }

    #[test]
    fn the_consent_form_may_lead_to_its_application_and_nowhere_else() {
        assert_eq!(form_source("https://app.example/cb?x=1").as_deref(), Some("https://app.example"));
        assert_eq!(form_source("icecubesapp://oauth").as_deref(), Some("icecubesapp:"));
        assert_eq!(form_source("urn:ietf:wg:oauth:2.0:oob"), None);
        assert_eq!(form_source("https://a.example;script-src"), None);
    }

    #[test]
    fn odd_characters_do_not_break_the_way_onwards() {
        let response = onwards("/@ä\r\nX: y");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers().get(LOCATION).unwrap(), "/@%C3%A4%0D%0AX:%20y");
    }
}
