//! Posts of other servers that were found here before they were delivered: once they are, they are news.

crate::dialect::migration!(
    r"
CREATE TABLE awaited_posts (
    post_id BIGINT PRIMARY KEY REFERENCES posts (id),
    found_at BIGINT NOT NULL
);
CREATE INDEX awaited_posts_found ON awaited_posts (found_at)
"
);
