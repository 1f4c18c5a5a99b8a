//! `guildhall community`: communities made by the operator, for the person who will lead them.

use crate::Config;
use app::communities::{self, NewCommunity};
use app::{Hall, Requester};
use domain::handle::Handle;
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
    /// Change which organisations a partner community names
    Partner {
        /// What to do
        #[command(subcommand)]
        change: Partner,
    },
}

/// Changes of the list of partners.
#[derive(Debug, clap::Subcommand)]
pub enum Partner {
    /// Name an organisation; its members who were in before are in again
    Add {
        /// Whose list, and which organisation
        #[command(flatten)]
        which: Which,
        /// Its software signs reads as an instance (Lemmy): let the instance read for its members
        #[arg(long)]
        per_instance: bool,
    },
    /// Take an organisation off the list: its members are out at once, and nothing goes there any more
    Remove {
        /// Whose list, and which organisation
        #[command(flatten)]
        which: Which,
    },
}

/// Whose list, and which organisation.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// The community's handle
    handle: String,
    /// The organisation's host
    host: String,
    /// The lead who decides
    #[arg(long, value_name = "NAME")]
    lead: Option<String>,
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
    let hall = super::hall(config).await?;
    match command {
        Command::Create { handle, name, zone, door, partner, lead, join, purpose } => {
            let lead = acting(&hall, lead).await?;
            let new = NewCommunity { handle, name, purpose, zone, door, join, partners: partner };
            create(&hall, &lead, new).await
        }
        Command::Partner { change } => change_partners(&hall, change).await,
    }
}

async fn acting(hall: &Hall, lead: Option<String>) -> anyhow::Result<Requester> {
    match lead {
        Some(lead) => super::acting_as(hall, &lead).await,
        None => app::accounts::identify::first_admin(hall)
            .await?
            .ok_or_else(|| anyhow::anyhow!("--lead: name who leads the community; there is no administrator to fall back on")),
    }
}

async fn change_partners(hall: &Hall, change: Partner) -> anyhow::Result<()> {
    let (Partner::Add { which, .. } | Partner::Remove { which }) = &change;
    let lead = acting(hall, which.lead.clone()).await?;
    let handle = Handle { name: which.handle.to_ascii_lowercase(), host: None };
    let found = communities::show_by_handle(hall, &lead, &handle).await?;
    let id = found.open(&lead)?.id;
    match &change {
        Partner::Add { which, per_instance } => {
            communities::name_partner(hall, &lead, id, &which.host, *per_instance).await?;
        }
        Partner::Remove { which } => communities::end_partner(hall, &lead, id, &which.host).await?,
    }
    let named = communities::partners(hall, &lead, id).await?;
    let named: Vec<_> = named.iter().map(|named| json!({ "host": named.host, "per_instance": named.per_instance })).collect();
    super::print(&json!({ "id": id.to_string(), "partners": named }));
    Ok(())
}

async fn create(hall: &Hall, lead: &Requester, new: NewCommunity) -> anyhow::Result<()> {
    let (handle, zone) = (new.handle.clone(), new.zone);
    let id = communities::create(hall, lead, new).await?;
    let shown = communities::show(hall, lead, id).await?;
    let uri = &shown.open(lead)?.actor.uri;
    super::print(&match zone {
        // An internal community has no address on the network.
        Zone::Internal => json!({ "id": id.to_string(), "acct": handle }),
        Zone::Partner | Zone::Open => json!({ "id": id.to_string(), "acct": handle, "uri": uri }),
    });
    Ok(())
}
