//! Instances, actors and their keys; accounts, sessions and OAuth.

crate::dialect::migration!(
    r"
CREATE TABLE id_clock (one INTEGER PRIMARY KEY, last BIGINT NOT NULL, small BIGINT NOT NULL);
INSERT INTO id_clock (one, last, small) VALUES (1, 0, 0);

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE instances (
    host TEXT PRIMARY KEY,
    software TEXT,
    software_version TEXT,
    first_seen BIGINT NOT NULL,
    last_success BIGINT,
    last_failure BIGINT,
    failures BIGINT NOT NULL DEFAULT 0,
    blocked BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE actors (
    id {id},
    uri TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    handle TEXT NOT NULL,
    host TEXT,
    name TEXT NOT NULL DEFAULT '',
    summary TEXT NOT NULL DEFAULT '',
    url TEXT,
    icon TEXT,
    inbox TEXT,
    shared_inbox TEXT,
    outbox TEXT,
    followers_uri TEXT,
    key_id TEXT,
    key_pem TEXT,
    proof_key_id TEXT,
    proof_key TEXT,
    locked BOOLEAN NOT NULL DEFAULT FALSE,
    discoverable BOOLEAN NOT NULL DEFAULT TRUE,
    outside BOOLEAN NOT NULL DEFAULT FALSE,
    posts_count BIGINT NOT NULL DEFAULT 0,
    followers_count BIGINT NOT NULL DEFAULT 0,
    following_count BIGINT NOT NULL DEFAULT 0,
    last_post_at BIGINT,
    epoch BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    fetched_at BIGINT,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX actors_local_handle ON actors (handle) WHERE host IS NULL;
CREATE INDEX actors_handle_host ON actors (handle, host);
CREATE INDEX actors_host ON actors (host);

CREATE TABLE actor_keys (
    actor_id BIGINT PRIMARY KEY REFERENCES actors (id),
    rsa_sealed {blob} NOT NULL,
    rsa_public TEXT NOT NULL,
    ed25519_sealed {blob} NOT NULL,
    ed25519_public TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE accounts (
    id {id},
    actor_id BIGINT NOT NULL UNIQUE REFERENCES actors (id),
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    state TEXT NOT NULL,
    admin BOOLEAN NOT NULL DEFAULT FALSE,
    language TEXT,
    default_visibility TEXT NOT NULL DEFAULT 'public',
    default_sensitive BOOLEAN NOT NULL DEFAULT FALSE,
    epoch BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE TABLE sessions (
    id {id},
    token_hash TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    agent TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sessions_account ON sessions (account_id);

CREATE TABLE oauth_apps (
    id {id},
    client_id TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    website TEXT,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE oauth_codes (
    code_hash TEXT PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES oauth_apps (id),
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    challenge TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

CREATE TABLE oauth_tokens (
    id {id},
    token_hash TEXT NOT NULL UNIQUE,
    app_id BIGINT REFERENCES oauth_apps (id),
    account_id BIGINT REFERENCES accounts (id),
    code_hash TEXT,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX oauth_tokens_account ON oauth_tokens (account_id);
CREATE INDEX oauth_tokens_code ON oauth_tokens (code_hash)
"
);
