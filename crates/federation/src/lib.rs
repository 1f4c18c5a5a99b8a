//! Inbox, outbox, delivery, fetching, wire and domain translation, ActivityPub routes.
