//! Background jobs: each belongs to its declaration in the registry, as a route does.

use crate::registry::JobDeclaration;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// How long a job that ended in a panic rests before it goes on.
const REST: Duration = Duration::from_secs(1);

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
