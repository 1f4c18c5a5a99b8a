//! Who reads up what: what a killed worker had in hands is free at once, and what ends its readers is begun alone.

crate::dialect::migration!(
    r"
ALTER TABLE fetch_jobs ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE fetch_jobs ADD COLUMN crashes BIGINT NOT NULL DEFAULT 0;
CREATE INDEX fetch_jobs_claimed ON fetch_jobs (claimed_by) WHERE claimed_by > 0
"
);
