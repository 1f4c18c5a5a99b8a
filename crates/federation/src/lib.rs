//! Inbox, outbox, delivery, fetching, wire and domain translation, `ActivityPub` routes.
//!
//! Federation stands above `app` like a client: an incoming activity is somebody asking for
//! something, an outgoing one is a consequence being carried out. Nothing of what is allowed is
//! decided here; here it is decided who asks.

mod backfill;
mod error;
pub mod fetch;
mod inbox;
mod keys;
mod outbox;
pub mod refusals;
mod resolve;
mod routes;
mod settler;
mod translate;
pub mod understood;

use app::Hall;
use app::jobs::Job;
use app::registry::{self, JobDeclaration};
use domain::id::ActorId;
use domain::peers::Peers;
use fetch::Client;
pub use fetch::FetchOptions;
use keys::{Keyring, LocalKeys};
use moka::sync::Cache;
use resolve::KnownKey;
pub use resolve::STRANGERS;
pub use routes::declarations;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};
use tokio_util::sync::CancellationToken;
use url::Url;

/// The hall's side of the network. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Federation(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hall: Hall,
    client: Client,
    keyring: Keyring,
    instance: OnceCell<ActorId>,
    /// Parsed keys by key id. Short-lived, so that a changed or deleted actor is soon noticed.
    known: Cache<String, Arc<KnownKey>>,
    /// What was asked for again a moment ago because somebody said that it is worth it; not twice in a row.
    refetched: Cache<String, ()>,
    /// Actors asked a moment ago whether they have a new key. Short: a real one that comes meanwhile waits as long.
    rekeyed: Cache<String, ()>,
    /// Whose turn it is to ask an actor for its key.
    turns: Cache<String, Arc<Mutex<()>>>,
    /// Documents read a moment ago.
    fetched: Cache<String, ()>,
    /// Hosts that did not answer a moment ago: strangers must not make us wait for them again and again.
    silent: Cache<String, ()>,
    /// Whether the inbox is full, for a second.
    full: Cache<(), bool>,
    /// Whether a community's own hall says that somebody is in it: (group, who). Shorter than the five seconds in
    /// which an organisation that is taken off the list must be cut off everywhere.
    vouched: Cache<(ActorId, String), bool>,
    /// Hosts of which it is known what they run, and that were asked within a day.
    runs: Cache<String, ()>,
    /// Whether the groups of a host announce what their own people do.
    announcing: Cache<String, bool>,
    /// Hosts whose waiting deliveries were woken a moment ago.
    woken: Cache<String, ()>,
    /// How long one look around may take.
    look: Duration,
    /// How many actors of a domain were met for the first time within an hour.
    met: Cache<String, Arc<AtomicU32>>,
}

const DAY_SECONDS: u64 = 24 * 3_600;

fn for_a_while<K, V>(entries: u64, seconds: u64) -> Cache<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(entries).time_to_live(Duration::from_secs(seconds)).build()
}

impl Federation {
    /// Federation over this hall, with the instance's own actor and its keys made.
    pub async fn new(hall: Hall) -> app::Result<Self> {
        let federation = Self::with_options(hall, FetchOptions::default())?;
        federation.instance_keys().await?;
        Ok(federation)
    }

    /// The way to other instances, for [`Hall::connect`].
    pub fn remote(&self) -> Arc<dyn app::ports::Remote> {
        Arc::new(self.clone())
    }

    /// The same with other limits. The instance actor is made when it is first needed.
    pub fn with_options(hall: Hall, options: FetchOptions) -> app::Result<Self> {
        let (look, client) = (options.look, Client::new(hall.clone(), options)?);
        Ok(Self(Arc::new(Inner {
            look,
            keyring: Keyring::new(hall.clone()),
            client,
            hall,
            instance: OnceCell::new(),
            known: for_a_while(20_000, 300),
            refetched: for_a_while(10_000, 300),
            rekeyed: for_a_while(10_000, 10),
            turns: for_a_while(10_000, 300),
            fetched: for_a_while(10_000, 60),
            silent: for_a_while(10_000, 20),
            full: for_a_while(1, 1),
            vouched: for_a_while(10_000, 4),
            runs: for_a_while(10_000, DAY_SECONDS),
            announcing: for_a_while(10_000, 60),
            woken: for_a_while(10_000, 15),
            met: for_a_while(10_000, 3_600),
        })))
    }

    /// The routes that other instances ask.
    pub fn router(&self) -> axum::Router {
        routes::mount(self)
    }

    /// What works off the inbox, the consequences and the deliveries until `stop`. What was claimed and not
    /// finished is taken up again later: every queue is a table.
    pub fn jobs(&self, stop: &CancellationToken) -> Vec<Job> {
        // Consequences for the network are dealt with in any case: where nobody is spoken with, they reach nobody.
        let mut jobs = vec![self.job(registry::WIRE_EFFECTS, stop, outbox::expand_work)];
        if self.hall().settings().peers != Peers::Nobody {
            jobs.push(self.job(registry::INBOX, stop, inbox::work));
            jobs.push(self.job(registry::DELIVERIES, stop, outbox::send_work));
            jobs.push(self.job(registry::FETCHES, stop, backfill::work));
        }
        jobs
    }

    fn job<F>(&self, declared: JobDeclaration, stop: &CancellationToken, work: fn(Self, CancellationToken) -> F) -> Job
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (federation, stop) = (self.clone(), stop.clone());
        Job::new(declared, move || work(federation.clone(), stop.clone()))
    }

    pub(crate) fn hall(&self) -> &Hall {
        &self.0.hall
    }

    pub(crate) fn client(&self) -> &Client {
        &self.0.client
    }

    pub(crate) fn longest_look(&self) -> Duration {
        self.0.look
    }

    pub(crate) fn base(&self) -> &str {
        self.0.hall.settings().base()
    }

    /// The instance's own actor.
    pub(crate) async fn instance_actor(&self) -> app::Result<ActorId> {
        self.0.instance.get_or_try_init(|| app::federated::actors::ensure_instance_actor(self.hall())).await.copied()
    }

    pub(crate) fn instance_uri(&self) -> String {
        format!("{}/actor", self.base())
    }

    /// The keys that discovery is signed with.
    pub(crate) async fn instance_keys(&self) -> app::Result<Arc<LocalKeys>> {
        let actor = self.instance_actor().await?;
        self.0.keyring.of(actor, &self.instance_uri()).await
    }

    /// A local actor's keys.
    pub(crate) async fn keys_of(&self, actor: ActorId) -> app::Result<Arc<LocalKeys>> {
        if self.instance_actor().await? == actor {
            return self.instance_keys().await;
        }
        self.0.keyring.of(actor, &self.hall().settings().actor_uri(actor)).await
    }

    /// Whether an id on the network is one of ours, in whatever spelling (C061). With the development
    /// switch two halls share a host name, so the port counts there.
    pub(crate) fn is_ours(&self, id: &str) -> bool {
        let settings = self.hall().settings();
        if settings.insecure {
            return Url::parse(id).ok().and_then(|url| domain::handle::of_url(&url)).is_some_and(|host| settings.is_here(&host));
        }
        let here = settings.base_url.host_str().unwrap_or_default();
        activitypub::model::is_on_host(id, here)
    }

    /// Whether nothing is exchanged with a host: it is blocked, or none of those we speak with. Remembered for a few seconds.
    pub(crate) async fn is_blocked(&self, host: &str) -> app::Result<bool> {
        self.client().is_blocked(host).await
    }
}

/// The canonical host of an id on the network.
pub(crate) fn host_of(id: &str) -> Option<String> {
    domain::handle::of_url(&activitypub::model::http_url(id)?)
}

/// Letters and digits that tell one text from another.
pub(crate) fn short_digest(bytes: &[u8]) -> String {
    let digest = activitypub::digest::sha256_header(bytes);
    digest.trim_start_matches("SHA-256=").chars().filter(char::is_ascii_alphanumeric).take(22).collect()
}
