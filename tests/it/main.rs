//! The integration tests, one binary.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop at once")]

mod barrier;
mod barrier_scene;
mod barrier_targets;
mod cases;
mod credentials;
mod federation_doc;
mod fetch_addresses;
mod fetch_answers;
mod front;
mod hostile_authority;
mod hostile_hosts;
mod hostile_keys;
mod hostile_order;
mod hostile_requests;
mod hostile_signatures;
mod jobs;
mod leaks;
mod never_panics;
mod oauth;
mod outages;
mod policy_matches_sql;
mod poll_halls;
mod poll_wire;
mod polls;
mod publish_rules;
mod remote_communities;
mod replay;
mod replay_scene;
mod replay_words;
mod scopes;
mod signature_words;
mod signing;
mod stage;
mod store_deliveries;
mod store_keeping;
mod store_queues;
mod store_writing;
mod threads;
mod three_halls;
mod tidy;
mod two_halls;
mod two_workers;
mod understood;
mod worlds;
