//! `guildhall token`: access tokens for apps and scripts.

use crate::Config;
use serde_json::json;

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make an access token; it is shown once and kept only as a hash
    Create {
        /// The account's name
        name: String,
        /// What it allows
        #[arg(long, default_value = "read write follow push")]
        scopes: String,
    },
}

/// Runs the command.
pub async fn run(config: &Config, command: Command) -> anyhow::Result<()> {
    let Command::Create { name, scopes } = command;
    let hall = super::hall(config).await?;
    let token = app::oauth::issue::issue(&hall, &name, &scopes).await?;
    super::print(&json!({ "access_token": token }));
    Ok(())
}
