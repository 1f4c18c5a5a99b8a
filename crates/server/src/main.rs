//! The binary `guildhall`.

use clap::{Parser, Subcommand};
use server::commands::{account, community, demo, doctor, federation, migrate, token};
use server::config::{Config, Flags};
use server::{logging, serve};
use std::process::ExitCode;

/// A federated server for communities of practice.
///
/// Configuration: guildhall.toml, then the environment (`GUILDHALL_BASE_URL` and so on), then flags.
#[derive(Debug, Parser)]
#[command(name = "guildhall", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve pages, apps and other halls, and do the queued work
    Serve {
        /// Leave the queued work to `guildhall work`
        #[arg(long)]
        no_work: bool,
    },
    /// Do the queued work beside `guildhall serve --no-work`
    Work,
    /// Bring the database schema up to date
    Migrate,
    /// Check configuration, database, clock and reachability, and say what to do
    Doctor,
    /// Two organisations on this computer that share communities, to try everything out
    Demo(demo::Options),
    /// Accounts
    #[command(subcommand)]
    Account(account::Command),
    /// Access tokens for apps and scripts
    #[command(subcommand)]
    Token(token::Command),
    /// Communities
    #[command(subcommand)]
    Community(community::Command),
    /// Other hosts: how they stand, sending again, and what could not be carried out
    #[command(subcommand)]
    Federation(federation::Command),
}

/// As many open files as the system lets this process have: each connection is one, and the usual first limit of 1,024
/// is meant for programs that look at every number up to it.
fn open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that is refused, the smaller limit is good enough to begin with.
    let _ = setrlimit(Resource::Nofile, limit);
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    open_files();
    logging::start(if matches!(cli.command, Command::Demo(_)) {
        "error"
    } else {
        "info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn"
    });
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("guildhall: the cryptography provider is there already");
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.to_string(), 1),
    };
    if let Command::Demo(options) = &cli.command {
        return end(runtime.block_on(demo::run(options)));
    }
    let config = match Config::load(&cli.flags) {
        Ok(config) => config,
        Err(error) => return fail(&error.to_string(), 2),
    };
    match cli.command {
        Command::Serve { no_work } => end(runtime.block_on(serve::serve(&config, !no_work))),
        Command::Work => end(runtime.block_on(serve::work(&config))),
        Command::Migrate => end(runtime.block_on(migrate::run(&config))),
        Command::Doctor => end(runtime.block_on(doctor::run(&config))),
        Command::Account(command) => end(runtime.block_on(account::run(&config, command))),
        Command::Token(command) => end(runtime.block_on(token::run(&config, command))),
        Command::Community(command) => end(runtime.block_on(community::run(&config, command))),
        Command::Federation(command) => end(runtime.block_on(federation::run(&config, command))),
        Command::Demo(_) => ExitCode::SUCCESS,
    }
}

fn end(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("{error:#}"), 1),
    }
}

fn fail(message: &str, code: u8) -> ExitCode {
    eprintln!("guildhall: {message}");
    ExitCode::from(code)
}
