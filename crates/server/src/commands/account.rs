//! `guildhall account`: accounts made by the operator.

use crate::Config;
use app::accounts::create::{self, Wanted};
use app::accounts::{PASSWORD_MAX, PASSWORD_MIN};
use serde_json::json;

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make an account
    Create {
        /// Its name: 3 to 20 of a-z, 0-9 and _
        name: String,
        /// Its e-mail address
        #[arg(long)]
        email: String,
        /// Its password; without one it cannot sign in by password
        #[arg(long)]
        password: Option<String>,
        /// Administers the instance (this opens no community)
        #[arg(long)]
        admin: bool,
        /// Also make an access token with these scopes, such as "read write follow push"
        #[arg(long, value_name = "SCOPES")]
        token: Option<String>,
    },
}

/// Runs the command.
pub async fn run(config: &Config, command: Command) -> anyhow::Result<()> {
    let Command::Create { name, email, password, admin, token } = command;
    let hall = super::hall(config).await?;
    let password_hash = match password {
        Some(password) if !(PASSWORD_MIN..=PASSWORD_MAX).contains(&password.len()) => {
            anyhow::bail!("--password: must have {PASSWORD_MIN} to {PASSWORD_MAX} bytes");
        }
        Some(password) => Some(auth::password::Passwords::new().hash(&password).await?),
        None => None,
    };
    let wanted = Wanted { handle: name.clone(), name: String::new(), email, password_hash, admin };
    let created = create::create(&hall, wanted).await?;
    let id = created.actor.to_string();
    super::print(&match token {
        Some(scopes) => {
            let token = app::oauth::issue::issue(&hall, &name, &scopes).await?;
            json!({ "id": id, "username": name, "acct": name, "token": token })
        }
        None => json!({ "id": id, "username": name, "acct": name }),
    });
    Ok(())
}
