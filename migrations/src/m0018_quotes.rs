//! Who was allowed to quote what: each row is an approval that anybody can look up (FEP-044f).

crate::dialect::migration!(
    r"
CREATE TABLE quotes (
    id BIGINT PRIMARY KEY,
    post_id BIGINT NOT NULL REFERENCES posts (id),
    quoting_uri TEXT NOT NULL,
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    created_at BIGINT NOT NULL,
    UNIQUE (post_id, quoting_uri)
)
"
);
