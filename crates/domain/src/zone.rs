//! The ceiling of a community: how far anything in it may ever go.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// The word used in the database, on the command line and on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
            /// Reads that word; anything else is `None`, never a default.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
            /// All values, narrowest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}
pub(crate) use words;

words! {
    /// How far things of a community may go. An unknown word is never read as `Open`.
    Zone {
        /// Never leaves the instance.
        Internal = "internal",
        /// Goes only to accepted members of the organisations that the community names.
        Partner = "partner",
        /// Public.
        Open = "open",
    }
}

words! {
    /// Who may see an internal community's door (name, purpose, how to join).
    Door {
        /// Members only: the community is hidden.
        Members = "members",
        /// Everybody with an account in the hall.
        Hall = "hall",
    }
}

words! {
    /// How one becomes a member.
    JoinPolicy {
        /// By invitation only.
        Invite = "invite",
        /// By asking; a lead or moderator answers.
        Request = "request",
        /// At once.
        Open = "open",
    }
}
