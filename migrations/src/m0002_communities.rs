//! Communities, their partners and members; follows between people; blocks.

crate::dialect::migration!(
    r"
CREATE TABLE communities (
    id {id},
    actor_id BIGINT NOT NULL UNIQUE REFERENCES actors (id),
    zone TEXT NOT NULL,
    door TEXT NOT NULL,
    join_policy TEXT NOT NULL,
    purpose TEXT NOT NULL DEFAULT '',
    local BOOLEAN NOT NULL,
    accepts_joins BOOLEAN NOT NULL DEFAULT TRUE,
    members_count BIGINT NOT NULL DEFAULT 0,
    epoch BIGINT NOT NULL DEFAULT 0,
    created_by BIGINT,
    created_at BIGINT NOT NULL,
    archived_at BIGINT,
    deleted_at BIGINT
);

CREATE TABLE agreements (
    community_id BIGINT NOT NULL REFERENCES communities (id),
    host TEXT NOT NULL,
    epoch BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (community_id, host)
);

CREATE TABLE memberships (
    community_id BIGINT NOT NULL REFERENCES communities (id),
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    via TEXT NOT NULL DEFAULT 'join',
    uri TEXT,
    exclusive BOOLEAN NOT NULL DEFAULT FALSE,
    replies TEXT NOT NULL DEFAULT 'list',
    epoch BIGINT NOT NULL DEFAULT 0,
    asked_at BIGINT NOT NULL,
    decided_at BIGINT,
    PRIMARY KEY (community_id, actor_id)
);
CREATE INDEX memberships_actor ON memberships (actor_id, state);
CREATE INDEX memberships_uri ON memberships (uri);

CREATE TABLE follows (
    follower_id BIGINT NOT NULL REFERENCES actors (id),
    target_id BIGINT NOT NULL REFERENCES actors (id),
    state TEXT NOT NULL,
    uri TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (follower_id, target_id)
);
CREATE INDEX follows_target ON follows (target_id, state);

CREATE TABLE blocks (
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    target_id BIGINT NOT NULL REFERENCES actors (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (actor_id, target_id)
);
CREATE INDEX blocks_target ON blocks (target_id)
"
);
