//! With which other servers a hall speaks at all.

/// The widest circle; blocks and agreements narrow it further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Peers {
    /// Everybody who is not blocked.
    #[default]
    Everybody,
    /// Only hosts on the list that the operator keeps.
    Listed,
    /// Nobody: the hall stands alone.
    Nobody,
}

impl Peers {
    /// Reads the configuration's word. Any other word is no policy, and certainly not the widest one.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Everybody),
            "listed" => Some(Self::Listed),
            "off" => Some(Self::Nobody),
            _ => None,
        }
    }

    /// The configuration's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "open",
            Self::Listed => "listed",
            Self::Nobody => "off",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Peers;

    #[test]
    fn a_word_that_is_no_policy_is_none() {
        for peers in [Peers::Everybody, Peers::Listed, Peers::Nobody] {
            assert_eq!(Peers::parse(peers.as_str()), Some(peers));
        }
        for word in ["", "Open", "on", "true", "all", "list", "none"] {
            assert_eq!(Peers::parse(word), None, "{word}");
        }
    }
}
