//! Who asked to be let into another hall's community and got no answer asks again at these times.

crate::dialect::migration!(
    r"
ALTER TABLE memberships ADD COLUMN asks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN asks_again_at BIGINT;
UPDATE memberships SET asks_again_at = 0 WHERE state = 'pending' AND community_id IN (SELECT id FROM communities WHERE NOT local)
    AND actor_id IN (SELECT id FROM actors WHERE host IS NULL);
CREATE INDEX memberships_ask_again ON memberships (asks_again_at) WHERE asks_again_at IS NOT NULL
"
);
