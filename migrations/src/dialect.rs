//! The words in which SQLite and PostgreSQL differ in the schema.

use sea_orm_migration::prelude::{DbErr, SchemaManager};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

/// Runs statements separated by `;` after filling in:
/// `{id}` a 64-bit primary key given by us, `{seq}` one given by the database, `{blob}` bytes.
pub async fn run(manager: &SchemaManager<'_>, sql: &str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let (id, seq, blob) = match connection.get_database_backend() {
        DbBackend::Postgres => ("BIGINT PRIMARY KEY", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BYTEA"),
        _ => ("INTEGER PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB"),
    };
    let filled = sql.replace("{id}", id).replace("{seq}", seq).replace("{blob}", blob);
    for statement in filled.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
        connection.execute_unprepared(statement).await?;
    }
    Ok(())
}

macro_rules! migration {
    ($sql:expr) => {
        /// One step of the schema.
        #[derive(Debug, sea_orm_migration::prelude::DeriveMigrationName)]
        pub struct Migration;

        #[sea_orm_migration::async_trait::async_trait]
        impl sea_orm_migration::MigrationTrait for Migration {
            /// A step is done or not begun: one that was interrupted half-way could never be started again.
            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }

            async fn up(
                &self,
                manager: &sea_orm_migration::prelude::SchemaManager,
            ) -> Result<(), sea_orm_migration::prelude::DbErr> {
                crate::dialect::run(manager, $sql).await
            }
        }
    };
}
pub(crate) use migration;
