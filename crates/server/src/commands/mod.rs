//! The commands of the binary, a file each.

pub mod account;
pub mod community;
pub mod demo;
pub mod doctor;
pub mod federation;
pub mod migrate;
pub mod token;

use crate::Config;
use app::{Hall, Requester};
use store::DatabaseState;

/// A hall for a command that only needs the use cases: no federation, no surfaces.
async fn hall(config: &Config) -> anyhow::Result<Hall> {
    let store = crate::assemble::open(config).await?;
    if store.state().await? != DatabaseState::Current {
        store.migrate().await?;
    }
    Ok(Hall::new(store, config.settings()))
}

/// The operator acts as the person named on the command line, with that person's rights and no more.
async fn acting_as(hall: &Hall, name: &str) -> anyhow::Result<Requester> {
    app::accounts::identify::by_name(hall, name).await?.ok_or_else(|| anyhow::anyhow!("there is no account named “{name}”"))
}

/// Prints a command's result as one line of JSON on standard output.
fn print(value: &serde_json::Value) {
    println!("{value}");
}
