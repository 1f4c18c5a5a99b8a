//! Hot rows, kept for seconds and dropped by the write path. Rows only, never proofs:
//! every use is checked by a scoped query first.

use crate::figures;
use crate::views::{ActorView, PostRecord};
use domain::id::{ActorId, CommunityId, PostId};
use moka::sync::Cache;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// How long another process's write may stay unseen in a cached row.
const LIFE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Caches {
    pub actors: Cache<ActorId, Arc<ActorView>>,
    pub posts: Cache<PostId, Arc<PostRecord>>,
    /// The group actor of a community; never changes.
    pub groups: Cache<CommunityId, ActorId>,
    pub figures: Mutex<figures::Known>,
}

impl Caches {
    pub fn new() -> Self {
        Self {
            actors: Cache::builder().max_capacity(20_000).time_to_live(LIFE).build(),
            posts: Cache::builder().max_capacity(20_000).time_to_live(LIFE).build(),
            groups: Cache::builder().max_capacity(10_000).build(),
            figures: Mutex::default(),
        }
    }

    /// Drops what a committed transaction changed.
    pub fn forget(&self, touched: &Touched) {
        for id in &touched.actors {
            self.actors.invalidate(id);
        }
        for id in &touched.posts {
            self.posts.invalidate(id);
        }
    }
}

/// What a transaction changed or queued: acted on after its commit, never before.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub actors: Vec<ActorId>,
    pub posts: Vec<PostId>,
    pub effects: bool,
    pub inbox: bool,
    pub deliveries: bool,
}

/// Wakes this process's workers after a commit; those of other processes look by themselves, and hear [`crate::bell`].
#[derive(Debug, Default)]
pub(crate) struct Wake {
    pub effects: Notify,
    pub wire: Notify,
    pub inbox: Notify,
    pub deliveries: Notify,
}

impl Wake {
    pub fn call(&self, touched: &Touched) {
        if touched.effects {
            self.effects.notify_one();
            self.wire.notify_one();
        }
        if touched.inbox {
            self.inbox.notify_one();
        }
        if touched.deliveries {
            self.deliveries.notify_one();
        }
    }
}
