//! A hall that is served on loopback and works off its queues: two of them talk real HTTP.

use crate::db::Db;
use crate::http::Client;
use crate::world::{Person, World};
use app::Registrations;
use domain::peers::Peers;
use server::{Assembled, Config};
use std::ops::Deref;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// A served hall. Ends when it is dropped.
#[derive(Debug)]
pub struct Hall {
    /// Its people, communities and posts.
    pub world: World,
    /// As the binary puts it together.
    pub assembled: Assembled,
    /// Where it is reached, without a slash at the end.
    pub base: String,
    /// Its canonical host, with the port.
    pub host: String,
    config: Config,
    tracker: TaskTracker,
    stop: CancellationToken,
    _ends: DropGuard,
    _folder: TempDir,
}

impl Deref for Hall {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl Hall {
    /// Serves and works.
    pub async fn start(organisation: &str) -> Self {
        Self::over(Db::new().await, organisation).await
    }

    /// Serves and works over this database.
    pub async fn over(db: Db, organisation: &str) -> Self {
        Self::serving(db, organisation).await.working()
    }

    /// Serves, and leaves what is queued.
    pub async fn without_work(organisation: &str) -> Self {
        Self::serving(Db::new().await, organisation).await
    }

    fn working(self) -> Self {
        let (assembled, stop) = (self.assembled.clone(), self.stop.clone());
        self.tracker.spawn(async move { assembled.work(stop).await });
        self
    }

    /// Serves and works with another configuration than usual.
    pub async fn with(organisation: &str, change: impl FnOnce(&mut Config)) -> Self {
        Self::configured(Db::new().await, organisation, change).await.working()
    }

    async fn serving(db: Db, organisation: &str) -> Self {
        Self::configured(db, organisation, |_| {}).await
    }

    async fn configured(db: Db, organisation: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let base = format!("http://{address}");
        let mut config = Config {
            base_url: base.parse().unwrap(),
            listen: address,
            database_url: db.url().to_owned(),
            data_dir: folder.path().to_owned(),
            organisation: organisation.to_owned(),
            registrations: Registrations::Open,
            federation: Peers::Everybody,
            federation_insecure: true,
            rate_limits: false,
            handle_domain: address.to_string(),
            secret_file: folder.path().join("secret"),
            trusted_proxies: Vec::new(),
        };
        change(&mut config);
        let assembled = server::assemble(&config).await.unwrap();
        let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
        let (router, ended) = (assembled.router(), stop.clone());
        tracker.spawn(async move { server::serve::on(listener, router, ended).await });
        let world = World::around(assembled.hall.clone(), assembled.store.clone(), db);
        Self {
            world,
            assembled,
            base,
            host: address.to_string(),
            config,
            tracker,
            _ends: stop.clone().drop_guard(),
            stop,
            _folder: folder,
        }
    }

    /// One more process that works on the same database, as `guildhall work` does.
    pub async fn work_beside(&self) -> Assembled {
        let beside = server::assemble(&self.config).await.unwrap();
        let (assembled, stop) = (beside.clone(), self.stop.clone());
        self.tracker.spawn(async move { assembled.work(stop).await });
        beside
    }

    /// A stranger.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base)
    }

    /// Somebody with an access token for everything.
    pub fn as_person(&self, person: &Person) -> Client {
        self.anonymous().bearer(&person.token)
    }

    /// Somebody with a token of these scopes only.
    pub async fn with_scopes(&self, person: &Person, scopes: &str) -> Client {
        self.anonymous().bearer(&self.world.token(&person.handle, scopes).await)
    }

    /// Somebody in a browser, signed in.
    pub async fn in_browser(&self, person: &Person) -> Client {
        let cookie = store::sealed::new_token(self.store.random());
        let (value, account) = (cookie.clone(), person.account);
        self.store
            .write(move |tx| {
                Box::pin(async move {
                    let end = tx.now().plus(domain::time::DAY);
                    store::sessions::create(tx, account, &value, "test", end).await
                })
            })
            .await
            .unwrap();
        self.anonymous().with("cookie", &format!("guildhall={cookie}")).with("origin", &self.base)
    }

    /// A name as others write it.
    pub fn handle(&self, name: &str) -> String {
        format!("@{name}@{}", self.host)
    }
}
