//! The worker that processes what was received, one chain per host, several hosts at once.

use super::{Verified, VerifiedActor};
use crate::Federation;
use crate::translate::{self, Failure};
use app::federated::{Waiting, inbox};
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const BATCH: i64 = 64;
const AT_ONCE: usize = 8;
/// Rows that another process wrote, or that are due again, are found by looking.
pub const LOOK: Duration = Duration::from_millis(500);

/// Works until cancelled. A batch that was begun is finished; the rest stays in its table.
pub async fn work(federation: Federation, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match inbox::claim(federation.hall(), BATCH).await {
            Ok(batch) if !batch.is_empty() => process(&federation, batch).await,
            Ok(_) => idle(&federation, &stop).await,
            Err(error) => {
                tracing::warn!(%error, "the inbox could not be read");
                idle(&federation, &stop).await;
            }
        }
    }
}

async fn idle(federation: &Federation, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = inbox::queued(federation.hall()) => {}
        () = tokio::time::sleep(LOOK) => {}
    }
}

async fn process(federation: &Federation, batch: Vec<Waiting>) {
    let mut hosts: BTreeMap<String, Vec<Waiting>> = BTreeMap::new();
    for waiting in batch {
        hosts.entry(waiting.received.host.clone()).or_default().push(waiting);
    }
    futures_util::stream::iter(hosts.into_values())
        .for_each_concurrent(AT_ONCE, |chain| async move {
            for waiting in chain {
                one(federation, &waiting).await;
            }
        })
        .await;
}

async fn one(federation: &Federation, waiting: &Waiting) {
    let outcome = translate_one(federation, waiting).await;
    let uri = &waiting.received.activity_uri;
    let written = match &outcome {
        Ok(what) => inbox::done(federation.hall(), waiting.id, what).await,
        Err(Failure::Dropped(why)) => {
            tracing::debug!(activity = %uri, %why, "an activity was not taken");
            inbox::done(federation.hall(), waiting.id, &format!("dropped: {why}")).await
        }
        Err(Failure::Later(why)) => {
            tracing::debug!(activity = %uri, %why, "an activity waits");
            inbox::failed(federation.hall(), waiting, why).await
        }
    };
    if let Err(error) = written {
        // The lease runs out and it is tried again; every step is idempotent.
        tracing::warn!(%error, activity = %uri, "the outcome of an activity could not be written");
    }
}

async fn translate_one(federation: &Federation, waiting: &Waiting) -> Result<&'static str, Failure> {
    let activity = Verified::from_queue(waiting).map_err(Failure::dropped)?;
    if translate::is_deletion_of_self(activity.get()) {
        return translate::actor_gone(federation, &activity).await;
    }
    let actor = VerifiedActor::of(federation, &activity).await;
    translate::act(federation, &actor?, &activity).await
}
