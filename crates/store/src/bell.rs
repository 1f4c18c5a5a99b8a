//! Between processes on PostgreSQL: whoever queues something rings with its commit, and those that work hear it. A bell
//! that is not heard costs nothing but time: every worker also looks by itself.

use crate::Store;
use crate::backend::is_sqlite;
use crate::cache::Touched;
use sqlx::postgres::PgListener;
use std::time::Duration;

/// How long after a lost connection another one is made.
const AGAIN: Duration = Duration::from_secs(1);

/// Its name.
pub(crate) const BELL: &str = "guildhall_queues";

/// The queues that something was put into, a letter each.
pub(crate) fn letters<'a>(all: impl Iterator<Item = &'a Touched>) -> String {
    let (mut effects, mut inbox, mut deliveries) = (false, false, false);
    for touched in all {
        effects |= touched.effects;
        inbox |= touched.inbox;
        deliveries |= touched.deliveries;
    }
    [('e', effects), ('i', inbox), ('d', deliveries)].into_iter().filter_map(|(letter, rings)| rings.then_some(letter)).collect()
}

/// Wakes the workers of this process when another one queues something, for as long as this is polled. A connection
/// that is lost is made again; what rang meanwhile is found by looking.
pub async fn hear(store: &Store) {
    if is_sqlite(store.url()) {
        return;
    }
    loop {
        let lost = match PgListener::connect(store.url()).await {
            Ok(listener) => listen(store, listener).await,
            Err(error) => error,
        };
        tracing::debug!(error = %lost, "other processes are not heard for a moment");
        tokio::time::sleep(AGAIN).await;
    }
}

async fn listen(store: &Store, mut listener: PgListener) -> sqlx::Error {
    if let Err(error) = listener.listen(BELL).await {
        return error;
    }
    loop {
        match listener.recv().await {
            Ok(rung) => {
                let queued = |letter| rung.payload().contains(letter);
                let touched = Touched { effects: queued('e'), inbox: queued('i'), deliveries: queued('d'), ..Touched::default() };
                store.wake().call(&touched);
            }
            Err(error) => return error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_queue_has_its_letter() {
        let some = [Touched { effects: true, ..Touched::default() }, Touched { deliveries: true, ..Touched::default() }];
        assert_eq!(letters(some.iter()), "ed");
        assert_eq!(letters([Touched::default()].iter()), "");
    }
}
