//! The delivery worker: many hosts at once, one chain in order per host, signed anew at every try.

use crate::Federation;
use crate::fetch::FetchError;
use crate::inbox::LOOK;
use activitypub::model::http_url;
use app::federated::{Delivery, Outcome, deliveries};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// Most hosts that are sent to at once.
const AT_ONCE: usize = 64;
/// Most deliveries taken in one look.
const BATCH: i64 = 256;

/// Works until cancelled; what is being sent is finished.
pub async fn work(federation: Federation, stop: CancellationToken) {
    let mut chains = FuturesUnordered::new();
    loop {
        if chains.len() < AT_ONCE && !stop.is_cancelled() {
            for chain in claim(&federation).await {
                chains.push(send_chain(&federation, chain, &stop));
            }
        }
        if stop.is_cancelled() && chains.is_empty() {
            return;
        }
        tokio::select! {
            Some(()) = chains.next(), if !chains.is_empty() => {}
            () = deliveries::queued(federation.hall()), if !stop.is_cancelled() => {}
            () = tokio::time::sleep(LOOK), if !stop.is_cancelled() => {}
            () = stop.cancelled(), if chains.is_empty() => {}
        }
    }
}

/// Due deliveries, by host; the store leaves out hosts whose earlier ones are still under way.
async fn claim(federation: &Federation) -> Vec<Vec<Delivery>> {
    let mut hosts: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
    match deliveries::claim(federation.hall(), BATCH).await {
        Ok(batch) => {
            for delivery in batch {
                hosts.entry(delivery.host.clone()).or_default().push(delivery);
            }
        }
        Err(error) => tracing::warn!(%error, "the deliveries could not be read"),
    }
    hosts.into_values().collect()
}

/// Sends to one host in order. After one that has to wait, the rest is given back, untried.
async fn send_chain(federation: &Federation, chain: Vec<Delivery>, stop: &CancellationToken) {
    let mut waits = false;
    for delivery in chain {
        let written = if waits || stop.is_cancelled() {
            deliveries::give_back(federation.hall(), delivery.id).await
        } else {
            let outcome = send(federation, &delivery).await;
            waits = matches!(outcome, Outcome::Later(..));
            if outcome != Outcome::Delivered {
                tracing::debug!(activity = %delivery.activity_uri, inbox = %delivery.inbox, ?outcome, "not delivered");
            }
            deliveries::record(federation.hall(), &delivery, outcome).await
        };
        if let Err(error) = written {
            // The lease runs out and it is sent again, under the same id.
            tracing::warn!(%error, activity = %delivery.activity_uri, "the outcome of a delivery could not be written");
        }
    }
}

async fn send(federation: &Federation, delivery: &Delivery) -> Outcome {
    match deliveries::still_due(federation.hall(), delivery).await {
        Ok(true) => {}
        Ok(false) => return Outcome::Refused("nobody there may have it any more".to_owned()),
        Err(error) => return Outcome::Later(error.to_string(), None),
    }
    let Some(url) = http_url(&delivery.inbox) else { return Outcome::Refused("not an address".to_owned()) };
    let keys = match federation.keys_of(delivery.actor).await {
        Ok(keys) => keys,
        Err(error) => return Outcome::Later(error.to_string(), None),
    };
    match federation.client().post(&url, &delivery.body, keys).await {
        Ok(answer) => outcome(answer.status, answer.retry_after),
        Err(FetchError::Refused) => Outcome::Refused("the address is not allowed".to_owned()),
        Err(error) => Outcome::Later(error.to_string(), None),
    }
}

/// What a status means (facts 84): a client error is final but for those that say "later" or "not like this".
fn outcome(status: u16, retry_after: Option<i64>) -> Outcome {
    match status {
        200..=299 => Outcome::Delivered,
        401 | 408 | 425 | 429 => Outcome::Later(format!("status {status}"), retry_after),
        300..=499 | 501 => Outcome::Refused(format!("status {status}")),
        _ => Outcome::Later(format!("status {status}"), retry_after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_final_or_not_as_peers_mean_them() {
        assert_eq!(outcome(202, None), Outcome::Delivered);
        for last in [301, 400, 403, 404, 406, 410, 413, 501] {
            assert!(matches!(outcome(last, None), Outcome::Refused(_)), "{last}");
        }
        for later in [401, 408, 429, 500, 502, 503, 504] {
            assert!(matches!(outcome(later, Some(5)), Outcome::Later(_, Some(5))), "{later}");
        }
    }
}
