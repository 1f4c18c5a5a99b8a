//! Signing in and out.

use crate::answer::{Answer, correctable, onwards, page, page_with};
use crate::frame::{Frame, Place};
use crate::way;
use crate::wrong::Problems;
use app::oauth::authorize;
use app::{Error, Hall, Requester};
use askama::Template;
use auth::{Asker, Attempt, ClientAddress, Gate, Params, SignInOutcome};
use axum::extract::State;
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    login: String,
    return_to: String,
    app: Option<String>,
    open: bool,
    problems: Problems,
}

impl SignIn {
    async fn new(hall: &Hall, params: &Params, problems: Problems) -> Result<Self, crate::answer::Fail> {
        let return_to = way::safe(params.filled("return_to")).unwrap_or_default().to_owned();
        Ok(Self {
            // Whoever signs in is a stranger to this page, also while somebody else is signed in.
            frame: Frame::of(hall, &Requester::anonymous(), Place::Other, "Sign in").await?.after(params.text("done")),
            login: params.text("username_or_email").unwrap_or_default().to_owned(),
            app: waiting_app(hall, &return_to).await,
            open: super::registers(hall),
            return_to,
            problems,
        })
    }
}

/// `GET /sign-in`
pub async fn form(State(gate): State<Gate>, params: Params) -> Answer {
    page(&SignIn::new(gate.hall(), &params, Problems::default()).await?)
}

/// `POST /sign-in`
pub async fn send(State(gate): State<Gate>, ClientAddress(client): ClientAddress, headers: HeaderMap, params: Params) -> Answer {
    let login = params.text("username_or_email").unwrap_or_default();
    let password = params.text("password").unwrap_or_default();
    let refused = match gate.sign_in(Attempt { login, password, client, headers: &headers }).await {
        Ok(SignInOutcome::SignedIn { set_cookie, .. }) => {
            let mut response = onwards(&way::back(&params, "/home"));
            response.headers_mut().append(SET_COOKIE, set_cookie);
            return Ok(response);
        }
        Ok(SignInOutcome::Waiting) => Error::denied("waiting", "Your account waits for an admin to let it in. Try again later."),
        Ok(SignInOutcome::Refused) => Error::denied("refused", "That did not match. Check the handle and the password."),
        Err(error) if correctable(&error) => error,
        Err(error) => return Err(error.into()),
    };
    let status = auth::Problem::status_of(refused.kind);
    let status = if status == StatusCode::FORBIDDEN { StatusCode::UNPROCESSABLE_ENTITY } else { status };
    page_with(status, &SignIn::new(gate.hall(), &params, Problems::of(&refused)).await?)
}

/// `POST /sign-out`
pub async fn sign_out(State(gate): State<Gate>, Asker(requester): Asker, headers: HeaderMap) -> Answer {
    let set_cookie = gate.sign_out(&requester, &headers).await?;
    let mut response = onwards("/?done=signed_out");
    response.headers_mut().append(SET_COOKIE, set_cookie);
    Ok(response)
}

/// The application that waits behind the sign-in, so that people know why they are asked.
async fn waiting_app(hall: &Hall, return_to: &str) -> Option<String> {
    let query = return_to.strip_prefix("/oauth/authorize?")?;
    let mut request = authorize::Request::default();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "response_type" => request.response_type = value.into_owned(),
            "client_id" => request.client_id = value.into_owned(),
            "redirect_uri" => request.redirect_uri = value.into_owned(),
            "scope" => request.scope = value.into_owned(),
            "code_challenge" => request.code_challenge = Some(value.into_owned()),
            "code_challenge_method" => request.code_challenge_method = Some(value.into_owned()),
            _ => {}
        }
    }
    authorize::check(hall, &request).await.ok().map(|consent| consent.app().name.clone())
}
