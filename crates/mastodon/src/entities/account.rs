//! Mastodon API: Account and `CredentialAccount` entities.

use super::moment::{Day, Midnight};
use super::{Approval, Nothing};
use crate::site::Site;
use app::accounts::me::AccountView;
use app::views::{ActorKind, ActorView};
use domain::id::ActorId;
use serde::{Serialize, Serializer};

/// `name` for people of this hall, `name@host` for others, without a leading `@`.
#[derive(Debug, Clone, Copy)]
pub struct Acct<'a>(pub &'a ActorView);

impl Serialize for Acct<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0.host {
            None => serializer.serialize_str(&self.0.handle),
            Some(host) => serializer.collect_str(&format_args!("{}@{host}", self.0.handle)),
        }
    }
}

/// An actor: a person, or a community (`group`).
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "Mastodon's shape")]
pub struct Account<'a> {
    id: ActorId,
    username: &'a str,
    acct: Acct<'a>,
    display_name: &'a str,
    locked: bool,
    bot: bool,
    group: bool,
    discoverable: bool,
    indexable: bool,
    created_at: Midnight,
    note: &'a str,
    url: &'a str,
    uri: &'a str,
    avatar: &'a str,
    avatar_static: &'a str,
    avatar_description: &'static str,
    header: &'a str,
    header_static: &'a str,
    header_description: &'static str,
    followers_count: i64,
    following_count: i64,
    statuses_count: i64,
    last_status_at: Option<Day>,
    hide_collections: bool,
    show_media: bool,
    show_media_replies: bool,
    show_featured: bool,
    emojis: Nothing,
    roles: Nothing,
    fields: Nothing,
    feature_approval: Approval,
}

impl<'a> Account<'a> {
    /// An actor as everybody sees it who may know of it.
    pub fn of(site: &'a Site, actor: &'a ActorView) -> Self {
        let avatar = site.avatar(actor);
        let discoverable = actor.discoverable && actor.outside;
        Self {
            id: actor.id,
            username: &actor.handle,
            acct: Acct(actor),
            display_name: &actor.name,
            locked: actor.locked,
            bot: matches!(actor.kind, ActorKind::Service | ActorKind::Application),
            group: actor.kind == ActorKind::Group,
            discoverable,
            // Being found by name is what people are asked about; full-text search for strangers is not.
            indexable: false,
            created_at: Midnight(actor.created_at),
            note: actor.summary.as_str(),
            url: if actor.url.is_empty() { &actor.uri } else { &actor.url },
            uri: &actor.uri,
            avatar,
            avatar_static: avatar,
            avatar_description: "",
            header: site.header(),
            header_static: site.header(),
            header_description: "",
            followers_count: actor.followers_count.max(0),
            following_count: actor.following_count.max(0),
            statuses_count: actor.posts_count.max(0),
            last_status_at: actor.last_post_at.map(Day),
            hide_collections: false,
            show_media: true,
            show_media_replies: true,
            show_featured: true,
            emojis: [],
            roles: [],
            fields: [],
            feature_approval: Approval::NONE,
        }
    }

    /// Where it stands in a list.
    pub fn cursor(&self) -> i64 {
        self.id.0
    }
}

/// Mastodon API: Suggestion entity.
#[derive(Debug, Serialize)]
pub struct Suggestion<'a> {
    source: &'static str,
    sources: [&'static str; 1],
    account: Account<'a>,
}

impl<'a> Suggestion<'a> {
    /// A community that one could join.
    pub fn of(site: &'a Site, actor: &'a ActorView) -> Self {
        Self { source: "staff", sources: ["featured"], account: Account::of(site, actor) }
    }
}

/// The requester's own account, with what only they see.
#[derive(Debug, Serialize)]
pub struct CredentialAccount<'a> {
    #[serde(flatten)]
    account: Account<'a>,
    source: Source<'a>,
    role: Role,
}

/// What the profile is made from, and what new posts start with.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "Mastodon's shape")]
pub struct Source<'a> {
    privacy: &'static str,
    sensitive: bool,
    /// An empty text where none is set: some apps do not take `null` here.
    language: &'a str,
    note: &'a str,
    fields: Nothing,
    follow_requests_count: usize,
    hide_collections: bool,
    discoverable: bool,
    indexable: bool,
    attribution_domains: Nothing,
    quote_policy: &'static str,
}

/// Mastodon API: Role entity. Everybody is an ordinary member of the hall here: what admins may do
/// is not done through this API.
#[derive(Debug, Serialize)]
struct Role {
    id: &'static str,
    name: &'static str,
    color: &'static str,
    permissions: &'static str,
    highlighted: bool,
    collection_limit: u32,
}

impl<'a> CredentialAccount<'a> {
    /// The requester's own account; `note` is the text of what they say about themselves, and `requests` the
    /// number of people who wait for their answer.
    pub fn of(site: &'a Site, me: &'a AccountView, note: &'a str, requests: usize) -> Self {
        let preferences = &me.account.preferences;
        let account = Account::of(site, &me.actor);
        Self {
            source: Source {
                privacy: preferences.visibility.as_str(),
                sensitive: preferences.sensitive,
                language: preferences.language.as_deref().unwrap_or_default(),
                note,
                fields: [],
                follow_requests_count: requests,
                hide_collections: false,
                discoverable: me.actor.discoverable,
                indexable: false,
                attribution_domains: [],
                quote_policy: "public",
            },
            account: Account { discoverable: me.actor.discoverable, ..account },
            role: Role { id: "-99", name: "", color: "", permissions: "0", highlighted: false, collection_limit: 0 },
        }
    }
}
