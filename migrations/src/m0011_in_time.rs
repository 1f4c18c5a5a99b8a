//! What goes on in steps or ends in time: how far a consequence is written out, bans with an end, reading in closed rooms.

crate::dialect::migration!(
    r"
ALTER TABLE effects ADD COLUMN progress TEXT NOT NULL DEFAULT '';
ALTER TABLE fetch_jobs ADD COLUMN community_id BIGINT;
ALTER TABLE memberships ADD COLUMN banned_until BIGINT;
CREATE INDEX memberships_banned_until ON memberships (banned_until) WHERE banned_until IS NOT NULL
"
);
