//! The guard in front of one route: credential, budget, scope, origin; and the cache header behind it.

use crate::ask::Grant;
use crate::client::household;
use crate::gate::Gate;
use crate::limits::{Key, Standing};
use crate::problem::Problem;
use app::Requester;
use app::registry::{Cacheability, Csrf, Route, Scope, Surface};
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use domain::time::{Clock, SystemClock};
use http::header::{AUTHORIZATION, CACHE_CONTROL, ORIGIN, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use std::net::IpAddr;
use std::sync::Arc;

/// One mounted route and the gate it stands behind.
#[derive(Debug)]
pub(crate) struct Point {
    pub gate: Gate,
    pub route: Route,
}

/// What the guard hands to the handler.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub requester: Requester,
    pub grant: Grant,
    pub client: IpAddr,
    pub point: Arc<Point>,
}

/// The credential of a request, resolved.
enum Held {
    Nothing,
    /// Something that is not valid.
    Invalid,
    Person(Requester, Grant),
    Application(Requester, Grant),
}

/// Why a request does not get through.
struct Stop {
    status: StatusCode,
    message: &'static str,
}

const UNAUTHENTICATED: Stop = Stop { status: StatusCode::UNAUTHORIZED, message: "The access token is invalid" };
const NO_PERSON: Stop = Stop { status: StatusCode::UNPROCESSABLE_ENTITY, message: "This method requires an authenticated user" };
const OUTSIDE_SCOPES: Stop = Stop { status: StatusCode::FORBIDDEN, message: "This action is outside the authorized scopes" };
const FOREIGN: Stop =
    Stop { status: StatusCode::FORBIDDEN, message: "This form was sent from another site. Open the page again." };

impl Point {
    /// Lets the request in, with what its handler needs in its extensions; or answers it.
    pub async fn admit(self: &Arc<Self>, request: &mut Request) -> Result<Option<Standing>, Response> {
        let client = self.gate.proxies().client(request.headers(), request.extensions());
        let held = match self.credential(request.headers()).await {
            Ok(held) => held,
            Err(error) => return Err(self.shape(Problem::status_of(error.kind), &error.message)),
        };
        let key = match &held {
            Held::Person(requester, _) => requester.account().map(Key::Account),
            _ => None,
        };
        let key = key.unwrap_or_else(|| Key::Address(household(client)));
        let standing = self.gate.limits().draw(self.route.rate, &key).map_err(|standing| self.too_many(standing))?;
        let stopped = self.check_origin(request.method(), request.headers()).and_then(|()| self.check_scope(held));
        let (requester, grant) = match stopped {
            Ok(admitted) => admitted,
            Err(stop) => return Err(self.refuse(&stop, request)),
        };
        request.extensions_mut().insert(Admitted { requester, grant, client, point: self.clone() });
        Ok(standing)
    }

    /// Adds what the declaration says to the answer.
    pub fn finish(&self, standing: Option<Standing>, response: &mut Response) {
        let good = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
        let value = match self.route.cache {
            Cacheability::Public(seconds) if good => HeaderValue::try_from(format!("public, max-age={seconds}")).ok(),
            _ => None,
        };
        let value = value.unwrap_or_else(|| HeaderValue::from_static("private, no-store"));
        response.headers_mut().insert(CACHE_CONTROL, value);
        if let Some(standing) = standing.filter(|_| self.speaks_json()) {
            standing.show(response.headers_mut(), SystemClock.now());
        }
    }

    /// APIs read only the header, pages only the cookie, so that no foreign page acts with a cookie on an API.
    async fn credential(&self, headers: &HeaderMap) -> app::Result<Held> {
        match (self.route.surface, self.route.scope) {
            (Surface::Mastodon | Surface::Api, _) => match bearer(headers) {
                Bearer::None => Ok(Held::Nothing),
                Bearer::Malformed => Ok(Held::Invalid),
                Bearer::Token(token) => Ok(match self.gate.token_holder(token).await? {
                    None => Held::Invalid,
                    Some(holder) => {
                        let grant = Grant { token: Some(holder.token), app: holder.app };
                        if holder.app_only {
                            Held::Application(holder.requester, grant)
                        } else {
                            Held::Person(holder.requester, grant)
                        }
                    }
                }),
            },
            // The token endpoints carry the application's own credential; no person is looked for there.
            (Surface::OAuth, Scope::Public) | (Surface::Federation | Surface::Operations, _) => Ok(Held::Nothing),
            (Surface::Web | Surface::OAuth, _) => match self.gate.cookies().read(headers) {
                None => Ok(Held::Nothing),
                // A session that ended is no reason to hide what everybody may see.
                Some(cookie) => Ok(match self.gate.session_holder(cookie).await? {
                    Some(requester) => Held::Person(requester, Grant::default()),
                    None => Held::Nothing,
                }),
            },
        }
    }

    fn check_scope(&self, held: Held) -> Result<(Requester, Grant), Stop> {
        let stranger = || (Requester::anonymous(), Grant::default());
        match (self.route.scope, held) {
            (Scope::Public | Scope::Signature | Scope::Optional(_), Held::Nothing) => Ok(stranger()),
            (_, Held::Invalid) | (Scope::SignedIn | Scope::Token(_) | Scope::App, Held::Nothing) => Err(UNAUTHENTICATED),
            (Scope::SignedIn | Scope::Token(_), Held::Application(..)) => Err(NO_PERSON),
            (
                Scope::Token(scope) | Scope::Optional(scope),
                Held::Person(requester, grant) | Held::Application(requester, grant),
            ) => {
                if requester.scopes().allow(scope) {
                    Ok((requester, grant))
                } else {
                    Err(OUTSIDE_SCOPES)
                }
            }
            (
                Scope::Public | Scope::Signature | Scope::SignedIn | Scope::App,
                Held::Person(requester, grant) | Held::Application(requester, grant),
            ) => Ok((requester, grant)),
        }
    }

    /// A changing request on a page must come from a page of this hall. Browsers say so in
    /// `Sec-Fetch-Site`, or at least in `Origin`; what says neither is refused.
    fn check_origin(&self, method: &Method, headers: &HeaderMap) -> Result<(), Stop> {
        if self.route.csrf == Csrf::NotNeeded || method.is_safe() {
            return Ok(());
        }
        let origin = headers.get(ORIGIN).map(HeaderValue::as_bytes);
        let ours = match (headers.get("sec-fetch-site").map(HeaderValue::as_bytes), origin) {
            // A page with a strict referrer policy sends `null` to its own server.
            (Some(site), None | Some(b"null")) => site == b"same-origin",
            (Some(site), Some(origin)) => site == b"same-origin" && origin == self.gate.origin().as_bytes(),
            (None, Some(origin)) => origin == self.gate.origin().as_bytes(),
            (None, None) => false,
        };
        if ours { Ok(()) } else { Err(FOREIGN) }
    }

    fn refuse(&self, stop: &Stop, request: &Request) -> Response {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if stop.status == StatusCode::UNAUTHORIZED && !self.speaks_json() && reads {
            return sign_in_first(request.uri());
        }
        let asks_a_person = stop.status == StatusCode::UNAUTHORIZED && !self.speaks_json();
        self.shape(stop.status, if asks_a_person { "Sign in first." } else { stop.message })
    }

    fn too_many(&self, standing: Standing) -> Response {
        let mut response = self.shape(StatusCode::TOO_MANY_REQUESTS, "Too many requests");
        standing.show(response.headers_mut(), SystemClock.now());
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(standing.retry_after()));
        response
    }

    /// An error in the surface's own shape.
    pub fn shape(&self, status: StatusCode, message: &str) -> Response {
        let mut response = if self.speaks_json() {
            Problem::new(status, message).into_response()
        } else {
            self.gate.error_page(status, message)
        };
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        response
    }

    fn speaks_json(&self) -> bool {
        match self.route.surface {
            Surface::Mastodon | Surface::Api | Surface::Federation | Surface::Operations => true,
            // The endpoints for applications; the consent page needs a person.
            Surface::OAuth => self.route.scope == Scope::Public,
            Surface::Web => false,
        }
    }
}

/// To the sign-in page, and back afterwards.
fn sign_in_first(uri: &Uri) -> Response {
    let here = uri.path_and_query().map_or("/", |here| here.as_str());
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", here).finish();
    let mut response = Redirect::to(&format!("/sign-in?{query}")).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

enum Bearer<'a> {
    None,
    Malformed,
    Token(&'a str),
}

fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Bearer::None,
        (Some(line), None) => match line.to_str().ok().and_then(|line| line.split_once(' ')) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Bearer::Token(token.trim()),
            _ => Bearer::Malformed,
        },
        // Two credentials: whichever were taken would be wrong for somebody.
        (Some(_), Some(_)) => Bearer::Malformed,
    }
}
