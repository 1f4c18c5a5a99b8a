//! Reading and writing connections, with SQL that is the same text on both databases.

use crate::backend;
use crate::backend::Outer;
use crate::cache::Touched;
use crate::lite::{self, Cells, FromCell, Readers};
use crate::{Result, StoreError};
use domain::id;
use domain::time::{Clock, Random, Timestamp};
use rusqlite::Connection;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, QueryResult, Statement, TransactionTrait, Value,
};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Something to read through: the readers, or the transaction one writes in.
#[derive(Debug)]
pub struct Conn(Inner);

#[derive(Debug)]
enum Inner {
    Pool(DatabaseConnection),
    Tx(DatabaseTransaction),
    Lite(Readers),
    LiteTx(Arc<Mutex<Connection>>),
}

/// One row; columns are read by position.
pub(crate) struct Row(Columns);

enum Columns {
    Sea(QueryResult),
    Lite(Cells),
}

impl Row {
    pub(crate) fn get<T: FromCell>(&self, column: usize) -> Result<T> {
        match &self.0 {
            Columns::Sea(row) => row.try_get_by_index(column).map_err(StoreError::from),
            Columns::Lite(cells) => cells
                .get(column)
                .and_then(T::from_cell)
                .ok_or_else(|| StoreError::Corrupt(format!("column {column} is not what it should be"))),
        }
    }

    fn sea(row: QueryResult) -> Self {
        Self(Columns::Sea(row))
    }

    fn lite(cells: Cells) -> Self {
        Self(Columns::Lite(cells))
    }
}

/// The writing connection, for one statement of the open transaction. After some errors (a full disk) SQLite takes
/// the whole transaction back by itself; what followed would then be written outside any, and a savepoint would
/// begin a transaction of its own, whose end is no longer answered by the batch's.
fn held(connection: &Mutex<Connection>) -> Result<MutexGuard<'_, Connection>> {
    let held = lite::writing(connection)?;
    if held.is_autocommit() {
        return Err(StoreError::Unavailable("the transaction was taken back by the database".into()));
    }
    Ok(held)
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

    pub(crate) fn lite(readers: Readers) -> Self {
        Self(Inner::Lite(readers))
    }

    pub(crate) fn backend(&self) -> DbBackend {
        match &self.0 {
            Inner::Pool(pool) => pool.get_database_backend(),
            Inner::Tx(tx) => tx.get_database_backend(),
            Inner::Lite(_) | Inner::LiteTx(_) => DbBackend::Sqlite,
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

    /// `FROM` of a JSON list of pairs of texts as parameter $n, with columns `a` and `b`.
    pub(crate) fn pairs(&self, parameter: usize) -> String {
        backend::pairs(self.backend(), parameter)
    }

    /// What ends a `SELECT` of rows to take: those that another process is taking are left out.
    pub(crate) fn skip_locked(&self, table: &str) -> String {
        backend::skip_locked(self.backend(), table)
    }

    /// All rows of a statement that reads little: by an index, up to a limit.
    pub(crate) async fn all(&self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
        let statement = |values| Statement::from_sql_and_values(self.backend(), sql, values);
        let rows = match &self.0 {
            Inner::Pool(pool) => pool.query_all_raw(statement(values)).await?,
            Inner::Tx(tx) => tx.query_all_raw(statement(values)).await?,
            Inner::Lite(readers) => return Ok(rows(readers.rows(sql, &values, false)?)),
            Inner::LiteTx(tx) => return Ok(rows(lite::rows(&*held(tx)?, sql, &values, false)?)),
        };
        Ok(rows.into_iter().map(Row::sea).collect())
    }

    /// All rows of a statement that looks at much: a search or a count over a table.
    pub(crate) async fn scan(&self, sql: String, values: Vec<Value>) -> Result<Vec<Row>> {
        match &self.0 {
            Inner::Lite(readers) => Ok(rows(readers.away(sql, values).await?)),
            _ => self.all(&sql, values).await,
        }
    }

    pub(crate) async fn one(&self, sql: &str, values: Vec<Value>) -> Result<Option<Row>> {
        let statement = |values| Statement::from_sql_and_values(self.backend(), sql, values);
        let row = match &self.0 {
            Inner::Pool(pool) => pool.query_one_raw(statement(values)).await?,
            Inner::Tx(tx) => tx.query_one_raw(statement(values)).await?,
            Inner::Lite(readers) => return Ok(readers.rows(sql, &values, true)?.pop().map(Row::lite)),
            Inner::LiteTx(tx) => return Ok(lite::rows(&*held(tx)?, sql, &values, true)?.pop().map(Row::lite)),
        };
        Ok(row.map(Row::sea))
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

fn rows(found: Vec<Cells>) -> Vec<Row> {
    found.into_iter().map(Row::lite).collect()
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
    /// Opens a savepoint in the outer transaction.
    pub(crate) async fn begin(outer: &Outer, clock: Arc<dyn Clock>, random: Arc<dyn Random>, ids: Arc<IdClock>) -> Result<Self> {
        let inner = match outer {
            Outer::Sea(tx) => Inner::Tx(tx.begin().await?),
            Outer::Lite(connection) => {
                lite::run(&*held(connection)?, "SAVEPOINT one", &[])?;
                Inner::LiteTx(connection.clone())
            }
        };
        Ok(Self { conn: Conn(inner), clock, random, ids, touched: Mutex::default() })
    }

    /// Ends the savepoint.
    pub(crate) async fn end(self, keep: bool) -> Result<Touched> {
        match self.conn.0 {
            Inner::Tx(tx) if keep => tx.commit().await?,
            Inner::Tx(tx) => tx.rollback().await?,
            Inner::LiteTx(connection) => {
                let connection = held(&connection)?;
                if !keep {
                    lite::run(&connection, "ROLLBACK TO one", &[])?;
                }
                lite::run(&connection, "RELEASE one", &[])?;
            }
            Inner::Pool(_) | Inner::Lite(_) => {}
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
        let statement = |values| Statement::from_sql_and_values(self.backend(), sql, values);
        match &self.conn.0 {
            Inner::Tx(tx) => Ok(tx.execute_raw(statement(values)).await?.rows_affected()),
            Inner::LiteTx(tx) => lite::run(&*held(tx)?, sql, &values),
            Inner::Pool(_) | Inner::Lite(_) => Err(StoreError::Other("a write outside a transaction".into())),
        }
    }

    pub(crate) fn touch(&self, note: impl FnOnce(&mut Touched)) {
        if let Ok(mut touched) = self.touched.lock() {
            note(&mut touched);
        }
    }
}
