//! The database schema, forward only, for SQLite and PostgreSQL.
//!
//! Each migration is SQL in one text for both databases; the few words that differ
//! are filled in by [`dialect`]. All times are milliseconds since 1970 in UTC.

mod dialect;
mod m0001_people;
mod m0002_communities;
mod m0003_posts;
mod m0004_queues;
mod m0005_records;
mod m0006_understanding;
mod m0007_polls;
mod m0008_signing;
mod m0009_workers;
mod m0010_fetches;
mod m0011_in_time;
mod m0012_order;
mod m0013_peers;
mod m0014_hollow;
mod m0015_emptied;
mod m0016_bans;
mod m0017_note;
mod m0018_quotes;
mod m0019_readers;
mod m0020_awaited;
mod m0021_asked_again;
mod m0022_strays;
mod m0023_removed;
mod m0024_attachments;

pub use sea_orm_migration::prelude::{DbErr, MigratorTrait};
use sea_orm_migration::{MigrationTrait, async_trait::async_trait};

/// All migrations, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_people::Migration),
            Box::new(m0002_communities::Migration),
            Box::new(m0003_posts::Migration),
            Box::new(m0004_queues::Migration),
            Box::new(m0005_records::Migration),
            Box::new(m0006_understanding::Migration),
            Box::new(m0007_polls::Migration),
            Box::new(m0008_signing::Migration),
            Box::new(m0009_workers::Migration),
            Box::new(m0010_fetches::Migration),
            Box::new(m0011_in_time::Migration),
            Box::new(m0012_order::Migration),
            Box::new(m0013_peers::Migration),
            Box::new(m0014_hollow::Migration),
            Box::new(m0015_emptied::Migration),
            Box::new(m0016_bans::Migration),
            Box::new(m0017_note::Migration),
            Box::new(m0018_quotes::Migration),
            Box::new(m0019_readers::Migration),
            Box::new(m0020_awaited::Migration),
            Box::new(m0021_asked_again::Migration),
            Box::new(m0022_strays::Migration),
            Box::new(m0023_removed::Migration),
            Box::new(m0024_attachments::Migration),
        ]
    }
}

/// The names of all migrations this build knows, oldest first: a database that has
/// another one was written by a newer version.
pub fn known() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}
