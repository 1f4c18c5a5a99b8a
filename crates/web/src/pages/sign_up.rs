//! Making an account.

use crate::answer::{Answer, correctable, onwards, page, page_with};
use crate::frame::{Frame, Place};
use crate::way;
use crate::wrong::Problems;
use app::accounts::PASSWORD_MIN;
use app::accounts::register::{Form, Outcome};
use app::{Hall, Registrations, Requester};
use askama::Template;
use auth::{Asker, Gate, Params, Problem};
use axum::extract::State;

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUp {
    frame: Frame,
    open: bool,
    approval: bool,
    closed: &'static str,
    return_to: String,
    handle: String,
    name: String,
    email: String,
    shortest: usize,
    problems: Problems,
}

impl SignUp {
    async fn new(hall: &Hall, params: &Params, problems: Problems) -> Result<Self, crate::answer::Fail> {
        let text = |name| params.text(name).unwrap_or_default().to_owned();
        Ok(Self {
            frame: Frame::of(hall, &Requester::anonymous(), Place::Other, "Make an account").await?,
            open: super::registers(hall),
            approval: hall.settings().registrations == Registrations::Approval,
            closed: match hall.settings().registrations {
                Registrations::Closed => "Accounts here are made by the organisation. Ask whoever runs this hall.",
                _ => "Accounts here are made by invitation. Ask a colleague who is here already.",
            },
            return_to: way::back(params, ""),
            handle: text("handle"),
            name: text("name"),
            email: text("email"),
            shortest: PASSWORD_MIN,
            problems,
        })
    }
}

/// `GET /sign-up`
pub async fn form(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    if requester.is_local() {
        return Ok(onwards(&way::back(&params, "/home")));
    }
    page(&SignUp::new(gate.hall(), &params, Problems::default()).await?)
}

/// `POST /sign-up`
pub async fn send(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let text = |name| params.text(name).unwrap_or_default().to_owned();
    let form =
        Form { handle: text("handle"), name: text("name"), email: text("email"), password: text("password"), language: None };
    match gate.sign_up(&requester, &form).await {
        Ok(Outcome::Ready) => Ok(onwards(&signing_in(&params, "ready"))),
        Ok(Outcome::Waiting) => Ok(onwards(&signing_in(&params, "waiting"))),
        Err(error) if correctable(&error) => {
            page_with(Problem::status_of(error.kind), &SignUp::new(gate.hall(), &params, Problems::of(&error)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Where to sign in, and from there to where they came from.
fn signing_in(params: &Params, done: &str) -> String {
    let page = match way::back(params, "") {
        to if to.is_empty() => "/sign-in".to_owned(),
        to => format!("/sign-in?return_to={}", way::encode(&to)),
    };
    way::with_done(&page, done)
}
