//! Polls: what is asked, and who chose what.

crate::dialect::migration!(
    r"
ALTER TABLE posts ADD COLUMN has_poll BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE polls (
    post_id {id} REFERENCES posts (id),
    multiple BOOLEAN NOT NULL,
    hidden BOOLEAN NOT NULL,
    ends_at BIGINT,
    voters_count BIGINT,
    counted_at BIGINT NOT NULL DEFAULT 0,
    ended BOOLEAN NOT NULL DEFAULT FALSE,
    due_at BIGINT
);
CREATE INDEX polls_due ON polls (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE poll_options (
    post_id BIGINT NOT NULL REFERENCES polls (post_id),
    position BIGINT NOT NULL,
    name TEXT NOT NULL,
    votes_count BIGINT,
    PRIMARY KEY (post_id, position)
);

CREATE TABLE poll_votes (
    post_id BIGINT NOT NULL REFERENCES polls (post_id),
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, actor_id, position)
)
"
);
