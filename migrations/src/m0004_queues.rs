//! The durable queues: what came in, what follows from an act, what goes out.

crate::dialect::migration!(
    r"
CREATE TABLE inbox_queue (
    id {seq},
    activity_uri TEXT NOT NULL UNIQUE,
    signer_uri TEXT NOT NULL,
    host TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0,
    outcome TEXT,
    received_at BIGINT NOT NULL
);
CREATE INDEX inbox_queue_due ON inbox_queue (due_at, id) WHERE state = 'waiting';

CREATE TABLE effects (
    id {seq},
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0,
    outcome TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX effects_due ON effects (due_at, id) WHERE state = 'waiting';

CREATE TABLE outbox_activities (
    id {id},
    uri TEXT NOT NULL UNIQUE,
    actor_id BIGINT NOT NULL REFERENCES actors (id),
    kind TEXT NOT NULL,
    post_id BIGINT,
    community_id BIGINT,
    object_uri TEXT,
    body TEXT NOT NULL,
    public BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX outbox_activities_actor ON outbox_activities (actor_id, id);

CREATE TABLE deliveries (
    id {seq},
    activity_id BIGINT NOT NULL REFERENCES outbox_activities (id),
    inbox TEXT NOT NULL,
    host TEXT NOT NULL,
    community_id BIGINT,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0,
    outcome TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (activity_id, inbox)
);
CREATE INDEX deliveries_due ON deliveries (due_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_host ON deliveries (host, id) WHERE state = 'waiting'
"
);
