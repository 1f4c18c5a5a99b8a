//! Where SQLite and PostgreSQL differ: connecting, locking, lists as one parameter, errors.

use migrations::{Migrator, MigratorTrait};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr, SqlErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
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

/// The pools: one writer, some readers.
pub(crate) struct Pools {
    pub writer: DatabaseConnection,
    pub readers: DatabaseConnection,
}

pub(crate) async fn connect(url: &str, readers: u32) -> Result<Pools, StoreError> {
    Ok(Pools { writer: open(url, 1, false).await?, readers: open(url, readers, true).await? })
}

async fn open(url: &str, connections: u32, reader: bool) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .sqlx_logging(false);
    if url.starts_with("sqlite:") {
        options.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
        options.map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .create_if_missing(!reader)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5))
                .foreign_keys(true)
                .statement_cache_capacity(256)
                .pragma("cache_size", "-8192")
                .pragma("mmap_size", "134217728")
                .pragma("temp_store", "memory")
                .pragma("wal_autocheckpoint", "2000")
                .optimize_on_close(!reader, Some(400))
        });
    } else {
        options.map_sqlx_postgres_opts(|postgres| postgres.statement_cache_capacity(256));
    }
    Ok(Database::connect(options).await?)
}

/// Opens the outer write transaction. On PostgreSQL the row of `id_clock` is locked as well, so that
/// there is one writer at a time on both databases, across processes.
pub(crate) async fn begin_write(writer: &DatabaseConnection) -> Result<(DatabaseTransaction, i64, i64), StoreError> {
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() };
    let outer = writer.begin_with_options(options).await?;
    let sql = match outer.get_database_backend() {
        DbBackend::Postgres => "SELECT last, small FROM id_clock WHERE one = 1 FOR UPDATE",
        _ => "SELECT last, small FROM id_clock WHERE one = 1",
    };
    let row = outer
        .query_one_raw(Statement::from_string(outer.get_database_backend(), sql))
        .await?
        .ok_or_else(|| StoreError::Schema("the id clock is missing".into()))?;
    Ok((outer, row.try_get_by_index(0)?, row.try_get_by_index(1)?))
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
