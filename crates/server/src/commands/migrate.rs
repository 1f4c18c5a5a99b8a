//! `guildhall migrate`: brings the schema up to date.

use crate::Config;

/// Runs the command.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let store = crate::assemble::open(config).await?;
    store.migrate().await?;
    println!("the database is up to date");
    Ok(())
}
