//! What people wrote about themselves, as they wrote it: what is shown is made of it, and it is changed as it was.

crate::dialect::migration!(
    r"
ALTER TABLE accounts ADD COLUMN note TEXT
"
);
