//! Who reads up what: what a killed worker had in hands is free at once.

crate::dialect::migration!(
    r"
ALTER TABLE fetch_jobs ADD COLUMN claimed_by BIGINT NOT NULL DEFAULT 0
"
);
