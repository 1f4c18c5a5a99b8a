//! `guildhall community`: communities made by the operator, for the person who will lead them.

use crate::Config;
use app::communities::{self, NewCommunity};
use domain::zone::{Door, JoinPolicy, Zone};
use serde_json::json;

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a community
    Create {
        /// Its handle: 3 to 20 of a-z, 0-9 and _
        handle: String,
        /// What it is called
        #[arg(long)]
        name: String,
        /// How far anything in it may ever go: internal, partner or open
        #[arg(long, value_parser = zone)]
        zone: Zone,
        /// Who sees an internal community's door: hall or members
        #[arg(long, value_parser = door, default_value = "hall")]
        door: Door,
        /// A partner organisation's host; may be given more than once
        #[arg(long, value_name = "HOST")]
        partner: Vec<String>,
        /// The account that leads it
        #[arg(long, value_name = "NAME")]
        lead: Option<String>,
        /// How one gets in: open, request or invite
        #[arg(long, value_parser = join, default_value = "request")]
        join: JoinPolicy,
        /// What it is for
        #[arg(long, default_value = "")]
        purpose: String,
    },
}

fn zone(word: &str) -> Result<Zone, String> {
    Zone::parse(word).ok_or_else(|| "internal, partner or open".into())
}

fn door(word: &str) -> Result<Door, String> {
    Door::parse(word).ok_or_else(|| "hall or members".into())
}

fn join(word: &str) -> Result<JoinPolicy, String> {
    JoinPolicy::parse(word).ok_or_else(|| "open, request or invite".into())
}

/// Runs the command.
pub async fn run(config: &Config, command: Command) -> anyhow::Result<()> {
    let Command::Create { handle, name, zone, door, partner, lead, join, purpose } = command;
    let hall = super::hall(config).await?;
    let lead = match lead {
        Some(lead) => super::acting_as(&hall, &lead).await?,
        None => app::accounts::identify::first_admin(&hall)
            .await?
            .ok_or_else(|| anyhow::anyhow!("--lead: name who leads the community; there is no administrator to fall back on"))?,
    };
    let new = NewCommunity { handle: handle.clone(), name, purpose, zone, door, join, partners: partner };
    let id = communities::create(&hall, &lead, new).await?;
    let shown = communities::show(&hall, &lead, id).await?;
    let uri = &shown.open(&lead)?.actor.uri;
    super::print(&match zone {
        // An internal community has no address on the network.
        Zone::Internal => json!({ "id": id.to_string(), "acct": handle }),
        Zone::Partner | Zone::Open => json!({ "id": id.to_string(), "acct": handle, "uri": uri }),
    });
    Ok(())
}
