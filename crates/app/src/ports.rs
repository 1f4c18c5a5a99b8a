//! Ports to the outside: what the use cases need of the world beyond the database.

use crate::Result;
use domain::handle::Handle;
use domain::id::{ActorId, PostId};
use domain::requester::Requester;
use futures_util::future::BoxFuture;
use std::fmt::Debug;

/// What a remote address turned out to be, after it was stored here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A person, community or other actor.
    Actor(ActorId),
    /// A post.
    Post(PostId),
}

/// Finding things on other instances. Implemented by `federation`; what is found is stored
/// before it is returned, and seen only as far as policy lets the requester see it.
pub trait Remote: Send + Sync + Debug {
    /// Finds an actor by handle (with a host). `None`: there is no such thing, or not for this requester.
    fn find<'a>(&'a self, requester: &'a Requester, handle: &'a Handle) -> BoxFuture<'a, Result<Option<ActorId>>>;

    /// Finds whatever is at this http(s) address.
    fn fetch<'a>(&'a self, requester: &'a Requester, url: &'a str) -> BoxFuture<'a, Result<Option<Found>>>;
}

/// No federation: nothing is ever found outside.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRemote;

impl Remote for NoRemote {
    fn find<'a>(&'a self, _: &'a Requester, _: &'a Handle) -> BoxFuture<'a, Result<Option<ActorId>>> {
        Box::pin(async { Ok(None) })
    }

    fn fetch<'a>(&'a self, _: &'a Requester, _: &'a str) -> BoxFuture<'a, Result<Option<Found>>> {
        Box::pin(async { Ok(None) })
    }
}
