//! What must not be forgotten: audit, what left the hall, what was revoked.

crate::dialect::migration!(
    r"
CREATE TABLE audit_log (
    id {seq},
    at BIGINT NOT NULL,
    actor_id BIGINT,
    act TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL,
    chain TEXT NOT NULL
);

CREATE TABLE release_ledger (
    id {seq},
    object_uri TEXT NOT NULL,
    activity_uri TEXT NOT NULL,
    host TEXT NOT NULL,
    inbox TEXT NOT NULL,
    community_id BIGINT,
    released_at BIGINT NOT NULL
);
CREATE INDEX release_ledger_object ON release_ledger (object_uri);
CREATE INDEX release_ledger_host ON release_ledger (host, id);

CREATE TABLE revocations (
    id {seq},
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    at BIGINT NOT NULL
)
"
);
