//! Change which organisations a partner community names.

use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result};
use domain::handle;
use domain::id::CommunityId;
use domain::policy::{self, Permit, act};
use store::agreements::{self, Agreement};
use store::{Tx, facts};

/// The organisations that a community names, for who is in it.
pub async fn partners(hall: &Hall, requester: &Requester, community: CommunityId) -> Result<Vec<Agreement>> {
    let conn = hall.store().read();
    let facts = facts::community(conn, requester, community).await?.ok_or_else(Error::not_found)?;
    if !policy::sees_room(requester, &facts) {
        return Err(Error::not_found());
    }
    Ok(agreements::of(conn, community).await?)
}

/// Names an organisation. `per_instance`: its instance reads for its members, as its software does it.
pub async fn name_partner(
    hall: &Hall,
    requester: &Requester,
    community: CommunityId,
    host: &str,
    per_instance: bool,
) -> Result<()> {
    change(hall, requester, community, host, Change::Name { per_instance }).await
}

/// Takes an organisation off the list. Its members are out at once and are told so; nothing of the community goes
/// there any more, also not what was on its way.
pub async fn end_partner(hall: &Hall, requester: &Requester, community: CommunityId, host: &str) -> Result<()> {
    change(hall, requester, community, host, Change::End).await
}

enum Change {
    Name { per_instance: bool },
    End,
}

async fn change(hall: &Hall, requester: &Requester, community: CommunityId, host: &str, change: Change) -> Result<()> {
    let host = canonical(hall, host)?;
    let requester = requester.clone();
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                let facts = facts::community(tx, &requester, community).await?.ok_or_else(Error::not_found)?;
                let permit = policy::agree(&requester, &facts)?;
                let who = permit.actor();
                let word = match change {
                    Change::Name { per_instance } => {
                        for actor in agreements::name(tx, permit, &Agreement { host: host.clone(), per_instance }).await? {
                            effects::outside(tx, &Wire::JoinAnswered { community, actor, accepted: true }).await?;
                        }
                        "partner.named"
                    }
                    Change::End => {
                        end(tx, permit, community, &host).await?;
                        "partner.ended"
                    }
                };
                Ok(store::audit::append(tx, Some(who), word, &community.to_string(), &host).await?)
            })
        })
        .await
}

async fn end(tx: &Tx, permit: Permit<act::Agree>, community: CommunityId, host: &str) -> Result<()> {
    if !agreements::of(tx, community).await?.iter().any(|named| named.host == host) {
        return Err(Error::invalid("partner_not_named", "The community does not name this organisation."));
    }
    for actor in agreements::end(tx, permit, host).await? {
        effects::outside(tx, &Wire::JoinAnswered { community, actor, accepted: false }).await?;
    }
    Ok(store::audit::journal_revocation(tx, "agreement", &format!("{community} {host}")).await?)
}

/// The canonical name of another organisation's host.
pub(super) fn canonical(hall: &Hall, host: &str) -> Result<String> {
    let canonical = handle::canonical_host(host)
        .ok_or_else(|| Error::invalid("partner_host_invalid", format!("“{host}” is not the name of a server.")))?;
    if hall.settings().is_here(&canonical) {
        return Err(Error::invalid(
            "partner_host_is_here",
            "Your own organisation is always part of the community; name only the others.",
        ));
    }
    Ok(canonical)
}
