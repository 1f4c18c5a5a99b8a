//! The registry: every route, job and stream declares here what it is, in one shape. A surface
//! can only mount what it has declared, and the barrier and scope tests are generated from it.

/// Which surface a route belongs to; decides how credentials are read and errors are shaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Surface {
    /// Mastodon client API.
    Mastodon,
    /// Guildhall's own API.
    Api,
    /// Pages and forms.
    Web,
    /// ActivityPub and discovery.
    Federation,
    /// OAuth endpoints.
    OAuth,
    /// Health.
    Operations,
}

/// What a credential must grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// No credential needed; one that is sent must still be valid.
    Public,
    /// A signed-in person (page) or any valid token of a person.
    SignedIn,
    /// A person's token with this scope (`read:statuses`).
    Token(&'static str),
    /// A valid token, also an application's own.
    App,
    /// Optional: better answers with this scope, public ones without a credential.
    Optional(&'static str),
    /// An HTTP signature, where the object is not public.
    Signature,
}

/// Who can see what the route answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudienceClass {
    /// Nothing of anybody: static or about the instance itself.
    Nothing,
    /// Only the requester's own things.
    Own,
    /// A door: name, purpose, how to join.
    Door,
    /// A room: posts, members, events, and everything that hangs on them.
    Room,
}

/// How an answer may be cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cacheability {
    /// The same for everybody, for so many seconds.
    Public(u32),
    /// For this requester alone: `private, no-store`.
    Private,
}

/// How a state-changing request is kept from being forged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Csrf {
    /// Reads nothing from cookies, or changes nothing.
    NotNeeded,
    /// Cookie-authenticated and changing: same origin is checked.
    SameOrigin,
}

/// Which budget a route draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Passwords and codes.
    SignIn,
    /// Making accounts and applications.
    Register,
    /// What makes the server ask other servers.
    Outbound,
    /// Other servers.
    Federation,
    /// Health checks.
    Free,
}

/// One route as declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// With `{name}` parameters.
    pub path: &'static str,
    /// Which surface.
    pub surface: Surface,
    /// What a credential must grant.
    pub scope: Scope,
    /// Who can see the answer.
    pub audience: AudienceClass,
    /// How it may be cached.
    pub cache: Cacheability,
    /// Against forged requests.
    pub csrf: Csrf,
    /// Which budget.
    pub rate: RateClass,
}

impl Route {
    /// A route that reads.
    pub const fn get(surface: Surface, path: &'static str, scope: Scope, audience: AudienceClass) -> Self {
        Self {
            method: "GET",
            path,
            surface,
            scope,
            audience,
            cache: Cacheability::Private,
            csrf: Csrf::NotNeeded,
            rate: RateClass::Read,
        }
    }

    /// A route that changes something; pages check the origin.
    pub const fn change(
        method: &'static str,
        surface: Surface,
        path: &'static str,
        scope: Scope,
        audience: AudienceClass,
    ) -> Self {
        let csrf = match surface {
            Surface::Web | Surface::OAuth => Csrf::SameOrigin,
            _ => Csrf::NotNeeded,
        };
        Self { method, path, surface, scope, audience, cache: Cacheability::Private, csrf, rate: RateClass::Write }
    }

    /// The same, with another budget.
    #[must_use]
    pub const fn rate(mut self, rate: RateClass) -> Self {
        self.rate = rate;
        self
    }

    /// The same, cacheable by everybody for so many seconds.
    #[must_use]
    pub const fn public_for(mut self, seconds: u32) -> Self {
        self.cache = Cacheability::Public(seconds);
        self
    }

    /// The same, without the origin check (its credential is not a cookie).
    #[must_use]
    pub const fn no_csrf(mut self) -> Self {
        self.csrf = Csrf::NotNeeded;
        self
    }
}

/// A background job as declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobDeclaration {
    /// Its name in logs.
    pub name: &'static str,
    /// On whose behalf it reads.
    pub on_behalf_of: &'static str,
    /// What it can carry.
    pub audience: AudienceClass,
}

/// Consequences inside the hall.
pub const HALL_EFFECTS: JobDeclaration =
    JobDeclaration { name: "hall effects", on_behalf_of: "each reader's own scope at read time", audience: AudienceClass::Own };
/// Consequences written out as activities for other instances.
pub const WIRE_EFFECTS: JobDeclaration =
    JobDeclaration { name: "wire effects", on_behalf_of: "the post's author or its community", audience: AudienceClass::Room };
/// Polls that have ended, or whose count is to be told.
pub const POLLS: JobDeclaration = JobDeclaration {
    name: "polls",
    on_behalf_of: "the poll's author; who is told of its end reads in their own scope",
    audience: AudienceClass::Room,
};
/// Activities sent.
pub const DELIVERIES: JobDeclaration = JobDeclaration {
    name: "deliveries",
    on_behalf_of: "checked again at send time against members and agreements",
    audience: AudienceClass::Room,
};
/// Activities received.
pub const INBOX: JobDeclaration =
    JobDeclaration { name: "inbox", on_behalf_of: "the verified remote actor", audience: AudienceClass::Room };
/// What other instances keep, read up in the background.
pub const FETCHES: JobDeclaration = JobDeclaration {
    name: "fetches",
    on_behalf_of: "the instance, for what everybody may read; a partner community's older posts as the member who joined",
    audience: AudienceClass::Room,
};

/// All background jobs. Whatever else runs in the background is not started: see [`crate::jobs::Job`].
pub const JOBS: &[JobDeclaration] = &[HALL_EFFECTS, POLLS, WIRE_EFFECTS, DELIVERIES, INBOX, FETCHES];
