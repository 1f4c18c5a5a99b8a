//! The worker that processes what was received: each signer's activities in order, several signers at once.

use super::{Verified, VerifiedActor};
use crate::Federation;
use crate::settler::{Settler, settler};
use crate::translate::{self, Failure};
use app::federated::{Processed, Waiting, inbox};
use futures_util::FutureExt;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Most that is claimed and not yet settled.
const IN_HANDS: usize = 512;
/// Signers at once, and of one host: a slow one must not hold up the others.
const AT_ONCE: usize = 32;
const AT_ONCE_OF_HOST: usize = 8;
/// Longest that one activity may take, all its fetching included.
const LONGEST: Duration = Duration::from_secs(90);
/// Tries of what waits for something that may never come: over two minutes.
const PATIENCE: i64 = 6;
/// Rows that another process wrote, or that are due again, are found by looking.
pub const LOOK: Duration = Duration::from_millis(500);
/// After so many looks everything in hands is finished first, so that what ended a worker before gets its turn.
const PAUSE: u32 = 200;

/// What is claimed, by signer.
#[derive(Default)]
struct Chains {
    waiting: BTreeMap<String, VecDeque<Waiting>>,
    running: BTreeMap<String, usize>,
    tasks: JoinSet<(String, String)>,
    busy: BTreeSet<String>,
    /// What ended a worker before is in hands, and nothing beside it.
    alone: bool,
}

/// Works until cancelled. What is being processed is finished; the rest is given back.
pub async fn work(federation: Federation, stop: CancellationToken) {
    let (settler, settling) =
        settler(federation.hall().clone(), |hall, ended| Box::pin(async move { inbox::settle(&hall, ended).await }));
    if let Err(error) = inbox::begin(federation.hall()).await {
        tracing::warn!(%error, "what was in hands before waits until this process ends");
    }
    let mut chains = Chains::default();
    let (mut look, mut looks) = (true, 0_u32);
    loop {
        if stop.is_cancelled() {
            chains.give_back(&settler);
            if chains.tasks.is_empty() {
                break;
            }
        } else if look && settler.in_hands() < if chains.alone { 1 } else { room(looks) } {
            looks = if settler.in_hands() == 0 { 0 } else { looks + 1 };
            look = claim(&federation, &mut chains, &settler).await;
            chains.start(&federation, &settler);
            continue;
        }
        chains.start(&federation, &settler);
        tokio::select! {
            Some(ended) = chains.tasks.join_next(), if !chains.tasks.is_empty() => chains.ended(ended),
            () = settler.settled(), if look => {}
            () = inbox::queued(federation.hall()), if !stop.is_cancelled() => look = true,
            () = tokio::time::sleep(LOOK), if !stop.is_cancelled() => look = true,
            () = stop.cancelled(), if !stop.is_cancelled() => {}
        }
    }
    drop(settler);
    let _ = settling.await;
}

/// Below how many in hands more is claimed.
fn room(looks: u32) -> usize {
    if looks < PAUSE { IN_HANDS / 2 } else { 1 }
}

/// Takes what is due; gives whether there may be more.
async fn claim(federation: &Federation, chains: &mut Chains, settler: &Settler<(Waiting, Processed)>) -> bool {
    let hall = federation.hall();
    if settler.in_hands() == 0 {
        let suspect = inbox::claim_suspect(hall).await.unwrap_or_default();
        chains.alone = suspect.is_some();
        if let Some(suspect) = suspect {
            chains.add(settler, suspect);
            return true;
        }
    }
    match inbox::claim(hall).await {
        Ok(batch) => {
            let any = !batch.is_empty();
            for waiting in batch {
                chains.add(settler, waiting);
            }
            any
        }
        Err(error) => {
            tracing::warn!(%error, "the inbox could not be read");
            false
        }
    }
}

impl Chains {
    fn add(&mut self, settler: &Settler<(Waiting, Processed)>, waiting: Waiting) {
        settler.take(1);
        self.waiting.entry(waiting.received.signer_uri.clone()).or_default().push_back(waiting);
    }

    fn start(&mut self, federation: &Federation, settler: &Settler<(Waiting, Processed)>) {
        while self.tasks.len() < AT_ONCE {
            let Some((signer, host)) = self.ready() else { return };
            *self.running.entry(host.clone()).or_default() += 1;
            let chain = self.waiting.remove(&signer).unwrap_or_default();
            self.busy.insert(signer.clone());
            let (federation, settler) = (federation.clone(), settler.clone());
            self.tasks.spawn(async move {
                for waiting in chain {
                    let how = one(&federation, &waiting).await;
                    settler.ended((waiting, how));
                }
                (signer, host)
            });
        }
    }

    /// A signer whose turn it is, with its host.
    fn ready(&self) -> Option<(String, String)> {
        let free = |host: &String| self.running.get(host).is_none_or(|count| *count < AT_ONCE_OF_HOST);
        let found = self.waiting.iter().find(|(signer, chain)| {
            !self.busy.contains(*signer) && chain.front().is_some_and(|first| free(&first.received.host))
        });
        found.and_then(|(signer, chain)| Some((signer.clone(), chain.front()?.received.host.clone())))
    }

    fn ended(&mut self, ended: Result<(String, String), tokio::task::JoinError>) {
        let Ok((signer, host)) = ended else { return };
        self.busy.remove(&signer);
        if let Some(count) = self.running.get_mut(&host) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.running.remove(&host);
            }
        }
    }

    fn give_back(&mut self, settler: &Settler<(Waiting, Processed)>) {
        for waiting in std::mem::take(&mut self.waiting).into_values().flatten() {
            settler.ended((waiting, Processed::Untried));
        }
    }
}

async fn one(federation: &Federation, waiting: &Waiting) -> Processed {
    let translated = AssertUnwindSafe(tokio::time::timeout(LONGEST, translate_one(federation, waiting))).catch_unwind();
    let uri = &waiting.received.activity_uri;
    match translated.await {
        Ok(Ok(Ok(what))) => Processed::Done(what.to_owned()),
        Ok(Ok(Err(Failure::Dropped(why)))) => {
            tracing::debug!(activity = %uri, %why, "an activity was not taken");
            Processed::Done(format!("dropped: {why}"))
        }
        Ok(Ok(Err(Failure::Patient(why)))) if waiting.attempts >= PATIENCE => {
            tracing::debug!(activity = %uri, %why, "an activity was not taken after all");
            Processed::Done(format!("dropped: {why}"))
        }
        Ok(Ok(Err(Failure::Patient(why)))) => Processed::Later(why.to_owned()),
        Ok(Ok(Err(Failure::Later(why)))) => {
            tracing::debug!(activity = %uri, %why, "an activity waits");
            Processed::Later(why)
        }
        Ok(Err(_)) => Processed::Later("it took too long".to_owned()),
        Err(panic) => {
            let why = crate::settler::panic_text(panic.as_ref());
            tracing::error!(activity = %uri, %why, "an activity made its worker panic");
            Processed::Panicked(format!("panic: {why}"))
        }
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
