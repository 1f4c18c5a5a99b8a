//! A database for every test: a file of its own on SQLite, a database of its own on PostgreSQL.
//!
//! `GUILDHALL_TEST_DATABASE` is `sqlite` (the default) or the `postgres://` address of a server on which
//! databases may be made. The schema is made once per build and copied for each test.

use crate::poll::eventually;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::sealed::Sealer;
use store::{Options, Store};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

/// What the test run is on.
fn server() -> Option<Url> {
    #[expect(clippy::disallowed_methods, reason = "the one variable that chooses the database of a test run")]
    let chosen = std::env::var("GUILDHALL_TEST_DATABASE").unwrap_or_default();
    match chosen.as_str() {
        "" | "sqlite" => None,
        url => Some(url.parse().unwrap()),
    }
}

/// Whether this run is on PostgreSQL.
pub fn on_postgres() -> bool {
    server().is_some()
}

/// The secret that test databases are sealed with.
pub fn sealer() -> Sealer {
    Sealer::new(&[42; 32])
}

/// One test's database; gone when this is dropped.
#[derive(Debug, Clone)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File(TempDir),
    /// In a folder of somebody else's.
    Elsewhere(PathBuf),
    Database {
        server: Url,
        name: String,
    },
}

impl Db {
    /// With the schema as this build makes it.
    pub async fn new() -> Self {
        match server() {
            None => {
                let db = file();
                tokio::fs::copy(template_file().await, db.path().unwrap()).await.unwrap();
                db
            }
            Some(server) => {
                OPEN.fetch_add(1, Ordering::SeqCst);
                let name = template_database(&server).await;
                database(server, &format!("TEMPLATE {name}")).await
            }
        }
    }

    /// A SQLite file in this folder, whatever the run is on: for what depends on a file system.
    pub async fn in_folder(folder: &Path) -> Self {
        let path = folder.join("hall.db");
        tokio::fs::copy(template_file().await, &path).await.unwrap();
        Self(Arc::new(Inner { url: url_of(&path), place: Place::Elsewhere(path) }))
    }

    /// With nothing in it.
    pub async fn empty() -> Self {
        match server() {
            None => file(),
            Some(server) => {
                OPEN.fetch_add(1, Ordering::SeqCst);
                database(server, "").await
            }
        }
    }

    /// What [`Options::url`] takes.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The folder of a SQLite file.
    pub fn path(&self) -> Option<PathBuf> {
        match &self.0.place {
            Place::File(folder) => Some(folder.path().join("hall.db")),
            Place::Elsewhere(path) => Some(path.clone()),
            Place::Database { .. } => None,
        }
    }

    /// How to open it, with the computer's clock and chance.
    pub fn options(&self) -> Options {
        Options {
            url: self.url().to_owned(),
            readers: 3,
            sealer: sealer(),
            clock: Arc::new(domain::time::SystemClock),
            random: Arc::new(domain::time::SystemRandom),
            locks: None,
        }
    }

    /// A store over it.
    pub async fn store(&self) -> Store {
        Store::open(self.options()).await.unwrap()
    }

    /// A connection past the store, for what no use case does.
    pub async fn raw(&self) -> Raw {
        match self.0.place {
            Place::Database { .. } => Raw::Postgres(PgConnection::connect(self.url()).await.unwrap()),
            Place::File(_) | Place::Elsewhere(_) => Raw::Sqlite(SqliteConnection::connect(self.url()).await.unwrap()),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let Place::Database { server, name } = &self.place else { return };
        let (server, sql) = (server.clone(), format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        // The test's own runtime may already be on its way out.
        let (dropped, done) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                if let Ok(mut connection) = PgConnection::connect(server.as_str()).await {
                    let _ = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await;
                }
            });
            let _ = dropped.send(());
        });
        // The server drops no database while any connection is being opened, and whoever opens one in this runtime cannot
        // go on while this thread stands still. So only the last one waits, before the process may end, and not for long.
        if OPEN.fetch_sub(1, Ordering::SeqCst) == 1 {
            let _ = done.recv_timeout(Duration::from_secs(2));
        }
    }
}

/// Databases on a server that this process has in use, or is about to have: counted before the first connection.
static OPEN: AtomicUsize = AtomicUsize::new(0);

fn file() -> Db {
    let folder = tempfile::tempdir().unwrap();
    Db(Arc::new(Inner { url: url_of(&folder.path().join("hall.db")), place: Place::File(folder) }))
}

fn url_of(path: &Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

async fn template_file() -> &'static Path {
    static TEMPLATE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
    let (_, path) = TEMPLATE
        .get_or_init(|| async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("template.db");
            let made = file();
            made.store().await.migrate().await.unwrap();
            // A copy without a write-ahead log beside it.
            made.raw().await.run(&format!("VACUUM INTO '{}'", path.display())).await;
            (folder, path)
        })
        .await;
    path
}

async fn database(server: Url, how: &str) -> Db {
    let mut bytes = [0; 8];
    domain::time::Random::fill(&domain::time::SystemRandom, &mut bytes);
    let name = format!("hall_{:016x}", u64::from_le_bytes(bytes));
    let mut raw = Raw::Postgres(PgConnection::connect(server.as_str()).await.unwrap());
    raw.run(&format!("CREATE DATABASE {name} {how}")).await;
    let url = named(&server, &name);
    Db(Arc::new(Inner { url, place: Place::Database { server, name } }))
}

fn named(server: &Url, name: &str) -> String {
    let mut url = server.clone();
    url.set_path(name);
    url.into()
}

/// A migrated database to copy from: made by whoever comes first, of this process or another.
async fn template_database(server: &Url) -> &'static str {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    TEMPLATE
        .get_or_init(|| async {
            let name = format!("template_{:016x}", this_build());
            let mut raw = Raw::Postgres(PgConnection::connect(server.as_str()).await.unwrap());
            raw.run("SELECT pg_advisory_lock(7411)").await;
            if raw.rows(&format!("SELECT 1 FROM pg_database WHERE datname = '{name}'")).await.is_empty() {
                let draft = format!("{name}_draft");
                raw.run(&format!("DROP DATABASE IF EXISTS {draft} WITH (FORCE)")).await;
                raw.run(&format!("CREATE DATABASE {draft}")).await;
                let options = Options { url: named(server, &draft), ..file().options() };
                Store::open(options).await.unwrap().migrate().await.unwrap();
                let idle = eventually(Duration::from_secs(10), || async {
                    let mut raw = Raw::Postgres(PgConnection::connect(server.as_str()).await.unwrap());
                    let sql = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{draft}'");
                    raw.rows(&sql).await.is_empty().then_some(())
                });
                idle.await.unwrap();
                raw.run(&format!("ALTER DATABASE {draft} RENAME TO {name}")).await;
            }
            raw.run("SELECT pg_advisory_unlock(7411)").await;
            name
        })
        .await
}

/// Another build may make another schema.
fn this_build() -> u64 {
    let binary = std::env::current_exe().unwrap();
    let about = std::fs::metadata(&binary).unwrap();
    let mut hasher = DefaultHasher::new();
    (binary, about.len(), about.modified().unwrap()).hash(&mut hasher);
    hasher.finish()
}

/// A connection past the store.
#[derive(Debug)]
pub enum Raw {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To a server.
    Postgres(PgConnection),
}

impl Raw {
    /// Runs statements; they must succeed.
    pub async fn run(&mut self, sql: &str) {
        let outcome = self.attempt(sql).await;
        assert!(outcome.is_ok(), "{sql}: {outcome:?}");
    }

    /// Runs statements; gives the database's words if they fail.
    pub async fn attempt(&mut self, sql: &str) -> Result<(), String> {
        let statements = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(connection) => connection.execute(statements).await.map(|_| ()).map_err(|e| e.to_string()),
            Self::Postgres(connection) => connection.execute(statements).await.map(|_| ()).map_err(|e| e.to_string()),
        }
    }

    /// All rows of a query, each value as text (nothing for NULL).
    pub async fn rows(&mut self, sql: &str) -> Vec<Vec<String>> {
        let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(connection) => {
                let rows = connection.fetch_all(statement).await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|column| sqlite_text(row, column)).collect()).collect()
            }
            Self::Postgres(connection) => {
                let rows = connection.fetch_all(statement).await.unwrap();
                rows.iter().map(|row| (0..row.len()).map(|column| postgres_text(row, column)).collect()).collect()
            }
        }
    }

    /// The first value of the first row as a number.
    pub async fn number(&mut self, sql: &str) -> i64 {
        self.rows(sql).await[0][0].parse().unwrap()
    }

    /// Every text that the database holds, with the table and column it stands in; bytes as hexadecimal.
    pub async fn every_text(&mut self) -> Vec<(String, String)> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT m.name, c.name, CASE c.type WHEN 'BLOB' THEN 'hex(' || c.name || ')' ELSE c.name END FROM sqlite_master m JOIN pragma_table_info(m.name) c \
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND c.type IN ('TEXT', 'BLOB')"
            }
            Self::Postgres(_) => {
                "SELECT table_name::text, column_name::text, column_name::text FROM information_schema.columns \
                 WHERE table_schema = 'public' AND data_type IN ('text', 'bytea', 'character varying')"
            }
        };
        let mut found = Vec::new();
        for column in self.rows(sql).await {
            let (table, column, value) = (&column[0], &column[1], &column[2]);
            for row in self.rows(&format!("SELECT {value} FROM {table}")).await {
                found.push((format!("{table}.{column}"), row[0].clone()));
            }
        }
        found
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn sqlite_text(row: &sqlx::sqlite::SqliteRow, column: usize) -> String {
    row.try_get_unchecked::<Option<String>, _>(column).unwrap().unwrap_or_default()
}

fn postgres_text(row: &sqlx::postgres::PgRow, column: usize) -> String {
    use sqlx::ValueRef;
    let value = row.try_get_raw(column).unwrap();
    if value.is_null() {
        return String::new();
    }
    match value.format() {
        // `raw_sql` speaks the simple protocol: everything comes as text.
        sqlx::postgres::PgValueFormat::Text => value.as_str().unwrap().to_owned(),
        sqlx::postgres::PgValueFormat::Binary => hex(value.as_bytes().unwrap()),
    }
}
