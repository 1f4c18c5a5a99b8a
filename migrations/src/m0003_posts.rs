//! Posts and what hangs on them; timelines; media.

crate::dialect::migration!(
    r"
CREATE TABLE posts (
    id {id},
    uri TEXT NOT NULL UNIQUE,
    url TEXT,
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    local BOOLEAN NOT NULL,
    reach TEXT NOT NULL,
    listed BOOLEAN NOT NULL,
    zone TEXT,
    community_id BIGINT REFERENCES communities (id),
    boost_of BIGINT REFERENCES posts (id),
    in_reply_to BIGINT REFERENCES posts (id),
    in_reply_to_uri TEXT,
    in_reply_to_actor BIGINT,
    root_id BIGINT NOT NULL,
    title TEXT,
    html TEXT NOT NULL,
    source TEXT,
    spoiler TEXT NOT NULL DEFAULT '',
    sensitive BOOLEAN NOT NULL DEFAULT FALSE,
    language TEXT,
    resource_url TEXT,
    resource_title TEXT,
    context_uri TEXT,
    replies_count BIGINT NOT NULL DEFAULT 0,
    boosts_count BIGINT NOT NULL DEFAULT 0,
    favourites_count BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT
);
CREATE UNIQUE INDEX posts_boost ON posts (actor_id, boost_of) WHERE boost_of IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX posts_actor ON posts (actor_id, id);
CREATE INDEX posts_community ON posts (community_id, id) WHERE boost_of IS NULL;
CREATE INDEX posts_resources ON posts (community_id, id) WHERE resource_url IS NOT NULL;
CREATE INDEX posts_world ON posts (id) WHERE reach = 'world' AND listed AND boost_of IS NULL AND deleted_at IS NULL;
CREATE INDEX posts_world_local ON posts (id) WHERE reach = 'world' AND listed AND local AND boost_of IS NULL AND deleted_at IS NULL;
CREATE INDEX posts_reply ON posts (in_reply_to, id) WHERE in_reply_to IS NOT NULL;
CREATE INDEX posts_reply_uri ON posts (in_reply_to_uri) WHERE in_reply_to IS NULL AND in_reply_to_uri IS NOT NULL;
CREATE INDEX posts_root ON posts (root_id, id);
CREATE INDEX posts_boost_of ON posts (boost_of) WHERE boost_of IS NOT NULL;

CREATE TABLE post_mentions (
    post_id BIGINT NOT NULL REFERENCES posts (id),
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    PRIMARY KEY (post_id, actor_id)
);
CREATE INDEX post_mentions_actor ON post_mentions (actor_id, post_id);

CREATE TABLE post_tags (
    post_id BIGINT NOT NULL REFERENCES posts (id),
    tag TEXT NOT NULL,
    PRIMARY KEY (post_id, tag)
);
CREATE INDEX post_tags_tag ON post_tags (tag, post_id);

CREATE TABLE revisions (
    id {id},
    post_id BIGINT NOT NULL REFERENCES posts (id),
    title TEXT,
    html TEXT NOT NULL,
    source TEXT,
    spoiler TEXT NOT NULL,
    sensitive BOOLEAN NOT NULL,
    reach TEXT NOT NULL,
    listed BOOLEAN NOT NULL,
    zone TEXT,
    community_id BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX revisions_post ON revisions (post_id, id);

CREATE TABLE tombstones (
    uri TEXT PRIMARY KEY,
    actor_uri TEXT NOT NULL,
    deleted_at BIGINT NOT NULL
);

CREATE TABLE favourites (
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    post_id BIGINT NOT NULL REFERENCES posts (id),
    uri TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (actor_id, post_id)
);
CREATE INDEX favourites_post ON favourites (post_id);

CREATE TABLE bookmarks (
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    post_id BIGINT NOT NULL REFERENCES posts (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, post_id)
);

CREATE TABLE home_entries (
    account_id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    actor_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, post_id)
);
CREATE INDEX home_entries_post ON home_entries (post_id);
CREATE INDEX home_entries_source ON home_entries (account_id, actor_id);

CREATE TABLE media (
    id {id},
    owner_id BIGINT NOT NULL REFERENCES accounts (id),
    post_id BIGINT REFERENCES posts (id),
    reach TEXT NOT NULL,
    listed BOOLEAN NOT NULL,
    zone TEXT,
    community_id BIGINT,
    kind TEXT NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL
);

CREATE TABLE notifications (
    id {id},
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    post_id BIGINT REFERENCES posts (id),
    community_id BIGINT REFERENCES communities (id),
    created_at BIGINT NOT NULL
);
CREATE INDEX notifications_account ON notifications (account_id, id);
CREATE UNIQUE INDEX notifications_once ON notifications (account_id, kind, actor_id, COALESCE(post_id, 0), COALESCE(community_id, 0));

CREATE TABLE markers (
    account_id BIGINT NOT NULL REFERENCES accounts (id),
    timeline TEXT NOT NULL,
    last_read_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, timeline)
);

CREATE TABLE idempotency_keys (
    account_id BIGINT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    post_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, idempotency_key)
)
"
);
