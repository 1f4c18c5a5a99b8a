//! SQLite, spoken to directly: a statement is a call in the caller's own thread, because a page of rows
//! takes microseconds to read and the way to another thread and back takes many times that.
//!
//! Reads that look at much ([`Readers::away`]) go to the threads for blocking work.

use crate::{Result, StoreError};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, Value as Cell, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags};
use sea_orm::Value;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// Statements kept prepared, per connection.
const STATEMENTS: usize = 256;
/// How long a connection waits for another process's lock.
const BUSY: Duration = Duration::from_secs(5);

/// One row; columns are read by position.
pub(crate) type Cells = Box<[Cell]>;

/// The file of a `sqlite:` address.
pub(crate) fn file(url: &str) -> Result<PathBuf> {
    let options = sqlx::sqlite::SqliteConnectOptions::from_str(url).map_err(|error| StoreError::Other(error.to_string()))?;
    Ok(options.get_filename().to_owned())
}

/// Opens the file; it must exist.
pub(crate) fn open(file: &Path, reader: bool) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this SQLite looks at the bound values (of LIMIT, of ranges) and plans a statement anew at every run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    for (pragma, value) in [
        ("journal_mode", "wal"),
        ("synchronous", "full"),
        ("foreign_keys", "on"),
        ("temp_store", "memory"),
        ("wal_autocheckpoint", "2000"),
        ("cache_size", if reader { "-6144" } else { "-8192" }),
        ("query_only", if reader { "on" } else { "off" }),
    ] {
        connection.pragma_update(None, pragma, value)?;
    }
    Ok(connection)
}

/// The writing connection, for a moment.
pub(crate) fn writing(connection: &Mutex<Connection>) -> Result<MutexGuard<'_, Connection>> {
    connection.lock().map_err(|_| StoreError::Other("the writing connection was left in a panic".into()))
}

/// Statistics are as old as the last look at the tables. Those of a hall with one person in it made SQLite read whole
/// tables through for each row of another, when the tables had grown: a minute, where without any it goes by the
/// indexes and takes a tenth of a second. So there are none, and every plan is the one that is measured. Whoever has the
/// file open reads the schema anew after this.
pub(crate) fn forget_statistics(connection: &Connection) -> Result<()> {
    let kept = "SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4')";
    if connection.query_row(kept, [], |row| row.get::<_, i64>(0))? > 0 {
        connection.execute_batch("DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4")?;
    }
    Ok(())
}

/// Reads all rows, or the first one.
pub(crate) fn rows(connection: &Connection, sql: &str, values: &[Value], only_first: bool) -> Result<Vec<Cells>> {
    let mut statement = connection.prepare_cached(sql)?;
    let width = statement.column_count();
    bind(&mut statement, values)?;
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let mut cells = Vec::with_capacity(width);
        for column in 0..width {
            cells.push(Cell::try_from(row.get_ref(column)?).map_err(|error| StoreError::Corrupt(error.to_string()))?);
        }
        found.push(cells.into_boxed_slice());
        if only_first {
            break;
        }
    }
    Ok(found)
}

/// Runs a statement; gives the number of rows it changed.
pub(crate) fn run(connection: &Connection, sql: &str, values: &[Value]) -> Result<u64> {
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    Ok(statement.raw_execute()? as u64)
}

/// `$n` is the nth value, wherever it stands and however often; to SQLite it is a name.
fn bind(statement: &mut CachedStatement<'_>, values: &[Value]) -> Result<()> {
    for index in 1..=statement.parameter_count() {
        let value = statement
            .parameter_name(index)
            .and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok())
            .and_then(|number| values.get(number.checked_sub(1)?))
            .ok_or_else(|| StoreError::Other(format!("parameter {index} of a statement has no value")))?;
        statement.raw_bind_parameter(index, output(value)?)?;
    }
    Ok(())
}

fn output(value: &Value) -> Result<ToSqlOutput<'_>> {
    let number = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
    Ok(ToSqlOutput::Borrowed(match value {
        Value::BigInt(it) => number(*it),
        Value::Int(it) => number(it.map(i64::from)),
        Value::SmallInt(it) => number(it.map(i64::from)),
        Value::TinyInt(it) => number(it.map(i64::from)),
        Value::Unsigned(it) => number(it.map(i64::from)),
        Value::Bool(it) => number(it.map(i64::from)),
        Value::Double(it) => it.map_or(ValueRef::Null, ValueRef::Real),
        Value::String(it) => it.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
        Value::Bytes(it) => it.as_ref().map_or(ValueRef::Null, |bytes| ValueRef::Blob(bytes)),
        other => return Err(StoreError::Other(format!("no column holds {other:?}"))),
    }))
}

/// Connections for reading: as many as read at the same time, each used by one thread at once.
#[derive(Debug, Clone)]
pub(crate) struct Readers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    /// Most that are kept open.
    keep: usize,
}

impl Readers {
    pub fn new(file: PathBuf, keep: usize) -> Self {
        Self(Arc::new(Inner { file, idle: Mutex::default(), keep }))
    }

    /// Reads here and now.
    pub fn rows(&self, sql: &str, values: &[Value], only_first: bool) -> Result<Vec<Cells>> {
        // The one used last has its statements and pages warm.
        let idle = self.0.idle.lock().ok().and_then(|mut idle| idle.pop());
        let connection = match idle {
            Some(connection) => connection,
            None => open(&self.0.file, true)?,
        };
        let outcome = rows(&connection, sql, values, only_first);
        if let Ok(mut idle) = self.0.idle.lock()
            && idle.len() < self.0.keep
        {
            idle.push(connection);
        }
        outcome
    }

    /// Reads in a thread for blocking work.
    pub async fn away(&self, sql: String, values: Vec<Value>) -> Result<Vec<Cells>> {
        let readers = self.clone();
        let reading = tokio::task::spawn_blocking(move || readers.rows(&sql, &values, false));
        reading.await.map_err(|error| StoreError::Other(error.to_string()))?
    }
}

/// Reading a column of either database.
pub(crate) trait FromCell: sea_orm::TryGetable {
    /// `None` where the stored value is of another kind.
    fn from_cell(cell: &Cell) -> Option<Self>;
}

impl FromCell for i64 {
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Integer(number) = cell { Some(*number) } else { None }
    }
}

impl FromCell for i32 {
    fn from_cell(cell: &Cell) -> Option<Self> {
        i64::from_cell(cell)?.try_into().ok()
    }
}

impl FromCell for bool {
    fn from_cell(cell: &Cell) -> Option<Self> {
        Some(i64::from_cell(cell)? != 0)
    }
}

impl FromCell for String {
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Text(text) = cell { Some(text.clone()) } else { None }
    }
}

impl FromCell for Vec<u8> {
    fn from_cell(cell: &Cell) -> Option<Self> {
        if let Cell::Blob(bytes) = cell { Some(bytes.clone()) } else { None }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: &Cell) -> Option<Self> {
        if matches!(cell, Cell::Null) { Some(None) } else { T::from_cell(cell).map(Some) }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        /// `SQLITE_CONSTRAINT_UNIQUE` and `SQLITE_CONSTRAINT_PRIMARYKEY`.
        const TAKEN: [i32; 2] = [2067, 1555];
        let text = error.to_string();
        match &error {
            rusqlite::Error::SqliteFailure(inner, _) if TAKEN.contains(&inner.extended_code) => Self::Taken,
            rusqlite::Error::SqliteFailure(inner, _) => match inner.code {
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen => Self::Unavailable(text),
                _ => Self::Other(text),
            },
            rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::Utf8Error(..) => Self::Corrupt(text),
            _ => Self::Other(text),
        }
    }
}
