//! Waiting for something to become true: the only place of the tests that sleeps.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Long enough for a loaded machine; nothing is asserted about speed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer. `None` when the time is over.
pub async fn eventually<T, F>(deadline: Duration, mut ask: impl FnMut() -> F) -> Option<T>
where
    F: Future<Output = Option<T>>,
{
    let end = Instant::now() + deadline;
    let mut pause = Duration::from_millis(5);
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if Instant::now() >= end {
            return None;
        }
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}

/// The same for a yes; names what did not happen.
pub async fn becomes<F>(what: &str, mut ask: impl FnMut() -> F)
where
    F: Future<Output = bool>,
{
    let done = eventually(PATIENCE, || {
        let asked = ask();
        async move { asked.await.then_some(()) }
    });
    assert!(done.await.is_some(), "did not happen: {what}");
}

/// Lets a future begin, once, so that what it hands over is handed over; it must not be done yet.
pub async fn begin<F: Future>(future: &mut Pin<Box<F>>) {
    let waits = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await;
    assert!(waits, "it was done at once");
}
