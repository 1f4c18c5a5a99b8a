//! From verified activities to use cases: who asks for what. What is allowed, the use cases decide.

mod addressing;
pub(crate) mod announce;
mod answer;
mod attachment;
mod content;
mod create;
mod delete;
mod event;
pub mod import;
mod join;
mod order;
mod other;
pub mod poll;
mod quote;
mod react;
mod unannounced;
mod undo;
mod update;

use crate::Federation;
use crate::inbox::{Verified, VerifiedActor};
use crate::refusals;
use crate::resolve::ResolveError;
use crate::understood::{self, Verb};
use activitypub::model::{Activity, ActivityKind, ModelError};
use app::ErrorKind;
use app::federated::inbox;

/// Why an activity was not taken.
#[derive(Debug)]
pub enum Failure {
    /// For a reason that will not change.
    Dropped(&'static str),
    /// It may be taken later.
    Later(String),
    /// It may be taken soon, and after a few tries is refused under this code.
    Patient(&'static str),
}

impl Failure {
    /// Refused, under a code of the list.
    pub fn dropped(code: &str) -> Self {
        Self::Dropped(refusals::listed(code))
    }

    /// Refused under a code of the list, but not before a few tries.
    pub fn patient(code: &str) -> Self {
        Self::Patient(refusals::listed(code))
    }
}

impl From<app::Error> for Failure {
    fn from(error: app::Error) -> Self {
        match error.kind {
            ErrorKind::NotFound | ErrorKind::Denied | ErrorKind::Invalid | ErrorKind::Conflict => Self::dropped(error.code),
            ErrorKind::Limited | ErrorKind::Unavailable | ErrorKind::Internal => Self::Later(error.code.to_owned()),
        }
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::dropped(error.code())
    }
}

impl From<ResolveError> for Failure {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Fetch(fetch) if fetch.is_temporary() => Self::Later(fetch.to_string()),
            ResolveError::Fetch(fetch) => {
                tracing::debug!(error = %fetch, "what an activity names was not fetched");
                Self::dropped("not_fetched")
            }
            ResolveError::Refused(code) => Self::dropped(code),
            ResolveError::App(error) => error.into(),
        }
    }
}

/// What was done, for the record, or why nothing was.
pub type Done = Result<&'static str, Failure>;

/// Translates one activity by its verified actor, as the list of what is understood says.
pub async fn act(federation: &Federation, actor: &VerifiedActor, activity: &Verified<Activity>) -> Done {
    let activity = activity.get();
    let known = understood::find(&activity.kind).ok_or(Failure::dropped("kind_not_supported"))?;
    if inbox::undone(federation.hall(), &activity.id, &actor.wire.uri).await? {
        return Err(Failure::dropped("undone_before_it_came"));
    }
    if let Some(done) = unannounced::take(federation, actor, activity, known.verb).await? {
        return Ok(done);
    }
    match known.verb {
        Verb::Create => create::create(federation, actor, activity).await,
        Verb::Update => update::update(federation, actor, activity, None).await,
        Verb::Delete => delete::delete(federation, actor, activity).await,
        Verb::Undo => undo::undo(federation, actor, activity, None).await,
        Verb::Join => join::join(federation, actor, activity).await,
        Verb::Leave => join::leave(federation, actor, activity).await,
        Verb::Answer(accepted) => answer::answer(federation, actor, activity, accepted).await,
        Verb::Announce => announce::announce(federation, actor, activity).await,
        Verb::React => react::react(federation, actor, activity, true).await,
        Verb::Block => order::block(federation, actor, activity, None, false).await,
        Verb::Report => other::report(federation, actor, activity).await,
        Verb::Collect(add) => order::collect(federation, actor, activity, None, add).await,
        Verb::Move => other::moved(federation, actor, activity).await,
        Verb::Lock => order::lock(federation, actor, activity, None, false).await,
        Verb::Quote => quote::quote(federation, actor, activity).await,
        Verb::Vote => poll::voted(federation, actor, activity, true).await,
        Verb::Keep => other::keep(federation, actor, activity).await,
    }
}

/// Whether an actor says that it is gone: then it is not fetched again.
pub fn is_deletion_of_self(activity: &Activity) -> bool {
    activity.kind == ActivityKind::Delete && activity.object_id() == Some(activity.actor.as_str())
}

/// Forgets an actor that says it is gone.
pub async fn actor_gone(federation: &Federation, activity: &Verified<Activity>) -> Done {
    app::federated::actors::delete_actor(federation.hall(), &activity.get().actor).await?;
    Ok("actor deleted")
}
