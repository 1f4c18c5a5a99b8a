//! Who works on the queues. A process that works has a number; what it takes carries that number until it is
//! settled, so nothing is worked on twice, and what was lost to another worker cannot be settled any more.
//!
//! A worker says every few seconds that it is alive; one that did not for twenty is dead. A killed one is known to
//! be dead at once: it held a lock on a file in the data folder, which the system lets go with the process.

use crate::conn::{Tx, params};
use crate::{Result, Store};
use domain::time::{Random, SECOND};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How long a worker that says nothing is believed to be alive.
const LEASE: i64 = 20 * SECOND;

/// This process as a worker.
#[derive(Debug)]
pub(crate) struct Me {
    /// Where locks are kept; without it a killed worker's tasks wait for the lease to run out.
    folder: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    id: i64,
    until: i64,
    token: String,
    lock: Option<File>,
}

impl Me {
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, state: Mutex::default() }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// This worker's number, registered or registered anew where it was thought dead.
    pub async fn number(&self, tx: &Tx) -> Result<i64> {
        let now = tx.now().0;
        let (id, until, token) = self.with(|state| (state.id, state.until, state.token.clone()));
        // Half of the lease is left: no need to say it again. The transaction that registered the number may have
        // failed, and another process may have the same one by now.
        let registered = "SELECT 1 FROM workers WHERE id = $1 AND token = $2";
        if id > 0 && until - LEASE / 2 > now && tx.exists(registered, params![id, token]).await? {
            return Ok(id);
        }
        self.renew(tx).await
    }

    async fn renew(&self, tx: &Tx) -> Result<i64> {
        let now = tx.now().0;
        let (id, token) = self.with(|state| (state.id, state.token.clone()));
        let sql = "UPDATE workers SET alive_until = $2 WHERE id = $1 AND alive_until >= $3 AND token = $4";
        if id > 0 && tx.exec(sql, params![id, now + LEASE, now, token.clone()]).await? > 0 {
            self.with(|state| state.until = now + LEASE);
            return Ok(id);
        }
        // Too late: what was taken under the old number belongs to whoever comes first.
        tx.exec("DELETE FROM workers WHERE id = $1 AND token = $2", params![id, token]).await?;
        free_orphans(tx).await?;
        let token = self.lock(tx.random());
        let sql = "INSERT INTO workers (token, alive_until, started_at) VALUES ($1, $2, $3) RETURNING id";
        let id = tx.number(sql, params![token, now + LEASE, now]).await?;
        self.with(|state| (state.id, state.until) = (id, now + LEASE));
        Ok(id)
    }

    /// The token of the lock this process holds as long as it lives.
    fn lock(&self, random: &dyn Random) -> String {
        self.with(|state| {
            if state.token.is_empty() {
                let mut bytes = [0_u8; 8];
                random.fill(&mut bytes);
                state.token = format!("{:016x}", u64::from_be_bytes(bytes));
                state.lock = self.folder.as_deref().and_then(|folder| take_lock(&file(folder, &state.token)));
            }
            state.token.clone()
        })
    }
}

fn file(folder: &Path, token: &str) -> PathBuf {
    folder.join(format!("worker-{token}.lock"))
}

fn take_lock(path: &Path) -> Option<File> {
    let taken = File::create(path).and_then(|file| file.lock().map(|()| file));
    taken
        .inspect_err(
            |error| tracing::warn!(%error, path = %path.display(), "no lock: should this process be killed, its tasks wait"),
        )
        .ok()
}

/// Whether the process that held this lock is gone. A lock that is not here says nothing.
fn is_free(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    match file.try_lock() {
        Ok(()) => std::fs::remove_file(path).is_ok(),
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

/// Frees what is held by workers that are not there any more.
async fn free_orphans(tx: &Tx) -> Result<()> {
    let orphan = |table: &str| format!("claimed_by > 0 AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = {table}.claimed_by)");
    for table in ["inbox_queue", "effects"] {
        // Counted: a task that ends its worker again and again is put aside.
        let sql = format!("UPDATE {table} SET claimed_by = 0, crashes = crashes + 1 WHERE {}", orphan(table));
        tx.exec(&sql, params![]).await?;
    }
    // Each time it rests longer.
    let sql = format!(
        "UPDATE fetch_jobs SET claimed_by = 0, crashes = crashes + 1, due_at = $1 + {SECOND} * (crashes + 1) * (crashes + 1) WHERE {}",
        orphan("fetch_jobs")
    );
    tx.exec(&sql, params![tx.now().0]).await?;
    let freed = tx.exec(&format!("UPDATE instances SET claimed_by = 0 WHERE {}", orphan("instances")), params![]).await?;
    tx.touch(|touched| touched.deliveries |= freed > 0);
    Ok(())
}

/// Says that this worker is alive, and takes over from those that are not.
pub async fn alive(store: &Store) -> Result<()> {
    let me = store.me();
    let (now, own) = (store.clock().now().0, me.with(|state| state.id));
    let mut dead = Vec::new();
    for row in store.read().all("SELECT id, token, alive_until FROM workers", params![]).await? {
        let (id, token, until): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let free = || me.folder.as_deref().is_some_and(|folder| is_free(&file(folder, &token)));
        if id != own && (until < now || free()) {
            dead.push((id, until));
        }
    }
    let handle = store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                for (id, until) in &dead {
                    // One that spoke up since is not dead.
                    if tx.exec("DELETE FROM workers WHERE id = $1 AND alive_until = $2", params![*id, *until]).await? > 0 {
                        tracing::info!(worker = id, "took over from a worker that is gone");
                    }
                }
                handle.me().renew(tx).await?;
                free_orphans(tx).await
            })
        })
        .await
}

/// A job begins, maybe again after a panic: what this worker still holds of its queue is in nobody's hands.
pub(crate) async fn begin_anew(store: &Store, table: &'static str) -> Result<()> {
    let (id, token) = store.me().with(|state| (state.id, state.token.clone()));
    store.write(move |tx| Box::pin(async move { let_go(tx, table, id, &token).await })).await
}

/// This worker ends in good order: what it still holds is free.
pub async fn sign_off(store: &Store) -> Result<()> {
    let (id, token) = store.me().with(|state| {
        state.lock = None;
        (std::mem::take(&mut state.id), std::mem::take(&mut state.token))
    });
    if let Some(folder) = store.me().folder.as_deref().filter(|_| !token.is_empty()) {
        // Only the file's content is gone with the process; a left file would be looked at for ever.
        let _ = std::fs::remove_file(file(folder, &token));
    }
    store
        .write(move |tx| {
            Box::pin(async move {
                for table in ["inbox_queue", "effects", "instances", "fetch_jobs"] {
                    let_go(tx, table, id, &token).await?;
                }
                tx.exec("DELETE FROM workers WHERE id = $1 AND token = $2", params![id, token]).await?;
                Ok(())
            })
        })
        .await
}

/// What a worker holds of a queue is in nobody's hands, if the number is really its own.
async fn let_go(tx: &Tx, table: &str, id: i64, token: &str) -> Result<()> {
    let sql = format!(
        "UPDATE {table} SET claimed_by = 0 WHERE claimed_by = $1 AND claimed_by > 0 \
         AND EXISTS (SELECT 1 FROM workers w WHERE w.id = $1 AND w.token = $2)"
    );
    tx.exec(&sql, params![id, token]).await.map(|_| ())
}
