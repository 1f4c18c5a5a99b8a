//! Mastodon API: Instance and `V1::Instance` entities.

use super::Nothing;
use crate::site::Site;
use app::instance::Figures;
use app::{Registrations, Settings};
use domain::draft::MAX_TEXT;
use domain::poll::{CHOICES, MAX_CHOICE, OPEN_FOR};
use domain::time::SECOND;
use serde::{Serialize, Serializer};

/// What this server says it is compatible with, then its own name and version.
///
/// Apps choose endpoints by the number in front. From 4.3 on one of them asks only for grouped
/// notifications (v2), and another for notification policies, without falling back; neither is here, so
/// the number is 4.2. What stands behind `+` must be of this form: a popular comparison throws on others.
pub const VERSION: &str = concat!("4.2.0+guildhall.", env!("CARGO_PKG_VERSION"));

/// The version of Mastodon's API whose endpoints are all here. 2 would promise grouped notifications.
const API_VERSION: u32 = 1;

/// A WebSocket address: the scheme of the base URL with `ws` for `http`.
#[derive(Debug)]
struct Streaming<'a>(&'a str);

impl Serialize for Streaming<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("ws{}", self.0.strip_prefix("http").unwrap_or(self.0)))
    }
}

/// A sentence about the hall.
#[derive(Debug)]
struct Description<'a>(&'a str);

impl Serialize for Description<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("Communities of practice at {}", self.0))
    }
}

/// The instance, as version 2 of the endpoint shows it.
#[derive(Debug, Serialize)]
pub struct Instance<'a> {
    domain: &'a str,
    title: &'a str,
    version: &'static str,
    source_url: &'a str,
    description: Description<'a>,
    usage: Usage,
    thumbnail: Thumbnail<'a>,
    icon: Nothing,
    languages: [&'static str; 1],
    configuration: Configuration<'a>,
    registrations: SignUp,
    api_versions: ApiVersions,
    contact: Contact,
    rules: Nothing,
}

#[derive(Debug, Serialize)]
struct Usage {
    users: Users,
}

#[derive(Debug, Serialize)]
struct Users {
    active_month: i64,
}

#[derive(Debug, Serialize)]
struct Thumbnail<'a> {
    url: &'a str,
    description: &'static str,
}

#[derive(Debug, Serialize)]
struct SignUp {
    enabled: bool,
    approval_required: bool,
    message: Option<()>,
    url: Option<()>,
}

#[derive(Debug, Serialize)]
struct ApiVersions {
    mastodon: u32,
}

#[derive(Debug, Serialize)]
struct Contact {
    email: &'static str,
    account: Option<()>,
}

#[derive(Debug, Serialize)]
struct Configuration<'a> {
    urls: Urls<'a>,
    vapid: Vapid,
    accounts: Accounts,
    statuses: Statuses,
    media_attachments: Media,
    polls: Polls,
    translation: Translation,
    timelines_access: TimelinesAccess,
    limited_federation: bool,
}

#[derive(Debug, Serialize)]
struct Urls<'a> {
    streaming: Streaming<'a>,
    status: Option<()>,
    about: &'a str,
    privacy_policy: Option<()>,
    terms_of_service: Option<()>,
}

#[derive(Debug, Serialize)]
struct Vapid {
    public_key: &'static str,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "Mastodon's shape")]
struct Accounts {
    max_featured_tags: u32,
    max_pinned_statuses: u32,
    max_display_name_length: usize,
    max_note_length: usize,
    max_profile_fields: u32,
}

#[derive(Debug, Serialize)]
struct Statuses {
    max_characters: usize,
    max_media_attachments: u32,
    characters_reserved_per_url: u32,
}

#[derive(Debug, Serialize)]
struct Media {
    supported_mime_types: Nothing,
    description_limit: u32,
    image_size_limit: u32,
    image_matrix_limit: u32,
    video_size_limit: u32,
    video_frame_rate_limit: u32,
    video_matrix_limit: u32,
}

/// What a poll may be; times in seconds.
#[derive(Debug, Serialize)]
struct Polls {
    max_options: usize,
    max_characters_per_option: usize,
    min_expiration: i64,
    max_expiration: i64,
}

#[derive(Debug, Serialize)]
struct Translation {
    enabled: bool,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "Mastodon's shape")]
struct TimelinesAccess {
    live_feeds: Access,
    hashtag_feeds: Access,
    trending_link_feeds: Access,
}

#[derive(Debug, Serialize)]
struct Access {
    local: &'static str,
    remote: &'static str,
}

const PUBLIC: Access = Access { local: "public", remote: "public" };
const STATUSES: Statuses = Statuses {
    max_characters: MAX_TEXT,
    // No media yet: with zero, apps do not offer to attach any.
    max_media_attachments: 0,
    characters_reserved_per_url: 23,
};
const MEDIA: Media = Media {
    supported_mime_types: [],
    description_limit: 1_500,
    image_size_limit: 0,
    image_matrix_limit: 0,
    video_size_limit: 0,
    video_frame_rate_limit: 0,
    video_matrix_limit: 0,
};
const POLLS: Polls = Polls {
    max_options: CHOICES.1,
    max_characters_per_option: MAX_CHOICE,
    min_expiration: OPEN_FOR.0 / SECOND,
    max_expiration: OPEN_FOR.1 / SECOND,
};
const ACCOUNTS: Accounts = Accounts {
    max_featured_tags: 0,
    max_pinned_statuses: 0,
    max_display_name_length: app::accounts::update_profile::NAME_MAX,
    max_note_length: app::accounts::update_profile::NOTE_MAX,
    max_profile_fields: 0,
};

/// Whether anybody may sign up, and whether an admin must let them in.
fn sign_up(registrations: Registrations) -> (bool, bool) {
    match registrations {
        Registrations::Open => (true, false),
        Registrations::Approval => (true, true),
        Registrations::Invite | Registrations::Closed => (false, false),
    }
}

impl<'a> Instance<'a> {
    /// The instance; activity is not measured, so everybody who is known outside counts as active.
    pub fn of(site: &'a Site, settings: &'a Settings, figures: &Figures) -> Self {
        let (enabled, approval_required) = sign_up(settings.registrations);
        Self {
            domain: &settings.handle_domain,
            title: &settings.organisation,
            version: VERSION,
            // Whoever runs a hall offers its source there, as the licence demands.
            source_url: site.base(),
            description: Description(&settings.organisation),
            usage: Usage { users: Users { active_month: figures.people } },
            thumbnail: Thumbnail { url: site.header(), description: "" },
            icon: [],
            languages: ["en"],
            configuration: Configuration {
                urls: Urls {
                    streaming: Streaming(site.base()),
                    status: None,
                    about: site.base(),
                    privacy_policy: None,
                    terms_of_service: None,
                },
                vapid: Vapid { public_key: "" },
                accounts: ACCOUNTS,
                statuses: STATUSES,
                media_attachments: MEDIA,
                polls: POLLS,
                translation: Translation { enabled: false },
                timelines_access: TimelinesAccess { live_feeds: PUBLIC, hashtag_feeds: PUBLIC, trending_link_feeds: PUBLIC },
                limited_federation: false,
            },
            registrations: SignUp { enabled, approval_required, message: None, url: None },
            api_versions: ApiVersions { mastodon: API_VERSION },
            contact: Contact { email: "", account: None },
            rules: [],
        }
    }
}

/// The instance, as version 1 of the endpoint shows it.
#[derive(Debug, Serialize)]
pub struct InstanceV1<'a> {
    uri: &'a str,
    title: &'a str,
    short_description: Description<'a>,
    description: Description<'a>,
    email: &'static str,
    version: &'static str,
    urls: UrlsV1<'a>,
    stats: Stats,
    thumbnail: Option<&'a str>,
    languages: [&'static str; 1],
    registrations: bool,
    approval_required: bool,
    invites_enabled: bool,
    configuration: ConfigurationV1,
    contact_account: Option<()>,
    rules: Nothing,
}

#[derive(Debug, Serialize)]
struct UrlsV1<'a> {
    streaming_api: Streaming<'a>,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "Mastodon's shape")]
struct Stats {
    user_count: i64,
    status_count: i64,
    domain_count: i64,
}

#[derive(Debug, Serialize)]
struct ConfigurationV1 {
    accounts: Accounts,
    statuses: Statuses,
    media_attachments: Media,
    polls: Polls,
}

impl<'a> InstanceV1<'a> {
    /// The instance. `uri` is the bare host, as clients expect it.
    pub fn of(site: &'a Site, settings: &'a Settings, figures: &Figures) -> Self {
        let (registrations, approval_required) = sign_up(settings.registrations);
        Self {
            uri: &settings.handle_domain,
            title: &settings.organisation,
            short_description: Description(&settings.organisation),
            description: Description(&settings.organisation),
            email: "",
            version: VERSION,
            urls: UrlsV1 { streaming_api: Streaming(site.base()) },
            stats: Stats { user_count: figures.people, status_count: figures.posts, domain_count: figures.instances },
            thumbnail: Some(site.header()),
            languages: ["en"],
            registrations,
            approval_required,
            invites_enabled: false,
            configuration: ConfigurationV1 { accounts: ACCOUNTS, statuses: STATUSES, media_attachments: MEDIA, polls: POLLS },
            contact_account: None,
            rules: [],
        }
    }
}
