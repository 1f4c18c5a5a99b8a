//! The hall: what every use case works with.

use crate::ports::{NoRemote, Remote};
use domain::peers::Peers;
use std::sync::{Arc, OnceLock};
use store::Store;
use url::Url;

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registrations {
    /// Everybody.
    Open,
    /// Everybody; an admin lets them in.
    Approval,
    /// By invitation only.
    Invite,
    /// Nobody; the command line makes accounts.
    Closed,
}

impl Registrations {
    /// Reads the configuration's word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Open),
            "approval" => Some(Self::Approval),
            "invite" => Some(Self::Invite),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }
}

/// What the use cases must know of the configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the hall is reached, without a trailing slash in [`Settings::base`].
    pub base_url: Url,
    /// The part of handles after the second `@`, in canonical form.
    pub handle_domain: String,
    /// The organisation's name.
    pub organisation: String,
    /// Who may make an account.
    pub registrations: Registrations,
    /// With whom it federates.
    pub peers: Peers,
    /// Development and tests only: http and loopback peers.
    pub insecure: bool,
}

impl Settings {
    /// The base URL without a trailing slash.
    pub fn base(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }

    /// The canonical host (with port) of the base URL.
    pub fn host(&self) -> String {
        domain::handle::of_url(&self.base_url).unwrap_or_default()
    }

    /// Whether a host means this hall.
    pub fn is_here(&self, host: &str) -> bool {
        host == self.handle_domain || host == self.host()
    }

    /// An actor's address on the network: by id, never by handle, so that renaming works.
    pub fn actor_uri(&self, id: domain::id::ActorId) -> String {
        format!("{}/a/{id}", self.base())
    }

    /// A post's address on the network.
    pub fn post_uri(&self, id: domain::id::PostId) -> String {
        format!("{}/p/{id}", self.base())
    }

    /// An actor's page.
    pub fn actor_url(&self, handle: &str) -> String {
        format!("{}/@{handle}", self.base())
    }

    /// A post's page; Mastodon apps recognise this form.
    pub fn post_url(&self, handle: &str, id: domain::id::PostId) -> String {
        format!("{}/@{handle}/{id}", self.base())
    }
}

/// What every use case works with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hall(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    settings: Settings,
    remote: OnceLock<Arc<dyn Remote>>,
}

impl Hall {
    /// A hall over this store. Other instances are out of reach until [`Hall::connect`].
    pub fn new(store: Store, settings: Settings) -> Self {
        Self(Arc::new(Inner { store, settings, remote: OnceLock::new() }))
    }

    /// Hands in the way to other instances, once.
    pub fn connect(&self, remote: Arc<dyn Remote>) {
        // A second call would be a wiring mistake; the first stays.
        let _ = self.0.remote.set(remote);
    }

    /// The hall's settings.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn remote(&self) -> Arc<dyn Remote> {
        self.0.remote.get().cloned().unwrap_or_else(|| Arc::new(NoRemote))
    }
}
