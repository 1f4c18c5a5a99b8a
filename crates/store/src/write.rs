//! One writer: waiting use cases run one after the other, each in a savepoint of one outer
//! transaction, and are answered only after its commit. So a disk flush is shared by all
//! that wait for it, and no dropped request can leave a transaction half done.

use crate::backend::{self, DatabaseState, Outer, StoreError, Writer};
use crate::bell;
use crate::cache::{Caches, Touched, Wake};
use crate::conn::{Conn, IdClock, Tx, params};
use crate::inbox;
use crate::workers::Me;
use crate::{Result, sealed::Sealer};
use domain::time::{Clock, Random};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::DatabaseConnection;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use tokio::sync::{mpsc, oneshot};

/// Most use cases that share one commit.
const BATCH: usize = 128;
/// Most use cases that may wait; more are told that the server is busy.
const WAITING: usize = 4_096;

type Reply<T, E> = Arc<Mutex<Option<oneshot::Sender<std::result::Result<T, E>>>>>;

/// Answers the caller, who may be gone: what was written stays written.
fn reply<T, E>(sender: &Reply<T, E>, outcome: std::result::Result<T, E>) {
    if let Some(sender) = sender.lock().ok().and_then(|mut sender| sender.take()) {
        let _ = sender.send(outcome);
    }
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite://path?mode=rwc` or `postgres://…`.
    pub url: String,
    /// Connections for reading.
    pub readers: u32,
    /// Encrypts private keys at rest.
    pub sealer: Sealer,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub random: Arc<dyn Random>,
    /// Where a worker keeps the lock that shows whether it lives; without one its tasks wait for a while when it is killed.
    pub locks: Option<PathBuf>,
}

/// The hall's memory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    readers: Conn,
    writer: Writer,
    url: String,
    jobs: mpsc::Sender<Job>,
    arriving: mpsc::Sender<inbox::Arrival>,
    me: Me,
    caches: Caches,
    wake: Wake,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

type Run = Box<dyn for<'t> FnOnce(&'t Tx) -> BoxFuture<'t, Finish> + Send>;

/// A use case's outcome: whether to keep what it wrote, and how to answer once that is on disk.
struct Finish {
    keep: bool,
    answer: Box<dyn FnOnce(Result<()>) + Send>,
}

struct Job {
    run: Run,
    /// Answers a use case that could not even start.
    fail: Box<dyn FnOnce(StoreError) + Send>,
}

impl Store {
    /// Connects and starts the writer. Does not touch the schema: see [`Store::migrate`].
    pub async fn open(options: Options) -> Result<Self> {
        let ways = backend::connect(&options.url, options.readers.max(1)).await?;
        let (jobs, waiting) = mpsc::channel(WAITING);
        let (arriving, arrivals) = mpsc::channel(WAITING);
        let on_sqlite = matches!(ways.writer, Writer::Lite(_));
        let shared = Arc::new(Shared {
            readers: ways.readers,
            writer: ways.writer,
            url: options.url,
            jobs,
            arriving,
            me: Me::new(options.locks),
            caches: Caches::new(),
            wake: Wake::default(),
            sealer: options.sealer,
            clock: options.clock,
            random: options.random,
        });
        let weak = Arc::downgrade(&shared);
        let arrived = weak.clone();
        if on_sqlite {
            // A thread of its own: it waits for the disk.
            let thread = std::thread::Builder::new().name("writer".into()).spawn(move || write_here(&weak, waiting));
            thread.map_err(|error| StoreError::Unavailable(format!("the writer cannot start: {error}")))?;
        } else {
            #[expect(clippy::disallowed_methods, reason = "the writer ends by itself when the last store is dropped")]
            tokio::spawn(write_loop(weak, waiting));
        }
        #[expect(clippy::disallowed_methods, reason = "the intake ends by itself when the last store is dropped")]
        tokio::spawn(inbox::intake(arrived, arrivals));
        Ok(Self(shared))
    }

    /// The store, as long as somebody holds it.
    pub(crate) fn of(weak: &std::sync::Weak<Shared>) -> Option<Self> {
        weak.upgrade().map(Self)
    }

    /// This process as a worker.
    pub(crate) fn me(&self) -> &Me {
        &self.0.me
    }

    /// Takes what arrives at the inbox.
    pub(crate) fn arriving(&self) -> &mpsc::Sender<inbox::Arrival> {
        &self.0.arriving
    }

    /// How the schema stands to this program.
    pub async fn state(&self) -> Result<DatabaseState> {
        backend::state(&self.schema().await?).await
    }

    /// Brings the schema up to date; refuses a database that a newer version wrote.
    pub async fn migrate(&self) -> Result<()> {
        backend::migrate(&self.schema().await?).await
    }

    /// What migrations run on.
    async fn schema(&self) -> Result<DatabaseConnection> {
        match &self.0.writer {
            Writer::Postgres(pool) => Ok(pool.clone()),
            Writer::Lite(_) => backend::pool(&self.0.url, 1).await,
        }
    }

    /// To read through.
    pub fn read(&self) -> &Conn {
        &self.0.readers
    }

    /// Runs one use case's writing in a transaction. It is on disk when this returns `Ok`; on
    /// `Err` nothing of it is kept. Goes on even if the caller is dropped.
    pub async fn write<T, E, F>(&self, work: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t Tx) -> BoxFuture<'t, std::result::Result<T, E>> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let sender = Arc::new(Mutex::new(Some(sender)));
        let failing = sender.clone();
        let fail = Box::new(move |error: StoreError| reply(&failing, Err(E::from(error))));
        let run: Run = Box::new(move |tx| {
            async move {
                let outcome = work(tx).await;
                let keep = outcome.is_ok();
                let answer = Box::new(move |committed: Result<()>| reply(&sender, committed.map_err(E::from).and(outcome)));
                Finish { keep, answer: answer as Box<dyn FnOnce(Result<()>) + Send> }
            }
            .boxed()
        });
        self.0
            .jobs
            .try_send(Job { run, fail })
            .map_err(|_| E::from(StoreError::Unavailable("too many writes are waiting".into())))?;
        match receiver.await {
            Ok(outcome) => outcome,
            Err(_) => Err(E::from(StoreError::Other("the write ended in a panic and was taken back".into()))),
        }
    }

    /// Waits until effects were queued in this process, or the time is over.
    pub async fn effects_queued(&self) {
        self.0.wake.effects.notified().await;
    }

    /// Waits until effects for other instances may have been queued.
    pub async fn wire_effects_queued(&self) {
        self.0.wake.wire.notified().await;
    }

    /// Waits until an activity came in.
    pub async fn inbox_queued(&self) {
        self.0.wake.inbox.notified().await;
    }

    /// Waits until deliveries were queued.
    pub async fn deliveries_queued(&self) {
        self.0.wake.deliveries.notified().await;
    }

    /// Answers whether the database can be written, without writing.
    pub async fn ping(&self) -> Result<()> {
        self.0.readers.one("SELECT last FROM id_clock WHERE one = 1", params![]).await.map(|_| ())
    }

    pub(crate) fn wake(&self) -> &Wake {
        &self.0.wake
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    pub(crate) fn caches(&self) -> &Caches {
        &self.0.caches
    }

    /// Encrypts and decrypts private keys.
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// Where "now" comes from.
    pub fn clock(&self) -> &dyn Clock {
        self.0.clock.as_ref()
    }

    /// Where chance comes from.
    pub fn random(&self) -> &dyn Random {
        self.0.random.as_ref()
    }
}

async fn write_loop(shared: Weak<Shared>, mut waiting: mpsc::Receiver<Job>) {
    while let Some(first) = waiting.recv().await {
        let Some(shared) = shared.upgrade() else { return };
        write_batch(&shared, first, &mut waiting).await;
    }
}

/// The same in a thread: nothing of a batch ever waits there but the thread itself.
fn write_here(shared: &Weak<Shared>, mut waiting: mpsc::Receiver<Job>) {
    while let Some(first) = waiting.blocking_recv() {
        let Some(shared) = shared.upgrade() else { return };
        if write_batch(&shared, first, &mut waiting).now_or_never().is_none() {
            tracing::error!("a batch of writes waited for something else than the database");
        }
    }
}

async fn write_batch(shared: &Shared, first: Job, waiting: &mut mpsc::Receiver<Job>) {
    let (outer, ids) = match begin(shared).await {
        Ok(begun) => begun,
        Err(error) => {
            tracing::error!(%error, "no write transaction could be opened");
            (first.fail)(error);
            return;
        }
    };
    let mut finished: Vec<(Finish, Touched)> = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next.take() {
        if let Some(done) = run_in_savepoint(shared, &outer, &ids, job).await {
            finished.push(done);
        }
        // Where the database has taken the transaction back, whoever waits gets the next one.
        if finished.len() < BATCH && outer.stands() {
            next = waiting.try_recv().ok();
        }
    }
    let rings = bell::letters(finished.iter().filter(|(finish, _)| finish.keep).map(|(_, touched)| touched));
    let used = ids.used.load(Ordering::Relaxed);
    let committed =
        outer.commit(used.then(|| (ids.last.load(Ordering::Relaxed), ids.small.load(Ordering::Relaxed))), &rings).await;
    if let Err(error) = &committed {
        tracing::error!(%error, "a commit failed; nothing of it was kept");
    }
    for (finish, touched) in finished {
        if committed.is_ok() && finish.keep {
            shared.caches.forget(&touched);
            shared.wake.call(&touched);
        }
        (finish.answer)(committed.clone());
    }
}

async fn begin(shared: &Shared) -> Result<(Outer, Arc<IdClock>)> {
    let (outer, last, small) = backend::begin_write(&shared.writer).await?;
    let ids = IdClock { last: AtomicI64::new(last), small: AtomicI64::new(small), used: AtomicBool::new(false) };
    Ok((outer, Arc::new(ids)))
}

async fn run_in_savepoint(shared: &Shared, outer: &Outer, ids: &Arc<IdClock>, job: Job) -> Option<(Finish, Touched)> {
    let tx = match Tx::begin(outer, shared.clock.clone(), shared.random.clone(), ids.clone()).await {
        Ok(tx) => tx,
        Err(error) => {
            tracing::error!(%error, "no savepoint could be opened");
            (job.fail)(error);
            return None;
        }
    };
    let work = AssertUnwindSafe((job.run)(&tx)).catch_unwind();
    let finish = match outer {
        Outer::Sea(_) => Some(work.await),
        // On SQLite nothing waits but for the database, in this thread: what is not ready waits for something else.
        Outer::Lite(_) => work.now_or_never(),
    };
    let keep = matches!(&finish, Some(Ok(finish)) if finish.keep);
    match (tx.end(keep).await, finish) {
        (Ok(touched), Some(Ok(finish))) => Some((finish, touched)),
        (Err(error), Some(Ok(finish))) => {
            // A use case that failed says itself why.
            (finish.answer)(if finish.keep { Err(error) } else { Ok(()) });
            None
        }
        (_, Some(Err(_))) => {
            tracing::error!("a use case panicked; what it wrote was taken back");
            None
        }
        (_, None) => {
            tracing::error!("a use case waited for something else than its transaction; what it wrote was taken back");
            None
        }
    }
}
