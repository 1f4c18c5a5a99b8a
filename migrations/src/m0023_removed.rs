//! The words of posts of this hall that the host of another community removed: it may bring them back for a while.

crate::dialect::migration!(
    r"
CREATE TABLE removed_posts (
    post_id BIGINT PRIMARY KEY REFERENCES posts (id),
    title TEXT,
    html TEXT NOT NULL,
    source TEXT,
    spoiler TEXT NOT NULL,
    sensitive BOOLEAN NOT NULL,
    language TEXT,
    resource_url TEXT,
    resource_title TEXT,
    removed_at BIGINT NOT NULL
);
CREATE INDEX removed_posts_at ON removed_posts (removed_at)
"
);
