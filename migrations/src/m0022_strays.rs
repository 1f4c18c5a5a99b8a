//! Whatever names an actor is found by it: an actor that nothing names can be forgotten (C139).

crate::dialect::migration!(
    r"
CREATE INDEX memberships_banned_by ON memberships (banned_by) WHERE banned_by IS NOT NULL;
CREATE INDEX posts_locked_by ON posts (locked_by) WHERE locked_by IS NOT NULL;
CREATE INDEX notifications_actor ON notifications (actor_id);
CREATE INDEX received_acts_actor ON received_acts (actor_id);
CREATE INDEX reports_decided_by ON reports (decided_by) WHERE decided_by IS NOT NULL;
CREATE INDEX report_objects_actor ON report_objects (actor_id) WHERE actor_id IS NOT NULL;
CREATE INDEX poll_votes_actor ON poll_votes (actor_id);
CREATE INDEX quotes_actor ON quotes (actor_id);
CREATE INDEX audit_log_actor ON audit_log (actor_id) WHERE actor_id IS NOT NULL;
CREATE INDEX agreements_host ON agreements (host)
"
);
