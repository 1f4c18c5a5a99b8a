//! The consent page: a person lets an application in, or does not.

use crate::answer::{Answer, error_page, onwards, page, page_leading_to};
use crate::frame::{Frame, Place};
use app::oauth::OUT_OF_BAND;
use app::oauth::authorize::{self, Consent, Granted, Refusal};
use app::{Error, ErrorKind};
use askama::Template;
use auth::oauth_routes::authorize_request;
use auth::{Asker, Gate, Params, Problem};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::scopes::Scopes;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

/// What of the request goes through the form and comes back.
const CARRIED: &[&str] =
    &["response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"];

#[derive(Template)]
#[template(path = "authorize.html")]
struct Authorize<'a> {
    frame: Frame,
    app: &'a str,
    wants: Vec<&'static str>,
    target: Option<String>,
    hidden: Vec<(&'static str, &'a str)>,
    other: String,
}

#[derive(Template)]
#[template(path = "code.html")]
struct ShowCode<'a> {
    frame: Frame,
    app: &'a str,
    code: &'a str,
}

#[derive(Template)]
#[template(path = "told.html")]
struct Told<'a> {
    frame: Frame,
    message: &'a str,
}

/// `GET /oauth/authorize`
pub async fn ask(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let consent = match authorize::check(gate.hall(), &authorize_request(&params)).await {
        Ok(consent) => consent,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let frame = Frame::of(gate.hall(), &requester, Place::Other, "Let an application in").await?.alone();
    let hidden = CARRIED.iter().filter_map(|name| params.text(name).map(|value| (*name, value))).collect();
    let target = (consent.redirect_uri() != OUT_OF_BAND).then(|| where_to(consent.redirect_uri()));
    let (wants, other) = (wants(consent.scopes()), sign_in_again(&params));
    page_leading_to(consent.redirect_uri(), &Authorize { frame, app: &consent.app().name, wants, target, hidden, other })
}

/// `POST /oauth/authorize`: checked again from the beginning, for the form is only what the browser kept.
pub async fn answer(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let hall = gate.hall();
    let consent = match authorize::check(hall, &authorize_request(&params)).await {
        Ok(consent) => consent,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let frame = Frame::of(hall, &requester, Place::Other, "Application").await?.alone();
    if params.text("decision") == Some("deny") {
        return denied(frame, &consent);
    }
    let name = consent.app().name.clone();
    match authorize::approve(hall, &requester, consent).await? {
        Granted::Redirect(address) => Ok(leave_for(&address)),
        Granted::ShowCode(code) => page(&ShowCode { frame: frame.titled("Your code"), app: &name, code: &code }),
    }
}

/// To the sign-in page and back to this question.
fn sign_in_again(params: &Params) -> String {
    let carried = CARRIED.iter().filter_map(|name| params.text(name).map(|value| (*name, value)));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(carried).finish();
    format!("/sign-in?return_to={}", crate::way::encode(&format!("/oauth/authorize?{query}")))
}

fn denied(frame: Frame, consent: &Consent) -> Answer {
    match consent.denied() {
        Some(address) => Ok(leave_for(&address)),
        None => {
            page(&Told { frame: frame.titled("Not let in"), message: "The application gets nothing. You can close this page." })
        }
    }
}

fn refused(refusal: Refusal) -> Response {
    match refusal {
        Refusal::Redirect(address) => leave_for(&address),
        Refusal::Page(Error { kind: ErrorKind::Invalid, message, .. }) => error_page(StatusCode::BAD_REQUEST, &message),
        Refusal::Page(error) => error_page(Problem::status_of(error.kind), &error.message),
    }
}

/// To the application. The address is the registered one, so it may be outside.
fn leave_for(address: &str) -> Response {
    let Ok(location) = HeaderValue::try_from(address) else { return onwards("/") };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, location);
    response
}

/// The part of an address that says who gets the answer.
fn where_to(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => domain::handle::of_url(&url).unwrap_or_default(),
        Ok(url) => format!("an application on this device ({}:)", url.scheme()),
        Err(_) => String::new(),
    }
}

/// Scopes in plain words.
fn wants(scopes: &Scopes) -> Vec<&'static str> {
    let mut lines = Vec::new();
    for word in scopes.words() {
        let line = words(word);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

fn words(scope: &str) -> &'static str {
    match scope {
        "profile" => "see your name and handle",
        "read" => "read everything you can read here, also in your internal communities",
        "write" => "write, change and delete posts, join communities and change your profile as you",
        "follow" | "write:follows" => "follow people and join or leave communities as you",
        "push" => "send you notifications",
        "read:statuses" => "read the posts you can read, also in your internal communities",
        "write:statuses" => "write, change and delete posts as you",
        "read:accounts" => "see your account and the people you can see",
        "write:accounts" => "change your profile",
        "read:notifications" => "read your notifications",
        "write:notifications" => "clear your notifications",
        "read:lists" => "see which communities you are in",
        "write:lists" => "change how your communities are shown",
        "read:search" => "search as you",
        "write:favourites" | "write:bookmarks" => "like and keep posts as you",
        "write:media" => "upload pictures and files as you",
        other if other.starts_with("read:") => "read further settings of yours",
        other if other.starts_with("write:") => "change further settings of yours",
        _ => "use further functions of your account",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_scope_has_words_and_no_line_comes_twice() {
        let all = Scopes::parse(&Scopes::supported().join(" ")).unwrap();
        let lines = wants(&all);
        let once: std::collections::HashSet<_> = lines.iter().collect();
        assert_eq!(once.len(), lines.len());
        assert!(wants(&Scopes::parse("read").unwrap()).iter().any(|line| line.contains("internal")));
    }

    #[test]
    fn the_page_says_where_the_answer_goes() {
        assert_eq!(where_to("https://app.example/cb?x"), "app.example");
        assert_eq!(where_to("icecubesapp://oauth"), "an application on this device (icecubesapp:)");
    }
}
