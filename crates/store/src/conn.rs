//! Reading and writing connections, with SQL that is the same text on both databases.

use crate::backend;
use crate::cache::Touched;
use crate::{Result, StoreError};
use domain::id;
use domain::time::{Clock, Random, Timestamp};
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, QueryResult, Statement, TryGetable, Value};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

/// Something to read through: the pool of readers, or the transaction one writes in.
#[derive(Debug)]
pub struct Conn(Inner);

#[derive(Debug)]
enum Inner {
    Pool(DatabaseConnection),
    Tx(DatabaseTransaction),
}

/// One row; columns are read by position.
pub(crate) struct Row(QueryResult);

impl Row {
    pub(crate) fn get<T: TryGetable>(&self, column: usize) -> Result<T> {
        self.0.try_get_by_index(column).map_err(StoreError::from)
    }
}

/// Parameters of a statement, `$1` first.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(crate) use params;

impl Conn {
    pub(crate) fn pool(pool: DatabaseConnection) -> Self {
        Self(Inner::Pool(pool))
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match &self.0 {
            Inner::Pool(pool) => pool.get_database_backend(),
            Inner::Tx(tx) => tx.get_database_backend(),
        }
    }

    /// `column IN (the ids of JSON list parameter $n)`.
    pub(crate) fn in_list(&self, column: &str, parameter: usize) -> String {
        backend::in_list(self.backend(), column, parameter)
    }

    /// The same for texts.
    pub(crate) fn in_texts(&self, column: &str, parameter: usize) -> String {
        backend::in_texts(self.backend(), column, parameter)
    }

    pub(crate) async fn all(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        let rows = match &self.0 {
            Inner::Pool(pool) => pool.query_all_raw(statement).await,
            Inner::Tx(tx) => tx.query_all_raw(statement).await,
        };
        Ok(rows?.into_iter().map(Row).collect())
    }

    pub(crate) async fn one(&self, sql: &str, values: Vec<Value>) -> Result<Option<Row>> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        let row = match &self.0 {
            Inner::Pool(pool) => pool.query_one_raw(statement).await,
            Inner::Tx(tx) => tx.query_one_raw(statement).await,
        };
        Ok(row?.map(Row))
    }

    /// A single number, 0 where there is no row.
    pub(crate) async fn number(&self, sql: &str, values: Vec<Value>) -> Result<i64> {
        match self.one(sql, values).await? {
            Some(row) => Ok(row.get::<Option<i64>>(0)?.unwrap_or_default()),
            None => Ok(0),
        }
    }

    /// Whether there is a row.
    pub(crate) async fn exists(&self, sql: &str, values: Vec<Value>) -> Result<bool> {
        Ok(self.one(sql, values).await?.is_some())
    }
}

/// A list of ids or texts as the one JSON parameter that [`Conn::in_list`] reads.
pub(crate) fn json_list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let mut out = String::from("[");
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&item.to_string());
    }
    out.push(']');
    out
}

/// What a use case writes with, inside one transaction. Nothing but this may be awaited there.
#[derive(Debug)]
pub struct Tx {
    conn: Conn,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    ids: Arc<IdClock>,
    pub(crate) touched: Mutex<Touched>,
}

/// The last ids given out, as read at the start of the outer transaction.
#[derive(Debug)]
pub(crate) struct IdClock {
    pub last: AtomicI64,
    pub small: AtomicI64,
    pub used: AtomicBool,
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl Tx {
    pub(crate) fn new(tx: DatabaseTransaction, clock: Arc<dyn Clock>, random: Arc<dyn Random>, ids: Arc<IdClock>) -> Self {
        Self { conn: Conn(Inner::Tx(tx)), clock, random, ids, touched: Mutex::default() }
    }

    /// Ends the savepoint.
    pub(crate) async fn end(self, keep: bool) -> Result<Touched> {
        if let Inner::Tx(tx) = self.conn.0 {
            if keep { tx.commit().await? } else { tx.rollback().await? }
        }
        Ok(self.touched.into_inner().unwrap_or_default())
    }

    /// The present time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Chance.
    pub fn random(&self) -> &dyn Random {
        self.random.as_ref()
    }

    /// The next time-ordered id.
    pub fn next_id(&self) -> i64 {
        let id = id::next(self.ids.last.load(Ordering::Relaxed), self.now(), self.random.as_ref());
        self.ids.last.store(id, Ordering::Relaxed);
        self.ids.used.store(true, Ordering::Relaxed);
        id
    }

    /// An id for something published at that time: of that time if it lies in the past, and still unguessable.
    /// May collide; the caller tries again then.
    pub fn id_at(&self, time: Timestamp) -> i64 {
        id::next(0, Timestamp(time.0.clamp(1, self.now().0)), self.random.as_ref())
    }

    /// The next small id (below 2^53), for things that apps read as numbers.
    pub fn next_small_id(&self) -> i64 {
        let mut step = [0_u8; 1];
        self.random.fill(&mut step);
        self.ids.used.store(true, Ordering::Relaxed);
        let [step] = step;
        self.ids.small.fetch_add(1 + i64::from(step % 64), Ordering::Relaxed) + 1 + i64::from(step % 64)
    }

    /// Runs a statement; gives the number of rows it changed.
    pub(crate) async fn exec(&self, sql: &str, values: Vec<Value>) -> Result<u64> {
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        match &self.conn.0 {
            Inner::Tx(tx) => Ok(tx.execute_raw(statement).await?.rows_affected()),
            Inner::Pool(pool) => Ok(pool.execute_raw(statement).await?.rows_affected()),
        }
    }

    pub(crate) fn touch(&self, note: impl FnOnce(&mut Touched)) {
        if let Ok(mut touched) = self.touched.lock() {
            note(&mut touched);
        }
    }
}
