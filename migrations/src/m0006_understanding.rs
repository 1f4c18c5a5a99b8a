//! What other servers say beside posts: reactions of every kind, moderation, reports, pins, moves; and what they
//! sent as it came.

crate::dialect::migration!(
    r"
ALTER TABLE favourites ADD COLUMN emoji TEXT;
CREATE INDEX favourites_uri ON favourites (uri) WHERE uri IS NOT NULL;
CREATE INDEX favourites_post_actor ON favourites (post_id, actor_id);
CREATE INDEX follows_uri ON follows (uri) WHERE uri IS NOT NULL;
CREATE INDEX posts_boosters ON posts (boost_of, actor_id) WHERE boost_of IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE dislikes (
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    post_id BIGINT NOT NULL REFERENCES posts (id),
    uri TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (actor_id, post_id)
);
CREATE INDEX dislikes_post ON dislikes (post_id);
CREATE INDEX dislikes_uri ON dislikes (uri) WHERE uri IS NOT NULL;

ALTER TABLE posts ADD COLUMN dislikes_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN locked_at BIGINT;

ALTER TABLE actors ADD COLUMN featured_uri TEXT;
ALTER TABLE actors ADD COLUMN moderators_uri TEXT;
ALTER TABLE actors ADD COLUMN moved_to TEXT;
CREATE INDEX actors_featured ON actors (featured_uri) WHERE featured_uri IS NOT NULL;
CREATE INDEX actors_moderators ON actors (moderators_uri) WHERE moderators_uri IS NOT NULL;

CREATE TABLE featured (
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    post_id BIGINT NOT NULL REFERENCES posts (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (actor_id, post_id)
);
CREATE INDEX featured_post ON featured (post_id);

CREATE TABLE received_objects (
    post_id BIGINT PRIMARY KEY REFERENCES posts (id),
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE received_acts (
    uri TEXT PRIMARY KEY,
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    kind TEXT NOT NULL,
    object_uri TEXT NOT NULL,
    target_uri TEXT,
    community_id BIGINT REFERENCES communities (id),
    reason TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX received_acts_object ON received_acts (object_uri, kind);
CREATE INDEX received_acts_community ON received_acts (community_id, created_at) WHERE community_id IS NOT NULL;

CREATE TABLE tombstones_by_actor (
    uri TEXT NOT NULL,
    actor_uri TEXT NOT NULL,
    deleted_at BIGINT NOT NULL,
    PRIMARY KEY (uri, actor_uri)
);
INSERT INTO tombstones_by_actor (uri, actor_uri, deleted_at) SELECT uri, actor_uri, deleted_at FROM tombstones;
DROP TABLE tombstones;
ALTER TABLE tombstones_by_actor RENAME TO tombstones;

CREATE TABLE reports (
    id {id},
    uri TEXT NOT NULL UNIQUE,
    reporter_id BIGINT NOT NULL REFERENCES actors (id),
    community_id BIGINT REFERENCES communities (id),
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX reports_state ON reports (state, id);

CREATE TABLE report_objects (
    report_id BIGINT NOT NULL REFERENCES reports (id),
    object_uri TEXT NOT NULL,
    actor_id BIGINT REFERENCES actors (id),
    post_id BIGINT REFERENCES posts (id),
    PRIMARY KEY (report_id, object_uri)
)
"
);
