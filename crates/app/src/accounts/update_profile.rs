//! What people say about themselves, and what their new posts start with.

use super::is_language;
use crate::effects::{self, Wire};
use crate::{Error, Hall, Requester, Result, Settings};
use domain::audience::Visibility;
use domain::handle::Handle;
use domain::id::ActorId;
use domain::text::{Links, render_markdown};
use store::Tx;
use store::accounts::{self, Preferences, ProfileChange};

/// Longest shown name, in characters.
pub const NAME_MAX: usize = 60;
/// Longest text about oneself, in characters.
pub const NOTE_MAX: usize = 2_000;

/// What to change; `None` leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Shown name.
    pub name: Option<String>,
    /// About themselves, in Markdown or plain text.
    pub note: Option<String>,
    /// Followers must ask.
    pub locked: Option<bool>,
    /// May be suggested and found.
    pub discoverable: Option<bool>,
    /// Language of new posts; an empty text forgets it.
    pub language: Option<String>,
    /// Visibility of new posts.
    pub visibility: Option<Visibility>,
    /// Whether new media are marked as sensitive.
    pub sensitive: Option<bool>,
}

/// Changes the requester's own profile and preferences.
pub async fn update_profile(hall: &Hall, requester: &Requester, change: Change) -> Result<()> {
    let (Some(account), Some(actor)) = (requester.account(), requester.actor()) else { return Err(Error::not_found()) };
    check(&change)?;
    let links = OwnPages(hall.settings());
    let profile = ProfileChange {
        name: change.name.as_deref().map(one_line),
        summary: change.note.as_deref().map(|note| render_markdown(note, &links)),
        locked: change.locked,
        discoverable: change.discoverable,
    };
    hall.store()
        .write(move |tx| {
            Box::pin(async move {
                change_person(tx, actor, &profile).await?;
                if let Some(note) = &change.note {
                    accounts::set_note(tx, account, note).await?;
                }
                let now = accounts::by_id(tx, account).await?.ok_or_else(Error::not_found)?.preferences;
                let language = match change.language {
                    Some(language) => (!language.is_empty()).then_some(language),
                    None => now.language,
                };
                let visibility = change.visibility.unwrap_or(now.visibility);
                let sensitive = change.sensitive.unwrap_or(now.sensitive);
                Ok(accounts::set_preferences(tx, account, &Preferences { language, visibility, sensitive }).await?)
            })
        })
        .await
}

/// The person's own row, and the news of it for those who know the person elsewhere.
async fn change_person(tx: &Tx, actor: ActorId, profile: &ProfileChange) -> Result<()> {
    let silent =
        profile.name.is_none() && profile.summary.is_none() && profile.locked.is_none() && profile.discoverable.is_none();
    if silent || !accounts::set_profile(tx, actor, profile).await? {
        return Ok(());
    }
    effects::outside(tx, &Wire::ProfileChanged { actor, at: tx.now().0 }).await
}

fn check(change: &Change) -> Result<()> {
    let longer = |text: &Option<String>, most: usize| text.as_ref().is_some_and(|text| text.chars().count() > most);
    if longer(&change.name, NAME_MAX) {
        return Err(Error::invalid("name_too_long", format!("A name has at most {NAME_MAX} characters.")));
    }
    if longer(&change.note, NOTE_MAX) {
        return Err(Error::invalid("note_too_long", format!("This text has at most {NOTE_MAX} characters.")));
    }
    if change.visibility == Some(Visibility::Direct) {
        return Err(Error::invalid("bad_visibility", "New posts can start as public, unlisted or private."));
    }
    if change.language.as_deref().is_some_and(|language| !language.is_empty() && !is_language(language)) {
        return Err(Error::invalid("bad_language", "This is not a language code."));
    }
    Ok(())
}

/// Line ends and control characters have no place in a name.
fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// Mentions of people of this hall lead to their page; others stay text, since nobody is looked up for a profile.
struct OwnPages<'a>(&'a Settings);

impl Links for OwnPages<'_> {
    fn mention(&self, handle: &Handle) -> Option<String> {
        let here = handle.host.as_deref().is_none_or(|host| self.0.is_here(host));
        here.then(|| self.0.actor_url(&handle.name))
    }

    fn hashtag(&self, tag: &str) -> String {
        format!("{}/tags/{tag}", self.0.base())
    }
}
