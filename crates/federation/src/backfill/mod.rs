//! Reading up: a community's older posts, what is missing of threads, and counts of polls. In the background, bounded in
//! everything, and from each thing's own origin.

mod collection;
mod community;
mod poll;
mod reading;
mod standing;
mod thread;

use crate::Federation;
use crate::inbox::LOOK;
use crate::resolve::ResolveError;
use crate::settler::panic_text;
use app::federated::fetches::{self, FetchKind, Job};
use futures_util::FutureExt;
use reading::Stop;
use std::panic::AssertUnwindSafe;
use tokio_util::sync::CancellationToken;

/// Works until cancelled. What is cut off is taken up again later: every step can be repeated.
pub async fn work(federation: Federation, stop: CancellationToken) {
    if let Err(error) = fetches::begin(federation.hall()).await {
        tracing::warn!(%error, "what was being read up before is taken up only later");
    }
    while !stop.is_cancelled() {
        match fetches::claim(federation.hall()).await {
            Ok(jobs) if !jobs.is_empty() => {
                let all = futures_util::future::join_all(jobs.into_iter().map(|job| one(&federation, job)));
                tokio::select! {
                    () = stop.cancelled() => {}
                    _ = all => {}
                }
            }
            Ok(_) => idle(&stop).await,
            Err(error) => {
                tracing::warn!(%error, "what is to be read up could not be read");
                idle(&stop).await;
            }
        }
    }
}

async fn idle(stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(LOOK) => {}
    }
}

async fn one(federation: &Federation, job: Job) {
    let read = async {
        match job.kind {
            FetchKind::Community => community::read(federation, &job).await,
            FetchKind::Thread => thread::complete(federation, &job).await,
            FetchKind::Poll => poll::count(federation, &job).await,
        }
    };
    // What cannot be read without a panic is not to take down what is read beside it.
    let read = AssertUnwindSafe(read).catch_unwind().await;
    let target = job.target.clone();
    let written = match read {
        Ok(Ok(taken)) => fetches::done(federation.hall(), job, format!("{taken} posts")).await,
        Ok(Err(Stop::Spent)) => fetches::done(federation.hall(), job, "the bounds were reached".to_owned()).await,
        Ok(Err(Stop::Failed(ResolveError::Fetch(error)))) if error.is_temporary() => {
            fetches::failed(federation.hall(), job, error.to_string()).await
        }
        Ok(Err(Stop::Failed(error))) => fetches::done(federation.hall(), job, error.to_string()).await,
        Err(panic) => fetches::failed(federation.hall(), job, panic_text(panic.as_ref()).to_owned()).await,
    };
    if let Err(error) = written {
        tracing::warn!(%error, %target, "what was read up could not be noted");
    }
}
