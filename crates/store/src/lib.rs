//! Tables (private), queries, visibility scope, queues, caches.
