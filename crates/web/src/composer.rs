//! The composer: what somebody has written so far, where it can go, and what is wrong with it.

use crate::answer::Fail;
use crate::show::community::CommunityCard;
use crate::way;
use crate::wrong::Problems;
use app::communities::{self, Directory};
use app::{Error, ErrorKind, Hall, Requester};
use auth::Params;
use domain::audience::Visibility;
use domain::draft::{Draft, ResourceLink};
use domain::id::{CommunityId, PostId};
use domain::page::Page;
use domain::poll::PollDraft;
use domain::time::{Random, SECOND, SystemRandom};

/// A community that the writer can write in.
#[derive(Debug)]
pub struct Target {
    /// Decimal.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who reads there, in words.
    pub readers: String,
    /// Chosen.
    pub chosen: bool,
}

/// A choice of a list.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// As sent.
    pub value: &'static str,
    /// As shown.
    pub words: &'static str,
    /// Chosen.
    pub chosen: bool,
}

/// Languages offered; others can be set by apps.
const LANGUAGES: &[(&str, &str)] = &[
    ("", "Not stated"),
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
    ("pt", "Português"),
    ("pl", "Polski"),
    ("sv", "Svenska"),
    ("uk", "Українська"),
    ("ja", "日本語"),
    ("zh", "中文"),
];

/// Visibilities of things that are in no community.
const VISIBILITIES: &[(&str, &str)] = &[
    ("", "As usual for the place I choose"),
    ("public", "Public: everybody on the web"),
    ("unlisted", "Public, but not in public lists"),
    ("private", "My followers"),
    ("direct", "Only people I mention"),
];

/// What a poll starts with.
const WEEK: &str = "604800";

/// How long polls are open, in seconds; other times can be set by apps.
const POLL_TIMES: &[(&str, &str)] = &[
    ("3600", "1 hour"),
    ("21600", "6 hours"),
    ("86400", "1 day"),
    ("259200", "3 days"),
    (WEEK, "1 week"),
    ("1209600", "2 weeks"),
    ("2592000", "30 days"),
];

/// What somebody has written so far.
#[derive(Debug, Default)]
pub struct Composer {
    /// The text.
    pub text: String,
    /// A title.
    pub title: String,
    /// A link to share.
    pub url: String,
    /// What the link is called.
    pub link_title: String,
    /// A content warning.
    pub spoiler: String,
    /// Choices of a poll, one on each line.
    pub poll_choices: String,
    /// How long it is open, in seconds.
    pub poll_open_for: String,
    /// Several may be chosen.
    pub poll_multiple: bool,
    /// The result is shown at the end.
    pub poll_hidden: bool,
    /// Asked visibility, empty for the usual one.
    pub visibility: String,
    /// Language.
    pub language: String,
    /// Communities to choose from; empty where the place is fixed.
    pub targets: Vec<Target>,
    /// The one place, on a community's own page.
    pub fixed: Option<Target>,
    /// What it answers.
    pub reply_to: Option<String>,
    /// Who will read a reply.
    pub sentence: String,
    /// What the field is called.
    pub prompt: String,
    /// Names this attempt, so that sending twice posts once.
    pub key: String,
    /// Where to go afterwards.
    pub return_to: String,
    /// What is wrong.
    pub problems: Problems,
}

impl Composer {
    /// An empty composer that offers all communities the writer is in.
    pub async fn anywhere(hall: &Hall, requester: &Requester) -> Result<Self, Fail> {
        Ok(Self { targets: targets(hall, requester, "").await?, ..Self::empty("What would you like to share or ask?") })
    }

    /// An empty composer for one community.
    pub fn within(card: &CommunityCard) -> Self {
        Self {
            fixed: Some(target(card, true)),
            return_to: card.face.href.clone(),
            ..Self::empty("Share or ask something in here")
        }
    }

    /// An empty composer for a reply.
    pub fn reply(to: &str, sentence: String, return_to: &str) -> Self {
        let (reply_to, return_to) = (Some(to.to_owned()), return_to.to_owned());
        Self { reply_to, sentence, return_to, ..Self::empty("Your reply") }
    }

    fn empty(prompt: &str) -> Self {
        Self { prompt: prompt.to_owned(), key: fresh_key(), ..Self::default() }
    }

    /// What the form brought, to be shown again.
    pub async fn again(hall: &Hall, requester: &Requester, params: &Params, problems: Problems) -> Result<Self, Fail> {
        let text = |name| params.text(name).unwrap_or_default().to_owned();
        let key = params.filled("key").map_or_else(fresh_key, |key| key.chars().take(64).collect());
        let chosen = text("community");
        let reply_to = params.filled("in_reply_to").map(str::to_owned);
        let mut targets = if reply_to.is_some() { Vec::new() } else { targets(hall, requester, &chosen).await? };
        let fixed = params.flag("fixed").unwrap_or(false).then(|| take_chosen(&mut targets)).flatten();
        // What has no field in this form is told above it.
        let shown = |field: &str| match field {
            "visibility" => reply_to.is_none(),
            "community" => reply_to.is_none() && fixed.is_none(),
            _ => true,
        };
        let problems = problems.at_fields(shown);
        let empty = Self::empty(if reply_to.is_some() { "Your reply" } else { "What would you like to share or ask?" });
        Ok(Self {
            text: text("text"),
            title: text("title"),
            url: text("url"),
            link_title: text("link_title"),
            poll_choices: text("poll_choices"),
            poll_open_for: text("poll_open_for"),
            poll_multiple: params.flag("poll_multiple").unwrap_or(false),
            poll_hidden: params.flag("poll_hidden").unwrap_or(false),
            spoiler: text("spoiler"),
            visibility: text("visibility"),
            language: text("language"),
            targets,
            fixed,
            reply_to,
            key,
            return_to: way::back(params, ""),
            problems,
            ..empty
        })
    }

    /// Visibilities to choose from.
    pub fn visibilities(&self) -> Vec<Choice> {
        choices(VISIBILITIES, &self.visibility)
    }

    /// Languages to choose from.
    pub fn languages(&self) -> Vec<Choice> {
        choices(LANGUAGES, &self.language)
    }

    /// More than the text is filled in, so the rest of the form is shown open.
    pub fn link_open(&self) -> bool {
        !self.url.is_empty() || !self.link_title.is_empty() || self.problems.at("url").is_some()
    }

    /// How long a poll may be open.
    pub fn poll_times(&self) -> Vec<Choice> {
        let chosen = if self.poll_open_for.is_empty() { WEEK } else { &self.poll_open_for };
        choices(POLL_TIMES, chosen)
    }

    /// A poll is filled in or wrong.
    pub fn poll_open(&self) -> bool {
        let wrong = ["poll_choices", "poll_open_for"].iter().any(|field| self.problems.at(field).is_some());
        wrong || !self.poll_choices.trim().is_empty()
    }

    /// One of the lesser fields is filled in or wrong.
    pub fn more_open(&self) -> bool {
        let visibility = self.reply_to.is_none() && !self.visibility.is_empty();
        let wrong = ["title", "spoiler", "visibility", "language"].iter().any(|field| self.problems.at(field).is_some());
        wrong || visibility || !(self.title.is_empty() && self.spoiler.is_empty() && self.language.is_empty())
    }
}

fn choices(list: &'static [(&'static str, &'static str)], chosen: &str) -> Vec<Choice> {
    list.iter().map(|(value, words)| Choice { value, words, chosen: *value == chosen }).collect()
}

fn take_chosen(targets: &mut Vec<Target>) -> Option<Target> {
    let chosen = targets.iter().position(|target| target.chosen).map(|at| targets.swap_remove(at));
    if chosen.is_some() {
        targets.clear();
    }
    chosen
}

/// Where the writer can write, and what they chose, whatever that is: what was meant for a community never becomes
/// something for everybody because the community is not in the list.
async fn targets(hall: &Hall, requester: &Requester, chosen: &str) -> Result<Vec<Target>, Fail> {
    let mine = communities::directory(hall, requester, Directory::Mine, &Page::newest(80)).await?;
    let cards = CommunityCard::all(requester, &mine, &hall.settings().organisation)?;
    let mut targets: Vec<Target> =
        cards.iter().filter(|card| card.writes).map(|card| target(card, card.id.to_string() == chosen)).collect();
    if !chosen.is_empty() && !targets.iter().any(|target| target.chosen) {
        targets.push(one(hall, requester, chosen).await?);
    }
    Ok(targets)
}

async fn one(hall: &Hall, requester: &Requester, chosen: &str) -> Result<Target, Fail> {
    let found = match chosen.parse::<CommunityId>() {
        Ok(id) => communities::show(hall, requester, id).await,
        Err(_) => Err(Error::not_found()),
    };
    match found {
        Ok(found) => Ok(target(&CommunityCard::of(requester, &found, &hall.settings().organisation)?, true)),
        Err(error) if error.kind == ErrorKind::NotFound => {
            let (id, name) = (chosen.chars().take(32).collect(), "What you chose".to_owned());
            Ok(Target { id, name, readers: "not open to you, or not there any more".to_owned(), chosen: true })
        }
        Err(error) => Err(error.into()),
    }
}

fn target(card: &CommunityCard, chosen: bool) -> Target {
    let readers = format!("{} – {}", card.zone.name, card.zone.words);
    Target { id: card.id.to_string(), name: card.face.name.clone(), readers, chosen }
}

/// A name for one attempt to post.
fn fresh_key() -> String {
    let mut bytes = [0_u8; 16];
    SystemRandom.fill(&mut bytes);
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// The form as a draft. `usual` is the visibility that the writer's posts start with outside communities. What is there
/// and cannot be read is an error: guessed, it could be read by more people than was meant.
pub fn draft(params: &Params, usual: Visibility) -> Result<Draft, Error> {
    let unreadable = |code, what: &str| Error::invalid(code, format!("{what} is none that there is. Choose again."));
    let community = match params.filled("community") {
        Some(id) => Some(id.parse::<CommunityId>().map_err(|_| unreadable("bad_community", "This community"))?),
        None => None,
    };
    let asked = match params.filled("visibility") {
        Some(word) => Some(Visibility::parse(word).ok_or_else(|| unreadable("bad_visibility", "This choice of readers"))?),
        None => None,
    };
    let answered = match params.filled("in_reply_to") {
        Some(id) => Some(id.parse::<PostId>().map_err(|_| unreadable("bad_parent", "What you answer"))?),
        None => None,
    };
    let usual = if community.is_some() { Visibility::Public } else { usual };
    let mut draft = Draft::new(lines(params.text("text").unwrap_or_default()), asked.unwrap_or(usual));
    draft.community = community;
    draft.in_reply_to = answered;
    draft.title = trimmed(params, "title");
    draft.spoiler = trimmed(params, "spoiler").unwrap_or_default();
    draft.sensitive = !draft.spoiler.is_empty();
    draft.language = trimmed(params, "language");
    draft.resource = resource(params);
    draft.poll = poll(params);
    Ok(draft)
}

/// The poll of a form, if any choice is filled in.
fn poll(params: &Params) -> Option<PollDraft> {
    let choices = params.text("poll_choices")?;
    let flag = |name| params.flag(name).unwrap_or(false);
    let open_for = params.number("poll_open_for").unwrap_or_default().saturating_mul(SECOND);
    let poll = PollDraft::new(choices.lines(), flag("poll_multiple"), flag("poll_hidden"), open_for);
    (!poll.choices.is_empty()).then_some(poll)
}

/// The link of a form, if one is filled in.
pub fn resource(params: &Params) -> Option<ResourceLink> {
    let title = trimmed(params, "link_title").unwrap_or_default();
    trimmed(params, "url").map(|url| ResourceLink { url, title })
}

/// A field without what stands around it; nothing if it is empty.
pub fn trimmed(params: &Params, name: &str) -> Option<String> {
    params.text(name).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// Forms send CR LF.
pub fn lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}
