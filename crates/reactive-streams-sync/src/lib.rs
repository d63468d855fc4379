//! The concurrency cells of reactive-streams: internal, without a promise of stability.
