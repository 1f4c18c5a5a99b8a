//! `guildhall demo`: two organisations on this computer, connected by real federation.

mod seed;

use crate::{Assembled, Config};
use anyhow::Context;
use app::Registrations;
use domain::peers::Peers;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

/// The demo's options.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Keep both halls' files in this directory, and go on from them the next time
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// First of the two ports
    #[arg(long, default_value_t = 4001)]
    port: u16,
}

/// Where the two halls are: two names for this computer, so that a browser keeps their cookies apart.
const HOSTS: [(&str, &str); 2] = [("Northwind", "localhost"), ("Harbour", "127.0.0.1")];

/// Runs both halls until Ctrl-C.
pub async fn run(options: &Options) -> anyhow::Result<()> {
    let started = Instant::now();
    let temporary = match &options.keep {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("no temporary directory can be made")?),
    };
    let dir = options.keep.clone().or_else(|| temporary.as_ref().map(|dir| dir.path().to_owned())).context("no directory")?;
    let stop = CancellationToken::new();
    let running = TaskTracker::new();
    let a = start(options, 0, &dir, &running, &stop).await?;
    let b = start(options, 1, &dir, &running, &stop).await?;
    let seeded = tokio::select! {
        seeded = seed::seed(&a, &b) => Some(seeded?),
        () = crate::serve::stop_on_signal(stop.clone()) => None,
    };
    if let Some(people) = seeded {
        println!("{}", seed::welcome(&a, &b, &people, started.elapsed(), options.keep.as_deref()));
        crate::serve::stop_on_signal(stop.clone()).await;
        println!("\nStopping…");
    }
    stop.cancel();
    running.close();
    running.wait().await;
    if let Some(dir) = temporary {
        dir.close().context("the temporary directory cannot be removed")?;
        println!("Both halls are gone; nothing was left behind.");
    }
    Ok(())
}

async fn start(
    options: &Options,
    index: u16,
    dir: &Path,
    running: &TaskTracker,
    stop: &CancellationToken,
) -> anyhow::Result<Assembled> {
    let (organisation, host) = HOSTS.get(usize::from(index)).context("two halls only")?;
    let port = options.port + index;
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| format!("port {port} is not free; choose another with --port"))?;
    let data_dir = dir.join(organisation.to_lowercase());
    std::fs::create_dir_all(&data_dir).with_context(|| format!("{} cannot be made", data_dir.display()))?;
    let config = Config {
        base_url: Url::parse(&format!("http://{host}:{port}/"))?,
        listen: listener.local_addr()?,
        database_url: format!("sqlite://{}?mode=rwc", data_dir.join("guildhall.db").display()),
        secret_file: data_dir.join("secret"),
        data_dir,
        organisation: (*organisation).to_owned(),
        registrations: Registrations::Open,
        federation: Peers::Everybody,
        federation_insecure: true,
        rate_limits: true,
        handle_domain: format!("{host}:{port}"),
        trusted_proxies: Vec::new(),
    };
    let hall = crate::assemble(&config).await?;
    let (router, ended) = (hall.router(), stop.clone());
    running.spawn(async move {
        if let Err(error) = crate::serve::on(listener, router, ended).await {
            tracing::error!(%error, "a hall stopped serving");
        }
    });
    let (worker, ended) = (hall.clone(), stop.clone());
    running.spawn(async move { worker.work(ended).await });
    Ok(hall)
}
