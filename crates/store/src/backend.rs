//! Where SQLite and PostgreSQL differ: connecting, locking, lists as one parameter, errors.

use crate::conn::{Conn, params};
use crate::lite::{self, Readers};
use migrations::{Migrator, MigratorTrait};
use rusqlite::Connection;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr, SqlErr,
    Statement, TransactionTrait,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What went wrong below the use cases. The inner cause is for the log, never for a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A unique value is taken.
    #[error("already there")]
    Taken,
    /// Locked, full, unreachable or read-only: try again later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The schema is not the one this program knows.
    #[error("{0}")]
    Schema(String),
    /// A stored value cannot be read.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
    /// Anything else.
    #[error("database: {0}")]
    Other(String),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
            return Self::Taken;
        }
        let text = error.to_string();
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(text),
            DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) if is_outage(inner) => {
                Self::Unavailable(text)
            }
            DbErr::Type(_) | DbErr::TryIntoErr { .. } | DbErr::Json(_) => Self::Corrupt(text),
            _ => Self::Other(text),
        }
    }
}

/// Whether trying again later can help. SQLite: busy (5), locked (6), read-only (8), I/O (10), full (13), cannot open (14);
/// PostgreSQL: classes 08 (connection), 53 (resources), 57 (operator), 40 (rollback).
fn is_outage(error: &sea_orm::sqlx::Error) -> bool {
    use sea_orm::sqlx::Error;
    match error {
        Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed | Error::Tls(_) => true,
        Error::Database(inner) => inner.code().is_some_and(|code| {
            let sqlite = code.parse::<u32>().is_ok_and(|code| code < 10_000 && matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14));
            let postgres = code.len() == 5 && ["08", "53", "57", "40"].iter().any(|class| code.starts_with(class));
            if code.len() == 5 { postgres } else { sqlite }
        }),
        _ => false,
    }
}

/// The ways to the database.
pub(crate) struct Ways {
    /// To write, one transaction at a time.
    pub writer: Writer,
    /// To read.
    pub readers: Conn,
}

/// The one writing connection.
#[derive(Debug)]
pub(crate) enum Writer {
    Postgres(DatabaseConnection),
    Lite(Arc<Mutex<Connection>>),
}

/// An open outer transaction.
pub(crate) enum Outer {
    Sea(DatabaseTransaction),
    Lite(Arc<Mutex<Connection>>),
}

/// Opens writer and readers; a new SQLite file is made here.
pub(crate) async fn connect(url: &str, readers: u32) -> Result<Ways, StoreError> {
    if !is_sqlite(url) {
        let readers = Conn::pool(pool(url, readers).await?);
        return Ok(Ways { writer: Writer::Postgres(pool(url, 1).await?), readers });
    }
    // Makes the file and its write-ahead log, as the address asks for.
    pool(url, 1).await?.close().await?;
    let file = lite::file(url)?;
    let connection = lite::open(&file, false)?;
    if let Err(error) = lite::forget_statistics(&connection) {
        tracing::debug!(%error, "the statistics stay for now");
    }
    let writer = Writer::Lite(Arc::new(Mutex::new(connection)));
    Ok(Ways { writer, readers: Conn::lite(Readers::new(file, readers as usize)) })
}

pub(crate) fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// A pool of SeaORM's: for everything on PostgreSQL, and for the schema on SQLite.
pub(crate) async fn pool(url: &str, connections: u32) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .sqlx_logging(false);
    if is_sqlite(url) {
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
        });
    } else {
        options.map_sqlx_postgres_opts(|postgres| postgres.statement_cache_capacity(256));
    }
    Ok(Database::connect(options).await?)
}

/// Opens the outer write transaction; gives it with the last ids given out. On PostgreSQL the row of `id_clock`
/// is locked as well, so that there is one writer at a time on both databases, across processes.
pub(crate) async fn begin_write(writer: &Writer) -> Result<(Outer, i64, i64), StoreError> {
    match writer {
        Writer::Postgres(pool) => {
            let outer = pool.begin().await?;
            let sql = "SELECT last, small FROM id_clock WHERE one = 1 FOR UPDATE";
            let row = outer.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?.ok_or_else(no_clock)?;
            Ok((Outer::Sea(outer), row.try_get_by_index(0)?, row.try_get_by_index(1)?))
        }
        Writer::Lite(connection) => {
            let held = lite::writing(connection)?;
            if !held.is_autocommit() {
                // The transaction before could not even be taken back; the disk may have been full then.
                held.execute_batch("ROLLBACK")?;
            }
            held.execute_batch("BEGIN IMMEDIATE")?;
            let clock = held
                .prepare_cached("SELECT last, small FROM id_clock WHERE one = 1")
                .and_then(|mut statement| statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?))));
            match clock {
                Ok((last, small)) => Ok((Outer::Lite(connection.clone()), last, small)),
                Err(error) => {
                    held.execute_batch("ROLLBACK")?;
                    Err(if error == rusqlite::Error::QueryReturnedNoRows { no_clock() } else { error.into() })
                }
            }
        }
    }
}

fn no_clock() -> StoreError {
    StoreError::Schema("the id clock is missing".into())
}

impl Outer {
    /// Whether the transaction is still open: SQLite ends it by itself where the disk is full in the middle of it.
    pub fn stands(&self) -> bool {
        match self {
            Self::Sea(_) => true,
            Self::Lite(connection) => lite::writing(connection).is_ok_and(|held| !held.is_autocommit()),
        }
    }

    /// Writes down the last ids if some were given out, rings for the queues with these letters, and ends the transaction.
    pub async fn commit(self, ids: Option<(i64, i64)>, rings: &str) -> Result<(), StoreError> {
        let sql = "UPDATE id_clock SET last = $1, small = $2 WHERE one = 1";
        let values = ids.map(|(last, small)| params![last, small]);
        match self {
            Self::Sea(outer) => {
                if let Some(values) = values {
                    outer.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
                }
                if !rings.is_empty() {
                    let values = params![crate::bell::BELL, rings];
                    let sql = "SELECT pg_notify($1, $2)";
                    outer.query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
                }
                outer.commit().await.map_err(StoreError::from)
            }
            Self::Lite(connection) => {
                let held = lite::writing(&connection)?;
                if held.is_autocommit() {
                    // SQLite took everything back by itself, as it does when a disk is full in the middle.
                    return Err(StoreError::Unavailable("the transaction was taken back".into()));
                }
                let done =
                    values.map_or(Ok(0), |values| lite::run(&held, sql, &values)).and_then(|_| Ok(held.execute_batch("COMMIT")?));
                if done.is_err() && !held.is_autocommit() {
                    held.execute_batch("ROLLBACK")?;
                }
                done
            }
        }
    }
}

/// `column IN (the ids of JSON list parameter $n)`, one statement text whatever the number of ids.
pub(crate) fn in_list(backend: DbBackend, column: &str, parameter: usize) -> String {
    match backend {
        DbBackend::Postgres => {
            format!("{column} = ANY (ARRAY(SELECT x::bigint FROM json_array_elements_text(${parameter}::text::json) AS x))")
        }
        _ => format!("{column} IN (SELECT value FROM json_each(${parameter}))"),
    }
}

/// The same for a list of texts.
pub(crate) fn in_texts(backend: DbBackend, column: &str, parameter: usize) -> String {
    match backend {
        DbBackend::Postgres => {
            format!("{column} = ANY (ARRAY(SELECT x FROM json_array_elements_text(${parameter}::text::json) AS x))")
        }
        _ => format!("{column} IN (SELECT value FROM json_each(${parameter}))"),
    }
}

/// A JSON list of pairs of texts as rows with columns `a` and `b`.
pub(crate) fn pairs(backend: DbBackend, parameter: usize) -> String {
    match backend {
        DbBackend::Postgres => {
            format!("(SELECT x->>0 AS a, x->>1 AS b FROM json_array_elements(${parameter}::text::json) AS x) AS pairs")
        }
        _ => {
            format!(
                "(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b FROM json_each(${parameter})) AS pairs"
            )
        }
    }
}

/// The first so many waiting and due deliveries of each host of the list $1, as ids; $2 is now.
pub(crate) fn first_of_hosts(backend: DbBackend, most: usize) -> String {
    let due = "state = 'waiting' AND due_at <= $2";
    match backend {
        DbBackend::Postgres => format!(
            "SELECT e.id FROM json_array_elements_text($1::text::json) AS h(host) \
             CROSS JOIN LATERAL (SELECT id FROM deliveries WHERE host = h.host AND {due} ORDER BY id LIMIT {most}) AS e"
        ),
        _ => format!(
            "SELECT e.id FROM json_each($1) AS h JOIN deliveries AS e ON e.id IN \
             (SELECT id FROM deliveries WHERE host = h.value AND {due} ORDER BY id LIMIT {most})"
        ),
    }
}

/// Rows that another process is just taking are left out. SQLite has one writer, who sees none of those.
pub(crate) fn skip_locked(backend: DbBackend, table: &str) -> String {
    match backend {
        DbBackend::Postgres => format!(" FOR UPDATE OF {table} SKIP LOCKED"),
        _ => String::new(),
    }
}

/// How the schema stands to this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseState {
    /// Nothing there yet.
    Empty,
    /// So many steps are missing.
    Behind(usize),
    /// As this program knows it.
    Current,
    /// Written by a newer version; these steps are unknown here.
    Newer(Vec<String>),
}

pub(crate) async fn state(writer: &DatabaseConnection) -> Result<DatabaseState, StoreError> {
    let sql = "SELECT version FROM seaql_migrations ORDER BY version";
    let rows = writer.query_all_raw(Statement::from_string(writer.get_database_backend(), sql)).await;
    let Ok(rows) = rows else {
        // No table of migrations: either a new database or one that does not answer.
        writer.execute_unprepared("SELECT 1").await?;
        return Ok(DatabaseState::Empty);
    };
    let mut applied = Vec::new();
    for row in rows {
        applied.push(row.try_get_by_index::<String>(0)?);
    }
    let known = migrations::known();
    let newer: Vec<String> = applied.iter().filter(|name| !known.contains(name)).cloned().collect();
    Ok(match known.len().saturating_sub(applied.len()) {
        _ if !newer.is_empty() => DatabaseState::Newer(newer),
        _ if applied.is_empty() => DatabaseState::Empty,
        0 => DatabaseState::Current,
        missing => DatabaseState::Behind(missing),
    })
}

pub(crate) async fn migrate(writer: &DatabaseConnection) -> Result<(), StoreError> {
    if let DatabaseState::Newer(names) = state(writer).await? {
        return Err(StoreError::Schema(format!(
            "the database was written by a newer version of Guildhall (unknown steps: {}); nothing was changed",
            names.join(", ")
        )));
    }
    Migrator::up(writer, None).await.map_err(StoreError::from)
}
