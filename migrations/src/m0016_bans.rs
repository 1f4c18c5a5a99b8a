//! By whom somebody was banned from a community, and why.

crate::dialect::migration!(
    r"
ALTER TABLE memberships ADD COLUMN banned_by BIGINT REFERENCES actors (id);
ALTER TABLE memberships ADD COLUMN ban_reason TEXT
"
);
