//! Putting a hall together: store, use cases, federation, surfaces.

use crate::Config;
use crate::health;
use anyhow::{Context, bail};
use app::Hall;
use app::jobs::Job;
use app::registry::{self, RateClass, Route};
use auth::{Gate, GateOptions, Problem};
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use domain::peers::Peers;
use domain::time::{Random, SystemClock, SystemRandom};
use federation::Federation;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::sealed::Sealer;
use store::{DatabaseState, Options, Store};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Connections for reading.
const READERS: u32 = 4;

/// A hall, ready to serve and to work.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// The use cases.
    pub hall: Hall,
    /// What stands in front of them.
    pub gate: Gate,
    /// The way to other halls.
    pub federation: Federation,
    /// The memory.
    pub store: Store,
}

/// Opens the database (and brings its schema up to date), checks what must not have changed, and wires everything.
pub async fn assemble(config: &Config) -> anyhow::Result<Assembled> {
    let store = open(config).await?;
    match store.state().await.context("the database cannot be read")? {
        DatabaseState::Current => {}
        DatabaseState::Empty | DatabaseState::Behind(_) => {
            store.migrate().await.context("the schema cannot be brought up to date")?;
        }
        DatabaseState::Newer(steps) => {
            bail!(
                "database_url: the database was written by a newer version of Guildhall (unknown steps: {}); nothing was changed",
                steps.join(", ")
            )
        }
    }
    pin(&store, "base_url", config.settings().base()).await?;
    pin(&store, "handle_domain", &config.handle_domain).await?;
    let word = config.federation.as_str();
    store.write(move |tx| Box::pin(async move { store::settings::set(tx, store::settings::FEDERATION, word).await })).await?;
    let hall = Hall::new(store.clone(), config.settings());
    let options = GateOptions {
        rate_limits: config.rate_limits,
        trusted_proxies: config.trusted_proxies.clone(),
        error_page: web::error_page,
    };
    let gate = Gate::new(hall.clone(), &options)
        .map_err(|proxy| anyhow::anyhow!("trusted_proxies: “{proxy}” is not an address or network"))?;
    let federation = Federation::new(hall.clone()).await.context("federation cannot be set up")?;
    if config.federation != Peers::Nobody {
        hall.connect(federation.remote());
    }
    Ok(Assembled { hall, gate, federation, store })
}

/// Opens the store with the hall's secret; does not touch the schema.
pub async fn open(config: &Config) -> anyhow::Result<Store> {
    if config.database_url.starts_with("sqlite:") {
        std::fs::create_dir_all(&config.data_dir)
            .with_context(|| format!("data_dir: {} cannot be made", config.data_dir.display()))?;
    }
    let sealer = Sealer::new(&secret(&config.secret_file)?);
    let options = Options {
        url: config.database_url.clone(),
        readers: READERS,
        sealer,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        locks: Some(config.data_dir.clone()),
    };
    Store::open(options).await.context("database_url: the database cannot be opened")
}

/// The hall's secret: 32 bytes as 64 hexadecimal digits, made at the first start and readable by its owner only.
fn secret(file: &Path) -> anyhow::Result<[u8; 32]> {
    if !file.exists() {
        make_secret(file).with_context(|| format!("secret_file: {} cannot be made", file.display()))?;
    }
    let text = std::fs::read_to_string(file).with_context(|| format!("secret_file: {} cannot be read", file.display()))?;
    let digits = text.trim().as_bytes();
    let mut bytes = [0_u8; 32];
    let whole = digits.len() == 64
        && digits.chunks(2).zip(bytes.iter_mut()).all(|(pair, byte)| {
            let value = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
            value.map(|value| *byte = value).is_some()
        });
    let sample = bytes.iter().all(|byte| Some(byte) == bytes.first());
    if whole && !sample { Ok(bytes) } else { bail!("secret_file: {} must hold 64 random hexadecimal digits", file.display()) }
}

fn make_secret(file: &Path) -> std::io::Result<()> {
    use std::fmt::Write as _;
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut bytes = [0_u8; 32];
    SystemRandom.fill(&mut bytes);
    let mut text = String::with_capacity(64);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()
}

/// Remembers a value that other halls rely on; refuses another one once the hall has federated.
async fn pin(store: &Store, key: &'static str, value: &str) -> anyhow::Result<()> {
    let federated = store::instances::any_reached(store.read()).await?;
    let before = store::settings::get(store.read(), key).await?;
    if let Some(before) = before.filter(|before| before != value && federated) {
        bail!("{key}: was {before} when this hall began to federate and cannot change now");
    }
    let value = value.to_owned();
    store.write(move |tx| Box::pin(async move { store::settings::set(tx, key, &value).await })).await?;
    Ok(())
}

impl Assembled {
    /// Everything this hall serves.
    pub fn router(&self) -> Router {
        let apis = Router::new()
            .merge(mastodon::router(&self.gate))
            .merge(api::router(self.gate.clone()))
            .merge(auth::oauth_routes::routes(&self.gate).into_router())
            .layer(auth::cors());
        let others = auth::budgeted(&self.gate, RateClass::Federation, self.federation.router());
        // Lemmy looks at the root for the site that a hall is, and follows nobody elsewhere.
        let (federation, instance) = (self.federation.clone(), others.clone());
        let at_root = move |mut request: Request, next: Next| {
            let (asked, instance) = (federation.is_asked_at_root(&request), instance.clone());
            async move {
                if !asked {
                    return next.run(request).await;
                }
                *request.uri_mut() = Uri::from_static("/actor");
                instance.oneshot(request).await.into_response()
            }
        };
        let all = Router::new()
            .merge(apis)
            .merge(others)
            .merge(web::router(self.gate.clone()).route_layer(from_fn(at_root)))
            .merge(health::router(self.hall.clone()))
            .fallback(nothing_here)
            .method_not_allowed_fallback(nothing_here);
        crate::serve::layers(all)
    }

    /// Every route of every surface, as declared.
    pub fn declarations(&self) -> Vec<Route> {
        let mut all = mastodon::routes(&self.gate).declarations().to_vec();
        all.extend(api::declarations());
        all.extend(auth::oauth_routes::declarations());
        all.extend(web::declarations());
        all.extend(federation::declarations());
        all.extend(health::DECLARED);
        all
    }

    /// Everything that works in the background until `stop`, by its declaration.
    pub fn jobs(&self, stop: &CancellationToken) -> Vec<Job> {
        let (hall, ended) = (self.hall.clone(), stop.clone());
        let mut all = vec![Job::new(registry::HALL_EFFECTS, move || hall_work(hall.clone(), ended.clone()))];
        let (hall, ended) = (self.hall.clone(), stop.clone());
        all.push(Job::new(registry::POLLS, move || poll_work(hall.clone(), ended.clone())));
        all.extend(self.federation.jobs(stop));
        all
    }

    /// Carries out what is queued, until told to stop.
    pub async fn work(&self, stop: CancellationToken) {
        // First of all: what a killed process of before had in hands is free at once.
        said_alive(&self.hall).await;
        let (tracker, ended) = (TaskTracker::new(), CancellationToken::new());
        for job in self.jobs(&stop) {
            tracker.spawn(job.run());
        }
        tracker.close();
        let working = async {
            tracker.wait().await;
            ended.cancel();
        };
        let hearing = async {
            tokio::select! {
                () = ended.cancelled() => {}
                () = app::worker::hear_others(&self.hall) => {}
            }
        };
        tokio::join!(working, keep_alive(&self.hall, &ended), hearing);
        if let Err(error) = app::worker::sign_off(&self.hall).await {
            tracing::warn!(%error, "what this worker still had waits until it is missed");
        }
    }
}

/// How often a worker says that it is alive: several times in the time after which it is believed dead.
const ALIVE: Duration = Duration::from_secs(4);
/// How often the queues are cleared of what nobody needs any more, in those steps.
const PRUNE: u32 = 150;

async fn said_alive(hall: &Hall) {
    if let Err(error) = app::worker::alive(hall).await {
        tracing::warn!(%error, "this worker could not say that it is alive");
    }
}

async fn keep_alive(hall: &Hall, ended: &CancellationToken) {
    let (mut steps, mut reached) = (0_u32, None);
    loop {
        tokio::select! {
            () = ended.cancelled() => return,
            () = tokio::time::sleep(ALIVE) => {}
        }
        said_alive(hall).await;
        if let Err(error) = app::worker::end_bans(hall).await {
            tracing::warn!(%error, "bans whose time is over could not be ended");
        }
        if let Err(error) = app::communities::ask_again(hall).await {
            tracing::warn!(%error, "who waits to be let in elsewhere could not ask again");
        }
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(PRUNE) {
            if let Err(error) = app::worker::prune(hall).await {
                tracing::warn!(%error, "the queues could not be cleared");
            }
            match app::worker::forget_strays(hall, reached).await {
                Ok(next) => reached = next,
                Err(error) => tracing::warn!(%error, "strangers could not be forgotten"),
            }
        }
    }
}

/// Polls end by themselves, so somebody has to look at the clock.
async fn poll_work(hall: Hall, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match app::polls::run_due(&hall).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "polls wait"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
        }
    }
}

async fn hall_work(hall: Hall, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match app::worker::run_hall_effects(&hall).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "effects wait"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = app::worker::effects_queued(&hall) => {}
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
}

/// The answer to paths that are not there: the same as to things that are not there.
async fn nothing_here(uri: axum::http::Uri) -> Response {
    let api = ["/api/", "/oauth/", "/inbox", "/a/", "/p/", "/nodeinfo", "/.well-known/"]
        .iter()
        .any(|start| uri.path().starts_with(start));
    if api { Problem::from(app::Error::not_found()).into_response() } else { web::error_page(StatusCode::NOT_FOUND, "") }
}
