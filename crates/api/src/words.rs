//! The words of the API: each one of the domain's, read strictly and listed in the document.

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident is $domain:ty { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl From<$domain> for $name {
            fn from(word: $domain) -> Self {
                match word { $(<$domain>::$variant => Self::$variant),+ }
            }
        }

        impl From<$name> for $domain {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),+ }
            }
        }
    )+};
}

words! {
    /// How far things of a community may go: `internal` never leaves this server, `partner` goes only to accepted
    /// members of the organisations that the community names, `open` is public.
    Zone is domain::zone::Zone { Internal, Partner, Open }

    /// Who sees an internal community's door: its members only, or everybody with an account in the hall.
    Door is domain::zone::Door { Members, Hall }

    /// How one becomes a member: by invitation only, by asking, or at once.
    JoinPolicy is domain::zone::JoinPolicy { Invite, Request, Open }

    /// What somebody is in a community. Observers receive, and do not count as members.
    Role is domain::membership::Role { Observer, Member, Sponsor, Moderator, Lead }

    /// Where a membership stands: asked, in, left, refused or removed, or kept out.
    State is domain::membership::MembershipState { Pending, Active, Left, Rejected, Banned, Suspended }

    /// How far a post goes within its community's reach. `public` is as far as the community allows.
    Visibility is domain::audience::Visibility { Direct, Private, Unlisted, Public }

    /// What kind of thing is attached.
    AttachmentKind is domain::attachment::AttachmentKind { Image, Video, Audio, Unknown }

    /// What kind of thing acts.
    Kind is app::views::ActorKind { Person, Group, Service, Application, Organization }

    /// Which communities: those you are in, those of this hall, those of other halls that are known here.
    Which is app::communities::Directory { Mine, Here, Elsewhere }

    /// Which posts: all, those that start a thread, those that share a link.
    What is app::timelines::Room { All, Starters, Resources }
}

/// Which replies a community's list shows in apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Replies {
    /// Those to people you follow.
    Followed,
    /// Those within the community.
    List,
    /// None.
    None,
}

impl Replies {
    /// The word that the use cases take.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Followed => "followed",
            Self::List => "list",
            Self::None => "none",
        }
    }
}

/// The answer to a request to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Let in.
    Accept,
    /// Refused.
    Reject,
}
