//! The Mastodon client API.
