//! Who asks, and with which clearance.

use crate::id::{AccountId, ActorId};
use crate::scopes::Scopes;

/// Who a requester is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody known: a stranger, or an application without a person.
    Anonymous,
    /// A person with an account here.
    Local {
        /// The login.
        account: AccountId,
        /// The person.
        actor: ActorId,
        /// Administers the instance. Opens no community by itself.
        admin: bool,
    },
    /// A person or group of another instance, by verified signature.
    Remote {
        /// The remote actor.
        actor: ActorId,
        /// Its instance, in canonical form.
        host: String,
    },
    /// Another instance itself, by its instance actor's signature.
    Instance {
        /// Its canonical host.
        host: String,
    },
}

/// Who asks: every public function of the use cases demands one.
///
/// Made only from a token, a session, a verified signature, or for a job on
/// somebody's behalf; there is no requester that may see everything.
///
/// ```
/// use domain::requester::{Principal, Requester};
/// use domain::scopes::Scopes;
/// let anyone = Requester::anonymous();
/// assert_eq!((anyone.principal(), anyone.scopes()), (&Principal::Anonymous, &Scopes::default()));
/// ```
/// Nobody writes one down:
/// ```compile_fail,E0451
/// use domain::requester::{Principal, Requester};
/// use domain::scopes::Scopes;
/// let anyone = Requester { principal: Principal::Anonymous, scopes: Scopes::default(), epoch: 0, job: None };
/// ```
/// and nobody changes one:
/// ```compile_fail,E0616
/// use domain::requester::{Principal, Requester};
/// let mut anyone = Requester::anonymous();
/// anyone.principal = Principal::Instance { host: "p.test".into() };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requester {
    principal: Principal,
    scopes: Scopes,
    epoch: i64,
    job: Option<&'static str>,
}

impl Requester {
    /// A stranger.
    pub fn anonymous() -> Self {
        Self { principal: Principal::Anonymous, scopes: Scopes::default(), epoch: 0, job: None }
    }

    /// Somebody whose credential has been checked. Only `store::requesters` calls this
    /// (clippy's `disallowed-methods` closes it for everybody else).
    pub fn proven(principal: Principal, scopes: Scopes, epoch: i64) -> Self {
        Self { principal, scopes, epoch, job: None }
    }

    /// The same person, asked for by a background job of this purpose. Only `store::requesters` calls this.
    pub fn for_job(purpose: &'static str, on_behalf_of: Principal) -> Self {
        Self { principal: on_behalf_of, scopes: Scopes::all(), epoch: 0, job: Some(purpose) }
    }

    /// Who it is.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What the credential grants.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// The account's epoch when the credential was checked.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The purpose, if a job asks.
    pub fn job(&self) -> Option<&'static str> {
        self.job
    }

    /// The acting person, local or remote.
    pub fn actor(&self) -> Option<ActorId> {
        match &self.principal {
            Principal::Local { actor, .. } | Principal::Remote { actor, .. } => Some(*actor),
            Principal::Anonymous | Principal::Instance { .. } => None,
        }
    }

    /// The local login.
    pub fn account(&self) -> Option<AccountId> {
        match &self.principal {
            Principal::Local { account, .. } => Some(*account),
            _ => None,
        }
    }

    /// Somebody with an account in this hall.
    pub fn is_local(&self) -> bool {
        matches!(self.principal, Principal::Local { .. })
    }

    /// Administers the instance, by a session: no token grants that.
    pub fn administers(&self) -> bool {
        matches!(self.principal, Principal::Local { admin: true, .. })
    }

    /// The instance that a remote requester comes from.
    pub fn host(&self) -> Option<&str> {
        match &self.principal {
            Principal::Remote { host, .. } | Principal::Instance { host } => Some(host),
            _ => None,
        }
    }

    /// A number that two different requesters practically never share: proofs of
    /// visibility are bound to it.
    pub fn seal(&self) -> (i64, i64) {
        let who = match &self.principal {
            Principal::Anonymous => 0,
            Principal::Local { actor, .. } | Principal::Remote { actor, .. } => actor.0,
            Principal::Instance { host } => {
                -host.bytes().fold(7, |sum: i64, b| sum.wrapping_mul(31).wrapping_add(i64::from(b))).abs()
            }
        };
        (who, self.epoch)
    }
}
