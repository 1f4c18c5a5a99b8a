//! The use cases, effects, jobs, and ports to the outside.
