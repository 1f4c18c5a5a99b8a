//! `QuoteRequest`: somebody asks to quote a post of ours (FEP-044f).

use super::create::{Way, publish, quoted};
use super::order::record;
use super::{Done, Failure, addressing};
use crate::Federation;
use crate::inbox::VerifiedActor;
use activitypub::model::{Activity, ObjectDoc, same_origin};
use activitypub::vocab;
use app::federated::{ReceivedAct, quotes};
use serde_json::json;

/// Asks for the post that it names, with the post that quotes as its `instrument`, whole or named. That is taken in as
/// well, so that whoever is quoted sees where.
pub async fn quote(federation: &Federation, actor: &VerifiedActor, activity: &Activity) -> Done {
    let object_uri = activity.object_id().ok_or(Failure::dropped("object_missing"))?;
    let there = quoted(federation, actor, object_uri).await?.ok_or(Failure::dropped("nobody_here_asked_for_it"))?;
    let instrument = activity.raw.get("instrument").ok_or(Failure::dropped("object_missing"))?;
    let id = vocab::id_of(instrument).ok_or(Failure::dropped("object_missing"))?;
    if !same_origin(id, &activity.actor) {
        return Err(Failure::dropped("object_foreign"));
    }
    let object = match instrument.get("type") {
        Some(_) => ObjectDoc::parse(instrument)?,
        None => ObjectDoc::parse(&addressing::named(federation, activity, id).await?)?,
    };
    if object.author()? != actor.wire.uri {
        return Err(Failure::dropped("not_the_author"));
    }
    if object.quote.as_deref() != Some(object_uri) {
        return Err(Failure::dropped("quotes_something_else"));
    }
    match publish(federation, actor, &object, None, Way::Quoting).await {
        // Where it may be quoted, it may be so in what nobody here reads.
        Ok(_) | Err(Failure::Dropped(_) | Failure::Patient(_)) => {}
        Err(later) => return Err(later),
    }
    // The words go when the post goes: of the request only ids stay.
    let ids = json!({"id": activity.id, "type": "QuoteRequest", "actor": actor.wire.uri, "object": object_uri, "instrument": object.id});
    let request = ReceivedAct {
        target_uri: Some(object.id.clone()),
        reason: String::new(),
        body: ids.to_string(),
        ..record(activity, actor.id(), None)
    };
    let may = quotes::ask(federation.hall(), &actor.requester, there, &object.id, request).await?;
    Ok(if may { "quote allowed" } else { "quote refused" })
}
