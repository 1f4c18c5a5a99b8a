//! The delivery worker: many hosts at once, each host's deliveries in order per inbox, signed anew at every try.

use crate::Federation;
use crate::fetch::{FetchError, PostAnswer};
use crate::inbox::LOOK;
use crate::settler::{Settler, panic_text, settler};
use activitypub::model::http_url;
use app::federated::deliveries::{self, IN_ORDER};
use app::federated::{Delivery, Ended, Host, Outcome, Room};
use domain::time::SECOND;
use futures_util::{FutureExt, StreamExt};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Most hosts in hands. Nearly all of them only wait for an answer, and each holds a connection: so a host that is slow
/// to answer, or never does, holds up nobody.
const WELL: usize = 1_024;
/// The same for hosts that did not answer last time, apart: however many they are, they hold up nobody but each other.
const DOUBTFUL: usize = 256;
/// Most inboxes of one host at once.
const INBOXES: usize = 4;
/// How long the look into the database before sending is good.
const GOOD_FOR: i64 = 2 * SECOND;

/// Works until cancelled; what is being sent is finished, and the rest is let go.
pub async fn work(federation: Federation, stop: CancellationToken) {
    let (settler, settling) =
        settler(federation.hall().clone(), |hall, ended| Box::pin(async move { deliveries::settle(&hall, ended).await }));
    if let Err(error) = deliveries::begin(federation.hall()).await {
        tracing::warn!(%error, "what was in hands before waits until this process ends");
    }
    let mut chains = JoinSet::new();
    let turns = available_parallelism().map_or(2, |all| 2 * all.get());
    let sending = Sending { federation: federation.clone(), turns: Arc::new(Semaphore::new(turns)), stop: stop.clone() };
    let mut room = Room { well: WELL, doubtful: DOUBTFUL };
    let mut look = true;
    loop {
        while look && !stop.is_cancelled() {
            let hosts = claim(&federation, room).await;
            look = !hosts.is_empty();
            for host in hosts {
                *place(&mut room, host.failures > 0) -= 1;
                settler.take(1);
                chains.spawn(send_to_host(sending.clone(), host, settler.clone()));
            }
        }
        if stop.is_cancelled() && chains.is_empty() {
            break;
        }
        tokio::select! {
            Some(ended) = chains.join_next(), if !chains.is_empty() => {
                // Where there was no room, somebody may have waited for it.
                look = room.well == 0 || room.doubtful == 0;
                let mut ended = Some(ended);
                while let Some(doubtful) = ended {
                    *place(&mut room, doubtful.unwrap_or_default()) += 1;
                    ended = chains.try_join_next();
                }
            }
            () = settler.settled(), if !stop.is_cancelled() => look = true,
            () = deliveries::queued(federation.hall()), if !stop.is_cancelled() => look = true,
            () = tokio::time::sleep(LOOK), if !stop.is_cancelled() => look = true,
            () = stop.cancelled(), if !stop.is_cancelled() => {}
        }
    }
    drop(settler);
    let _ = settling.await;
}

fn place(room: &mut Room, doubtful: bool) -> &mut usize {
    if doubtful { &mut room.doubtful } else { &mut room.well }
}

async fn claim(federation: &Federation, room: Room) -> Vec<Host> {
    let hosts = deliveries::claim(federation.hall(), room).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the deliveries could not be read");
        Vec::new()
    });
    let names: Vec<&str> = hosts.iter().map(|host| host.host.as_str()).collect();
    if let Err(error) = federation.client().prepare(&names).await {
        tracing::warn!(%error, "what is known of some hosts is read one by one");
    }
    hosts
}

#[derive(Clone)]
struct Sending {
    federation: Federation,
    /// Few at once prepare and sign, so that a post to very many leaves time for others, and yet so many that no
    /// processor waits for the next.
    turns: Arc<Semaphore>,
    stop: CancellationToken,
}

/// Sends what waits for one host. After something that has to wait, the rest is left untried. Gives whether the host
/// was a doubtful one.
async fn send_to_host(sending: Sending, host: Host, settler: Settler<Ended>) -> bool {
    let (name, claimed_by, doubtful) = (host.host.clone(), host.claimed_by, host.failures > 0);
    let record = Record { host: name.clone(), claimed_by, settler: settler.clone(), answered: AtomicBool::new(false) };
    let tried = AssertUnwindSafe(sending.host(host, &record)).catch_unwind().await.unwrap_or_else(|panic| {
        tracing::error!(host = %name, why = panic_text(panic.as_ref()), "a delivery made its worker panic");
        Vec::new()
    });
    let answered = record.answered.load(Ordering::Relaxed);
    settler.ended(Ended { host: name, claimed_by, tried, answered, more: false });
    doubtful
}

/// Has what was delivered written down while the rest is being sent, so that a killed process repeats little.
struct Record {
    host: String,
    claimed_by: i64,
    settler: Settler<Ended>,
    answered: AtomicBool,
}

impl Record {
    fn delivered(&self, delivery: Delivery) {
        self.answered.store(true, Ordering::Relaxed);
        self.settler.take(1);
        let (host, claimed_by) = (self.host.clone(), self.claimed_by);
        self.settler.ended(Ended { host, claimed_by, tried: vec![(delivery, Outcome::Delivered)], answered: true, more: true });
    }
}

impl Sending {
    async fn host(&self, host: Host, record: &Record) -> Vec<(Delivery, Outcome)> {
        let (checked_at, away) = (host.checked_at.0, AtomicBool::new(false));
        let mut rest = host.deliveries.into_iter();
        let mut tried = Vec::new();
        if host.failures > 0 {
            // It did not answer lately: one delivery finds out whether it does, and not one that it never takes.
            let mut all: Vec<Delivery> = rest.collect();
            let at = all.iter().position(|delivery| delivery.attempts < IN_ORDER).unwrap_or_default();
            let first = if all.is_empty() { Vec::new() } else { vec![all.remove(at)] };
            rest = all.into_iter();
            tried = self.inbox(first, checked_at, &away, record).await;
            if tried.iter().any(|(_, outcome)| waits(outcome)) {
                return tried;
            }
        }
        let mut inboxes: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
        for delivery in rest {
            inboxes.entry(delivery.inbox.clone()).or_default().push(delivery);
        }
        let chains = futures_util::stream::iter(inboxes.into_values().map(|chain| self.inbox(chain, checked_at, &away, record)));
        let mut chains = pin!(chains.buffer_unordered(INBOXES));
        while let Some(some) = chains.next().await {
            tried.extend(some);
        }
        tried
    }

    /// One inbox's deliveries, in order.
    async fn inbox(&self, chain: Vec<Delivery>, checked_at: i64, away: &AtomicBool, record: &Record) -> Vec<(Delivery, Outcome)> {
        let mut tried = Vec::new();
        for delivery in chain {
            // The semaphore is never closed.
            let turn = self.turns.clone().acquire_owned().await.ok();
            if self.stop.is_cancelled() || away.load(Ordering::Relaxed) {
                break;
            }
            // One that panics waits like one that was not answered: tried at once again, it would be for ever.
            let sent = AssertUnwindSafe(send(&self.federation, &delivery, checked_at, turn)).catch_unwind().await;
            let outcome = sent.unwrap_or_else(|panic| Outcome::Later(format!("panic: {}", panic_text(panic.as_ref())), None));
            let last = waits(&outcome);
            away.fetch_or(last, Ordering::Relaxed);
            if outcome == Outcome::Delivered {
                record.delivered(delivery);
                continue;
            }
            tracing::debug!(activity = %delivery.activity.uri, inbox = %delivery.inbox, ?outcome, "not delivered");
            tried.push((delivery, outcome));
            if last {
                break;
            }
        }
        tried
    }
}

/// Whether nothing else is sent there for now.
fn waits(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unreachable(..) | Outcome::Later(..))
}

async fn send(federation: &Federation, delivery: &Delivery, checked_at: i64, turn: Option<OwnedSemaphorePermit>) -> Outcome {
    if app::federated::now(federation.hall()).0 - checked_at > GOOD_FOR {
        match deliveries::still_due(federation.hall(), std::slice::from_ref(delivery)).await {
            Ok(due) if due.contains(&delivery.id) => {}
            Ok(_) => return Outcome::Withdrawn,
            Err(error) => return Outcome::Later(error.to_string(), None),
        }
    }
    let Some(url) = http_url(&delivery.inbox) else { return Outcome::Refused("not an address".to_owned()) };
    let keys = match federation.keys_of(delivery.activity.actor).await {
        Ok(keys) => keys,
        Err(error) => return Outcome::Later(error.to_string(), None),
    };
    match federation.client().post(&url, &delivery.activity.body, &keys, turn).await {
        Ok(answer) => outcome(&answer),
        Err(FetchError::Refused) => Outcome::Refused("the address is not allowed".to_owned()),
        Err(error) => Outcome::Unreachable(error.to_string(), None),
    }
}

/// What a status means (facts 84, 86): a client error is final but for those that say "later" or "not like this".
fn outcome(answer: &PostAnswer) -> Outcome {
    let PostAnswer { status, retry_after, said } = answer;
    let why = || if said.is_empty() { format!("status {status}") } else { format!("status {status}: {said}") };
    match *status {
        200..=299 => Outcome::Delivered,
        408 | 429 | 502..=504 => Outcome::Unreachable(why(), *retry_after),
        401 | 425 => Outcome::Later(why(), *retry_after),
        410 => Outcome::Gone,
        300..=499 | 501 => Outcome::Refused(why()),
        _ => Outcome::Later(why(), *retry_after),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, retry_after: Option<i64>) -> Outcome {
        super::outcome(&PostAnswer { status, retry_after, said: String::new() })
    }

    #[test]
    fn statuses_are_final_or_not_as_peers_mean_them() {
        assert_eq!(outcome(202, None), Outcome::Delivered);
        assert_eq!(outcome(410, None), Outcome::Gone);
        for last in [301, 400, 403, 404, 406, 413, 501] {
            assert!(matches!(outcome(last, None), Outcome::Refused(_)), "{last}");
        }
        for later in [401, 425, 500, 505] {
            assert!(matches!(outcome(later, Some(5)), Outcome::Later(_, Some(5))), "{later}");
        }
        for away in [408, 429, 502, 503, 504] {
            assert!(matches!(outcome(away, Some(5)), Outcome::Unreachable(_, Some(5))), "{away}");
        }
    }
}
