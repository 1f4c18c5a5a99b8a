//! What other servers attached to their posts: where it is and what is said of it. A post without any says so itself, so
//! that reading it asks for none.

crate::dialect::migration!(
    r"
ALTER TABLE posts ADD COLUMN attachments_count INTEGER NOT NULL DEFAULT 0;
CREATE INDEX posts_attached ON posts (actor_id, id) WHERE attachments_count > 0;

CREATE TABLE post_attachments (
    id {id},
    post_id BIGINT NOT NULL REFERENCES posts (id),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    media_type TEXT,
    description TEXT,
    width INTEGER,
    height INTEGER,
    blurhash TEXT,
    focus_x INTEGER,
    focus_y INTEGER,
    UNIQUE (post_id, position)
)
"
);
