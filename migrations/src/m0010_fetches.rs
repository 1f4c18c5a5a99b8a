//! What is to be read from other instances in the background: older posts of communities, missing parts of threads.

crate::dialect::migration!(
    r"
CREATE TABLE fetch_jobs (
    id {seq},
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    host TEXT NOT NULL,
    actor_id BIGINT,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0,
    outcome TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (kind, target)
);
CREATE INDEX fetch_jobs_due ON fetch_jobs (due_at, id) WHERE state = 'waiting';
CREATE INDEX fetch_jobs_host ON fetch_jobs (host, leased_until) WHERE state = 'waiting';
CREATE INDEX fetch_jobs_finished ON fetch_jobs (finished_at) WHERE state = 'done'
"
);
