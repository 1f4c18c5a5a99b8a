//! Background jobs: each belongs to its declaration in the registry, as a route does.

use crate::registry::JobDeclaration;
use crate::{ErrorKind, Result};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// How long a job that ended in a panic rests before it goes on.
const REST: Duration = Duration::from_secs(1);

/// Longest pause between two tries to write down how something ended.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Writes down how a task ended, again and again while the database is not there: a task whose end is not written
/// stays in the hands of a worker that does nothing with it any more. Any other error is given back.
pub async fn insist<T, F>(write: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut pause = Duration::from_millis(200);
    loop {
        match write().await {
            Err(error) if error.kind == ErrorKind::Unavailable => tracing::warn!(%error, "the end of a task waits to be written"),
            outcome => return outcome,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// A declared job, ready to run. The only way to work in the background: what is not declared cannot be made into one.
pub struct Job {
    declared: JobDeclaration,
    begin: Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Job {
    /// `begin` works until it is told to stop; it is called again if that ended in a panic.
    pub fn new<F>(declared: JobDeclaration, begin: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { declared, begin: Box::new(move || begin().boxed()) }
    }

    /// As declared.
    pub fn declared(&self) -> JobDeclaration {
        self.declared
    }

    /// Works until it is told to stop. A panic ends what was being done, not the job: its queue is a table, so
    /// what was claimed is taken up again.
    pub async fn run(self) {
        while AssertUnwindSafe((self.begin)()).catch_unwind().await.is_err() {
            tracing::error!(job = self.declared.name, "a background job ended in a panic and begins again");
            tokio::time::sleep(REST).await;
        }
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("declared", &self.declared).finish_non_exhaustive()
    }
}
