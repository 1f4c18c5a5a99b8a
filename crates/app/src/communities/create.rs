//! Start a community. Its founder becomes its lead.

use crate::{Error, Hall, Requester, Result};
use domain::handle;
use domain::id::CommunityId;
use domain::policy;
use domain::zone::{Door, JoinPolicy, Zone};
use store::views::ActorKind;

/// Longest name and purpose, in characters.
const MAX_NAME: usize = 100;
const MAX_PURPOSE: usize = 1_000;
/// Most partner organisations of one community.
const MAX_PARTNERS: usize = 100;

/// A community to start.
#[derive(Debug, Clone)]
pub struct NewCommunity {
    /// `[a-z0-9_]{3,20}`, one name space with people.
    pub handle: String,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Its ceiling.
    pub zone: Zone,
    /// Who sees an internal community's door.
    pub door: Door,
    /// How one gets in.
    pub join: JoinPolicy,
    /// Hosts of the partner organisations; partner communities only.
    pub partners: Vec<String>,
}

/// Starts a community.
pub async fn create(hall: &Hall, requester: &Requester, new: NewCommunity) -> Result<CommunityId> {
    let permit = policy::found(requester)?;
    handle::check_new(&new.handle).map_err(|bad| Error::invalid("handle_invalid", bad.to_string()))?;
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Error::invalid("name_invalid", "Give the community a name of at most 100 characters."));
    }
    if new.purpose.chars().count() > MAX_PURPOSE {
        return Err(Error::invalid("purpose_too_long", "The purpose is too long: 1000 characters are the limit."));
    }
    let partners = partners(hall, &new)?;
    let settings = hall.settings().clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let url = settings.actor_url(&new.handle);
                let uri = |id| settings.actor_uri(id);
                let actor =
                    store::actors::insert_local(tx, ActorKind::Group, &new.handle, &name, uri, &url).await.map_err(|error| {
                        match error {
                            // The same words for every kind of taken name: what hides behind it is nobody's business.
                            store::StoreError::Taken => Error::new(
                                crate::ErrorKind::Conflict,
                                "handle_taken",
                                "This handle cannot be used. Choose another.",
                            ),
                            other => other.into(),
                        }
                    })?;
                let (founder, zone) = (permit.actor(), new.zone);
                let community = store::communities::NewCommunity {
                    actor,
                    zone: new.zone,
                    door: new.door,
                    join: new.join,
                    purpose: new.purpose.trim().to_owned(),
                    partners,
                };
                let id = store::communities::found(tx, permit, &community).await?;
                if zone != Zone::Internal {
                    store::actors::mark_outside(tx, founder).await?;
                }
                store::audit::append(tx, Some(founder), "community.create", &id.to_string(), zone.as_str()).await?;
                Ok::<_, Error>(id)
            })
        })
        .await
}

fn partners(hall: &Hall, new: &NewCommunity) -> Result<Vec<String>> {
    let given = new.partners.iter().map(|host| host.trim()).filter(|host| !host.is_empty());
    let mut hosts = Vec::new();
    for host in given {
        let canonical = super::partners::canonical(hall, host)?;
        if !hosts.contains(&canonical) {
            hosts.push(canonical);
        }
    }
    match new.zone {
        Zone::Partner if hosts.is_empty() => {
            Err(Error::invalid("partners_missing", "Name at least one partner organisation, or make the community internal."))
        }
        Zone::Internal | Zone::Open if !hosts.is_empty() => {
            Err(Error::invalid("partners_unexpected", "Only a partner community names partner organisations."))
        }
        _ if hosts.len() > MAX_PARTNERS => {
            Err(Error::invalid("partners_too_many", "A community can name 100 partner organisations."))
        }
        _ => Ok(hosts),
    }
}
