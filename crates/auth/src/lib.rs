//! Credential to requester: sessions, OAuth server, scopes, CSRF, rate limits.
