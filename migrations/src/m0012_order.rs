//! Keeping order: reports are dealt with, threads are locked by somebody.

crate::dialect::migration!(
    r"
ALTER TABLE reports ADD COLUMN category TEXT NOT NULL DEFAULT 'other';
ALTER TABLE reports ADD COLUMN forwarded BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE reports ADD COLUMN decided_by BIGINT REFERENCES actors (id);
ALTER TABLE reports ADD COLUMN decided_at BIGINT;
CREATE INDEX reports_reporter ON reports (reporter_id, id);
UPDATE report_objects SET actor_id = (SELECT p.actor_id FROM posts p WHERE p.id = report_objects.post_id)
    WHERE post_id IS NOT NULL AND actor_id IS NULL;

ALTER TABLE notifications ADD COLUMN report_id BIGINT REFERENCES reports (id);
DROP INDEX notifications_once;
CREATE UNIQUE INDEX notifications_once ON notifications
    (account_id, kind, actor_id, COALESCE(post_id, 0), COALESCE(community_id, 0), COALESCE(report_id, 0));

ALTER TABLE posts ADD COLUMN locked_by BIGINT REFERENCES actors (id)
"
);
