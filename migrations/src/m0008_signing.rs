//! How other hosts want requests signed, and partners that read as instances.

crate::dialect::migration!(
    r"
CREATE TABLE host_signing (
    host TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    learned TEXT NOT NULL,
    learned_at BIGINT NOT NULL
);

ALTER TABLE agreements ADD COLUMN per_instance BOOLEAN NOT NULL DEFAULT FALSE;

CREATE INDEX actors_key ON actors (key_id) WHERE key_id IS NOT NULL;
CREATE INDEX actors_proof_key ON actors (proof_key_id) WHERE proof_key_id IS NOT NULL;

CREATE INDEX deliveries_community ON deliveries (community_id, host) WHERE community_id IS NOT NULL
"
);
