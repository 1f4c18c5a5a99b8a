//! Writes down how tasks ended: everything that ended while the last ones were written, in one transaction.

use app::Hall;
use app::jobs::insist;
use futures_util::future::BoxFuture;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// Most that is written at once.
const TOGETHER: usize = 512;

/// Takes what ended. Cheap to clone; when the last one is dropped, what is left is written and the writing ends.
#[derive(Debug)]
pub struct Settler<T> {
    ended: mpsc::UnboundedSender<T>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    in_hands: AtomicUsize,
    settled: Notify,
}

impl<T> Clone for Settler<T> {
    fn clone(&self) -> Self {
        Self { ended: self.ended.clone(), shared: self.shared.clone() }
    }
}

impl<T> Settler<T> {
    /// So many more were taken from a queue.
    pub fn take(&self, count: usize) {
        self.shared.in_hands.fetch_add(count, Ordering::SeqCst);
    }

    /// How many were taken and are not written down yet.
    pub fn in_hands(&self) -> usize {
        self.shared.in_hands.load(Ordering::SeqCst)
    }

    /// One of them ended.
    pub fn ended(&self, one: T) {
        // The receiver outlives every sender.
        let _ = self.ended.send(one);
    }

    /// Waits until some were written down.
    pub async fn settled(&self) {
        self.shared.settled.notified().await;
    }
}

/// A settler, and its writing, to be awaited after the last settler is dropped.
pub fn settler<T, F>(hall: Hall, write: F) -> (Settler<T>, JoinHandle<()>)
where
    T: Send + Sync + 'static,
    F: Fn(Hall, Arc<Vec<T>>) -> BoxFuture<'static, app::Result<()>> + Send + Sync + 'static,
{
    let (ended, mut waiting) = mpsc::unbounded_channel();
    let shared = Arc::new(Shared::default());
    let counts = shared.clone();
    let writer = TaskTracker::new().spawn(async move {
        let mut batch = Vec::new();
        while waiting.recv_many(&mut batch, TOGETHER).await > 0 {
            let some = Arc::new(std::mem::take(&mut batch));
            // What cannot be written for another reason is left alone: the claim ends with this worker, and it is
            // done again under the same ids.
            if let Err(error) = insist(|| write(hall.clone(), some.clone())).await {
                tracing::error!(%error, "the end of some tasks could not be written");
            }
            counts.in_hands.fetch_sub(some.len(), Ordering::SeqCst);
            counts.settled.notify_one();
        }
    });
    (Settler { ended, shared }, writer)
}

/// What a panic said.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words")
}
