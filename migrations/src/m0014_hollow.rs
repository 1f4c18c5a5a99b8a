//! What was sent of a post is found again when it is deleted.

crate::dialect::migration!(
    r"
CREATE INDEX outbox_activities_post ON outbox_activities (post_id) WHERE post_id IS NOT NULL
"
);
