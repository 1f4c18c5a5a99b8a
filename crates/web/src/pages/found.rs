//! Starting a community. Internal is what it is unless its founder says otherwise.

use crate::answer::{Answer, correctable, onwards, page, page_with};
use crate::composer::lines;
use crate::frame::{Frame, Place};
use crate::wrong::Problems;
use app::communities::{self, NewCommunity};
use app::{Error, Hall, Requester};
use askama::Template;
use auth::{Asker, Gate, Params, Problem};
use axum::extract::State;
use domain::zone::{Door, JoinPolicy, Zone};

/// What is filled in.
struct Form {
    name: String,
    handle: String,
    purpose: String,
    zone: String,
    door: String,
    join: String,
    partners: String,
}

impl Form {
    fn of(params: &Params) -> Self {
        let or = |name: &str, usual: &str| params.text(name).unwrap_or(usual).to_owned();
        Self {
            name: or("name", ""),
            handle: or("handle", ""),
            purpose: or("purpose", ""),
            zone: or("zone", Zone::Internal.as_str()),
            door: or("door", Door::Hall.as_str()),
            join: or("join", JoinPolicy::Request.as_str()),
            partners: or("partners", ""),
        }
    }

    fn read(&self) -> Result<NewCommunity, Error> {
        let unknown = || Error::invalid("zone_unknown", "Choose one of the answers.");
        let hosts = self.partners.split([',', ';', '\n', '\r', ' ']).map(|host| host.trim().trim_start_matches("https://"));
        Ok(NewCommunity {
            handle: self.handle.trim().trim_start_matches('@').to_ascii_lowercase(),
            name: self.name.trim().to_owned(),
            purpose: lines(self.purpose.trim()),
            zone: Zone::parse(&self.zone).ok_or_else(unknown)?,
            door: Door::parse(&self.door).ok_or_else(unknown)?,
            join: JoinPolicy::parse(&self.join).ok_or_else(unknown)?,
            partners: hosts.map(|host| host.trim_end_matches('/').to_owned()).filter(|host| !host.is_empty()).collect(),
        })
    }
}

#[derive(Template)]
#[template(path = "found.html")]
struct Found {
    frame: Frame,
    form: Form,
    problems: Problems,
}

impl Found {
    async fn new(hall: &Hall, requester: &Requester, form: Form, problems: Problems) -> Result<Self, crate::answer::Fail> {
        let frame = Frame::of(hall, requester, Place::Communities, "Start a community").await?;
        Ok(Self { frame, form, problems })
    }
}

/// `GET /communities/new`
pub async fn form(State(gate): State<Gate>, Asker(requester): Asker) -> Answer {
    let form = Form::of(&Params::default());
    page(&Found::new(gate.hall(), &requester, form, Problems::default()).await?)
}

/// `POST /communities/new`
pub async fn send(State(gate): State<Gate>, Asker(requester): Asker, params: Params) -> Answer {
    let (hall, form) = (gate.hall(), Form::of(&params));
    let made = match form.read() {
        Ok(new) => {
            let handle = new.handle.clone();
            communities::create(hall, &requester, new).await.map(|_| handle)
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(handle) => Ok(onwards(&format!("/@{handle}?done=started"))),
        Err(error) if correctable(&error) => {
            let status = Problem::status_of(error.kind);
            page_with(status, &Found::new(hall, &requester, form, Problems::of(&error)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_says_nothing_makes_an_internal_community() {
        let new = Form::of(&Params::default()).read().unwrap();
        assert_eq!((new.zone, new.door, new.join), (Zone::Internal, Door::Hall, JoinPolicy::Request));
        assert!(new.partners.is_empty());
    }

    #[test]
    fn an_unknown_zone_is_never_read_as_open() {
        let mut form = Form::of(&Params::default());
        form.zone = "everybody".to_owned();
        assert!(form.read().is_err());
    }

    #[test]
    fn partner_hosts_are_taken_as_people_type_them() {
        let mut form = Form::of(&Params::default());
        form.partners = "https://a.example/\r\nb.example, c.example".to_owned();
        assert_eq!(form.read().unwrap().partners, ["a.example", "b.example", "c.example"]);
    }
}
