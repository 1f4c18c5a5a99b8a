//! An activity whose text was taken out is known as such, and not shown when its post comes back.

crate::dialect::migration!(
    r"
ALTER TABLE outbox_activities ADD COLUMN hollow BOOLEAN NOT NULL DEFAULT FALSE
"
);
