//! Who works on the queues, hosts as the unit of delivery, and what could not be carried out.

crate::dialect::migration!(
    r"
CREATE TABLE workers (
    id {seq},
    token TEXT NOT NULL,
    alive_until BIGINT NOT NULL,
    started_at BIGINT NOT NULL
);

ALTER TABLE inbox_queue ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inbox_queue ADD COLUMN crashes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inbox_queue DROP COLUMN leased_until;
CREATE INDEX inbox_queue_claimed ON inbox_queue (claimed_by) WHERE claimed_by > 0;
CREATE INDEX inbox_queue_crashed ON inbox_queue (id) WHERE state = 'waiting' AND crashes > 0;
CREATE INDEX inbox_queue_done ON inbox_queue (received_at) WHERE state = 'done';

ALTER TABLE effects ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN crashes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE effects ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE effects DROP COLUMN leased_until;
CREATE INDEX effects_claimed ON effects (claimed_by) WHERE claimed_by > 0;
CREATE INDEX effects_crashed ON effects (id) WHERE state = 'waiting' AND crashes > 0;
CREATE INDEX effects_subject ON effects (subject, id) WHERE state = 'waiting' AND subject <> '';

ALTER TABLE deliveries DROP COLUMN leased_until;
DROP INDEX deliveries_due;
CREATE INDEX deliveries_old ON deliveries (created_at) WHERE state <> 'waiting';

ALTER TABLE instances ADD COLUMN due_at BIGINT;
ALTER TABLE instances ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN open_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN failing_days BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN failed_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN last_error TEXT;
CREATE INDEX instances_due ON instances (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX instances_claimed ON instances (claimed_by) WHERE claimed_by > 0;
INSERT INTO instances (host, first_seen) SELECT host, MIN(created_at) FROM deliveries WHERE state = 'waiting' GROUP BY host
    ON CONFLICT (host) DO NOTHING;
UPDATE instances SET due_at = 0 WHERE EXISTS (SELECT 1 FROM deliveries d WHERE d.host = instances.host AND d.state = 'waiting');

CREATE TABLE dead_letters (
    id {seq},
    queue TEXT NOT NULL,
    row_id BIGINT NOT NULL,
    about TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    died_at BIGINT NOT NULL,
    UNIQUE (queue, row_id)
)
"
);
